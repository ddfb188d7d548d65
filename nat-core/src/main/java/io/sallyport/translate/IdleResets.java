package io.sallyport.translate;

import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Tells the ends of an established TCP connection that idled out: each gets a RST that seems to come from the other, with the sequence
 * number that it expects next, which is the only one that it believes (RFC 5961, section 3.2).
 *
 * <p>Owned by one worker.
 */
public final class IdleResets {

    private static final Side[] SIDES = Side.values();
    private static final int TTL = 64;
    private static final int LENGTH = Ipv4.MIN_HEADER_LENGTH + Tcp.MIN_HEADER_LENGTH;
    private static final int MOST_PER_CONNECTION = 2;

    private final OnIdle onIdle;
    private PacketBatch originated;

    /** Tells whom {@code onIdle} names. */
    public IdleResets(final OnIdle onIdle) {
        this.onIdle = onIdle;
    }

    /**
     * Says where the resets of this duty cycle go.
     *
     * @return the number of connections for which there is room
     */
    int begin(final PacketBatch batch) {
        originated = batch;
        return onIdle == OnIdle.OFF ? Integer.MAX_VALUE : (batch.capacity() - batch.size()) / MOST_PER_CONNECTION;
    }

    /** Makes the resets for a connection that is about to end. */
    void tell(final FlowTable flows, final int connection, final int partner) {
        if (onIdle == OnIdle.OFF) {
            return;
        }
        // a packet of the responder's direction, as it would leave now, is what the initiator believes; and the other way round
        reset(flows, partner, connection);
        if (onIdle == OnIdle.RESET_BOTH) {
            reset(flows, connection, partner);
        }
    }

    private void reset(final FlowTable flows, final int entry, final int opposite) {
        final int i = originated.claim(Ethernet.HEADER_LENGTH + LENGTH);
        final UnsafeBuffer frames = originated.frames();
        final int frame = originated.offset(i);
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        final int l4 = l3 + Ipv4.MIN_HEADER_LENGTH;
        final long addresses = flows.newAddresses(entry);
        final int source = FlowKey.rawAddress(FlowKey.rawSource(addresses));
        final int destination = FlowKey.rawAddress(FlowKey.rawDestination(addresses));
        final int ports = flows.newPorts(entry);
        Ethernet.header(frames, frame, 0, 0, Ethernet.TYPE_IPV4);
        Ipv4.header(frames, l3, LENGTH, 0, Ipv4.DONT_FRAGMENT, TTL, Ipv4.TCP, source, destination);
        Tcp.header(frames, l4, FlowKey.rawPort(FlowKey.rawSourcePort(ports)), FlowKey.rawPort(FlowKey.rawDestinationPort(ports)),
            flows.sequenceEnd(entry), flows.sequenceEnd(opposite), Tcp.RST | Tcp.ACK, 0);
        final long sum = Checksum.sum(frames, l4, Tcp.MIN_HEADER_LENGTH)
            + Checksum.pseudoHeaderSum(source, destination, Ipv4.TCP, Tcp.MIN_HEADER_LENGTH);
        Tcp.checksum(frames, l4, Checksum.finish(sum));
        originated.headers(i, l3, l4);
        originated.verdict(i, Verdict.to(SIDES[flows.egressOrdinal(entry)]));
        originated.origin(i, Origin.RESET);
    }
}
