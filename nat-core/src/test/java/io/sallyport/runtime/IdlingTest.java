package io.sallyport.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.IoConfig.Wait;
import org.agrona.concurrent.CachedNanoClock;
import org.agrona.concurrent.IdleStrategy;
import org.junit.jupiter.api.Test;

class IdlingTest {

    private static final int MANY = 10_000;

    private final CachedNanoClock clock = new CachedNanoClock();
    private int sleeps;

    @Test
    void whoBacksOffSpinsAndThenSleepsAndBeginsAnewAfterWork() {
        final IdleStrategy idling = inline(Wait.BACKOFF, 1);
        idle(idling, 100);
        assertEquals(0, sleeps);
        idle(idling, MANY);
        final int before = sleeps;
        assertTrue(before > MANY / 2, "slept " + before + " times");
        idling.idle(1);
        idle(idling, 100);
        assertEquals(before, sleeps);
    }

    @Test
    void whoBlocksSleepsAtOnce() {
        idle(inline(Wait.BLOCK, 1), 3);
        assertEquals(3, sleeps);
    }

    @Test
    void whoSpinsOnTheOnlyCoreSleepsUntilTheCompilerIsThrough() {
        final IdleStrategy idling = inline(Wait.SPIN, 1);
        clock.update(Idling.COMPILING_NS);
        idle(idling, MANY);
        assertTrue(sleeps > MANY / 2, "slept " + sleeps + " times");
        clock.update(Idling.COMPILING_NS + 1);
        idle(idling, 1);
        final int before = sleeps;
        idle(idling, MANY);
        idling.idle(1);
        idle(idling, MANY);
        assertEquals(before, sleeps);
    }

    @Test
    void whoSpinsWhereThereAreMoreCoresNeverSleeps() {
        idle(inline(Wait.SPIN, 2), MANY);
        assertEquals(0, sleeps);
    }

    @Test
    void theReceiverOfOthersSleepsInTheEnd() {
        idle(Idling.ofReceiver(Wait.BACKOFF, timeoutNs -> sleeps++), MANY);
        assertTrue(sleeps > MANY / 2, "slept " + sleeps + " times");
    }

    private IdleStrategy inline(final Wait wait, final int cores) {
        return Idling.ofAll(wait, timeoutNs -> sleeps++, cores, clock);
    }

    private static void idle(final IdleStrategy idling, final int times) {
        for (int i = 0; i < times; i++) {
            idling.idle(0);
        }
    }
}
