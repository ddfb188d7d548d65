package io.sallyport.packet;

import io.sallyport.counter.DropReason;
import io.sallyport.memory.OffHeap;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Checks every length of a frame, once, and fills the batch's header, kind and key columns. What it lets through, all later stages trust:
 *
 * <ul>
 * <li>the frame holds an Ethernet header, and it is for this station;
 * <li>the IPv4 header lies in the frame, is version 4, has a right checksum, and its total length fits the frame, which is cut to it;
 * <li>the TCP, UDP or ICMP header lies in the packet, or in its first fragment, TCP's options included;
 * <li>a later fragment does not reach into that header, and none reaches beyond the longest datagram;
 * <li>an ICMP error holds the quoted packet's IPv4 header and the first eight bytes behind it;
 * <li>an ARP packet lies whole in its frame.
 * </ul>
 *
 * <p>Addresses are judged only when a packet opens a connection: the key of one that belongs to a connection is known to be good.
 *
 * <p>Stateless; runs on the capture thread.
 */
public final class FrameParser {

    private static final int OPTION_END = 0;
    private static final int OPTION_NO_OPERATION = 1;
    private static final int OPTION_LOOSE_SOURCE_ROUTE = 131;
    private static final int OPTION_STRICT_SOURCE_ROUTE = 137;
    private static final int QUOTED_L4_LENGTH = 8;

    /** In the first eight bytes of an IPv4 header, as a little-endian machine sees them: version and length, fragment bits and offset. */
    private static final long PLAIN_MASK = 0xFF3F_0000_0000_00FFL;
    private static final long PLAIN_HEADER = 0x45;
    private static final long RAW_DONT_FRAGMENT = 0x0040;
    private static final short RAW_TYPE_IPV4 = 0x0008;
    private static final int L3 = Ethernet.HEADER_LENGTH;
    private static final int L4 = L3 + Ipv4.MIN_HEADER_LENGTH;

    private final long[] macs;
    private final long[] rawMacs;

    /**
     * A parser for two interfaces.
     *
     * @param insideMac  MAC address of the inside interface
     * @param outsideMac MAC address of the outside interface
     */
    public FrameParser(final long insideMac, final long outsideMac) {
        macs = new long[] {insideMac, outsideMac};
        rawMacs = new long[] {Ethernet.rawMac(insideMac), Ethernet.rawMac(outsideMac)};
    }

    /**
     * Parses all packets of a batch; what fails is dropped.
     *
     * @return whether there may be fragments among them, or packets that may become fragments: any without "do not fragment"
     */
    public boolean parse(final PacketBatch batch) {
        final int side = batch.arrivalSide().ordinal();
        long mayFragment = 0;
        for (int i = 0, size = batch.size(); i < size; i++) {
            final long header = parsePlain(batch, i, rawMacs[side], side);
            if (header == 0) {
                parseAny(batch, i, macs[side]);
                mayFragment = 1;
            } else {
                mayFragment |= header >>> 48 ^ RAW_DONT_FRAGMENT;
            }
        }
        return mayFragment != 0;
    }

