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
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Judges the packets that belong to no connection. From inside, a first packet opens one if everything about it is in order; from outside
 * nothing does: the answer is silence (RFC 4787, REQ-8, with endpoint-dependent filtering), and the only packets served are pings.
 *
 * <p>Owned by one worker.
 */
final class SlowPath {

    private final FlowTable flows;
    private final Connections connections;
    private final RouteTable routes;
    private final PublicAddresses publicAddresses;
    private final IcmpErrors errors;
    private final int insideAddress;
    private final int outsideAddress;
    private final OnExhaustion onExhaustion;
    private final CounterBlock counters;

    SlowPath(
        final FlowTable flows,
        final Connections connections,
        final RouteTable routes,
        final PublicAddresses publicAddresses,
        final IcmpErrors errors,
        final int insideAddress,
        final int outsideAddress,
        final OnExhaustion onExhaustion,
        final CounterBlock counters) {
        this.flows = flows;
        this.connections = connections;
        this.routes = routes;
        this.publicAddresses = publicAddresses;
        this.errors = errors;
        this.insideAddress = insideAddress;
        this.outsideAddress = outsideAddress;
        this.onExhaustion = onExhaustion;
        this.counters = counters;
    }

    /**
     * Finds a flow entry for a packet that had none when its batch was looked up, or decides what becomes of it.
     *
     * @return the flow entry, or -1 when the verdict is set
     */
    int resolve(
        final PacketBatch batch, final int i, final long hash, final PacketBatch originated, final long nowNs) {
        // an earlier packet of the same batch may have opened the connection
        final int entry = flows.find(hash, batch.addressKey(i), batch.portKey(i));
        if (entry >= 0) {
            return entry;
        }
        if (batch.kind(i) == PacketKind.FRAGMENT && !isPing(batch, i)) {
            batch.drop(i, DropReason.FRAGMENT);
            return -1;
        }
        return batch.arrivalSide() == Side.INSIDE ? fromInside(batch, i, originated, nowNs) : fromOutside(batch, i);
    }

    /** The packet's time to live ends here (RFC 1812, section 5.3.1). */
    void timeExceeded(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        errors.timeExceeded(batch, i, originated, nowNs);
        batch.drop(i, DropReason.TTL_EXPIRED);
    }

    /** The packet does not fit the next link (RFC 1191, section 4). */
    void tooBig(final PacketBatch batch, final int i, final int mtu, final PacketBatch originated, final long nowNs) {
        if ((Ipv4.fragment(batch.frames(), batch.l3Offset(i)) & Ipv4.DONT_FRAGMENT) != 0) {
            errors.unreachable(batch, i, Icmp.CODE_FRAGMENTATION_NEEDED, mtu, originated, nowNs);
        }
        batch.drop(i, DropReason.TOO_BIG);
    }

    private int fromOutside(final PacketBatch batch, final int i) {
        final int source = Ipv4.source(batch.frames(), batch.l3Offset(i));
        final int destination = Ipv4.destination(batch.frames(), batch.l3Offset(i));
        if (Addresses.isMartianSource(source)) {
            batch.drop(i, DropReason.MARTIAN);
        } else if (routes.isInside(source) || publicAddresses.position(source) >= 0 || source == outsideAddress
            || routes.isDirectedBroadcast(source)) {
            batch.drop(i, DropReason.SPOOFED_SOURCE);
        } else if (batch.kind(i) == PacketKind.ICMP_ERROR) {
            batch.drop(i, DropReason.ICMP_UNRELATED);
        } else if (destination == outsideAddress && isEchoRequest(batch, i)) {
            EchoResponder.respond(batch, i);
        } else if (publicAddresses.position(destination) >= 0 || destination == outsideAddress) {
            batch.drop(i, DropReason.UNSOLICITED);
        } else {
            batch.drop(i, unroutable(destination, DropReason.NOT_OURS));
        }
        return -1;
    }

    private int fromInside(final PacketBatch batch, final int i, final PacketBatch originated, final long nowNs) {
        final int source = Ipv4.source(batch.frames(), batch.l3Offset(i));
        final int destination = Ipv4.destination(batch.frames(), batch.l3Offset(i));
        if (!routes.isInside(source) || source == insideAddress || routes.isDirectedBroadcast(source)) {
            batch.drop(i, Addresses.isMartianSource(source) ? DropReason.MARTIAN : DropReason.SPOOFED_SOURCE);
        } else if (destination == insideAddress && isEchoRequest(batch, i)) {
            EchoResponder.respond(batch, i);
        } else if (destination == insideAddress || destination == outsideAddress || publicAddresses.position(destination) >= 0) {
            batch.drop(i, DropReason.NOT_FOR_GATEWAY);
        } else if (Addresses.isMartianDestination(destination) || routes.isDirectedBroadcast(destination)) {
            batch.drop(i, unroutable(destination, DropReason.MARTIAN));
        } else if (batch.kind(i) == PacketKind.ICMP_ERROR) {
            batch.drop(i, DropReason.ICMP_UNRELATED);
        } else {
            return open(batch, i, destination, originated, nowNs);
        }
        return -1;
    }

    private int open(
        final PacketBatch batch, final int i, final int destination, final PacketBatch originated, final long nowNs) {
        final long route = routes.lookup(destination);
        if (route == RouteTable.NO_ROUTE) {
            errors.unreachable(batch, i, Icmp.CODE_NETWORK_UNREACHABLE, 0, originated, nowNs);
            batch.drop(i, DropReason.NO_ROUTE);
        } else if (RouteTable.side(route) == Side.INSIDE) {
            batch.drop(i, DropReason.SAME_SIDE);
        } else if (Ipv4.ttl(batch.frames(), batch.l3Offset(i)) <= 1) {
            timeExceeded(batch, i, originated, nowNs);
        } else if (batch.kind(i) == PacketKind.OTHER) {
            batch.drop(i, DropReason.UNSUPPORTED_PROTOCOL);
        } else if (!mayOpen(batch, i)) {
            batch.drop(i, DropReason.NO_CONNECTION);
        } else {
            final int protocol = Connections.protocolIndex(FlowKey.protocol(batch.portKey(i)));
            counters.increment(Counter.CONNECTION_ATTEMPTS_TCP.plus(protocol));
            final int entry = connections.open(batch.addressKey(i), batch.portKey(i), nowNs);
            if (entry < 0) {
                refuse(batch, i, entry, originated, nowNs);
            }
            return entry;
        }
        return -1;
    }

    /** No resources: the host is told, nothing that lives is evicted (RFC 5508, REQ-8; RFC 6888, REQ-11). */
    private void refuse(
        final PacketBatch batch, final int i, final int failure, final PacketBatch originated, final long nowNs) {
        if (onExhaustion == OnExhaustion.ICMP) {
            errors.unreachable(batch, i, Icmp.CODE_PROHIBITED, 0, originated, nowNs);
        }
        if (failure == Connections.PORTS_EXHAUSTED) {
            counters.increment(Counter.PORT_ALLOCATION_ERRORS);
            batch.drop(i, DropReason.PORTS_EXHAUSTED);
        } else {
            batch.drop(i, DropReason.TABLE_FULL);
        }
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

    private boolean isPing(final PacketBatch batch, final int i) {
        final int destination = Ipv4.destination(batch.frames(), batch.l3Offset(i));
        return isEchoRequest(batch, i) && destination == (batch.arrivalSide() == Side.INSIDE ? insideAddress : outsideAddress);
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
