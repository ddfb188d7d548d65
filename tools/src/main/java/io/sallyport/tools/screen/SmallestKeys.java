package io.sallyport.tools.screen;

import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * Of many things, those with the smallest keys, in 16 bytes each: a binary heap with the largest of them on top, which makes room for
 * the next smaller one. Of equal keys the smaller thing comes first, so that pages fit together.
 */
final class SmallestKeys {

    private static final int LEAST_LENGTH = 1024;

    private final int most;
    private long[] keys;
    private long[] things;
    private int size;

    /**
     * None yet.
     *
     * @param most how many are kept
     */
    SmallestKeys(final int most) {
        this.most = most;
        keys = new long[Math.min(most, LEAST_LENGTH)];
        things = new long[keys.length];
    }

    /** Keeps a thing, if it is among the smallest so far. */
    void add(final long key, final long thing) {
        if (size < most) {
            if (size == keys.length) {
                final int length = (int) Math.min(most, 2L * size);
                keys = Arrays.copyOf(keys, length);
                things = Arrays.copyOf(things, length);
            }
            rise(size++, key, thing);
        } else if (most > 0 && isBefore(key, thing, 0)) {
            sink(0, key, thing);
        }
    }

    /**
     * Hands the things over, smallest key first, and forgets them.
     *
     * @param skipped how many of the first are not handed over
     */
    void drain(final long skipped, final LongConsumer consumer) {
        final int count = size;
        while (size > 0) {
            size--;
            final long key = keys[size];
            final long thing = things[size];
            keys[size] = keys[0];
            things[size] = things[0];
            if (size > 0) {
                sink(0, key, thing);
            }
        }
        for (int i = (int) Math.min(skipped, count); i < count; i++) {
            consumer.accept(things[i]);
        }
    }

    private void rise(final int from, final long key, final long thing) {
        int at = from;
        while (at > 0) {
            final int parent = (at - 1) / 2;
            if (isBefore(key, thing, parent)) {
                break;
            }
            put(at, keys[parent], things[parent]);
            at = parent;
        }
        put(at, key, thing);
    }

    private void sink(final int from, final long key, final long thing) {
        int at = from;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && isBefore(keys[child], things[child], child + 1)) {
                child++;
            }
            if (!isBefore(key, thing, child)) {
                break;
            }
            put(at, keys[child], things[child]);
            at = child;
        }
        put(at, key, thing);
    }

    private void put(final int at, final long key, final long thing) {
        keys[at] = key;
        things[at] = thing;
    }

    private boolean isBefore(final long key, final long thing, final int other) {
        return key < keys[other] || key == keys[other] && thing < things[other];
    }
}
