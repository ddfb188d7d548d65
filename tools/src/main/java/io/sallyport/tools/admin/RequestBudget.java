package io.sallyport.tools.admin;

import java.util.concurrent.TimeUnit;

/**
 * How many requests are answered: so many a second, and a burst of two seconds' worth. The rest is refused. Each request costs some 60 KB
 * that must be collected, and a collection stops the threads that forward for a moment (decision 012). Thread-safe.
 */
final class RequestBudget {

    /** Requests a second: a dashboard takes one. */
    static final int PER_SECOND = 20;
    /** Most at once. */
    static final int BURST = 2 * PER_SECOND;

    private static final long NS_PER_REQUEST = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

    /** When the budget will be full again. */
    private long fullAtNs;

    /** A full budget. */
    RequestBudget(final long nowNs) {
        fullAtNs = nowNs;
    }

    /** Takes one request out of the budget; false when nothing is left. */
    synchronized boolean take(final long nowNs) {
        if (fullAtNs - nowNs < 0) {
            fullAtNs = nowNs;
        }
        if (fullAtNs - nowNs > (BURST - 1) * NS_PER_REQUEST) {
            return false;
        }
        fullAtNs += NS_PER_REQUEST;
        return true;
    }
}
