package io.sallyport.tools.trace;

import io.sallyport.tools.screen.ConnectionRow;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.MacAddress;
import io.sallyport.wire.Tcp;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/** A frame in one line: {@code tcp 10.77.0.2:40000 > 203.0.113.80:443 SYN}. Trusts nothing in it. */
final class FrameSummary {

    private static final int L3 = Ethernet.HEADER_LENGTH;

    private FrameSummary() {
    }

    /** The line. */
    static String of(final byte[] frame) {
        final UnsafeBuffer bytes = new UnsafeBuffer(frame);
        if (frame.length < L3) {
            return frame.length + " bytes, which are no Ethernet frame";
        }
        return switch (Ethernet.type(bytes, 0)) {
            case Ethernet.TYPE_ARP -> frame.length < L3 + Arp.LENGTH ? "arp, cut off" : arp(bytes);
            case Ethernet.TYPE_IPV4 -> frame.length < L3 + Ipv4.MIN_HEADER_LENGTH ? "ip, cut off" : ipv4(bytes);
            case Ethernet.TYPE_IPV6 -> "ipv6";
            case Ethernet.TYPE_VLAN, Ethernet.TYPE_SERVICE_VLAN -> "a VLAN-tagged frame";
            default -> "ethernet type 0x%04x".formatted(Ethernet.type(bytes, 0));
        };
    }

    private static String arp(final UnsafeBuffer bytes) {
        final String sender = Ipv4Address.format(Arp.senderAddress(bytes, L3));
        return switch (Arp.operation(bytes, L3)) {
            case Arp.REQUEST -> "arp who has " + Ipv4Address.format(Arp.targetAddress(bytes, L3)) + ", asks " + sender;
            case Arp.REPLY -> "arp " + sender + " is at " + MacAddress.format(Arp.senderMac(bytes, L3));
            default -> "arp operation " + Arp.operation(bytes, L3);
        };
    }

    private static String ipv4(final UnsafeBuffer bytes) {
        final int l4 = L3 + Ipv4.headerLength(bytes, L3);
        final int protocol = Ipv4.protocol(bytes, L3);
        final String name = ConnectionRow.protocolName(protocol);
        final String source = Ipv4Address.format(Ipv4.source(bytes, L3));
        final String destination = Ipv4Address.format(Ipv4.destination(bytes, L3));
        final boolean hasPorts = (protocol == Ipv4.TCP || protocol == Ipv4.UDP) && l4 + 4 <= bytes.capacity();
        if (Ipv4.isLaterFragment(bytes, L3)) {
            return name + " fragment " + source + " > " + destination + " at "
                + ((Ipv4.fragment(bytes, L3) & Ipv4.FRAGMENT_OFFSET_MASK) << 3);
        }
        if (!hasPorts) {
            return name + " " + source + " > " + destination
                + (protocol == Ipv4.ICMP && l4 + Icmp.HEADER_LENGTH <= bytes.capacity() ? icmp(bytes, l4) : "");
        }
        return name + " " + source + ":" + number(bytes, l4) + " > " + destination + ":" + number(bytes, l4 + 2)
            + (protocol == Ipv4.TCP && l4 + Tcp.MIN_HEADER_LENGTH <= bytes.capacity()
                ? " " + FrameFields.tcpFlags(bytes.getByte(l4 + Tcp.FLAGS_OFFSET) & 0xFF) : "");
    }

    private static String icmp(final UnsafeBuffer bytes, final int l4) {
        final int type = Icmp.type(bytes, l4);
        final String name = FrameFields.typeName(type).isEmpty() ? " type " + type : FrameFields.typeName(type);
        return Icmp.isQueryRequest(type) || Icmp.isQueryReply(type)
            ? name + " id " + number(bytes, l4 + Icmp.IDENTIFIER_OFFSET)
            : name + (FrameFields.codeName(type, Icmp.code(bytes, l4)).isEmpty()
                ? ", code " + Icmp.code(bytes, l4) : "," + FrameFields.codeName(type, Icmp.code(bytes, l4)));
    }

    private static int number(final UnsafeBuffer bytes, final int offset) {
        return bytes.getShort(offset, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }
}
