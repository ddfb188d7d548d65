package io.sallyport.runtime;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.WaitStrategy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * How the stages behind the ring wait when cores are few: for a burst to be published they spin a little and then sleep until they are
 * woken; for the stage before them to be done with it, which takes microseconds, they spin a little and then give way. The
 * Disruptor's own blocking strategies spin without end in the second case, and on two cores hold the very core that the other stage needs.
 *
 * <p>The lock is taken to sleep and to wake a sleeper, never while bursts flow. It is a monitor: to wait for a {@code Condition} takes an
 * object each time.
 */
final class SleepingRingWait implements WaitStrategy {

    private static final int YIELDS = 5;
    private static final long DOZE_NS = 10_000;

    private final Object published = new Object();
    private final AtomicBoolean sleeping = new AtomicBoolean();
    private final int spins;

    /** Spins {@code spins} times before it sleeps. */
    SleepingRingWait(final int spins) {
        this.spins = spins;
    }

    @Override
    public long waitFor(final long sequence, final Sequence cursor, final Sequence dependent, final SequenceBarrier barrier)
        throws AlertException, InterruptedException {
        for (int spin = 0; spin < spins && dependent.get() < sequence; spin++) {
            barrier.checkAlert();
            Thread.onSpinWait();
        }
        if (cursor.get() < sequence) {
            sleepUntilPublished(sequence, cursor, barrier);
        }
        long available = dependent.get();
        for (int round = 0; available < sequence; round++) {
            barrier.checkAlert();
            if (round < spins) {
                Thread.onSpinWait();
            } else if (round < spins + YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(DOZE_NS);
            }
            available = dependent.get();
        }
        return available;
    }

    private void sleepUntilPublished(final long sequence, final Sequence cursor, final SequenceBarrier barrier)
        throws AlertException, InterruptedException {
        synchronized (published) {
            do {
                // before the cursor is read: whoever publishes after that reading sees that it must wake us
                sleeping.getAndSet(true);
                if (cursor.get() >= sequence) {
                    return;
                }
                barrier.checkAlert();
                published.wait();
            } while (cursor.get() < sequence);
        }
    }

    @Override
    public void signalAllWhenBlocking() {
        if (sleeping.getAndSet(false)) {
            synchronized (published) {
                published.notifyAll();
            }
        }
    }
}
