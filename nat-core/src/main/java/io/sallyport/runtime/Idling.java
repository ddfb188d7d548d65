package io.sallyport.runtime;

import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.WaitStrategy;
import com.lmax.disruptor.YieldingWaitStrategy;
import io.sallyport.config.IoConfig.Wait;
import io.sallyport.packet.PortPair.Waiter;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

/** What the threads do when nothing is to be done, for each setting of {@code io.wait}. */
final class Idling {

    /** Longest sleep, in ns: timers are looked at that often. */
    static final long MAX_SLEEP_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final int SPINS = 200;
    private static final int YIELDS = 50;

    private Idling() {
    }

    /** For the thread that receives: it sleeps in the kernel, which wakes it when a frame arrives. */
    static IdleStrategy ofReceiver(final Wait wait, final Waiter waiter) {
        return switch (wait) {
            case SPIN -> BusySpinIdleStrategy.INSTANCE;
            case YIELD -> YieldingIdleStrategy.INSTANCE;
            case BACKOFF -> new Sleeping(waiter, SPINS, YIELDS);
            case BLOCK -> new Sleeping(waiter, 0, 0);
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

    /** Spins, then yields, then sleeps until a frame arrives. */
    private static final class Sleeping implements IdleStrategy {

        private final Waiter waiter;
        private final int spins;
        private final int yields;
        private int idled;

        Sleeping(final Waiter waiter, final int spins, final int yields) {
            this.waiter = waiter;
            this.spins = spins;
            this.yields = yields;
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
            }
        }

        @Override
        public void reset() {
            idled = 0;
        }
    }
}
