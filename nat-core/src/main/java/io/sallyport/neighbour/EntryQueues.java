package io.sallyport.neighbour;

import java.util.Arrays;

/**
 * Queues that entries move between: an entry is in exactly one at a time, and which one it is in is its state. Every entry of a queue
 * stays for the same time, so that the order of arrival is the order of deadlines, and the head is the next to expire: moving, finding
 * what is due and finding the oldest are all O(1).
 */
final class EntryQueues {

    /** The end of a queue. */
    static final int NONE = -1;

    private final int[] heads;
    private final int[] tails;
    private final int[] nexts;
    private final int[] previouses;
    private final byte[] queues;
    private final long[] deadlinesNs;

    /** Puts all entries into queue 0, in order. */
    EntryQueues(final int queueCount, final int entryCount) {
        heads = new int[queueCount];
        tails = new int[queueCount];
        nexts = new int[entryCount];
        previouses = new int[entryCount];
        queues = new byte[entryCount];
        deadlinesNs = new long[entryCount];
        Arrays.fill(heads, NONE);
        Arrays.fill(tails, NONE);
        for (int entry = 0; entry < entryCount; entry++) {
            append(entry, 0);
        }
    }

    /** The queue that an entry is in. */
    int queueOf(final int entry) {
        return queues[entry];
    }

    /** The entry that has been in a queue longest, or {@link #NONE}. */
    int head(final int queue) {
        return heads[queue];
    }

    /** When an entry's time in its queue ends. */
    long deadlineNs(final int entry) {
        return deadlinesNs[entry];
    }

    /** Whether the time of a queue's head has ended. */
    boolean isDue(final int queue, final long nowNs) {
        final int head = heads[queue];
        return head != NONE && deadlinesNs[head] - nowNs <= 0;
    }

    /** Moves an entry to the end of a queue. */
    void move(final int entry, final int queue, final long deadlineNs) {
        unlink(entry);
        deadlinesNs[entry] = deadlineNs;
        append(entry, queue);
    }

    private void append(final int entry, final int queue) {
        final int tail = tails[queue];
        queues[entry] = (byte) queue;
        previouses[entry] = tail;
        nexts[entry] = NONE;
        if (tail == NONE) {
            heads[queue] = entry;
        } else {
            nexts[tail] = entry;
        }
        tails[queue] = entry;
    }

    private void unlink(final int entry) {
        final int queue = queues[entry];
        final int next = nexts[entry];
        final int previous = previouses[entry];
        if (previous == NONE) {
            heads[queue] = next;
        } else {
            nexts[previous] = next;
        }
        if (next == NONE) {
            tails[queue] = previous;
        } else {
            previouses[next] = previous;
        }
    }
}
