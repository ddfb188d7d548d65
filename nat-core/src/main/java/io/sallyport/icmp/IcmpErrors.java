package io.sallyport.icmp;

import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Prefix;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes the ICMP errors of a router (RFC 792; RFC 1812, sections 4.3.2 and 5.2.7) about packets that it cannot forward, and keeps
 * quiet where an error must not be sent (RFC 1812, section 4.3.2.7) or where too many were (section 4.3.2.8).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     Type      |     Code      |           Checksum            |
 *  +---------------+---------------+-------------------------------+
 *  |            unused (0)         |  Next-hop MTU (3/4), else 0   |
 *  +-------------------------------+-------------------------------+
 *  |  The packet as it arrived, as much as fits 576 bytes in all   |
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>An error must be asked for before the packet is rewritten, for the quote is of the packet that its sender knows; only
 * {@link #hostUnreachable} is asked for afterwards. The quote is of bytes
 * as they lie in the frame. So the checksum within the quote of a packet that came with a partial checksum is only the sum of the
 * pseudo-header, and the total length within the quote of a super-frame is that of the super-frame; neither is of use to the reader
 * of an error, who looks for addresses, ports and sequence number (RFC 5508, REQ-3c: the quoted checksum is not looked at).
 *
 * <p>Owned by one thread. The batch {@code originated}, which the errors go into, has slots for {@link #MAX_FRAME_LENGTH} bytes.
 */
public final class IcmpErrors {

    /** Longest error, IP header included, in bytes (RFC 1812, section 4.3.2.3). */
    public static final int MAX_LENGTH = 576;
    /** Longest frame that an error makes, for the size of the batch's slots. */
    public static final int MAX_FRAME_LENGTH = Ethernet.HEADER_LENGTH + MAX_LENGTH;

    private static final int HEADERS_LENGTH = Ipv4.MIN_HEADER_LENGTH + Icmp.HEADER_LENGTH;
    private static final int MAX_QUOTE_LENGTH = MAX_LENGTH - HEADERS_LENGTH;
    private static final Side[] SIDES = Side.values();
    private static final int TTL = 64;
    /** Precedence 6, internetwork control (RFC 1812, section 4.3.2.5). */
    private static final int TYPE_OF_SERVICE = 6 << 5;

    private final int[] interfaceAddresses;
    private final Ipv4Prefix insideNetwork;
    private final Ipv4Prefix outsideNetwork;
    private final ErrorRateLimit limit;
    private final CounterBlock counters;

    /**
     * Errors from the two interfaces.
     *
     * @param inside     the inside interface
     * @param outside    the outside interface
     * @param hash       of the sources that are counted for the rate limit
     * @param shareCount how many instances, of workers say, share the limit of errors in all; 1 to 100
     * @param counters   where errors withheld and lost are counted
     */
    public IcmpErrors(
        final InterfaceConfig inside,
        final InterfaceConfig outside,
        final SeededHash hash,
        final int shareCount,
        final CounterBlock counters) {
        interfaceAddresses = new int[] {inside.address().address(), outside.address().address()};
        insideNetwork = inside.address();
        outsideNetwork = outside.address();
        limit = new ErrorRateLimit(hash, shareCount);
        this.counters = counters;
    }

    /** Tells the source of packet {@code i} that its time to live ended here; false when no error is made. */
    public boolean timeExceeded(
        final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        return send(batch, i, Icmp.TIME_EXCEEDED, Icmp.CODE_TTL_EXCEEDED, 0, originated, nowNs);
    }

    /**
     * Tells the source of packet {@code i} that its destination cannot be reached.
     *
     * @param code       one of {@link Icmp}'s codes of {@link Icmp#UNREACHABLE}
     * @param nextHopMtu with {@link Icmp#CODE_FRAGMENTATION_NEEDED} the longest packet that would pass (RFC 1191), else 0
     * @return whether an error was made
     */
    public boolean unreachable(
        final PacketBatch batch,
        final int i,
        final int code,
        final int nextHopMtu,
        final PacketBatch originated,
        final long nowNs) {
        return send(batch, i, Icmp.UNREACHABLE, code, nextHopMtu, originated, nowNs);
    }

    /**
     * Whether packet {@code i} may be answered by something else than an error, a RST say, within the same limits; if so, it is counted.
     */
    public boolean mayAnswer(final PacketBatch batch, final int i, final long nowNs) {
        final int l3 = batch.l3Offset(i);
        return mayAnswer(batch, i, Ipv4.source(batch.frames(), l3), Ipv4.destination(batch.frames(), l3), nowNs);
    }

    private boolean mayAnswer(final PacketBatch batch, final int i, final int source, final int destination, final long nowNs) {
        if (!mayCauseError(batch, i, source, destination)) {
            return false;
        }
        if (!limit.tryAcquire(source, nowNs)) {
            counters.increment(Counter.ICMP_ERRORS_WITHHELD);
            return false;
        }
        return true;
    }

    /**
     * Tells the source of packet {@code i} that the next hop does not answer ARP (RFC 1812, sections 4.3.3.1 and 5.2.7.1). The packet
     * has been translated by then: in the quote it gets back, by its flow key, what it came with, but for an identification that was
     * replaced. The flow key also says on which side it came.
     *
     * @return whether an error was made
     */
    public boolean hostUnreachable(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        final long rawAddresses = batch.addressKey(i);
        final long portKey = batch.portKey(i);
        final int j = begin(batch, i, rawAddresses, SIDES[FlowKey.sideOrdinal(portKey)], originated, nowNs);
        if (j < 0) {
            return false;
        }
        final int quotedL3 = IcmpErrorTranslation.quotedL3(originated.l4Offset(j));
        IcmpErrorTranslation.restoreQuote(
            originated.frames(), quotedL3, originated.offset(j) + originated.length(j), rawAddresses, (int) portKey);
        finish(originated, j, Icmp.UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, 0);
        return true;
    }

    private boolean send(
        final PacketBatch batch,
        final int i,
        final int type,
        final int code,
        final int lastWord,
        final PacketBatch originated,
        final long nowNs) {
        final long rawAddresses = Ipv4.rawAddresses(batch.frames(), batch.l3Offset(i));
        final int j = begin(batch, i, rawAddresses, batch.arrivalSide(), originated, nowNs);
        if (j < 0) {
            return false;
        }
        finish(originated, j, type, code, lastWord);
        return true;
    }

    /**
     * Writes the IP header and the quote of an error, if one may be sent now.
     *
     * @param rawAddresses addresses of the packet as it came
     * @param side         where it came
     * @return its index, or -1
     */
    private int begin(
        final PacketBatch batch,
        final int i,
        final long rawAddresses,
        final Side side,
        final PacketBatch originated,
        final long nowNs) {
        final int source = FlowKey.rawAddress(FlowKey.rawSource(rawAddresses));
        if (!mayAnswer(batch, i, source, FlowKey.rawAddress(FlowKey.rawDestination(rawAddresses)), nowNs)) {
            return -1;
        }
        final int quoteLength = Math.min(Ipv4.totalLength(batch.frames(), batch.l3Offset(i)), MAX_QUOTE_LENGTH);
        final int j = originated.claim(Ethernet.HEADER_LENGTH + HEADERS_LENGTH + quoteLength);
        if (j < 0) {
            counters.increment(Counter.ORIGINATED_LOST);
            return -1;
        }
        writeHeader(originated, j, quoteLength, side, source);
        originated.frames().putBytes(
            IcmpErrorTranslation.quotedL3(originated.l4Offset(j)), batch.frames(), batch.l3Offset(i), quoteLength);
        return j;
    }

    /** Writes the ICMP header in front of the quote. */
    private static void finish(
        final PacketBatch originated, final int j, final int type, final int code, final int lastWord) {
        final UnsafeBuffer frames = originated.frames();
        final int l4 = originated.l4Offset(j);
        frames.putInt(l4, type << 24 | code << 16, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + Icmp.IDENTIFIER_OFFSET, lastWord & 0xFFFF, ByteOrder.BIG_ENDIAN);
        final int length = originated.offset(j) + originated.length(j) - l4;
        Icmp.checksum(frames, l4, Checksum.finish(Checksum.sum(frames, l4, length)));
    }

    /** RFC 1812, section 4.3.2.7: what no error may be sent about. The addresses are those that the packet came with. */
    private boolean mayCauseError(final PacketBatch batch, final int i, final int source, final int destination) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        return !Ipv4.isLaterFragment(frames, l3)
            && !Ethernet.isGroup(Ethernet.destination(frames, batch.offset(i)))
            && isHost(destination)
            && isForeignHost(source)
            && (Ipv4.protocol(frames, l3) != Ipv4.ICMP || isQuery(batch, i));
    }

    /** A type that is not known might be an error. */
    private static boolean isQuery(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int l4 = batch.l3Offset(i) + Ipv4.headerLength(frames, batch.l3Offset(i));
        if (l4 >= batch.offset(i) + batch.length(i)) {
            return false;
        }
        final int type = Icmp.type(frames, l4);
        return Icmp.isQueryRequest(type) || Icmp.isQueryReply(type);
    }

    /** Whether an address is that of a host that an error can be sent to: not ours, and none that RFC 1812, section 5.3.7 names. */
    private boolean isForeignHost(final int address) {
        final int firstByte = address >>> 24;
        return isHost(address)
            && firstByte != 0
            && firstByte != 127
            && address >>> 16 != 0xA9FE
            && address != interfaceAddresses[0]
            && address != interfaceAddresses[1];
    }

    /** Whether an address can be that of one host: no multicast, reserved or broadcast address. */
    private boolean isHost(final int address) {
        return address >>> 24 < 224 && !insideNetwork.isNetworkOrBroadcast(address) && !outsideNetwork.isNetworkOrBroadcast(address);
    }

    /** The Ethernet addresses are the egress stage's to fill in. */
    private void writeHeader(
        final PacketBatch originated, final int j, final int quoteLength, final Side side, final int destination) {
        final UnsafeBuffer frames = originated.frames();
        final int l3 = originated.offset(j) + Ethernet.HEADER_LENGTH;
        Ethernet.header(frames, originated.offset(j), 0, 0, Ethernet.TYPE_IPV4);
        // an atomic datagram: its identification means nothing (RFC 6864, section 4.1)
        Ipv4.header(frames, l3, HEADERS_LENGTH + quoteLength, 0, Ipv4.DONT_FRAGMENT, TTL, Ipv4.ICMP,
            interfaceAddresses[side.ordinal()], destination);
        frames.putByte(l3 + Ipv4.TYPE_OF_SERVICE_OFFSET, (byte) TYPE_OF_SERVICE);
        Ipv4.checksum(frames, l3, Checksum.update(Ipv4.checksum(frames, l3), TYPE_OF_SERVICE));
        originated.headers(j, l3, l3 + Ipv4.MIN_HEADER_LENGTH);
        originated.verdict(j, Verdict.to(side));
        originated.origin(j, Origin.ICMP_ERROR);
    }
}
