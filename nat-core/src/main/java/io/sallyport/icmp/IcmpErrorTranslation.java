package io.sallyport.icmp;

import io.sallyport.counter.DropReason;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Translates ICMP errors that quote a translated packet (RFC 5508, REQ-3 to REQ-5): checks the error, shows which packet it quotes,
 * and gives the quote its other addresses and ports. Pure functions over a frame.
 *
 * <pre>
 *   l3          l4             quotedL3 = l4 + 8        quotedL4
 *   +-----------+--------------+------------------------+---------------------------+
 *   | IP header | ICMP, 8 bytes| quoted IP header,      | quoted ports, at least    |
 *   |           | (checksum)   | options (checksum)     | 8 bytes (checksum perhaps)|
 *   +-----------+--------------+------------------------+---------------------------+
 * </pre>
 *
 * <p>The outer IP header and the ICMP header lie in the frame, which the parser has checked; the quote is checked here. An error with
 * extensions (RFC 4884) keeps them: they are behind what is rewritten.
 */
public final class IcmpErrorTranslation {

    private static final int QUOTED_L4_LENGTH = 8;

    private IcmpErrorTranslation() {
    }

    /**
     * Checks an unfragmented ICMP error: its own checksum (REQ-3), the quoted header and its checksum (REQ-3a), and that what
     * names the quoted packet's connection is there. Options in the quote are skipped (REQ-3b); the quoted layer-4 checksum is not
     * looked at (REQ-3c).
     *
     * @return where the quoted layer-4 header lies; or a negative number, for {@link #dropReason}
     */
    public static int check(final UnsafeBuffer frames, final int l3, final int l4) {
        final int messageLength = Ipv4.totalLength(frames, l3) - (l4 - l3);
        if (Checksum.finish(Checksum.sum(frames, l4, messageLength)) != 0) {
            return refused(DropReason.BAD_ICMP_CHECKSUM);
        }
        final int quotedL3 = quotedL3(l4);
        final int quoteLength = messageLength - Icmp.HEADER_LENGTH;
        if (quoteLength < Ipv4.MIN_HEADER_LENGTH) {
            return refused(DropReason.MALFORMED);
        }
        final int headerLength = Ipv4.headerLength(frames, quotedL3);
        if (Ipv4.version(frames, quotedL3) != 4
            || headerLength < Ipv4.MIN_HEADER_LENGTH
            || headerLength + QUOTED_L4_LENGTH > quoteLength
            || headerLength + QUOTED_L4_LENGTH > Ipv4.totalLength(frames, quotedL3)) {
            return refused(DropReason.MALFORMED);
        }
        if (Checksum.finish(Checksum.sum(frames, quotedL3, headerLength)) != 0) {
            return refused(DropReason.BAD_IP_CHECKSUM);
        }
        final int quotedL4 = quotedL3 + headerLength;
        return namesConnection(frames, quotedL3, quotedL4) ? quotedL4 : refused(DropReason.ICMP_UNRELATED);
    }

    /** Why {@link #check} refused an error. */
    public static DropReason dropReason(final int negative) {
        return DropReason.of(-1 - negative);
    }

    /** Where the quoted IP header lies. */
    public static int quotedL3(final int l4) {
        return l4 + Icmp.HEADER_LENGTH;
    }

    /** Protocol of the quoted packet: TCP, UDP, or ICMP for a query. */
    public static int quotedProtocol(final UnsafeBuffer frames, final int l4) {
        return Ipv4.protocol(frames, quotedL3(l4));
    }

    /** Source and destination address of the quoted packet, raw. */
    public static long quotedRawAddresses(final UnsafeBuffer frames, final int l4) {
        return Ipv4.rawAddresses(frames, quotedL3(l4));
    }

    /** Source and destination port of the quoted packet, raw; of a query the identifier in the place of the source port, and 0. */
    public static int quotedRawPorts(final UnsafeBuffer frames, final int l4, final int quotedL4) {
        return quotedProtocol(frames, l4) == Ipv4.ICMP
            ? frames.getShort(quotedL4 + Icmp.IDENTIFIER_OFFSET) & 0xFFFF
            : frames.getInt(quotedL4);
    }

