package io.sallyport.runtime;

import java.util.concurrent.TimeUnit;

/** Lets a duty cycle look at its timers a thousand times a second and not more often. */
final class Pacing {

    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private long nextNs = Long.MIN_VALUE;

    /** Whether it is time again. */
    boolean isDue(final long nowNs) {
        if (nowNs < nextNs) {
            return false;
        }
        nextNs = nowNs + INTERVAL_NS;
        return true;
    }
}
