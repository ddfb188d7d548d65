package io.sallyport.engine;

import io.sallyport.wire.Ipv4Address;
import java.nio.ByteBuffer;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Makes and takes apart packets in plain arrays, checksums from scratch: knows nothing of the codecs that it helps to test. */
public final class Packets {

    public static final int SYN = 2;
    public static final int ACK = 16;
    public static final int FIN = 1;
    public static final int RST = 4;

    private static final byte[] INSIDE_GATEWAY_MAC = {2, 0, 0, 0, 0, 1};
    private static final byte[] OUTSIDE_GATEWAY_MAC = {2, 0, 0, 0, 0, 2};
    private static final byte[] PEER_MAC = {2, 0, 0, 0, 9, 9};

    private Packets() {
    }

    /** A UDP packet. */
    public static byte[] udp(
        final String source, final int sourcePort, final String destination, final int destinationPort, final int payload) {
        final ByteBuffer l4 = ByteBuffer.allocate(8 + payload);
        l4.putShort((short) sourcePort).putShort((short) destinationPort).putShort((short) (8 + payload)).putShort((short) 0);
        for (int i = 0; i < payload; i++) {
            l4.put((byte) (i * 31 + 7));
        }
        return ip(source, destination, 17, l4.array(), 64);
    }

    /** A TCP segment without options. */
    public static byte[] tcp(
        final String source,
        final int sourcePort,
        final String destination,
        final int destinationPort,
        final int flags,
        final long sequence,
        final long acknowledgement,
        final int payload) {
        final ByteBuffer l4 = ByteBuffer.allocate(20 + payload);
        l4.putShort((short) sourcePort).putShort((short) destinationPort);
        l4.putInt((int) sequence).putInt((int) acknowledgement);
        l4.put((byte) 0x50).put((byte) flags).putShort((short) 65535);
        return ip(source, destination, 6, l4.array(), 64);
    }

    static byte[] echo(final String source, final String destination, final int type, final int identifier) {
        final ByteBuffer l4 = ByteBuffer.allocate(40);
        l4.put((byte) type).put((byte) 0).putShort((short) 0).putShort((short) identifier).putShort((short) 1);
        return ip(source, destination, 1, l4.array(), 64);
    }

    /** An ICMP error about a packet, of which header and 8 bytes are quoted. */
    static byte[] icmpError(final String source, final String destination, final int type, final int code, final byte[] about) {
        final byte[] quoted = Arrays.copyOfRange(about, 14, 14 + 28);
        final ByteBuffer l4 = ByteBuffer.allocate(8 + quoted.length);
        l4.put((byte) type).put((byte) code).putShort((short) 0).putInt(0).put(quoted);
        return ip(source, destination, 1, l4.array(), 64);
    }

    /** An Ethernet frame for the gateway's interface on the side that the source address is from. */
    public static byte[] ip(final String source, final String destination, final int protocol, final byte[] l4, final int ttl) {
        final ByteBuffer frame = ByteBuffer.allocate(14 + 20 + l4.length);
        frame.put(source.startsWith("10.") ? INSIDE_GATEWAY_MAC : OUTSIDE_GATEWAY_MAC).put(PEER_MAC).putShort((short) 0x0800);
        frame.put((byte) 0x45).put((byte) 0x28).putShort((short) (20 + l4.length)).putShort((short) 0x1234).putShort((short) 0x4000);
        frame.put((byte) ttl).put((byte) protocol).putShort((short) 0);
        frame.putInt(Ipv4Address.parse(source)).putInt(Ipv4Address.parse(destination)).put(l4);
        return withChecksums(frame.array());
    }

    static byte[] withTtl(final byte[] frame, final int ttl) {
        frame[22] = (byte) ttl;
        return withChecksums(frame);
    }

    /** Computes all checksums afresh. */
    public static byte[] withChecksums(final byte[] frame) {
        final ByteBuffer buffer = ByteBuffer.wrap(frame);
        final int headerLength = (frame[14] & 0xF) * 4;
        buffer.putShort(24, (short) 0);
        buffer.putShort(24, (short) ~sum(frame, 14, headerLength, 0));
        final int l4 = 14 + headerLength;
        final int length = (buffer.getShort(16) & 0xFFFF) - headerLength;
        final int field = l4 + checksumOffset(frame[23]);
        buffer.putShort(field, (short) 0);
        final int checksum = ~sum(frame, l4, length, pseudoHeader(frame, length)) & 0xFFFF;
        buffer.putShort(field, (short) (checksum == 0 && frame[23] == 17 ? 0xFFFF : checksum));
        return frame;
    }

    /** Fails unless every checksum of the frame is right. */
    public static void assertChecksums(final byte[] frame) {
        final byte[] fresh = withChecksums(frame.clone());
        assertEquals(hex(fresh), hex(frame), "checksums");
    }

    public static String source(final byte[] frame) {
        return Ipv4Address.format(ByteBuffer.wrap(frame).getInt(26));
    }

    public static String destination(final byte[] frame) {
        return Ipv4Address.format(ByteBuffer.wrap(frame).getInt(30));
    }

    public static int sourcePort(final byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(34) & 0xFFFF;
    }

    public static int destinationPort(final byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(36) & 0xFFFF;
    }

    static int identifier(final byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(38) & 0xFFFF;
    }

    static int ttl(final byte[] frame) {
        return frame[22] & 0xFF;
    }

    static String hex(final byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }

    private static int pseudoHeader(final byte[] frame, final int length) {
        return frame[23] == 1 ? 0 : sum(frame, 26, 8, 0) + frame[23] + length;
    }

    private static int checksumOffset(final int protocol) {
        return protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
    }

    private static int sum(final byte[] bytes, final int offset, final int length, final int start) {
        int sum = start;
        for (int i = 0; i < length; i++) {
            sum += (bytes[offset + i] & 0xFF) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (sum & 0xFFFF) + (sum >>> 16);
    }
}
