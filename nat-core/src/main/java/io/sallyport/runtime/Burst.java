package io.sallyport.runtime;

import io.sallyport.engine.Engine;
import io.sallyport.engine.Rules;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;

/**
 * The Disruptor's event: a batch, and room for what each worker has to say about it. The batch is one that a port received; or it holds
 * fragments that the capture thread had kept until their first came, in memory of its own; or it is empty, and the burst a tick, on which
 * the stages run their timers.
 *
 * <p>Each side's batch lies over the memory of that side's port. The capture thread fills a spare one and exchanges it for the event's, so
 * that it claims a sequence only when it has packets to publish.
 */
final class Burst {

    private static final int RELEASED_CAPACITY = 16;

    private final PacketBatch[] received;
    private final PacketBatch released;
    private final PacketBatch[] originated;
    private PacketBatch batch;
    private Rules rules;
    private long nowNs;

    Burst(final PortPair ports, final Engine engine, final int batchSize) {
        received = new PacketBatch[] {ports.inside().newBatch(batchSize), ports.outside().newBatch(batchSize)};
        released = engine.ingress().newReleasedBatch(RELEASED_CAPACITY);
        originated = new PacketBatch[engine.workers().size()];
        for (int worker = 0; worker < originated.length; worker++) {
            originated[worker] = Engine.newOriginatedBatch();
        }
        batch = released;
    }

    /** Takes a batch that a port filled, and gives an empty one for it; capture thread. */
    PacketBatch exchange(final PacketBatch filled, final Side arrivalSide, final Rules arrivalRules, final long timeNs) {
        final PacketBatch spare = received[arrivalSide.ordinal()];
        received[arrivalSide.ordinal()] = filled;
        batch = filled;
        rules = arrivalRules;
        nowNs = timeNs;
        return spare;
    }

    /** Makes this a tick, and gives the batch into which fragments can be released; capture thread. */
    PacketBatch tick(final Rules arrivalRules, final long timeNs) {
        released.clear();
        batch = released;
        rules = arrivalRules;
        nowNs = timeNs;
        return released;
    }

    /** The batch. */
    PacketBatch batch() {
        return batch;
    }

    /** What the stages go by in it. */
    Rules rules() {
        return rules;
    }

    /** Whether the frames of the batch are to be given back to the port that received them. */
    boolean isFromPort() {
        return batch != released;
    }

    /** Room for what a worker has to say. */
    PacketBatch originated(final int worker) {
        return originated[worker];
    }

    /** Number of workers. */
    int workers() {
        return originated.length;
    }

    /** When the burst was received, in ns of the gateway's clock. */
    long nowNs() {
        return nowNs;
    }
}
