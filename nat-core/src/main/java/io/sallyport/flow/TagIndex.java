package io.sallyport.flow;

import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Finds the slot of a key with one load that is nearly always in the core's own cache, so that the record itself is the only cache
 * line that a look-up misses on. Serves open-addressed tables whose records never move: a record's slot is its name.
 *
 * <p>Slots come in buckets of seven. A bucket is a 64-bit word: a tag for each slot, and a count of the keys that wanted the bucket
 * and went on to a later one because it was full. A search that meets a count of zero ends there; so removal leaves nothing behind to
 * clean up, and a full table never has to be rebuilt. The scheme is F14's (Facebook's folly), with a 64-bit word for its vector.
 *
 * <pre>
 *   byte 0      1      2      3      4      5      6      7
 *  +------+------+------+------+------+------+------+------+
 *  | tag  | tag  | tag  | tag  | tag  | tag  | tag  | over |
 *  +------+------+------+------+------+------+------+------+
 *    tag: 0 free, else 0x80 | 7 bits of the hash      over: 0-254 keys passed on, 255 for good
 * </pre>
 *
 * <p>One thread writes and reads it.
 */
public final class TagIndex {

    /** Slots in a bucket. */
    public static final int BUCKET_SLOTS = 7;

    private static final long LOW_BITS = 0x7F7F_7F7F_7F7F_7F7FL;
    private static final long SLOT_BITS = 0x0080_8080_8080_8080L;
    private static final long SLOT_ONES = 0x0001_0101_0101_0101L;
    private static final long OVERFLOW_ONE = 1L << 56;
    private static final int OVERFLOW_FOR_GOOD = 255;
    private static final int MAX_PROBES = 4096;

    private final UnsafeBuffer words;
    private final int buckets;

    /**
     * An empty index.
     *
     * @param slots least number of slots, at least 1; rounded up to whole buckets
     */
    public TagIndex(final int slots) {
        buckets = Math.max(1, (slots + BUCKET_SLOTS - 1) / BUCKET_SLOTS);
        words = new UnsafeBuffer(BufferUtil.allocateDirectAligned(buckets * Long.BYTES, BitUtil.CACHE_LINE_LENGTH));
    }

    /** Number of slots that hold {@code records} at a load that keeps searches short. */
    public static int slotsFor(final int records) {
        final long buckets = (records * 20L / 17 + BUCKET_SLOTS) / BUCKET_SLOTS + 1;
        return Math.toIntExact(buckets * BUCKET_SLOTS);
    }

    /** Number of slots. */
    public int slots() {
        return buckets * BUCKET_SLOTS;
    }

    /** The bucket where the search for a hash begins. */
    public int bucket(final long hash) {
        return (int) ((hash >>> 32) * buckets >>> 32);
    }

    /** The bucket after {@code bucket}. */
    public int next(final int bucket) {
        final int next = bucket + 1;
        return next == buckets ? 0 : next;
    }

    /** The word of a bucket. */
    public long word(final int bucket) {
        return words.getLong(bucket << 3);
    }

    /** What a hash's tag looks like in every slot; for {@link #matches}. */
    public static long pattern(final long hash) {
        return tag(hash) * SLOT_ONES;
    }

    /** The slots of a word that carry the tag, as a set of bits to go through with {@link #first} and {@link #rest}. */
    public static long matches(final long word, final long pattern) {
        final long difference = word ^ pattern;
        return ~((difference & LOW_BITS) + LOW_BITS | difference | LOW_BITS) & SLOT_BITS;
    }

    /** Slot of the first match. */
    public static int first(final int bucket, final long matches) {
        return bucket * BUCKET_SLOTS + (Long.numberOfTrailingZeros(matches) >>> 3);
    }

    /** The matches after the first. */
    public static long rest(final long matches) {
        return matches & matches - 1;
    }

    /** Whether no key that wanted this bucket went on to a later one. */
    public static boolean endsSearch(final long word) {
        return word >>> 56 == 0;
    }

    /** Most buckets that a search or insertion visits. */
    public int maxProbes() {
        return Math.min(buckets, MAX_PROBES);
    }

    /**
     * Takes a free slot for a hash.
     *
     * @return the slot, or -1 when there is none within reach
     */
    public int insert(final long hash) {
        final int home = bucket(hash);
        int bucket = home;
        for (int probe = maxProbes(); probe > 0; probe--) {
            final long word = word(bucket);
            final long free = matches(word, 0);
            if (free != 0) {
                final int shift = Long.numberOfTrailingZeros(free) - 7;
                words.putLong(bucket << 3, word | tag(hash) << shift);
                for (int passed = home; passed != bucket; passed = next(passed)) {
                    passOn(passed, OVERFLOW_ONE);
                }
                return bucket * BUCKET_SLOTS + (shift >>> 3);
            }
            bucket = next(bucket);
        }
        return -1;
    }

    /** The slot that {@link #insert} would take for a hash if its first bucket is not full; else any. */
    int likelyFree(final long hash) {
        final int bucket = bucket(hash);
        return first(bucket, matches(word(bucket), 0) | 1L << 55);
    }

    /** Frees a slot that {@link #insert} gave for the same hash. */
    public void remove(final long hash, final int slot) {
        final int holder = slot / BUCKET_SLOTS;
        final int shift = (slot - holder * BUCKET_SLOTS) << 3;
        words.putLong(holder << 3, word(holder) & ~(0xFFL << shift));
        for (int passed = bucket(hash); passed != holder; passed = next(passed)) {
            passOn(passed, -OVERFLOW_ONE);
        }
    }

    /** Whether a slot is taken. */
    public boolean isTaken(final int slot) {
        final int holder = slot / BUCKET_SLOTS;
        return (word(holder) >>> ((slot - holder * BUCKET_SLOTS) << 3) & 0x80) != 0;
    }

    private void passOn(final int bucket, final long change) {
        final long word = word(bucket);
        if (word >>> 56 != OVERFLOW_FOR_GOOD) {
            words.putLong(bucket << 3, word + change);
        }
    }

    private static long tag(final long hash) {
        return hash & 0x7F | 0x80;
    }
}