    /**
     * Gives an error that {@link #check} let through its other addresses and ports, and updates every checksum that covers them:
     * the outer header's, the ICMP message's, the quoted header's and, where the quote reaches that far, the quoted layer-4 checksum.
     * Type, code and next-hop MTU stay (REQ-4, REQ-5).
     *
     * @param quotedL4           what {@link #check} gave
     * @param rawAddresses       source and destination of the error itself
     * @param quotedRawAddresses source and destination of the quoted packet
     * @param quotedRawPorts     ports of the quoted packet; for a query the identifier in the place of the source port
     */
    public static void rewrite(
        final UnsafeBuffer frames,
        final int l3,
        final int l4,
        final int quotedL4,
        final long rawAddresses,
        final long quotedRawAddresses,
        final int quotedRawPorts) {
        final int end = l3 + Ipv4.totalLength(frames, l3);
        rewriteHeader(frames, l3, rawAddresses);
        final int quoteDelta = rewriteQuote(frames, quotedL3(l4), quotedL4, end, quotedRawAddresses, quotedRawPorts);
        Icmp.checksum(frames, l4, Checksum.update(Icmp.checksum(frames, l4), quoteDelta));
    }

    /**
     * Gives the quote of a packet that had been translated the hop, addresses and ports that it came with. Of protocols without ports,
     * only the former.
     *
     * @param end          where the quote ends
     * @param rawAddresses addresses of the packet as it came
     * @param rawPorts     ports of the packet as it came; for a query the identifier in the place of the source port
     */
    static void restoreQuote(
        final UnsafeBuffer frames, final int l3, final int end, final long rawAddresses, final int rawPorts) {
        final int l4 = l3 + Ipv4.headerLength(frames, l3);
        if (l4 + QUOTED_L4_LENGTH <= end && !Ipv4.isLaterFragment(frames, l3)) {
            rewriteQuote(frames, l3, l4, end, rawAddresses, rawPorts);
        } else {
            rewriteHeader(frames, l3, rawAddresses);
        }
        frames.putByte(l3 + Ipv4.TTL_OFFSET, (byte) (Ipv4.ttl(frames, l3) + 1));
        Ipv4.checksum(frames, l3, Checksum.update(Ipv4.checksum(frames, l3), Checksum.inverse(Checksum.TTL_DECREMENT_DELTA)));
    }

    /** Rewrites addresses and checksum of an IP header; gives the delta of the addresses. */
    private static int rewriteHeader(final UnsafeBuffer frames, final int l3, final long rawAddresses) {
        final int source = Ipv4.source(frames, l3);
        final int destination = Ipv4.destination(frames, l3);
        Ipv4.rawAddresses(frames, l3, rawAddresses);
        final int delta = Checksum.combine(
            Checksum.delta32(source, Ipv4.source(frames, l3)), Checksum.delta32(destination, Ipv4.destination(frames, l3)));
        Ipv4.checksum(frames, l3, Checksum.update(Ipv4.checksum(frames, l3), delta));
        return delta;
    }

    /** Rewrites the quote; gives the delta of all its bytes, checksums included. */
    private static int rewriteQuote(
        final UnsafeBuffer frames, final int l3, final int l4, final int end, final long rawAddresses, final int rawPorts) {
        final int checksumBefore = Ipv4.checksum(frames, l3);
        final int addressDelta = rewriteHeader(frames, l3, rawAddresses);
        final int headerDelta =
            Checksum.combine(addressDelta, Checksum.delta16(checksumBefore, Ipv4.checksum(frames, l3)));
        final int l4Delta = switch (Ipv4.protocol(frames, l3)) {
            case Ipv4.UDP -> rewriteUdp(frames, l4, addressDelta, rawPorts);
            case Ipv4.TCP -> rewriteTcp(frames, l4, Math.min(end, l3 + Ipv4.totalLength(frames, l3)), addressDelta, rawPorts);
            case Ipv4.ICMP -> rewriteQuery(frames, l4, rawPorts);
            case Ipv4.UDP_LITE, Ipv4.DCCP -> rewriteChecksum(frames, l4 + Udp.CHECKSUM_OFFSET, addressDelta);
            default -> 0;
        };
        return Checksum.combine(headerDelta, l4Delta);
    }

