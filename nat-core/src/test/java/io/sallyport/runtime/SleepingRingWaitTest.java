package io.sallyport.runtime;

import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** No sleeper misses its wake-up: nothing here has a time-out that would hide one. */
@Timeout(60)
class SleepingRingWaitTest {

    @ParameterizedTest
    @CsvSource({"0,1", "0,3", "200,2"})
    void everyEventIsSeenThoughNothingComesAfterIt(final int spins, final int workers) {
        final AtomicLong[] seen = new AtomicLong[workers];
        final Disruptor<long[]> disruptor = new Disruptor<>(
            () -> new long[1], 8, task -> new Thread(task, "wait-test"), ProducerType.SINGLE, new SleepingRingWait(spins));
        final Handler[] handlers = new Handler[workers];
        for (int worker = 0; worker < workers; worker++) {
            seen[worker] = new AtomicLong();
            handlers[worker] = new Handler(seen[worker]);
        }
        final AtomicLong last = new AtomicLong();
        disruptor.handleEventsWith(handlers).then(new Handler(last));
        final RingBuffer<long[]> ring = disruptor.start();
        final Random random = new Random(7);
        for (int event = 1; event <= 20_000; event++) {
            final long sequence = ring.next();
            ring.get(sequence)[0] = event;
            ring.publish(sequence);
            if (event % 4 == 0) {
                // everyone is asleep, or just about to be, when the next one comes
                await(last, event);
                final long pauseNs = random.nextInt(20_000);
                for (final long endNs = System.nanoTime() + pauseNs; System.nanoTime() < endNs;) {
                    Thread.onSpinWait();
                }
            }
        }
        disruptor.shutdown();
        for (final AtomicLong count : seen) {
            assertEquals(20_000, count.get());
        }
        assertEquals(20_000, last.get());
    }

    @Test
    void sleepersStopWhenTheRingIsHalted() throws InterruptedException {
        final AtomicInteger started = new AtomicInteger();
        final Thread[] threads = new Thread[3];
        final Disruptor<long[]> disruptor = new Disruptor<>(() -> new long[1], 8, task -> {
            final Thread thread = new Thread(task, "halt-test");
            threads[started.getAndIncrement()] = thread;
            return thread;
        }, ProducerType.SINGLE, new SleepingRingWait(0));
        disruptor.handleEventsWith(new Handler(new AtomicLong()), new Handler(new AtomicLong())).then(new Handler(new AtomicLong()));
        disruptor.start();
        LockSupport.parkNanos(20_000_000);
        disruptor.halt();
        for (final Thread thread : threads) {
            assertTrue(thread.join(Duration.ofSeconds(10)), "a stage sleeps on");
        }
    }

    /** Each event finds the stage asleep. */
    @Test
    void toSleepAndBeWokenTakesNoMemory() throws InterruptedException {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final Thread[] stage = new Thread[1];
        final Disruptor<long[]> disruptor = new Disruptor<>(() -> new long[1], 8, task -> {
            stage[0] = new Thread(task, "memory-test");
            return stage[0];
        }, ProducerType.SINGLE, new SleepingRingWait(0));
        final AtomicLong seen = new AtomicLong();
        disruptor.handleEventsWith((event, sequence, endOfBatch) -> seen.set(event[0]));
        final RingBuffer<long[]> ring = disruptor.start();
        long before = 0;
        for (int event = 1; event <= 4_000; event++) {
            while (stage[0].getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            if (event == 2_000) {
                before = threads.getThreadAllocatedBytes(stage[0].threadId());
            }
            final long sequence = ring.next();
            ring.get(sequence)[0] = event;
            ring.publish(sequence);
            await(seen, event);
        }
        final long allocated = threads.getThreadAllocatedBytes(stage[0].threadId()) - before;
        disruptor.shutdown();
        assertTrue(allocated < 8_000, () -> allocated + " bytes in 2,000 sleeps");
    }

    private static void await(final AtomicLong counter, final long value) {
        while (counter.get() < value) {
            Thread.yield();
        }
    }

    private record Handler(AtomicLong count) implements com.lmax.disruptor.EventHandler<long[]> {

        @Override
        public void onEvent(final long[] event, final long sequence, final boolean endOfBatch) {
            assertEquals(count.get() + 1, event[0]);
            count.incrementAndGet();
        }
    }
}
