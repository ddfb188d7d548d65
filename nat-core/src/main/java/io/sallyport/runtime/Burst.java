package io.sallyport.runtime;

import io.sallyport.engine.Engine;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;

/**
 * The Disruptor's event: a batch from one side, and room for what each worker has to say about it. Without packets it is a tick, on which
 * the stages run their timers.
 *
 * <p>Each side's batch lies over the memory of that side's port. The capture thread fills a spare one and exchanges it for the event's, so
 * that it claims a sequence only when it has packets to publish.
 */
final class Burst {

    private final PacketBatch[] received;
    private final PacketBatch[] originated;
    private Side side = Side.INSIDE;
    private long nowNs;

    Burst(final PortPair ports, final int batchSize, final int workers) {
        received = new PacketBatch[] {ports.inside().newBatch(batchSize), ports.outside().newBatch(batchSize)};
        originated = new PacketBatch[workers];
        for (int worker = 0; worker < workers; worker++) {
            originated[worker] = Engine.newOriginatedBatch();
        }
    }

    /** Takes a filled batch, and gives an empty one for it; capture thread. */
    PacketBatch exchange(final PacketBatch filled, final Side arrivalSide, final long timeNs) {
        final PacketBatch spare = received[arrivalSide.ordinal()];
        received[arrivalSide.ordinal()] = filled;
        side = arrivalSide;
        nowNs = timeNs;
        return spare;
    }

    /** Makes this a tick; capture thread. */
    void tick(final long timeNs) {
        received[side.ordinal()].clear();
        nowNs = timeNs;
    }

    /** The batch. */
    PacketBatch received() {
        return received[side.ordinal()];
    }

    /** The side that the batch arrived on. */
    Side side() {
        return side;
    }

    /** Room for what a worker has to say. */
    PacketBatch originated(final int worker) {
        return originated[worker];
    }

    /** Number of workers. */
    int workers() {
        return originated.length;
    }

    /** When the batch was received, in ns of the gateway's clock. */
    long nowNs() {
        return nowNs;
    }
}