    private static int rewriteUdp(final UnsafeBuffer frames, final int l4, final int addressDelta, final int rawPorts) {
        final int portDelta = rewritePorts(frames, l4, rawPorts);
        final int before = field(frames, l4 + Udp.CHECKSUM_OFFSET);
        final int after = Checksum.updateUdp(before, Checksum.combine(addressDelta, portDelta));
        field(frames, l4 + Udp.CHECKSUM_OFFSET, after);
        return Checksum.combine(portDelta, Checksum.delta16(before, after));
    }

    /** The checksum lies behind the eight bytes that every quote has. */
    private static int rewriteTcp(
        final UnsafeBuffer frames, final int l4, final int end, final int addressDelta, final int rawPorts) {
        final int portDelta = rewritePorts(frames, l4, rawPorts);
        if (l4 + Tcp.CHECKSUM_OFFSET + Short.BYTES > end) {
            return portDelta;
        }
        final int before = field(frames, l4 + Tcp.CHECKSUM_OFFSET);
        final int after = Checksum.update(before, Checksum.combine(addressDelta, portDelta));
        field(frames, l4 + Tcp.CHECKSUM_OFFSET, after);
        return Checksum.combine(portDelta, Checksum.delta16(before, after));
    }

    /** Protocols without ports that we know of, and a checksum that covers the addresses. */
    private static int rewriteChecksum(final UnsafeBuffer frames, final int checksumOffset, final int addressDelta) {
        final int before = field(frames, checksumOffset);
        final int after = Checksum.updateUdp(before, addressDelta);
        field(frames, checksumOffset, after);
        return Checksum.delta16(before, after);
    }

    /** The checksum of a query covers no addresses. */
    private static int rewriteQuery(final UnsafeBuffer frames, final int l4, final int rawPorts) {
        final int identifierBefore = field(frames, l4 + Icmp.IDENTIFIER_OFFSET);
        frames.putShort(l4 + Icmp.IDENTIFIER_OFFSET, (short) rawPorts);
        final int identifierDelta = Checksum.delta16(identifierBefore, field(frames, l4 + Icmp.IDENTIFIER_OFFSET));
        final int before = Icmp.checksum(frames, l4);
        Icmp.checksum(frames, l4, Checksum.update(before, identifierDelta));
        return Checksum.combine(identifierDelta, Checksum.delta16(before, Icmp.checksum(frames, l4)));
    }

    private static int rewritePorts(final UnsafeBuffer frames, final int l4, final int rawPorts) {
        final int before = frames.getInt(l4, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4, rawPorts);
        return Checksum.delta32(before, frames.getInt(l4, ByteOrder.BIG_ENDIAN));
    }

    private static int field(final UnsafeBuffer frames, final int offset) {
        return frames.getShort(offset, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    private static void field(final UnsafeBuffer frames, final int offset, final int value) {
        frames.putShort(offset, (short) value, ByteOrder.BIG_ENDIAN);
    }

    /** Whether the quoted packet can belong to a connection: a whole one or a first fragment, and of ICMP only a query. */
    private static boolean namesConnection(final UnsafeBuffer frames, final int quotedL3, final int quotedL4) {
        if ((Ipv4.fragment(frames, quotedL3) & Ipv4.FRAGMENT_OFFSET_MASK) != 0) {
            return false;
        }
        return switch (Ipv4.protocol(frames, quotedL3)) {
            case Ipv4.ICMP -> {
                final int type = Icmp.type(frames, quotedL4);
                yield Icmp.isQueryRequest(type) || Icmp.isQueryReply(type);
            }
            default -> true;
        };
    }

    private static int refused(final DropReason reason) {
        return -1 - reason.ordinal();
    }
}
