package io.sallyport.runtime;

import io.sallyport.counter.LatencyBlock;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LatencyMeterTest {

    private final LatencyBlock latency = LatencyBlock.inMemory();
    private final WallClock wallClock = new WallClock();
    private final PacketBatch batch = PacketBatch.owning(4, 64);
    private final long arrivedNs = System.nanoTime();

    @Test
    void whereThePortDoesNotKnowBetterTheTimeRunsFromTheLook() {
        assertEquals(1_000, measure(0, arrivedNs + 1_000));
    }

    @Test
    void theTimeRunsFromTheArrivalInTheRing() {
        final long epochNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        final long sinceNs = System.nanoTime();
        batch.arrived(Side.INSIDE, sinceNs);
        batch.received(epochNs - TimeUnit.MILLISECONDS.toNanos(50));
        new LatencyMeter(latency, wallClock, () -> sinceNs).sent(batch, 1);
        final long toldNs = latency.snapshot().sumNs();
        // currentTimeMillis has cut off less than a millisecond
        assertTrue(toldNs > TimeUnit.MILLISECONDS.toNanos(50) && toldNs < TimeUnit.MILLISECONDS.toNanos(100), toldNs + " ns");
    }

    @Test
    void aTimeFromBeforeTheClockWasSetIsNotBelieved() {
        final long epochNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
        assertEquals(1_000, measure(epochNs - TimeUnit.HOURS.toNanos(1), arrivedNs + 1_000));
        assertEquals(1_000, measure(epochNs + TimeUnit.HOURS.toNanos(1), arrivedNs + 1_000));
    }

    @Test
    void whatWasNotForwardedIsNotCounted() {
        new LatencyMeter(latency, wallClock, () -> arrivedNs).sent(batch, 0);
        assertEquals(0, latency.snapshot().count());
        new LatencyMeter(latency, wallClock, () -> arrivedNs).sent(batch, 3);
        assertEquals(3, latency.snapshot().count());
    }

    /** What one packet is said to have taken. */
    private long measure(final long epochNs, final long nowNs) {
        final long beforeNs = latency.snapshot().sumNs();
        batch.arrived(Side.INSIDE, arrivedNs);
        batch.received(epochNs);
        new LatencyMeter(latency, wallClock, () -> nowNs).sent(batch, 1);
        return latency.snapshot().sumNs() - beforeNs;
    }
}
