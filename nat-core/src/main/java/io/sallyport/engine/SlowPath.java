package io.sallyport.engine;

import io.sallyport.config.NatConfig.OnExhaustion;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.icmp.EchoResponder;
import io.sallyport.icmp.IcmpErrors;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.neighbour.RouteTable;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.packet.Side;
import io.sallyport.translate.Connections;
import io.sallyport.translate.Opening;
import io.sallyport.translate.Protocols;
import io.sallyport.translate.TcpReset;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Judges the packets that belong to no connection. From inside, a first packet opens one if everything about it is in order; from outside
 * only what the operator or the filtering lets in does, and the answer to everything else is silence (RFC 4787, REQ-8). The order of
 * judgement stands in docs/decisions/003.
 *
 * <p>Owned by one worker.
 */
final class SlowPath {

    private final FlowTable flows;
    private final Connections connections;
    private final RouteTable routes;
    private final Entrances entrances;
    private final IcmpErrors errors;
    private final LinkSizes links;
    private final int worker;
    private final CounterBlock counters;
    private final Opening opening = new Opening();
    private PublicAddresses publicAddresses;
    private Sharding sharding;
    private Policy policy;

    /**
     * What the configuration says.
     *
     * @param insideAddress  the gateway's address on the inside
     * @param outsideAddress the gateway's address on the outside
     * @param onExhaustion   whether a host is told that it is refused
     * @param hairpinning    whether inside hosts reach each other by their public addresses
     */
    record Policy(int insideAddress, int outsideAddress, OnExhaustion onExhaustion, boolean hairpinning) {
    }

    SlowPath(
        final FlowTable flows,
        final Connections connections,
        final RouteTable routes,
        final Entrances entrances,
        final IcmpErrors errors,
        final LinkSizes links,
        final int worker,
        final Rules rules,
        final CounterBlock counters) {
        this.flows = flows;
        this.connections = connections;
        this.routes = routes;
        this.entrances = entrances;
        this.errors = errors;
        this.links = links;
        this.worker = worker;
        this.counters = counters;
        adopt(rules);
    }

    /** Judges by other rules from now on. */
    void adopt(final Rules rules) {
        publicAddresses = rules.publicAddresses();
        sharding = rules.sharding();
        policy = rules.policy();
    }

    /**
     * Opens a connection for a packet that has none, or decides what becomes of it.
     *
     * @return the flow entry, or -1 when the verdict is set
     */
    int resolve(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        if (batch.kind(i) == PacketKind.FRAGMENT && !isPing(batch, i)) {
            batch.drop(i, DropReason.FRAGMENT);
            return -1;
        }
        return batch.arrivalSide() == Side.INSIDE
            ? fromInside(batch, i, originated, nowNs) : fromOutside(batch, i, originated, nowNs);
    }

    /** The packet's time to live ends here (RFC 1812, section 5.3.1). */
    void timeExceeded(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        errors.timeExceeded(batch, i, originated, nowNs);
        batch.drop(i, DropReason.TTL_EXPIRED);
    }

    /** The packet does not fit the next link (RFC 1191, section 4). */
    void tooBig(final PacketBatch batch, final int i, final int egressOrdinal, final PacketBatch originated, final long nowNs) {
        if ((Ipv4.fragment(batch.frames(), batch.l3Offset(i)) & Ipv4.DONT_FRAGMENT) != 0) {
            errors.unreachable(batch, i, Icmp.CODE_FRAGMENTATION_NEEDED, links.mtu(egressOrdinal), originated, nowNs);
        }
        batch.drop(i, DropReason.TOO_BIG);
    }

    /**
     * Looks at a packet of a guest, or of its host: a guest may go on knocking while its mapping lives, and the host's answer makes it
     * a connection like any other.
     *
     * @return whether the packet goes on; if not, it was dropped
     */
    boolean meetGuest(final PacketBatch batch, final int i, final int entry, final long nowNs) {
        if (flows.isInitiator(entry)) {
            if (!connections.admitsGuest(entry)) {
                batch.drop(i, DropReason.UNSOLICITED);
                return false;
            }
        } else if (isAnswer(batch, i)) {
            connections.answered(entry, flows.partner(entry), nowNs);
        }
        return true;
    }

    private static boolean isAnswer(final PacketBatch batch, final int i) {
        return switch (batch.kind(i)) {
            case PacketKind.ICMP_ERROR -> false;
            case PacketKind.TCP -> (Tcp.flags(batch.frames(), batch.l4Offset(i)) & Tcp.RST) == 0;
            default -> true;
        };
    }

