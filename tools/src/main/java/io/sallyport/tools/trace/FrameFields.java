package io.sallyport.tools.trace;

import io.sallyport.tools.screen.ConnectionRow;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.MacAddress;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** What is in a frame, field by field, as far as the bytes go: nothing in it is trusted, and a checksum is told right from wrong. */
final class FrameFields {

    /** What takes the place of a value that the bytes do not reach. */
    static final String CUT_OFF = "(cut off)";

    private static final String[] FLAGS = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
    /** What a quoted packet has of its transport header at least. */
    private static final int QUOTED_L4_LENGTH = 8;

    private final UnsafeBuffer bytes;
    private final List<Field> fields = new ArrayList<>();

    private FrameFields(final byte[] frame) {
        bytes = new UnsafeBuffer(frame);
    }

    /**
     * A field of a header.
     *
     * @param name  what it is called, with the header that it is in
     * @param value what it says, for people
     */
    record Field(String name, String value) {
    }

    /** All fields, in the order in which they lie. */
    static List<Field> of(final byte[] frame) {
        final FrameFields decoded = new FrameFields(frame);
        decoded.ethernet();
        return List.copyOf(decoded.fields);
    }

    private void ethernet() {
        if (!has(0, Ethernet.HEADER_LENGTH, "ethernet")) {
            return;
        }
        add("ethernet destination", MacAddress.format(Ethernet.destination(bytes, 0)));
        add("ethernet source", MacAddress.format(Ethernet.source(bytes, 0)));
        final int type = Ethernet.type(bytes, 0);
        add("ethernet type", switch (type) {
            case Ethernet.TYPE_IPV4 -> "IPv4";
            case Ethernet.TYPE_ARP -> "ARP";
            case Ethernet.TYPE_IPV6 -> "IPv6";
            case Ethernet.TYPE_VLAN, Ethernet.TYPE_SERVICE_VLAN -> hex(type) + " VLAN";
            default -> hex(type);
        });
        if (type == Ethernet.TYPE_ARP) {
            arp(Ethernet.HEADER_LENGTH);
        } else if (type == Ethernet.TYPE_IPV4) {
            ipv4("", Ethernet.HEADER_LENGTH, true);
        }
    }

    private void arp(final int arp) {
        if (!has(arp, Arp.LENGTH, "arp")) {
            return;
        }
        final int operation = Arp.operation(bytes, arp);
        add("arp operation", operation == Arp.REQUEST ? "request" : operation == Arp.REPLY ? "reply" : Integer.toString(operation));
        add("arp sender mac", MacAddress.format(Arp.senderMac(bytes, arp)));
        add("arp sender", Ipv4Address.format(Arp.senderAddress(bytes, arp)));
        add("arp target mac", MacAddress.format(Ethernet.mac(bytes, arp + Arp.TARGET_MAC_OFFSET)));
        add("arp target", Ipv4Address.format(Arp.targetAddress(bytes, arp)));
    }

    /** A packet, or, if {@code isWhole} is false, what an ICMP error quotes of one. */
    private void ipv4(final String prefix, final int l3, final boolean isWhole) {
        if (!has(l3, Ipv4.MIN_HEADER_LENGTH, prefix + "ip")) {
            return;
        }
        final int headerLength = Ipv4.headerLength(bytes, l3);
        final int totalLength = Ipv4.totalLength(bytes, l3);
        final int fragment = Ipv4.fragment(bytes, l3);
        final int protocol = Ipv4.protocol(bytes, l3);
        add(prefix + "ip version", Integer.toString(Ipv4.version(bytes, l3)));
        add(prefix + "ip header length", Integer.toString(headerLength));
        add(prefix + "ip service class", hex8(bytes.getByte(l3 + Ipv4.TYPE_OF_SERVICE_OFFSET)));
        add(prefix + "ip total length", Integer.toString(totalLength));
        add(prefix + "ip identification", hex(Ipv4.identification(bytes, l3)));
        add(prefix + "ip flags", flags(fragment));
        add(prefix + "ip fragment offset", Integer.toString((fragment & Ipv4.FRAGMENT_OFFSET_MASK) << 3));
        add(prefix + "ip time to live", Integer.toString(Ipv4.ttl(bytes, l3)));
        add(prefix + "ip protocol", ConnectionRow.protocolName(protocol));
        final boolean hasHeader = headerLength >= Ipv4.MIN_HEADER_LENGTH && l3 + headerLength <= bytes.capacity();
        add(prefix + "ip checksum", hasHeader
            ? checksum(Ipv4.checksum(bytes, l3), Checksum.sum(bytes, l3, headerLength)) : hex(Ipv4.checksum(bytes, l3)));
        add(prefix + "ip source", Ipv4Address.format(Ipv4.source(bytes, l3)));
        add(prefix + "ip destination", Ipv4Address.format(Ipv4.destination(bytes, l3)));
        if (!hasHeader || totalLength < headerLength) {
            add(prefix + "ip payload", CUT_OFF);
            return;
        }
        if (headerLength > Ipv4.MIN_HEADER_LENGTH) {
            add(prefix + "ip options", hexBytes(l3 + Ipv4.MIN_HEADER_LENGTH, headerLength - Ipv4.MIN_HEADER_LENGTH));
        }
        if ((fragment & Ipv4.FRAGMENT_OFFSET_MASK) != 0) {
            add(prefix + "ip payload", totalLength - headerLength + " bytes");
        } else {
            final boolean isComplete = isWhole && l3 + totalLength <= bytes.capacity() && !Ipv4.isFragment(bytes, l3);
            transport(prefix, l3, l3 + headerLength, totalLength - headerLength, isComplete);
        }
    }

