package io.sallyport.fragment;

import io.sallyport.flow.SeededHash;
import java.util.Arrays;

/**
 * Which entries of a table are taken, from the oldest to the newest, in all and for each source: so that the oldest can give way, and no
 * source takes more than its share. Entries all stay for the same time; the oldest is the next to expire. Every call is O(1).
 *
 * <p>A source is told by its hash, so that now and then two share one share. The hash is seeded: no one can choose whom to share with.
 */
final class AgeQueue {

    /** No entry. */
    static final int NONE = -1;

    private static final int LIST_COUNT = 4096;

    private final SeededHash hash;
    private final int share;
    private final long[] deadlinesNs;
    private final int[] lists;
    private final int[] older;
    private final int[] newer;
    private final int[] olderOfSource;
    /** Of a free entry, the next free one. */
    private final int[] newerOfSource;
    private final int[] oldestOfSource = new int[LIST_COUNT];
    private final int[] newestOfSource = new int[LIST_COUNT];
    private final int[] counts = new int[LIST_COUNT];
    private int oldest = NONE;
    private int newest = NONE;
    private int free = NONE;

    /**
     * All entries are free.
     *
     * @param capacity number of entries
     * @param share    most entries of one source, at least 1
     * @param hash     of sources
     */
    AgeQueue(final int capacity, final int share, final SeededHash hash) {
        this.hash = hash;
        this.share = share;
        deadlinesNs = new long[capacity];
        lists = new int[capacity];
        older = new int[capacity];
        newer = new int[capacity];
        olderOfSource = new int[capacity];
        newerOfSource = new int[capacity];
        Arrays.fill(oldestOfSource, NONE);
        Arrays.fill(newestOfSource, NONE);
        for (int entry = capacity - 1; entry >= 0; entry--) {
            free(entry);
        }
    }

    /** The entry that must give way before {@code source} can take another: its own oldest, or that of all; or {@link #NONE}. */
    int inTheWay(final int source) {
        final int list = list(source);
        if (counts[list] == share) {
            return oldestOfSource[list];
        }
        return free == NONE ? oldest : NONE;
    }

    /** Takes a free entry for {@code source}, as the newest; {@link #NONE} when none is free. */
    int take(final int source, final long deadlineNs) {
        final int entry = free;
        if (entry != NONE) {
            free = newerOfSource[entry];
            append(entry, list(source), deadlineNs);
        }
        return entry;
    }

    /** Makes a taken entry the newest. */
    void renew(final int entry, final long deadlineNs) {
        unlink(entry);
        append(entry, lists[entry], deadlineNs);
    }

    /** Frees a taken entry. */
    void remove(final int entry) {
        unlink(entry);
        free(entry);
    }

    /** Takes an entry out of the order; it is not free before {@link #free}. */
    void unlink(final int entry) {
        final int list = lists[entry];
        final int before = older[entry];
        final int behind = newer[entry];
        if (before == NONE) {
            oldest = behind;
        } else {
            newer[before] = behind;
        }
        if (behind == NONE) {
            newest = before;
        } else {
            older[behind] = before;
        }
        final int beforeOfSource = olderOfSource[entry];
        final int behindOfSource = newerOfSource[entry];
        if (beforeOfSource == NONE) {
            oldestOfSource[list] = behindOfSource;
        } else {
            newerOfSource[beforeOfSource] = behindOfSource;
        }
        if (behindOfSource == NONE) {
            newestOfSource[list] = beforeOfSource;
        } else {
            olderOfSource[behindOfSource] = beforeOfSource;
        }
        counts[list]--;
    }

    /** Frees an entry that was unlinked. */
    void free(final int entry) {
        newerOfSource[entry] = free;
        free = entry;
    }

    /** The oldest entry of all, or {@link #NONE}. */
    int oldest() {
        return oldest;
    }

    /** The oldest entry of {@code source}, or of another that shares its share, or {@link #NONE}. */
    int oldestOf(final int source) {
        return oldestOfSource[list(source)];
    }

    /** The entry that is next to {@code entry} in age among those of its source, or {@link #NONE}. */
    int nextOfSource(final int entry) {
        return newerOfSource[entry];
    }

    /** When an entry's time ends. */
    long deadlineNs(final int entry) {
        return deadlinesNs[entry];
    }

    private void append(final int entry, final int list, final long deadlineNs) {
        deadlinesNs[entry] = deadlineNs;
        lists[entry] = list;
        older[entry] = newest;
        newer[entry] = NONE;
        if (newest == NONE) {
            oldest = entry;
        } else {
            newer[newest] = entry;
        }
        newest = entry;
        olderOfSource[entry] = newestOfSource[list];
        newerOfSource[entry] = NONE;
        if (newestOfSource[list] == NONE) {
            oldestOfSource[list] = entry;
        } else {
            newerOfSource[newestOfSource[list]] = entry;
        }
        newestOfSource[list] = entry;
        counts[list]++;
    }

    private int list(final int source) {
        return (int) hash.of(source) & LIST_COUNT - 1;
    }
}