    /**
     * Parses what nearly every packet is: a whole TCP segment or UDP datagram under an IPv4 header without options, for this station. The
     * rules are those of {@link #parseAny}, which judges all that fails one of them.
     *
     * @return the first eight bytes of the IPv4 header; 0 if the packet is another, or something is wrong with it
     */
    private static long parsePlain(final PacketBatch batch, final int i, final long rawMac, final int side) {
        final int available = batch.length(i) - L3;
        if (available < Ipv4.MIN_HEADER_LENGTH + Udp.HEADER_LENGTH) {
            return 0;
        }
        final OffHeap frames = batch.memory();
        final int frame = batch.offset(i);
        final long header = frames.getLong(frame + L3);
        final long protocolAndSource = frames.getLong(frame + L3 + Ipv4.TTL_OFFSET);
        final int protocol = (int) (protocolAndSource >>> 8) & 0xFF;
        final int payloadLength = (Short.reverseBytes((short) (header >>> 16)) & 0xFFFF) - Ipv4.MIN_HEADER_LENGTH;
        if ((frames.getLong(frame) & Ethernet.RAW_MAC_MASK) != rawMac
            || frames.getShort(frame + Ethernet.TYPE_OFFSET) != RAW_TYPE_IPV4
            || (header & PLAIN_MASK) != PLAIN_HEADER
            || payloadLength + Ipv4.MIN_HEADER_LENGTH > available
            || !Checksum.isWhole(header, protocolAndSource, frames.getInt(frame + L3 + Ipv4.DESTINATION_OFFSET))) {
            return 0;
        }
        if (protocol == Ipv4.UDP) {
            final int udpLength = Short.reverseBytes(frames.getShort(frame + L4 + Udp.LENGTH_OFFSET)) & 0xFFFF;
            if (udpLength < Udp.HEADER_LENGTH || udpLength > payloadLength) {
                return 0;
            }
            batch.kind(i, PacketKind.UDP);
        } else if (protocol == Ipv4.TCP && payloadLength >= Tcp.MIN_HEADER_LENGTH) {
            final int headerLength = (frames.getByte(frame + L4 + Tcp.DATA_OFFSET_OFFSET) & 0xF0) >>> 2;
            if (headerLength < Tcp.MIN_HEADER_LENGTH || headerLength > payloadLength) {
                return 0;
            }
            batch.kind(i, PacketKind.TCP);
        } else {
            return 0;
        }
        batch.length(i, L4 + payloadLength);
        batch.headers(i, frame + L3, frame + L4);
        batch.key(i, frames.getLong(frame + L3 + Ipv4.SOURCE_OFFSET), portKey(frames.getInt(frame + L4), protocol, side));
        return header;
    }

    private static void parseAny(final PacketBatch batch, final int i, final long mac) {
        if (batch.length(i) < Ethernet.HEADER_LENGTH) {
            batch.drop(i, DropReason.MALFORMED);
            return;
        }
        final int frame = batch.offset(i);
        if (Ethernet.type(batch.frames(), frame) != Ethernet.TYPE_IPV4) {
            parseOther(batch, i, mac);
        } else if (Ethernet.destination(batch.frames(), frame) != mac) {
            final long destination = Ethernet.destination(batch.frames(), frame);
            batch.drop(i, Ethernet.isGroup(destination) ? DropReason.LINK_BROADCAST : DropReason.OTHER_STATION);
        } else {
            parseIpv4(batch, i);
        }
    }

    private static void parseOther(final PacketBatch batch, final int i, final long mac) {
        final int frame = batch.offset(i);
        switch (Ethernet.type(batch.frames(), frame)) {
            case Ethernet.TYPE_ARP -> parseArp(batch, i, mac);
            case Ethernet.TYPE_IPV6 -> batch.drop(i, DropReason.IPV6);
            case Ethernet.TYPE_VLAN, Ethernet.TYPE_SERVICE_VLAN -> batch.drop(i, DropReason.VLAN_TAGGED);
            default -> batch.drop(i, DropReason.NOT_IPV4);
        }
    }

    private static void parseArp(final PacketBatch batch, final int i, final long mac) {
        final int frame = batch.offset(i);
        final long destination = Ethernet.destination(batch.frames(), frame);
        if (batch.length(i) < Ethernet.HEADER_LENGTH + Arp.LENGTH) {
            batch.drop(i, DropReason.MALFORMED);
        } else if (destination != mac && destination != Ethernet.BROADCAST) {
            batch.drop(i, DropReason.OTHER_STATION);
        } else {
            batch.headers(i, frame + Ethernet.HEADER_LENGTH, frame + Ethernet.HEADER_LENGTH);
            batch.verdict(i, Verdict.ARP);
        }
    }

    private static void parseIpv4(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.offset(i) + Ethernet.HEADER_LENGTH;
        final int available = batch.length(i) - Ethernet.HEADER_LENGTH;
        if (available < Ipv4.MIN_HEADER_LENGTH) {
            batch.drop(i, DropReason.MALFORMED);
            return;
        }
        final int headerLength = Ipv4.headerLength(frames, l3);
        final int totalLength = Ipv4.totalLength(frames, l3);
        if (Ipv4.version(frames, l3) != 4 || headerLength < Ipv4.MIN_HEADER_LENGTH
            || totalLength < headerLength || totalLength > available) {
            batch.drop(i, DropReason.MALFORMED);
            return;
        }
        if (Checksum.finish(Checksum.sum(frames, l3, headerLength)) != 0) {
            batch.drop(i, DropReason.BAD_IP_CHECKSUM);
            return;
        }
        if (Ipv4.protocol(frames, l3) == 0) {
            // hop-by-hop options of IPv6; in our tables 0 means that nothing is there
            batch.drop(i, DropReason.UNSUPPORTED_PROTOCOL);
            return;
        }
        if (headerLength > Ipv4.MIN_HEADER_LENGTH && hasSourceRoute(frames, l3, headerLength)) {
            batch.drop(i, DropReason.SOURCE_ROUTE);
            return;
        }
        batch.length(i, Ethernet.HEADER_LENGTH + totalLength);
        final int l4 = l3 + headerLength;
        batch.headers(i, l3, l4);
        final int payloadLength = totalLength - headerLength;
        if (Ipv4.isFragment(frames, l3)) {
            parseFragment(batch, i, payloadLength);
        } else {
            parseL4(batch, i, payloadLength, payloadLength);
        }
    }

