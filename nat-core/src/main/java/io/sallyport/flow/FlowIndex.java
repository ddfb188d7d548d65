package io.sallyport.flow;

import io.sallyport.memory.OffHeap;

/**
 * From the hash of a flow's key to the flow: buckets of six, two to a cache line, each with a word of tags by which a search sees at once
 * which of the six can be meant, and a count of the flows that wanted the bucket and went on to a later one because it was full. A search
 * that meets a count of zero ends there; so removal leaves nothing behind to clean up, and a full index never has to be rebuilt. The scheme
 * is that of F14 (Facebook's folly).
 *
 * <pre>
 *   byte 0      1      2      3      4      5      6      7
 *  +------+------+------+------+------+------+------+------+  0
 *  | tag  | tag  | tag  | tag  | tag  | tag  |      | over |
 *  +------+------+------+------+------+------+------+------+  8
 *  |           flow            |           flow            |
 *  +---------------------------+---------------------------+ 16
 *  |           flow            |           flow            |
 *  +---------------------------+---------------------------+ 24
 *  |           flow            |           flow            |
 *  +---------------------------+---------------------------+ 32
 *    tag: 0 free, else 0x80 | 7 bits of the hash      over: 0-254 flows passed on, 255 for good
 * </pre>
 *
 * <p>One thread writes and reads it.
 */
final class FlowIndex {

    /** No flow. */
    static final int NONE = -1;

    private static final int BUCKET_FLOWS = 6;
    private static final int BUCKET_SHIFT = 5;
    private static final int FLOWS_OFFSET = 8;
    private static final long LOW_BITS = 0x7F7F_7F7F_7F7F_7F7FL;
    private static final long TAG_BITS = 0x0000_8080_8080_8080L;
    private static final long TAG_ONES = 0x0000_0101_0101_0101L;
    private static final long OVERFLOW_ONE = 1L << 56;
    private static final int OVERFLOW_FOR_GOOD = 255;
    private static final int MAX_PROBES = 4096;

    private final OffHeap buckets;
    private final int count;

    /** An empty index for at most {@code flows} flows: two of three places are used then. */
    FlowIndex(final int flows) {
        count = bucketsFor(flows);
        buckets = OffHeap.allocate(count << BUCKET_SHIFT);
    }

    /** Its memory. */
    OffHeap memory() {
        return buckets;
    }

    private static int bucketsFor(final int flows) {
        return Math.toIntExact(flows * 3L / (2 * BUCKET_FLOWS) + 2);
    }

    /**
     * The first flow that carries the tag of a hash, in its bucket or, if that has passed some on, the next: most likely the one; or
     * {@link #NONE}.
     */
    int likely(final long hash) {
        final long bucket = bucket(hash);
        final long at = bucket << BUCKET_SHIFT;
        final long word = buckets.getLong(at);
        final long matches = matches(word, pattern(hash));
        return matches != 0 ? flow(at, matches) : word >>> 56 == 0 ? NONE : likelyNext(next(bucket), hash);
    }

    private int likelyNext(final long bucket, final long hash) {
        final long at = bucket << BUCKET_SHIFT;
        final long matches = matches(buckets.getLong(at), pattern(hash));
        return matches == 0 ? NONE : flow(at, matches);
    }

    /** The tags of a hash's bucket. */
    long touch(final long hash) {
        return buckets.getLong(bucket(hash) << BUCKET_SHIFT);
    }

    /** The flow of a key, or {@link #NONE}. */
    int find(final long hash, final FlowTable flows, final long addressKey, final long portKey) {
        final long pattern = pattern(hash);
        long bucket = bucket(hash);
        for (int probe = maxProbes(); probe > 0; probe--) {
            final long at = bucket << BUCKET_SHIFT;
            final long word = buckets.getLong(at);
            for (long matches = matches(word, pattern); matches != 0; matches &= matches - 1) {
                final int flow = flow(at, matches);
                if (flows.isKeyOf(flow, addressKey, portKey)) {
                    return flow;
                }
            }
            if (word >>> 56 == 0) {
                return NONE;
            }
            bucket = next(bucket);
        }
        return NONE;
    }

    /**
     * Adds a flow.
     *
     * @return false when there is no place within reach
     */
    boolean insert(final long hash, final int flow) {
        final long home = bucket(hash);
        long bucket = home;
        for (int probe = maxProbes(); probe > 0; probe--) {
            final long at = bucket << BUCKET_SHIFT;
            final long word = buckets.getLong(at);
            final long free = matches(word, 0);
            if (free != 0) {
                final int shift = Long.numberOfTrailingZeros(free) - 7;
                buckets.putLong(at, word | tag(hash) << shift);
                buckets.putInt(at + FLOWS_OFFSET + (shift >>> 3 << 2), flow);
                pass(home, bucket, OVERFLOW_ONE);
                return true;
            }
            bucket = next(bucket);
        }
        return false;
    }

    /** Removes a flow that is there. */
    void remove(final long hash, final int flow) {
        final long home = bucket(hash);
        final long pattern = pattern(hash);
        long bucket = home;
        while (true) {
            final long at = bucket << BUCKET_SHIFT;
            final long word = buckets.getLong(at);
            for (long matches = matches(word, pattern); matches != 0; matches &= matches - 1) {
                if (flow(at, matches) == flow) {
                    buckets.putLong(at, word & ~(0xFFL << Long.numberOfTrailingZeros(matches) - 7));
                    pass(home, bucket, -OVERFLOW_ONE);
                    return;
                }
            }
            bucket = next(bucket);
        }
    }

    private void pass(final long home, final long holder, final long change) {
        for (long passed = home; passed != holder; passed = next(passed)) {
            final long word = buckets.getLong(passed << BUCKET_SHIFT);
            if (word >>> 56 != OVERFLOW_FOR_GOOD) {
                buckets.putLong(passed << BUCKET_SHIFT, word + change);
            }
        }
    }

    private int flow(final long bucketAt, final long matches) {
        return buckets.getInt(bucketAt + FLOWS_OFFSET + (Long.numberOfTrailingZeros(matches) >>> 3 << 2));
    }

    private long bucket(final long hash) {
        return (hash >>> 32) * count >>> 32;
    }

    private long next(final long bucket) {
        return bucket + 1 == count ? 0 : bucket + 1;
    }

    private int maxProbes() {
        return Math.min(count, MAX_PROBES);
    }

    /** The places of a word that carry the tag, as a set of bits. */
    private static long matches(final long word, final long pattern) {
        final long difference = word ^ pattern;
        return ~((difference & LOW_BITS) + LOW_BITS | difference | LOW_BITS) & TAG_BITS;
    }

    private static long pattern(final long hash) {
        return tag(hash) * TAG_ONES;
    }

    private static long tag(final long hash) {
        return hash & 0x7F | 0x80;
    }
}
