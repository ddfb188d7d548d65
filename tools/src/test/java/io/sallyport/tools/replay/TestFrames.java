package io.sallyport.tools.replay;

import io.sallyport.wire.Ipv4Address;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Ethernet frames, made slowly and plainly; and what is in them. */
final class TestFrames {

    static final long GATEWAY_INSIDE = 0x0200_0000_0001L;
    static final long GATEWAY_OUTSIDE = 0x0200_0000_0002L;
    static final long HOST = 0x0200_0000_0011L;
    static final long ROUTER = 0x0200_0000_0012L;

    private static final int IP = 14;
    private static final int UDP = 34;

    private TestFrames() {
    }

    /** A UDP datagram with all its checksums. */
    static byte[] udp(
        final long toMac, final long fromMac, final String from, final int fromPort, final String to, final int toPort, final String text) {
        final byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
        final ByteBuffer frame = ByteBuffer.allocate(UDP + 8 + payload.length);
        frame.putShort((short) (toMac >>> 32)).putInt((int) toMac).putShort((short) (fromMac >>> 32)).putInt((int) fromMac);
        frame.putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) (28 + payload.length)).putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0);
        frame.putInt(Ipv4Address.parse(from)).putInt(Ipv4Address.parse(to));
        frame.putShort((short) fromPort).putShort((short) toPort).putShort((short) (8 + payload.length)).putShort((short) 0);
        frame.put(payload);
        frame.putShort(IP + 10, (short) ~sum(frame, IP, 20, 0));
        frame.putShort(UDP + 6, (short) ~sum(frame, UDP, 8 + payload.length, pseudoHeaderSum(frame)));
        return frame.array();
    }

    /** The same as its sender leaves it to a NIC: with the sum of the pseudo-header in place of the checksum. */
    static byte[] withPartialChecksum(final byte[] udp) {
        final ByteBuffer frame = ByteBuffer.wrap(udp.clone());
        frame.putShort(UDP + 6, (short) sum(frame, 0, 0, pseudoHeaderSum(frame)));
        return frame.array();
    }

    /** Whether both checksums of a UDP datagram are right. */
    static boolean areChecksumsRight(final byte[] udp) {
        final ByteBuffer frame = ByteBuffer.wrap(udp);
        return sum(frame, IP, 20, 0) == 0xFFFF && sum(frame, UDP, frame.getShort(UDP + 4), pseudoHeaderSum(frame)) == 0xFFFF;
    }

    /** What a UDP datagram says: addresses, ports and payload. */
    static String describe(final byte[] udp) {
        final ByteBuffer frame = ByteBuffer.wrap(udp);
        return Ipv4Address.format(frame.getInt(IP + 12)) + ":" + sourcePort(udp) + " > " + Ipv4Address.format(frame.getInt(IP + 16)) + ":"
            + (frame.getShort(UDP + 2) & 0xFFFF) + " "
            + new String(udp, UDP + 8, udp.length - UDP - 8, StandardCharsets.US_ASCII);
    }

    static int sourcePort(final byte[] udp) {
        return ByteBuffer.wrap(udp).getShort(UDP) & 0xFFFF;
    }

    static boolean isIpv4(final byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(12) == 0x0800;
    }

    private static int pseudoHeaderSum(final ByteBuffer frame) {
        return sum(frame, IP + 12, 8, 17 + (frame.getShort(UDP + 4) & 0xFFFF));
    }

    private static int sum(final ByteBuffer frame, final int offset, final int length, final int start) {
        int sum = start;
        for (int i = 0; i < length; i += 2) {
            sum += (frame.get(offset + i) & 0xFF) << 8 | (i + 1 < length ? frame.get(offset + i + 1) & 0xFF : 0);
        }
        return (sum & 0xFFFF) + (sum >>> 16);
    }
}
