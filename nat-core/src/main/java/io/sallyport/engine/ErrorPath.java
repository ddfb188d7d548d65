package io.sallyport.engine;

import io.sallyport.counter.DropReason;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.icmp.IcmpErrorTranslation;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.neighbour.RouteTable;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Translates ICMP errors that quote a packet of a live connection, both ways (RFC 5508, REQ-3 to REQ-6). An error never opens, refreshes
 * or ends anything. The flow entry is that of the direction in which the error travels.
 *
 * <p>Owned by one worker.
 */
final class ErrorPath {

    /** How far behind the newest byte a quoted segment may lie: what can be on its way. */
    private static final int PLAUSIBLE_FLIGHT_BYTES = 1 << 23;
    private static final Side[] SIDES = Side.values();

    private final FlowTable flows;
    private final RouteTable routes;
    private PublicAddresses publicAddresses;

    ErrorPath(final FlowTable flows, final RouteTable routes, final PublicAddresses publicAddresses) {
        this.flows = flows;
        this.routes = routes;
        this.publicAddresses = publicAddresses;
    }

    /** Knows other public addresses from now on. */
    void adopt(final Rules rules) {
        publicAddresses = rules.publicAddresses();
    }

    /** Translates packet {@code i}, whose time to live is more than 1, or drops it. */
    void translate(final PacketBatch batch, final int i, final int entry) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        final int l4 = batch.l4Offset(i);
        final boolean inbound = batch.arrivalSide() == Side.OUTSIDE;
        if (!batch.hasTurned() && !mayCarryErrors(Ipv4.source(frames, l3), inbound)) {
            batch.drop(i, DropReason.SPOOFED_SOURCE);
            return;
        }
        final long outer = Ipv4.rawAddresses(frames, l3);
        final int quotedL4 = IcmpErrorTranslation.check(frames, l3, l4);
        if (quotedL4 < 0) {
            batch.drop(i, IcmpErrorTranslation.dropReason(quotedL4));
            return;
        }
        if (FlowKey.rawDestination(outer) != FlowKey.rawDestination(flows.addressKey(entry))
            || !isPlausible(frames, l4, quotedL4, entry)) {
            batch.drop(i, DropReason.ICMP_UNRELATED);
            return;
        }
        final long newAddresses = flows.newAddresses(entry);
        final int quotedPorts = flows.isQuery(entry) ? flows.newIdentifier(entry) : Integer.rotateLeft(flows.newPorts(entry), 16);
        final long newOuter = FlowKey.addressKey(newSource(outer, entry), FlowKey.rawDestination(newAddresses));
        IcmpErrorTranslation.rewrite(
            frames, l3, l4, quotedL4, newOuter, FlowKey.reverseAddresses(newAddresses), quotedPorts);
        Ipv4.decrementTtl(frames, l3);
        if (batch.identification(i) >= 0 && newOuter != outer) {
            final int delta = Ipv4.replaceIdentification(frames, l3, batch.identification(i));
            Ipv4.checksum(frames, l3, Checksum.update(Ipv4.checksum(frames, l3), delta));
        }
        batch.verdict(i, Verdict.to(SIDES[flows.egressOrdinal(entry)]));
    }

    /**
     * The source that an error gets: where the connection's own packets get another, that one, whoever inside sent the error, for no inside
     * address must be seen (RFC 5508, REQ-5); else, from outside (REQ-4) or where nothing is translated, the one that it has.
     */
    private int newSource(final long outer, final int entry) {
        final int source = FlowKey.rawSource(outer);
        final int before = FlowKey.rawSource(flows.addressKey(entry));
        final int after = FlowKey.rawSource(flows.newAddresses(entry));
        return before == after ? source : after;
    }

    /** Any router may report an error (RFC 4787, REQ-12a), but not under an address that cannot come from its side. */
    private boolean mayCarryErrors(final int source, final boolean inbound) {
        return !Addresses.isMartianSource(source) && (inbound
            ? !routes.isInside(source) && publicAddresses.position(source) < 0 : routes.isInside(source));
    }

    /** A stranger who can guess the ports of a TCP connection has to guess its sequence numbers, too (RFC 5927, section 4.1). */
    private boolean isPlausible(final UnsafeBuffer frames, final int l4, final int quotedL4, final int entry) {
        if (IcmpErrorTranslation.quotedProtocol(frames, l4) != Ipv4.TCP) {
            return true;
        }
        final int behind = flows.sequenceEnd(flows.partner(entry)) - Tcp.sequence(frames, quotedL4);
        return behind >= 0 && behind <= PLAUSIBLE_FLIGHT_BYTES;
    }
}
