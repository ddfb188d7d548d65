package io.sallyport.twin;

import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.packet.Side;
import java.util.Set;

/** A connection: two ways, one of them the initiator's. */
final class Connection {

    final int protocol;
    final Way there;
    final Way back;
    final TcpState tcp;
    /** The mappings that it lives under: the initiator's, and the one that it is or was a guest of; null for none. */
    final Mapping initiatorMapping;
    final Mapping responderMapping;
    /** Not answered yet by the mapping's host. */
    boolean isGuest;
    final long begunNs;
    long seenNs;
    /** Until when fragments may have refreshed it. */
    long perhapsSeenNs;
    long resetNs;

    Connection(
        final Way there,
        final Way back,
        final Mapping initiatorMapping,
        final Mapping responderMapping,
        final Set<Feature> features,
        final long nowNs) {
        this.protocol = there.seen().protocol();
        this.there = there;
        this.back = back;
        this.tcp = protocol == Datagram.TCP ? new TcpState(features) : null;
        this.initiatorMapping = initiatorMapping;
        this.responderMapping = responderMapping;
        this.isGuest = responderMapping != null;
        this.begunNs = nowNs;
        this.seenNs = nowNs;
        this.perhapsSeenNs = nowNs;
    }

    /** The way that packets like these go, or null. */
    Way way(final Side side, final Tuple seen) {
        if (there.arrives() == side && there.seen().equals(seen)) {
            return there;
        }
        return back.arrives() == side && back.seen().equals(seen) ? back : null;
    }

    /** The inside endpoint that uses a mapping. */
    Endpoint user(final Mapping mapping) {
        return mapping == initiatorMapping ? there.seen().source() : back.seen().source();
    }

    /** Whether the connection keeps a mapping alive: its host opened or answered it. */
    boolean anchors(final Mapping mapping) {
        return mapping == initiatorMapping || mapping == responderMapping && !isGuest;
    }

    boolean uses(final Mapping mapping) {
        return mapping == initiatorMapping || mapping == responderMapping;
    }

    boolean isEstablished() {
        return tcp != null && tcp.phase() == TcpState.Phase.ESTABLISHED;
    }

    /** When silence ends it. */
    long deadlineNs(final Timeouts timeouts) {
        return isGuest ? begunNs + timeouts.tcpUnsolicitedSynNs() : lastNs(seenNs) + timeoutNs(timeouts);
    }

    /** The same, if fragments refresh. */
    long latestDeadlineNs(final Timeouts timeouts) {
        return isGuest ? deadlineNs(timeouts) : lastNs(Math.max(seenNs, perhapsSeenNs)) + timeoutNs(timeouts);
    }

    private long lastNs(final long refreshedNs) {
        return tcp != null && tcp.phase() == TcpState.Phase.RESET ? Math.max(refreshedNs, resetNs) : refreshedNs;
    }

    private long timeoutNs(final Timeouts timeouts) {
        return switch (protocol) {
            case Datagram.TCP -> isEstablished() ? timeouts.tcpEstablishedNs() : timeouts.tcpTransitoryNs();
            case Datagram.ICMP -> timeouts.icmpNs();
            default -> timeouts.udpNs();
        };
    }
}