    private int fromOutside(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        final int source = Ipv4.source(batch.frames(), batch.l3Offset(i));
        final int destination = Ipv4.destination(batch.frames(), batch.l3Offset(i));
        final int position = publicAddresses.position(destination);
        if (Addresses.isMartianSource(source)) {
            batch.drop(i, DropReason.MARTIAN);
        } else if (!batch.hasTurned()
            && (routes.isInside(source) || publicAddresses.position(source) >= 0 || routes.isDirectedBroadcast(source))) {
            batch.drop(i, DropReason.SPOOFED_SOURCE);
        } else if (batch.kind(i) == PacketKind.ICMP_ERROR) {
            batch.drop(i, DropReason.ICMP_UNRELATED);
        } else if (isPing(batch, i)) {
            EchoResponder.respond(batch, i);
        } else if (position < 0) {
            batch.drop(i, unroutable(destination, DropReason.NOT_OURS));
        } else {
            return enter(batch, i, position, originated, nowNs);
        }
        return -1;
    }

    /** From outside to a public address: in, if someone there is open to the sender; else silence. */
    private int enter(final PacketBatch batch, final int i, final int position, final PacketBatch originated, final long nowNs) {
        opening.begin(batch.addressKey(i), batch.portKey(i), Side.INSIDE);
        opening.isOfInsider(batch.hasTurned());
        final int found = entrances.find(opening, position, mayOpen(batch, i));
        if (found != Entrances.LET_IN) {
            batch.drop(i, found == Entrances.NOT_ALLOWED ? DropReason.NOT_ALLOWED : DropReason.UNSOLICITED);
            return -1;
        }
        return fitsItsWay(batch, i, Side.INSIDE.ordinal(), originated, nowNs) ? open(batch, i, originated, nowNs) : -1;
    }

    private int fromInside(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        final int source = Ipv4.source(batch.frames(), batch.l3Offset(i));
        final int destination = Ipv4.destination(batch.frames(), batch.l3Offset(i));
        if (!routes.isInside(source) || source == policy.insideAddress() || routes.isDirectedBroadcast(source)) {
            batch.drop(i, Addresses.isMartianSource(source) ? DropReason.MARTIAN : DropReason.SPOOFED_SOURCE);
        } else if (destination == policy.insideAddress()) {
            if (isPing(batch, i)) {
                EchoResponder.respond(batch, i);
            } else {
                batch.drop(i, DropReason.NOT_FOR_GATEWAY);
            }
        } else if (Addresses.isMartianDestination(destination) || routes.isDirectedBroadcast(destination)) {
            batch.drop(i, unroutable(destination, DropReason.MARTIAN));
        } else if (batch.kind(i) == PacketKind.ICMP_ERROR) {
            batch.drop(i, DropReason.ICMP_UNRELATED);
        } else {
            final int position = publicAddresses.position(destination);
            return position < 0
                ? leave(batch, i, destination, originated, nowNs) : turnBack(batch, i, position, originated, nowNs);
        }
        return -1;
    }

    /** From inside to the outside. */
    private int leave(
        final PacketBatch batch, final int i, final int destination, final PacketBatch originated, final long nowNs) {
        final long route = routes.lookup(destination);
        if (route == RouteTable.NO_ROUTE) {
            errors.unreachable(batch, i, Icmp.CODE_NETWORK_UNREACHABLE, 0, originated, nowNs);
            batch.drop(i, DropReason.NO_ROUTE);
        } else if (RouteTable.side(route) == Side.INSIDE) {
            batch.drop(i, DropReason.SAME_SIDE);
        } else if (fitsItsWay(batch, i, Side.OUTSIDE.ordinal(), originated, nowNs) && mayBegin(batch, i, originated, nowNs)) {
            opening.begin(batch.addressKey(i), batch.portKey(i), Side.OUTSIDE);
            return open(batch, i, originated, nowNs);
        }
        return -1;
    }

    /** From inside to a public address: hairpinning (RFC 4787, REQ-9; RFC 5382, REQ-8; RFC 5508, REQ-7). */
    private int turnBack(final PacketBatch batch, final int i, final int position, final PacketBatch originated, final long nowNs) {
        opening.begin(batch.addressKey(i), batch.portKey(i), Side.INSIDE);
        final boolean crosses = sharding.isOfOther(
            position, Protocols.index(opening.protocol()), opening.entrancePort(), worker);
        final int found = crosses ? Entrances.LET_IN : entrances.find(opening, position, mayOpen(batch, i));
        if (!policy.hairpinning() || found == Entrances.CLOSED) {
            batch.drop(i, DropReason.NOT_FOR_GATEWAY);
        } else if (fitsItsWay(batch, i, Side.INSIDE.ordinal(), originated, nowNs) && mayBegin(batch, i, originated, nowNs)) {
            if (crosses) {
                // leaves with its public source, and arrives once more for the other worker (see Crossing)
                opening.begin(batch.addressKey(i), batch.portKey(i), Side.OUTSIDE);
            }
            return open(batch, i, originated, nowNs);
        }
        return -1;
    }

