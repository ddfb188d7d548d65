package io.sallyport.tools.trace;

import io.sallyport.wire.Ipv4Address;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/** IPv4 packets and frames in plain arrays, every checksum from scratch. */
final class TestPackets {

    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;
    static final String INSIDE_GATEWAY = "020000000001";
    static final String OUTSIDE_GATEWAY = "020000000002";
    static final String PEER = "020000000909";

    private TestPackets() {
    }

    static byte[] udp(final String source, final int sourcePort, final String destination, final int destinationPort, final int length) {
        final ByteBuffer l4 = ByteBuffer.allocate(8 + length);
        l4.putShort((short) sourcePort).putShort((short) destinationPort).putShort((short) (8 + length));
        return ip(source, destination, 17, l4.array(), 64, 0x4000);
    }

    static byte[] tcp(final String source, final int sourcePort, final String destination, final int destinationPort, final int flags,
            final int sequence, final int acknowledgement) {
        final ByteBuffer l4 = ByteBuffer.allocate(24);
        l4.putShort((short) sourcePort).putShort((short) destinationPort).putInt(sequence).putInt(acknowledgement);
        // with a segment size of 1460
        l4.put((byte) 0x60).put((byte) flags).putShort((short) 65535).putInt(0).putInt(0x0204_05B4);
        return ip(source, destination, 6, l4.array(), 64, 0x4000);
    }

    static byte[] echo(final String source, final String destination, final int type, final int identifier) {
        final ByteBuffer l4 = ByteBuffer.allocate(16);
        l4.put((byte) type).put((byte) 0).putShort((short) 0).putShort((short) identifier).putShort((short) 1);
        return ip(source, destination, 1, l4.array(), 64, 0x4000);
    }

    /** An ICMP error about a packet, of which header and eight bytes are quoted. */
    static byte[] error(final String source, final String destination, final int type, final int code, final byte[] about) {
        final ByteBuffer l4 = ByteBuffer.allocate(36);
        l4.put((byte) type).put((byte) code).putShort((short) 0).putInt(0).put(about, 0, 28);
        return ip(source, destination, 1, l4.array(), 64, 0x4000);
    }

    static byte[] ip(
            final String source, final String destination, final int protocol, final byte[] l4, final int ttl, final int fragment) {
        final ByteBuffer packet = ByteBuffer.allocate(20 + l4.length);
        packet.putShort((short) 0x4500).putShort((short) (20 + l4.length)).putShort((short) 0x1234).putShort((short) fragment);
        packet.put((byte) ttl).put((byte) protocol).putShort((short) 0);
        packet.putInt(Ipv4Address.parse(source)).putInt(Ipv4Address.parse(destination)).put(l4);
        packet.putShort(10, (short) ~sum(packet, 0, 20, 0));
        final int field = 20 + (protocol == 6 ? 16 : protocol == 17 ? 6 : 2);
        if ((fragment & 0x1FFF) == 0 && field + 2 <= packet.capacity()) {
            packet.putShort(field, (short) ~sum(packet, 20, l4.length, protocol == 1 ? 0 : sum(packet, 12, 8, protocol + l4.length)));
        }
        return packet.array();
    }

    /** The same packet with another time to live. */
    static byte[] withTtl(final byte[] packet, final int ttl) {
        final ByteBuffer changed = ByteBuffer.wrap(packet.clone());
        changed.put(8, (byte) ttl).putShort(10, (short) 0);
        changed.putShort(10, (short) ~sum(changed, 0, 20, 0));
        return changed.array();
    }

    /** A frame from someone. */
    static byte[] frame(final String toMac, final int type, final byte[] payload) {
        final ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        frame.put(HexFormat.of().parseHex(toMac)).put(HexFormat.of().parseHex(PEER)).putShort((short) type).put(payload);
        return frame.array();
    }

    /** An ARP request. */
    static byte[] arp(final String sender, final String target) {
        final ByteBuffer arp = ByteBuffer.allocate(28);
        arp.putLong(0x0001_0800_0604_0001L).put(HexFormat.of().parseHex(PEER)).putInt(Ipv4Address.parse(sender));
        arp.putShort((short) 0).putInt(0).putInt(Ipv4Address.parse(target));
        return frame("ffffffffffff", 0x0806, arp.array());
    }

    static byte[] cut(final byte[] bytes, final int length) {
        return Arrays.copyOf(bytes, length);
    }

    private static int sum(final ByteBuffer bytes, final int offset, final int length, final int start) {
        int sum = start;
        for (int i = 0; i < length; i += 2) {
            sum += (bytes.get(offset + i) & 0xFF) << 8 | (i + 1 < length ? bytes.get(offset + i + 1) & 0xFF : 0);
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return (sum & 0xFFFF) + (sum >>> 16);
    }
}
