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

    /** Changes the limit; where more than that are taken, none is left until enough were returned. */
    public void change(final int difference) {
        left.getAndAdd(difference);
    }

    /** Returns one. */
    public void giveBack() {
        left.getAndIncrement();
    }
}
