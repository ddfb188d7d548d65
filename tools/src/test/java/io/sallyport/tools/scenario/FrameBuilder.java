package io.sallyport.tools.scenario;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Makes frames of {@link Packet}s, every checksum from scratch; none of the engine's code is used. */
final class FrameBuilder {

    static final int ETHERNET_LENGTH = 14;
    static final int IPV4_LENGTH = 20;
    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_ARP = 0x0806;
    static final int TYPE_VLAN = 0x8100;
    static final int DONT_FRAGMENT = 0x4000;
    static final int MORE_FRAGMENTS = 0x2000;

    private static final int TCP_LENGTH = 20;
    private static final int UDP_LENGTH = 8;
    private static final int DCCP_REQUEST_LENGTH = 20;
    /** A DCCP-Request with long sequence numbers (RFC 4340, section 5.1). */
    private static final int DCCP_REQUEST_X = 1;

    private FrameBuilder() {
    }

    /** The frame of a packet whose MAC addresses are known. */
    static byte[] frame(final Packet packet) {
        final byte[] whole;
        if (packet.form() == Form.RAW) {
            whole = packet.payload();
        } else {
            final byte[] content = switch (packet.form().layout()) {
                case ARP -> arp(packet);
                case LINK -> packet.payload();
                default -> datagram(packet);
            };
            final boolean tagged = packet.has(Field.VLAN);
            final ByteBuffer frame = ByteBuffer.allocate(
                ETHERNET_LENGTH + (tagged ? 4 : 0) + content.length + (int) packet.get(Field.PAD, 0));
            mac(frame, packet.get(Field.TO_MAC, 0));
            mac(frame, packet.get(Field.FROM_MAC, 0));
            if (tagged) {
                frame.putShort((short) TYPE_VLAN).putShort((short) packet.get(Field.VLAN));
            }
            final int type = packet.form().layout() == Form.Layout.ARP ? TYPE_ARP : TYPE_IPV4;
            frame.putShort((short) packet.get(Field.ETHER_TYPE, type)).put(content);
            whole = frame.array();
        }
        return packet.has(Field.CUT) ? Arrays.copyOf(whole, Math.min(whole.length, packet.get(Field.CUT))) : whole;
    }

    /** The IPv4 packet. */
    static byte[] datagram(final Packet packet) {
        final boolean isFragment = packet.form() == Form.FRAGMENT;
        final Packet header = isFragment ? packet.inner().orElseThrow() : packet;
        final byte[] options = padded(header.ipOptions());
        final byte[] body = body(packet);
        final int headerLength = IPV4_LENGTH + options.length;
        final ByteBuffer ip = ByteBuffer.allocate(headerLength + body.length);
        ip.put((byte) (packet.get(Field.VERSION) << 4 | (int) packet.get(Field.HEADER_WORDS, headerLength / 4)));
        ip.put((byte) header.get(Field.TYPE_OF_SERVICE));
        ip.putShort((short) packet.get(Field.TOTAL_LENGTH, headerLength + body.length));
        ip.putShort((short) header.get(Field.IP_ID));
        ip.putShort((short) flags(packet, header));
        ip.put((byte) header.get(Field.TTL));
        ip.put((byte) protocol(header));
        ip.putShort((short) 0);
        ip.putInt(header.get(Field.SOURCE)).putInt(header.get(Field.DESTINATION));
        ip.put(options).put(body);
        final int checksum = Checksums.of(ip.array(), 0, headerLength);
        ip.putShort(10, (short) packet.get(Field.IP_CHECKSUM, checksum));
        return ip.array();
    }

    private static int flags(final Packet packet, final Packet header) {
        final int df = header.get(Field.DONT_FRAGMENT) == 0 ? 0 : DONT_FRAGMENT;
        if (packet.form() != Form.FRAGMENT) {
            return df | (packet.get(Field.MORE_FRAGMENTS, 0) == 0 ? 0 : MORE_FRAGMENTS);
        }
        final boolean more = packet.get(Field.FRAGMENT_END) < body(header).length;
        return df | (packet.get(Field.MORE_FRAGMENTS, more ? 1 : 0) == 0 ? 0 : MORE_FRAGMENTS) | packet.get(Field.FRAGMENT_START) / 8;
    }

    private static int protocol(final Packet packet) {
        return packet.form().protocol() >= 0 ? packet.form().protocol() : packet.get(Field.PROTOCOL);
    }

    /** What lies behind the IP header. */
    static byte[] body(final Packet packet) {
        return switch (packet.form()) {
            case UDP, UDP_LITE -> udp(packet);
            case DCCP -> dccp(packet);
            case TCP -> tcp(packet);
            case PROTOCOL -> packet.payload();
            case FRAGMENT -> Arrays.copyOfRange(
                body(packet.inner().orElseThrow()), packet.get(Field.FRAGMENT_START), packet.get(Field.FRAGMENT_END));
            default -> icmp(packet);
        };
    }

