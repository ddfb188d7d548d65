package io.sallyport.flow;

import java.util.Arrays;

/**
 * When to look at each connection again: a timing wheel whose slots are doubly linked lists through the connections' second lines.
 *
 * <p>Packets never touch it: they store when they were seen, and a connection whose time has come is re-armed for as long as it still
 * has. A deadline is rounded up to the next tick, so that no timer fires early; it fires at most a tick (134 ms) late, plus what the
 * limit of work per poll adds. Deadlines beyond the horizon are armed at the horizon and looked at again there.
 *
 * <p>Owned by the worker that owns the table.
 */
public final class ConnectionTimers {

    /** Length of a tick as a power of two, in ns. */
    public static final int TICK_SHIFT = 27;
    /** Length of a tick, in ns. */
    public static final long TICK_NS = 1L << TICK_SHIFT;

    private static final int SLOTS = 1 << 15;
    private static final int SLOT_MASK = SLOTS - 1;
    private static final int END = -1;

    private final FlowTable flows;
    private final int[] heads = new int[SLOTS];
    private long cursorTick;
    /** No timer is armed for a tick before this one. */
    private long earliestTick;
    private int armed;

    /** Timers for the connections of a table, none of them armed. */
    public ConnectionTimers(final FlowTable flows) {
        this.flows = flows;
        Arrays.fill(heads, END);
    }

    /** Says what time it is; before the first timer is armed. */
    public void start(final long nowNs) {
        cursorTick = (nowNs >> TICK_SHIFT) + 1;
    }

    /** What is done with a connection whose time has come. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Looks at a connection, which is not armed any more; arms it again only for a time after {@code nowNs}.
         *
         * @param connection the connection
         * @param nowNs      the time
         */
        void onTimer(int connection, long nowNs);
    }

    /** Arms the timer of a connection, which is not armed. */
    public void arm(final int connection, final long deadlineNs) {
        final long wantedTick = (deadlineNs + TICK_NS - 1) >> TICK_SHIFT;
        final long tick = Math.clamp(wantedTick, cursorTick, cursorTick + SLOTS - 1);
        final int slot = (int) tick & SLOT_MASK;
        final int head = heads[slot];
        flows.timerNext(connection, head);
        flows.timerPrevious(connection, slotLink(slot));
        if (head != END) {
            flows.timerPrevious(head, connection);
        }
        heads[slot] = connection;
        earliestTick = armed == 0 ? tick : Math.min(earliestTick, tick);
        armed++;
    }

    /** Disarms the timer of a connection, which is armed. */
    public void cancel(final int connection) {
        final int next = flows.timerNext(connection);
        final int previous = flows.timerPrevious(connection);
        if (previous < END) {
            heads[slotOf(previous)] = next;
        } else {
            flows.timerNext(previous, next);
        }
        if (next != END) {
            flows.timerPrevious(next, previous);
        }
        armed--;
    }

    /**
     * Fires what is due.
     *
     * @param limit most connections to look at; what is left is due at the next call
     * @return the number looked at
     */
    public int poll(final long nowNs, final Handler handler, final int limit) {
        final long nowTick = nowNs >> TICK_SHIFT;
        if (armed == 0) {
            cursorTick = Math.max(cursorTick, nowTick + 1);
        }
        // after a gap longer than a round of the wheel one round finds them all
        cursorTick = Math.max(cursorTick, nowTick - SLOTS + 1);
        int fired = 0;
        while (cursorTick <= nowTick) {
            final int slot = (int) cursorTick & SLOT_MASK;
            while (heads[slot] != END) {
                if (fired == limit) {
                    return fired;
                }
                final int connection = heads[slot];
                cancel(connection);
                handler.onTimer(connection, nowNs);
                fired++;
            }
            cursorTick = armed == 0 ? nowTick + 1 : cursorTick + 1;
        }
        return fired;
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextNs() {
        if (armed == 0) {
            return Long.MAX_VALUE;
        }
        earliestTick = Math.max(earliestTick, cursorTick);
        while (heads[(int) earliestTick & SLOT_MASK] == END) {
            earliestTick++;
        }
        return earliestTick << TICK_SHIFT;
    }

    /** Number of armed timers. */
    public int armed() {
        return armed;
    }

    private static int slotLink(final int slot) {
        return -2 - slot;
    }

    private static int slotOf(final int link) {
        return -2 - link;
    }
}