    private void transport(final String prefix, final int l3, final int l4, final int length, final boolean isComplete) {
        switch (Ipv4.protocol(bytes, l3)) {
            case Ipv4.TCP -> tcp(prefix, l3, l4, length, isComplete);
            case Ipv4.UDP -> udp(prefix, l3, l4, length, isComplete);
            case Ipv4.ICMP -> icmp(prefix, l4, length, isComplete);
            default -> payload(prefix + "ip payload", l4, length);
        }
    }

    private void tcp(final String prefix, final int l3, final int l4, final int length, final boolean isComplete) {
        if (!has(l4, QUOTED_L4_LENGTH, prefix + "tcp")) {
            return;
        }
        ports(prefix + "tcp", l4);
        add(prefix + "tcp sequence", Integer.toUnsignedString(bytes.getInt(l4 + Tcp.SEQUENCE_OFFSET, ByteOrder.BIG_ENDIAN)));
        if (!prefix.isEmpty() || !has(l4, Tcp.MIN_HEADER_LENGTH, prefix + "tcp")) {
            return;
        }
        final int headerLength = Tcp.headerLength(bytes, l4);
        add("tcp acknowledgement", Integer.toUnsignedString(bytes.getInt(l4 + Tcp.ACKNOWLEDGEMENT_OFFSET, ByteOrder.BIG_ENDIAN)));
        add("tcp header length", Integer.toString(headerLength));
        add("tcp flags", tcpFlags(bytes.getByte(l4 + Tcp.FLAGS_OFFSET) & 0xFF));
        add("tcp window", Integer.toString(bytes.getShort(l4 + Tcp.WINDOW_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF));
        add("tcp checksum", isComplete ? checksum(Tcp.checksum(bytes, l4), l4Sum(l3, l4, length)) : hex(Tcp.checksum(bytes, l4)));
        if (headerLength < Tcp.MIN_HEADER_LENGTH || headerLength > length || l4 + headerLength > bytes.capacity()) {
            add("tcp options", CUT_OFF);
            return;
        }
        tcpOptions(l4 + Tcp.MIN_HEADER_LENGTH, l4 + headerLength);
        payload("tcp payload", l4 + headerLength, length - headerLength);
    }

    private void tcpOptions(final int first, final int end) {
        int option = first;
        while (option < end) {
            final int kind = bytes.getByte(option) & 0xFF;
            if (kind <= 1) {
                // end of options, or none
                option = kind == 0 ? end : option + 1;
                continue;
            }
            final int length = option + 1 < end ? bytes.getByte(option + 1) & 0xFF : 0;
            if (length < 2 || option + length > end) {
                add("tcp option " + kind, CUT_OFF);
                return;
            }
            if (kind == Tcp.OPTION_SEGMENT_SIZE && length == Tcp.OPTION_SEGMENT_SIZE_LENGTH) {
                add("tcp segment size", Integer.toString(bytes.getShort(option + 2, ByteOrder.BIG_ENDIAN) & 0xFFFF));
            } else if (kind == Tcp.OPTION_WINDOW_SCALE && length == Tcp.OPTION_WINDOW_SCALE_LENGTH) {
                add("tcp window scale", Integer.toString(bytes.getByte(option + 2) & 0xFF));
            } else {
                add("tcp option " + kind, length == 2 ? "yes" : hexBytes(option + 2, length - 2));
            }
            option += length;
        }
    }

    private void udp(final String prefix, final int l3, final int l4, final int length, final boolean isComplete) {
        if (!has(l4, Udp.HEADER_LENGTH, prefix + "udp")) {
            return;
        }
        ports(prefix + "udp", l4);
        final int stated = bytes.getShort(l4 + Udp.CHECKSUM_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        add(prefix + "udp length", Integer.toString(Udp.length(bytes, l4)));
        add(prefix + "udp checksum", stated == 0 ? "none"
            : isComplete && Udp.length(bytes, l4) == length ? checksum(stated, l4Sum(l3, l4, length)) : hex(stated));
        if (prefix.isEmpty()) {
            payload("udp payload", l4 + Udp.HEADER_LENGTH, length - Udp.HEADER_LENGTH);
        }
    }

    private void icmp(final String prefix, final int l4, final int length, final boolean isComplete) {
        if (!has(l4, Icmp.HEADER_LENGTH, prefix + "icmp")) {
            return;
        }
        final int type = Icmp.type(bytes, l4);
        add(prefix + "icmp type", type + typeName(type));
        add(prefix + "icmp code", Icmp.code(bytes, l4) + codeName(type, Icmp.code(bytes, l4)));
        final int stated = Icmp.checksum(bytes, l4);
        add(prefix + "icmp checksum", isComplete ? checksum(stated, Checksum.sum(bytes, l4, length)) : hex(stated));
        if (Icmp.isQueryRequest(type) || Icmp.isQueryReply(type)) {
            add(prefix + "icmp identifier", Integer.toString(number(l4 + Icmp.IDENTIFIER_OFFSET)));
            add(prefix + "icmp sequence", Integer.toString(number(l4 + Icmp.SEQUENCE_OFFSET)));
            if (prefix.isEmpty()) {
                payload("icmp payload", l4 + Icmp.HEADER_LENGTH, length - Icmp.HEADER_LENGTH);
            }
        } else if (Icmp.isError(type) && prefix.isEmpty()) {
            if (type == Icmp.UNREACHABLE && Icmp.code(bytes, l4) == Icmp.CODE_FRAGMENTATION_NEEDED) {
                add("icmp next-hop mtu", Integer.toString(number(l4 + Icmp.NEXT_HOP_MTU_OFFSET)));
            }
            ipv4("quoted ", l4 + Icmp.HEADER_LENGTH, false);
        }
    }

    private void ports(final String header, final int l4) {
        add(header + " source port", Integer.toString(number(l4)));
        add(header + " destination port", Integer.toString(number(l4 + 2)));
    }

    private void payload(final String name, final int offset, final int length) {
        final int there = Math.max(0, Math.min(length, bytes.capacity() - offset));
        add(name, Math.max(0, length) + " bytes" + (there < length ? ", " + there + " of them here" : ""));
    }

    private long l4Sum(final int l3, final int l4, final int length) {
        return Checksum.sum(bytes, l4, length)
            + Checksum.pseudoHeaderSum(Ipv4.source(bytes, l3), Ipv4.destination(bytes, l3), Ipv4.protocol(bytes, l3), length);
    }

    private boolean has(final int offset, final int length, final String header) {
        final boolean isThere = offset + length <= bytes.capacity();
        if (!isThere) {
            add(header + " header", CUT_OFF);
        }
        return isThere;
    }

    private void add(final String name, final String value) {
        fields.add(new Field(name, value));
    }

    private int number(final int offset) {
        return bytes.getShort(offset, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    private String hexBytes(final int offset, final int length) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append("%02x".formatted(bytes.getByte(offset + i)));
        }
        return text.toString();
    }

    /** A checksum, and whether the sum of all that it covers, itself included, is right. */
    private static String checksum(final int stated, final long sum) {
        return hex(stated) + (Checksum.finish(sum) == 0 ? ", right" : ", WRONG");
    }

    /** Flags of a TCP segment by name. */
    static String tcpFlags(final int flags) {
        final StringBuilder names = new StringBuilder();
        for (int flag = 0; flag < FLAGS.length; flag++) {
            if ((flags >>> flag & 1) != 0) {
                names.append(names.isEmpty() ? "" : " ").append(FLAGS[flag]);
            }
        }
        return names.isEmpty() ? "none" : names.toString();
    }

    private static String flags(final int fragment) {
        final boolean whole = (fragment & Ipv4.DONT_FRAGMENT) != 0;
        final boolean more = (fragment & Ipv4.MORE_FRAGMENTS) != 0;
        return whole && more ? "DF MF" : whole ? "DF" : more ? "MF" : "none";
    }

    /** Name of an ICMP type behind its number, where we know one. */
    static String typeName(final int type) {
        return switch (type) {
            case Icmp.ECHO_REPLY -> " echo reply";
            case Icmp.UNREACHABLE -> " destination unreachable";
            case Icmp.SOURCE_QUENCH -> " source quench";
            case Icmp.REDIRECT -> " redirect";
            case Icmp.ECHO_REQUEST -> " echo request";
            case Icmp.TIME_EXCEEDED -> " time exceeded";
            case Icmp.PARAMETER_PROBLEM -> " parameter problem";
            case Icmp.TIMESTAMP_REQUEST -> " timestamp request";
            case Icmp.TIMESTAMP_REPLY -> " timestamp reply";
            default -> "";
        };
    }

    /** Name of an ICMP code behind its number, where we know one. */
    static String codeName(final int type, final int code) {
        if (type != Icmp.UNREACHABLE) {
            return type == Icmp.TIME_EXCEEDED ? code == Icmp.CODE_TTL_EXCEEDED ? " in transit" : " in reassembly" : "";
        }
        return switch (code) {
            case Icmp.CODE_NETWORK_UNREACHABLE -> " network";
            case Icmp.CODE_HOST_UNREACHABLE -> " host";
            case Icmp.CODE_PORT_UNREACHABLE -> " port";
            case Icmp.CODE_FRAGMENTATION_NEEDED -> " fragmentation needed";
            case Icmp.CODE_PROHIBITED -> " prohibited";
            default -> "";
        };
    }

    private static String hex(final int value) {
        return "0x%04x".formatted(value);
    }

    private static String hex8(final byte value) {
        return "0x%02x".formatted(value);
    }
}
