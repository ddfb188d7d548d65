package io.sallyport.runtime;

import io.sallyport.counter.LatencyBlock;
import io.sallyport.packet.PacketBatch;
import org.agrona.concurrent.NanoClock;

/** Takes the time of packets on their way through the gateway, at the price of reading the clock once for a batch; transmit thread. */
final class LatencyMeter {

    private final LatencyBlock latency;
    private final WallClock wallClock;
    private final NanoClock clock;

    /**
     * A meter.
     *
     * @param latency   where observers see what was measured
     * @param wallClock the clock by which ports tell when packets arrived
     * @param clock     the gateway's
     */
    LatencyMeter(final LatencyBlock latency, final WallClock wallClock, final NanoClock clock) {
        this.latency = latency;
        this.wallClock = wallClock;
        this.clock = clock;
    }

    /** Says that {@code forwarded} packets of a batch were just handed over for sending, the others not. */
    void sent(final PacketBatch batch, final int forwarded) {
        if (forwarded > 0) {
            final long arrivedNs = wallClock.gatewayNs(batch.receivedEpochNs(), batch.arrivalNs());
            latency.record(clock.nanoTime() - arrivedNs, forwarded);
        }
    }
}
