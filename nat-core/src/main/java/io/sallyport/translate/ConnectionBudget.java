package io.sallyport.translate;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The limit of connections that all workers share. Workers touch it only when connections begin and end.
 */
public final class ConnectionBudget {

    private final AtomicInteger left;

    /** With {@code connections} to give out. */
    public ConnectionBudget(final int connections) {
        left = new AtomicInteger(connections);
    }

    /** Takes one; false when none is left. */
    public boolean take() {
        if (left.getAndDecrement() > 0) {
            return true;
        }
        left.getAndIncrement();
        return false;
    }

    /** Returns one. */
    public void giveBack() {
        left.getAndIncrement();
    }
}