    /**
     * Fragments are whole frames: a sum that was left to a NIC would not cover the datagram. The key of one that is not the first lacks
     * the ports. Overlaps with the transport header: RFC 1858, RFC 3128.
     */
    private static void parseFragment(final PacketBatch batch, final int i, final int payloadLength) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        final int protocol = Ipv4.protocol(frames, l3);
        final int fragment = Ipv4.fragment(frames, l3);
        final int start = (fragment & Ipv4.FRAGMENT_OFFSET_MASK) << 3;
        final int longest = Ipv4.MAX_LENGTH - Ipv4.headerLength(frames, l3);
        if (payloadLength == 0
            || (fragment & Ipv4.MORE_FRAGMENTS) != 0 && (payloadLength & 7) != 0
            || start + payloadLength > longest
            || start != 0 && start < Tcp.MIN_HEADER_LENGTH && protocol == Ipv4.TCP
            || batch.segmentLength(i) != 0 || batch.checksumState(i) != PacketBatch.CHECKSUM_WHOLE) {
            batch.drop(i, DropReason.MALFORMED);
        } else if (start != 0) {
            batch.kind(i, PacketKind.FRAGMENT);
            batch.key(i, Ipv4.rawAddresses(frames, l3), portKey(0, protocol, batch.arrivalSide().ordinal()));
        } else if (protocol == Ipv4.ICMP && !isEcho(Icmp.type(frames, batch.l4Offset(i)))) {
            // no other query is longer than the shortest link takes, and an error must be whole to be checked
            batch.drop(i, DropReason.FRAGMENT);
        } else {
            parseL4(batch, i, payloadLength, longest);
        }
    }

    private static boolean isEcho(final int icmpType) {
        return icmpType == Icmp.ECHO_REQUEST || icmpType == Icmp.ECHO_REPLY;
    }

    /** Parses the transport header; {@code longest} is what can follow the IP header in the datagram, {@code payloadLength} what does. */
    private static void parseL4(final PacketBatch batch, final int i, final int payloadLength, final int longest) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        final int l4 = batch.l4Offset(i);
        final long addresses = Ipv4.rawAddresses(frames, l3);
        final int side = batch.arrivalSide().ordinal();
        switch (Ipv4.protocol(frames, l3)) {
            case Ipv4.TCP -> {
                if (payloadLength < Tcp.MIN_HEADER_LENGTH || Tcp.headerLength(frames, l4) < Tcp.MIN_HEADER_LENGTH
                    || Tcp.headerLength(frames, l4) > payloadLength) {
                    batch.drop(i, DropReason.MALFORMED);
                } else {
                    batch.kind(i, PacketKind.TCP);
                    batch.key(i, addresses, portKey(frames.getInt(l4), Ipv4.TCP, side));
                }
            }
            case Ipv4.UDP -> {
                if (payloadLength < Udp.HEADER_LENGTH || Udp.length(frames, l4) < Udp.HEADER_LENGTH
                    || Udp.length(frames, l4) > longest) {
                    batch.drop(i, DropReason.MALFORMED);
                } else {
                    batch.kind(i, PacketKind.UDP);
                    batch.key(i, addresses, portKey(frames.getInt(l4), Ipv4.UDP, side));
                }
            }
            case Ipv4.ICMP -> {
                if (payloadLength < Icmp.HEADER_LENGTH) {
                    batch.drop(i, DropReason.MALFORMED);
                } else {
                    parseIcmp(batch, i, payloadLength);
                }
            }
            default -> {
                batch.kind(i, PacketKind.OTHER);
                batch.key(i, addresses, portKey(0, Ipv4.protocol(frames, l3), side));
            }
        }
    }

    private static void parseIcmp(final PacketBatch batch, final int i, final int payloadLength) {
        final UnsafeBuffer frames = batch.frames();
        final int l4 = batch.l4Offset(i);
        final int type = Icmp.type(frames, l4);
        final Side side = batch.arrivalSide();
        if (Icmp.isTranslatedError(type)) {
            parseQuoted(batch, i, l4 + Icmp.HEADER_LENGTH, payloadLength - Icmp.HEADER_LENGTH);
        } else if (Icmp.isQueryRequest(type) || Icmp.isQueryReply(type)) {
            final Side asker = Icmp.isQueryRequest(type) ? side : side.other();
            batch.kind(i, PacketKind.QUERY);
            batch.key(i, Ipv4.rawAddresses(frames, batch.l3Offset(i)),
                portKey(queryPorts(frames, l4, asker), Ipv4.ICMP, side.ordinal()));
        } else {
            batch.drop(i, DropReason.UNSUPPORTED_PROTOCOL);
        }
    }

    /** The key of an error is that of the packet which the quoted one would be answered with. */
    private static void parseQuoted(final PacketBatch batch, final int i, final int l3, final int available) {
        final UnsafeBuffer frames = batch.frames();
        if (available < Ipv4.MIN_HEADER_LENGTH || Ipv4.version(frames, l3) != 4
            || Ipv4.headerLength(frames, l3) < Ipv4.MIN_HEADER_LENGTH
            || Ipv4.headerLength(frames, l3) + QUOTED_L4_LENGTH > available) {
            batch.drop(i, DropReason.MALFORMED);
            return;
        }
        final int l4 = l3 + Ipv4.headerLength(frames, l3);
        final int protocol = Ipv4.protocol(frames, l3);
        final Side side = batch.arrivalSide();
        final int ports;
        if ((Ipv4.fragment(frames, l3) & Ipv4.FRAGMENT_OFFSET_MASK) != 0) {
            batch.drop(i, DropReason.ICMP_UNRELATED);
            return;
        } else if (protocol == Ipv4.TCP || protocol == Ipv4.UDP) {
            ports = Integer.rotateLeft(frames.getInt(l4), 16);
        } else if (protocol == Ipv4.ICMP
            && (Icmp.isQueryRequest(Icmp.type(frames, l4)) || Icmp.isQueryReply(Icmp.type(frames, l4)))) {
            // the quoted packet was on its way out of this side
            ports = queryPorts(frames, l4, Icmp.isQueryRequest(Icmp.type(frames, l4)) ? side.other() : side);
        } else if (protocol == Ipv4.ICMP || protocol == 0) {
            batch.drop(i, DropReason.ICMP_UNRELATED);
            return;
        } else {
            ports = 0;
        }
        batch.kind(i, PacketKind.ICMP_ERROR);
        batch.key(i, Long.rotateLeft(Ipv4.rawAddresses(frames, l3), 32), portKey(ports, protocol, side.ordinal()));
    }

    private static int queryPorts(final UnsafeBuffer frames, final int l4, final Side asker) {
        return frames.getShort(l4 + Icmp.IDENTIFIER_OFFSET) & 0xFFFF | asker.ordinal() << 16;
    }

    private static long portKey(final int rawPorts, final int protocol, final int side) {
        return rawPorts & 0xFFFF_FFFFL | (long) protocol << 32 | (long) side << 40;
    }

    private static boolean hasSourceRoute(final UnsafeBuffer frames, final int l3, final int headerLength) {
        int option = l3 + Ipv4.MIN_HEADER_LENGTH;
        final int end = l3 + headerLength;
        while (option < end) {
            final int type = frames.getByte(option) & 0xFF;
            if (type == OPTION_LOOSE_SOURCE_ROUTE || type == OPTION_STRICT_SOURCE_ROUTE) {
                return true;
            }
            if (type == OPTION_END) {
                return false;
            }
            if (type == OPTION_NO_OPERATION) {
                option++;
            } else {
                final int optionLength = option + 1 < end ? frames.getByte(option + 1) & 0xFF : 0;
                if (optionLength < 2) {
                    return false;
                }
                option += optionLength;
            }
        }
        return false;
    }
}
