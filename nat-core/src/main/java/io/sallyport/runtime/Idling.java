package io.sallyport.runtime;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import io.sallyport.config.IoConfig.Wait;
import io.sallyport.packet.PortPair.Waiter;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.YieldingIdleStrategy;

/** What the threads do when nothing is to be done, for each setting of {@code io.wait}. */
final class Idling {

    /** Longest sleep, in ns: timers are looked at that often. */
    static final long MAX_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** All that is hot takes the compiler 0.4 to 0.6 s of a core that it shares, in the first 5 s (decision 008). */
    static final long COMPILING_NS = TimeUnit.MILLISECONDS.toNanos(5000);
    private static final int SPINS = 200;
    private static final int YIELDS = 50;

    private Idling() {
    }

    /**
     * For a thread that does all. It never yields: whoever else runs on its core, the compiler above all, would have it until the next tick
     * of the kernel, 4 ms, while a thread that sleeps gets its core back when a frame wakes it.
     *
     * @param cores how many there are for all threads of the program
     */
    static IdleStrategy ofAll(final Wait wait, final Waiter waiter, final int cores, final NanoClock clock) {
        return switch (wait) {
            case SPIN -> cores > 1 ? BusySpinIdleStrategy.INSTANCE : new Sleeping(waiter, SPINS, 0, clock, COMPILING_NS);
            case YIELD -> YieldingIdleStrategy.INSTANCE;
            case BACKOFF -> new Sleeping(waiter, SPINS, 0);
            case BLOCK -> new Sleeping(waiter, 0, 0);
        };
    }

    /**
     * For the thread that receives for others. It sleeps in the kernel, which wakes it when a frame arrives; before, it yields to those who
     * have the frames that it received: until they are back, the kernel does not let it sleep.
     */
    static IdleStrategy ofReceiver(final Wait wait, final Waiter waiter) {
        return switch (wait) {
            case SPIN -> BusySpinIdleStrategy.INSTANCE;
            case YIELD -> YieldingIdleStrategy.INSTANCE;
            case BACKOFF -> new Sleeping(waiter, SPINS, YIELDS);
            case BLOCK -> new Sleeping(waiter, 0, YIELDS);
        };
    }

    /** For the threads behind the ring. */
    static WaitStrategy ofRing(final Wait wait) {
        return switch (wait) {
            case SPIN -> new BusySpinWaitStrategy();
            case YIELD -> new YieldingWaitStrategy();
            case BACKOFF -> new SleepingRingWait(SPINS);
            case BLOCK -> new SleepingRingWait(0);
        };
    }

    /** Spins, then yields, then sleeps until a frame arrives; and from some time on only spins. */
    private static final class Sleeping implements IdleStrategy {

        private final Waiter waiter;
        private final int yields;
        private final NanoClock clock;
        private final long sleepingNs;
        private final long beginNs;
        private long spins;
        private long idled;

        Sleeping(final Waiter waiter, final int spins, final int yields) {
            this(waiter, spins, yields, SystemNanoClock.INSTANCE, Long.MAX_VALUE);
        }

        /** Only spins, once {@code sleepingNs} have passed. */
        Sleeping(final Waiter waiter, final int spins, final int yields, final NanoClock clock, final long sleepingNs) {
            this.waiter = waiter;
            this.spins = spins;
            this.yields = yields;
            this.clock = clock;
            this.sleepingNs = sleepingNs;
            beginNs = clock.nanoTime();
        }

        @Override
        public void idle(final int workCount) {
            if (workCount > 0) {
                reset();
            } else {
                idle();
            }
        }

        @Override
        public void idle() {
            if (idled < spins) {
                idled++;
                Thread.onSpinWait();
            } else if (idled < spins + yields) {
                idled++;
                Thread.yield();
            } else {
                waiter.await(MAX_SLEEP_NS);
                // MAX_VALUE when it is time; without a branch, whose first time would have the compiler begin anew
                spins |= sleepingNs - (clock.nanoTime() - beginNs) >> 63 & Long.MAX_VALUE;
            }
        }

        @Override
        public void reset() {
            idled = 0;
        }
    }
}
