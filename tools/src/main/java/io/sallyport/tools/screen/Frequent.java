package io.sallyport.tools.screen;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.agrona.collections.Long2LongHashMap;

/**
 * Counts things by their keys and names the most frequent, in bounded memory (Misra and Gries, 1982): when there are too many, all counts
 * are lowered by one and those that reach zero are forgotten. So a count is exact while there are no more than {@link #CAPACITY} different
 * things, and else too low by at most one in so many of all that was counted.
 */
final class Frequent {

    /** Most different things that are counted at a time. */
    static final int CAPACITY = 1 << 19;

    private static final float LOAD = 0.6f;
    private static final Comparator<Count> ASCENDING =
        Comparator.comparingLong(Count::count).thenComparing(Count::key, Comparator.reverseOrder());

    private final int capacity;
    private Long2LongHashMap counts;

    Frequent() {
        this(CAPACITY);
    }

    /** With another capacity, for tests. */
    Frequent(final int capacity) {
        this.capacity = capacity;
        counts = newMap();
    }

    /** Something that was counted. */
    record Count(long key, long count) {
    }

    /** Counts a thing. */
    void add(final long key) {
        final long known = counts.get(key);
        if (known != 0 || counts.size() < capacity) {
            counts.put(key, known + 1);
        } else {
            lower();
        }
    }

    /** How often a thing was counted; 0: never, or not often. */
    long count(final long key) {
        return counts.get(key);
    }

    /** The most frequent things, the most frequent first; of equally frequent ones those with the smaller keys. */
    List<Count> top(final int most) {
        final PriorityQueue<Count> top = new PriorityQueue<>(ASCENDING);
        counts.forEachLong((key, count) -> {
            if (top.size() < most) {
                top.add(new Count(key, count));
            } else if (most > 0 && count >= top.peek().count()) {
                top.add(new Count(key, count));
                top.remove();
            }
        });
        return top.stream().sorted(ASCENDING.reversed()).toList();
    }

    private void lower() {
        final Long2LongHashMap lowered = newMap();
        counts.forEachLong((key, count) -> {
            if (count > 1) {
                lowered.put(key, count - 1);
            }
        });
        counts = lowered;
    }

    private static Long2LongHashMap newMap() {
        return new Long2LongHashMap(1024, LOAD, 0);
    }
}
