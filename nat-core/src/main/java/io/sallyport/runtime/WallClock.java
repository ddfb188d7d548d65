package io.sallyport.runtime;

import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * How far the epoch's clock is from the gateway's, so that times of the kernel's can be compared with the gateway's own. Both run at the
 * same speed, but the epoch's may be set: whoever has the time {@linkplain #look looks} now and then.
 *
 * <p>{@link #look} belongs to one thread, the conversion to any.
 */
final class WallClock {

    /** A packet that seems to have waited for longer came before the clock was set. */
    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int TRIES = 3;

    private volatile long epochAheadNs;

    WallClock() {
        look();
    }

    /** Compares the clocks. */
    void look() {
        long narrowestNs = Long.MAX_VALUE;
        long aheadNs = 0;
        for (int attempt = 0; attempt < TRIES; attempt++) {
            final long beforeNs = System.nanoTime();
            final Instant now = Clock.systemUTC().instant();
            final long windowNs = System.nanoTime() - beforeNs;
            if (windowNs < narrowestNs) {
                narrowestNs = windowNs;
                aheadNs = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - beforeNs - windowNs / 2;
            }
        }
        epochAheadNs = aheadNs;
    }

    /**
     * A time of the epoch's clock in the gateway's.
     *
     * @param epochNs the time, in ns since the epoch; 0: unknown
     * @param closeNs a time not long before or after it, which is returned if the first makes no sense
     */
    long gatewayNs(final long epochNs, final long closeNs) {
        final long timeNs = epochNs - epochAheadNs;
        return epochNs != 0 && Math.abs(closeNs - timeNs) < LONGEST_WAIT_NS ? timeNs : closeNs;
    }
}
