package io.sallyport.translate;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The limit of connections that all workers share. Workers touch it only when connections begin and end.
 *
 * <p>One worker alone counts with plain stores: an atomic one would wait until all that was stored before, into lines that miss, has
 * reached the cache.
 */
public final class ConnectionBudget {

    private final boolean isShared;
    private final AtomicInteger taken = new AtomicInteger();
    private int limit;

    /** With {@code connections} to give out to so many workers. */
    public ConnectionBudget(final int connections, final int workers) {
        limit = connections;
        isShared = workers > 1;
    }

    /** Takes one; false when none is left. */
    public boolean take() {
        if (!isShared) {
            final int before = taken.getPlain();
            taken.setPlain(before < limit ? before + 1 : before);
            return before < limit;
        }
        if (taken.getAndIncrement() < limit) {
            return true;
        }
        taken.getAndDecrement();
        return false;
    }

    /**
     * Sets another limit; where more are taken, none is left until enough were returned. Each worker says it when it goes over to other
     * rules, all the same.
     */
    public void limit(final int connections) {
        limit = connections;
    }

    /** Returns one. */
    public void giveBack() {
        if (isShared) {
            taken.getAndDecrement();
        } else {
            taken.setPlain(taken.getPlain() - 1);
        }
    }
}