    private int open(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        counters.increment(Counter.CONNECTION_ATTEMPTS_TCP.plus(Protocols.index(FlowKey.protocol(batch.portKey(i)))));
        final int entry = connections.open(opening, nowNs);
        if (entry < 0) {
            refuse(batch, i, entry, originated, nowNs);
        }
        return entry;
    }

    /**
     * No resources, or no wish: the host is told, nothing that lives is evicted (RFC 5508, REQ-8; RFC 6888, REQ-11). A stranger learns
     * nothing.
     */
    private void refuse(
        final PacketBatch batch, final int i, final int failure, final PacketBatch originated, final long nowNs) {
        if (failure == Connections.OWN_ANSWER) {
            batch.drop(i, DropReason.NOT_FOR_GATEWAY);
            return;
        }
        if (failure == Connections.PORTS_EXHAUSTED && batch.arrivalSide() == Side.OUTSIDE) {
            // it took no port: its answers could not be told from another connection's
            batch.drop(i, DropReason.UNSOLICITED);
            return;
        }
        if (policy.onExhaustion() == OnExhaustion.ICMP && batch.arrivalSide() == Side.INSIDE) {
            errors.unreachable(batch, i, Icmp.CODE_PROHIBITED, 0, originated, nowNs);
        }
        switch (failure) {
            case Connections.PORTS_EXHAUSTED -> {
                counters.increment(Counter.PORT_ALLOCATION_ERRORS);
                batch.drop(i, DropReason.PORTS_EXHAUSTED);
            }
            case Connections.HOST_LIMIT -> batch.drop(i, DropReason.HOST_LIMIT);
            case Connections.HOST_RATE -> batch.drop(i, DropReason.HOST_RATE);
            case Connections.DRAINING -> batch.drop(i, DropReason.DRAINING);
            default -> batch.drop(i, DropReason.TABLE_FULL);
        }
    }

    /** Whether a packet can be forwarded at all; judged before a connection is opened for it. */
    private boolean fitsItsWay(
        final PacketBatch batch, final int i, final int egressOrdinal, final PacketBatch originated, final long nowNs) {
        if (Ipv4.ttl(batch.frames(), batch.l3Offset(i)) <= 1) {
            timeExceeded(batch, i, originated, nowNs);
            return false;
        }
        if (!links.allow(batch, i, egressOrdinal)) {
            tooBig(batch, i, egressOrdinal, originated, nowNs);
            return false;
        }
        return true;
    }

    /**
     * Whether a packet from inside may open a connection; if not, it is dropped, and a TCP segment is answered (RFC 9293, section
     * 3.10.7.1).
     */
    private boolean mayBegin(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        if (mayOpen(batch, i)) {
            return true;
        }
        if (batch.kind(i) == PacketKind.TCP && (Tcp.flags(batch.frames(), batch.l4Offset(i)) & Tcp.RST) == 0
            && errors.mayAnswer(batch, i, nowNs)) {
            TcpReset.refuse(batch, i, originated);
        }
        batch.drop(i, DropReason.NO_CONNECTION);
        return false;
    }

    private static boolean mayOpen(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int l4 = batch.l4Offset(i);
        return switch (batch.kind(i)) {
            case PacketKind.TCP -> (Tcp.flags(frames, l4) & (Tcp.SYN | Tcp.ACK | Tcp.RST | Tcp.FIN)) == Tcp.SYN;
            case PacketKind.QUERY -> Icmp.isQueryRequest(Icmp.type(frames, l4));
            default -> true;
        };
    }

    /** Whether a packet, or a later fragment of one, asks for an echo of the gateway's own address on its side. */
    private boolean isPing(final PacketBatch batch, final int i) {
        final int destination = Ipv4.destination(batch.frames(), batch.l3Offset(i));
        return isEchoRequest(batch, i)
            && destination == (batch.arrivalSide() == Side.INSIDE ? policy.insideAddress() : policy.outsideAddress());
    }

    private static boolean isEchoRequest(final PacketBatch batch, final int i) {
        return switch (batch.kind(i)) {
            case PacketKind.QUERY -> Icmp.type(batch.frames(), batch.l4Offset(i)) == Icmp.ECHO_REQUEST;
            // of queries only echo comes in fragments; the asker's side is in the place of the destination port
            case PacketKind.FRAGMENT -> FlowKey.protocol(batch.portKey(i)) == Ipv4.ICMP
                && FlowKey.rawDestinationPort(batch.portKey(i)) == batch.arrivalSide().ordinal();
            default -> false;
        };
    }

    private static DropReason unroutable(final int destination, final DropReason otherwise) {
        if (Addresses.isMulticast(destination)) {
            return DropReason.MULTICAST;
        }
        return Addresses.isMartianDestination(destination) ? DropReason.MARTIAN : otherwise;
    }
}
