package io.sallyport.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatencyBlockTest {

    private final LatencyBlock latency = LatencyBlock.inMemory();

    @Test
    void bucketsFollowOnOneAnotherWithoutGap() {
        long lowestNs = 0;
        for (int bucket = 0; bucket < LatencyBuckets.COUNT; bucket++) {
            final long highestNs = LatencyBuckets.highestNs(bucket);
            assertEquals(bucket, LatencyBuckets.index(lowestNs));
            assertEquals(bucket, LatencyBuckets.index(highestNs));
            assertTrue(highestNs - lowestNs < Math.max(64, lowestNs / 32 + 1), lowestNs + " to " + highestNs);
            lowestNs = highestNs + 1;
        }
        assertTrue(lowestNs > TimeUnit.SECONDS.toNanos(17), "the last bucket ends at " + lowestNs);
    }

    @Test
    void whatCannotBeIsCountedAtTheEnds() {
        latency.record(-5, 1);
        latency.record(Long.MAX_VALUE / 2, 1);
        final LatencySnapshot snapshot = latency.snapshot();
        assertEquals(2, snapshot.count());
        assertEquals(1, snapshot.countAtMost(63));
        assertEquals(LatencyBuckets.highestNs(LatencyBuckets.COUNT - 1), snapshot.percentileNs(100));
    }

    @Test
    void percentilesAreThoseOfTheSortedValuesToThreePercent() {
        final Random random = new Random(11);
        final long[] values = new long[10_000];
        long sumNs = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = (long) Math.exp(7 + 9 * random.nextDouble());
            latency.record(values[i], 1);
            sumNs += values[i];
        }
        Arrays.sort(values);
        final LatencySnapshot snapshot = latency.snapshot();
        assertEquals(values.length, snapshot.count());
        assertEquals(sumNs, snapshot.sumNs());
        for (final double percent : new double[] {1, 25, 50, 90, 99, 99.9, 100}) {
            final long trueNs = values[(int) Math.ceil(values.length * percent / 100) - 1];
            final long toldNs = snapshot.percentileNs(percent);
            assertTrue(toldNs >= trueNs && toldNs <= trueNs * 1.04 + 64, percent + " %: " + toldNs + " and not " + trueNs);
        }
    }

    @Test
    void packetsOfABatchCountTogether() {
        latency.record(1_000, 63);
        latency.record(1_000_000, 1);
        assertEquals(64, latency.snapshot().count());
        assertEquals(63_000 + 1_000_000, latency.snapshot().sumNs());
        assertEquals(63, latency.snapshot().countAtMost(10_000));
        assertEquals(63, latency.snapshot().countAtMost(999_999));
        assertEquals(64, latency.snapshot().countAtMost(2_000_000));
        assertTrue(latency.snapshot().percentileNs(98) < 1_100);
    }

    @Test
    void aDifferenceForgetsWhatCameBefore() {
        latency.record(1_000_000, 1000);
        final LatencySnapshot earlier = latency.snapshot();
        latency.record(2_000, 10);
        final LatencySnapshot between = latency.snapshot().since(earlier);
        assertEquals(10, between.count());
        assertEquals(20_000, between.sumNs());
        assertTrue(between.percentileNs(100) < 2_100);
    }

    @Test
    void noPacketsHaveNoLatency() {
        assertEquals(0, LatencySnapshot.NONE.count());
        assertEquals(0, LatencySnapshot.NONE.percentileNs(50));
        assertEquals(0, LatencySnapshot.NONE.countAtMost(Long.MAX_VALUE));
    }
}
