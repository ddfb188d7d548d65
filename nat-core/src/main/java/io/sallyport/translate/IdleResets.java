package io.sallyport.translate;

import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.flow.FlowTable;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Tcp;

/**
 * Tells the ends of an established TCP connection that idled out: each gets a RST that seems to come from the other, with the sequence
 * number that it expects next, which is the only one that it believes (RFC 5961, section 3.2).
 *
 * <p>Owned by one worker.
 */
public final class IdleResets {

    private static final Side[] SIDES = Side.values();
    private static final int MOST_PER_CONNECTION = 2;

    private OnIdle onIdle;
    private PacketBatch originated;

    /** Tells whom {@code onIdle} names. */
    public IdleResets(final OnIdle onIdle) {
        this.onIdle = onIdle;
    }

    /** Tells whom {@code onIdle} names from now on. */
    void adopt(final OnIdle newOnIdle) {
        onIdle = newOnIdle;
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

    /** Makes the resets for a connection that is about to end; those to the inside first. */
    void tell(final FlowTable flows, final int connection, final int partner) {
        if (onIdle == OnIdle.OFF) {
            return;
        }
        // a packet of the responder's direction, as it would leave now, is what the initiator believes; and the other way round
        final boolean initiatorIsInside = flows.egressOrdinal(partner) == Side.INSIDE.ordinal();
        final int first = initiatorIsInside ? partner : connection;
        final int second = initiatorIsInside ? connection : partner;
        reset(flows, first, second);
        if (onIdle == OnIdle.RESET_BOTH || flows.egressOrdinal(second) == Side.INSIDE.ordinal()) {
            reset(flows, second, first);
        }
    }

    private void reset(final FlowTable flows, final int entry, final int opposite) {
        final long addresses = flows.newAddresses(entry);
        final int ports = flows.newPorts(entry);
        final int i = originated.claim(TcpReset.FRAME_LENGTH);
        TcpReset.write(originated, i, addresses, ports, flows.sequenceEnd(entry), flows.sequenceEnd(opposite), Tcp.RST | Tcp.ACK);
        originated.verdict(i, Verdict.to(SIDES[flows.egressOrdinal(entry)]));
    }
}