    private static byte[] udp(final Packet packet) {
        final byte[] payload = packet.payload();
        final int length = UDP_LENGTH + payload.length;
        final ByteBuffer udp = ByteBuffer.allocate(length);
        udp.putShort((short) packet.get(Field.SOURCE_PORT)).putShort((short) packet.get(Field.DESTINATION_PORT));
        // UDP-Lite: a coverage of 0 is all of it (RFC 3828, section 3.1)
        udp.putShort((short) packet.get(Field.DATAGRAM_LENGTH, packet.form() == Form.UDP ? length : 0)).putShort((short) 0).put(payload);
        final int sum = Checksums.of(udp.array(), packet, length);
        return withChecksum(udp, 6, packet, sum == 0 ? 0xFFFF : sum);
    }

    private static byte[] dccp(final Packet packet) {
        final byte[] payload = packet.payload();
        final ByteBuffer dccp = ByteBuffer.allocate(DCCP_REQUEST_LENGTH + payload.length);
        dccp.putShort((short) packet.get(Field.SOURCE_PORT)).putShort((short) packet.get(Field.DESTINATION_PORT));
        dccp.put((byte) (DCCP_REQUEST_LENGTH / 4)).put((byte) 0).putShort((short) 0).put((byte) DCCP_REQUEST_X);
        dccp.position(DCCP_REQUEST_LENGTH).put(payload);
        return withChecksum(dccp, 6, packet, Checksums.of(dccp.array(), packet, dccp.capacity()));
    }

    private static byte[] tcp(final Packet packet) {
        final byte[] payload = packet.payload();
        final byte[] options = tcpOptions(packet);
        final int headerLength = TCP_LENGTH + options.length;
        final ByteBuffer tcp = ByteBuffer.allocate(headerLength + payload.length);
        tcp.putShort((short) packet.get(Field.SOURCE_PORT)).putShort((short) packet.get(Field.DESTINATION_PORT));
        tcp.putInt(packet.get(Field.SEQUENCE)).putInt(packet.get(Field.ACKNOWLEDGEMENT));
        tcp.put((byte) (packet.get(Field.DATA_OFFSET, headerLength / 4) << 4)).put((byte) packet.get(Field.FLAGS));
        tcp.putShort((short) packet.get(Field.WINDOW)).putInt(0).put(options).put(payload);
        return withChecksum(tcp, 16, packet, Checksums.of(tcp.array(), packet, tcp.capacity()));
    }

    /** The options of a TCP header, in an order that {@link FrameReader} knows. */
    static byte[] tcpOptions(final Packet packet) {
        final ByteBuffer options = ByteBuffer.allocate(64);
        if (packet.has(Field.SEGMENT_SIZE)) {
            options.put((byte) 2).put((byte) 4).putShort((short) packet.get(Field.SEGMENT_SIZE));
        }
        if (packet.has(Field.WINDOW_SCALE)) {
            options.put((byte) 1).put((byte) 3).put((byte) 3).put((byte) packet.get(Field.WINDOW_SCALE));
        }
        options.put(packet.tcpOptions());
        return padded(Arrays.copyOf(options.array(), options.position()));
    }

    private static byte[] icmp(final Packet packet) {
        final byte[] content = packet.form().layout() == Form.Layout.ERROR && packet.inner().isPresent() ? quote(packet) : packet.payload();
        final ByteBuffer icmp = ByteBuffer.allocate(8 + content.length);
        final int type = packet.form().icmpType() >= 0 ? packet.form().icmpType() : packet.get(Field.TYPE);
        icmp.put((byte) type).put((byte) packet.get(Field.CODE)).putShort((short) 0);
        if (packet.form().layout() == Form.Layout.QUERY) {
            icmp.putShort((short) packet.get(Field.QUERY_ID)).putShort((short) packet.get(Field.SEQUENCE));
        } else {
            icmp.putInt(packet.get(Field.REST) | packet.get(Field.MTU));
        }
        icmp.put(content);
        return withChecksum(icmp, 2, packet, Checksums.of(icmp.array(), 0, icmp.capacity()));
    }

    private static byte[] quote(final Packet packet) {
        final Packet quoted = packet.inner().orElseThrow();
        final byte[] whole = datagram(quoted);
        final int headerLength = IPV4_LENGTH + padded(quoted.ipOptions()).length;
        return packet.has(Field.QUOTED_LENGTH)
            ? Arrays.copyOf(whole, Math.min(whole.length, headerLength + packet.get(Field.QUOTED_LENGTH))) : whole;
    }

    private static byte[] withChecksum(final ByteBuffer header, final int offset, final Packet packet, final int checksum) {
        return header.putShort(offset, (short) packet.get(Field.CHECKSUM, checksum)).array();
    }

    private static byte[] arp(final Packet packet) {
        final ByteBuffer arp = ByteBuffer.allocate(28);
        arp.putShort((short) 1).putShort((short) TYPE_IPV4).put((byte) 6).put((byte) 4);
        arp.putShort((short) (packet.form() == Form.ARP_REQUEST ? 1 : 2));
        mac(arp, packet.get(Field.SENDER_MAC, 0));
        arp.putInt(packet.get(Field.SOURCE));
        mac(arp, packet.get(Field.TARGET_MAC, 0));
        arp.putInt(packet.get(Field.DESTINATION));
        return arp.array();
    }

    private static void mac(final ByteBuffer buffer, final long mac) {
        buffer.putShort((short) (mac >>> 32)).putInt((int) mac);
    }

    private static byte[] padded(final byte[] options) {
        return Arrays.copyOf(options, options.length + 3 & ~3);
    }
}
