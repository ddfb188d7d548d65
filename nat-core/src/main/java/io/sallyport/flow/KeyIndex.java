package io.sallyport.flow;

import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A fixed number of slots that are found by 64-bit keys; what belongs to a key lies in columns of the caller's, at the key's slot. A slot
 * never moves while its key is there, so it serves as the name of the record. Off the heap, nothing is allocated after construction.
 *
 * <p>One thread.
 */
public final class KeyIndex {

    /** No slot. */
    public static final int NONE = -1;

    private final TagIndex index;
    private final UnsafeBuffer keys;
    private final SeededHash hash;
    private int size;

    /**
     * An empty index.
     *
     * @param capacity most keys that are sure to find room
     * @param hash     the hash with its secrets
     */
    public KeyIndex(final int capacity, final SeededHash hash) {
        this.hash = hash;
        index = new TagIndex(TagIndex.slotsFor(capacity));
        keys = column(Long.BYTES);
    }

    /** Memory for a column of the caller's: {@code recordLength} bytes, zero, for each slot. */
    public UnsafeBuffer column(final int recordLength) {
        return new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(Math.multiplyExact(index.slots(), recordLength), BitUtil.CACHE_LINE_LENGTH));
    }

    /** The slot of a key, or {@link #NONE}. */
    public int find(final long key) {
        final long keyHash = hash.of(key);
        final long pattern = TagIndex.pattern(keyHash);
        int bucket = index.bucket(keyHash);
        for (int probe = index.maxProbes(); probe > 0; probe--) {
            final long word = index.word(bucket);
            for (long matches = TagIndex.matches(word, pattern); matches != 0; matches = TagIndex.rest(matches)) {
                final int slot = TagIndex.first(bucket, matches);
                if (key(slot) == key) {
                    return slot;
                }
            }
            if (TagIndex.endsSearch(word)) {
                return NONE;
            }
            bucket = index.next(bucket);
        }
        return NONE;
    }

    /**
     * Adds a key that is not there. Its columns hold what the slot's last key left in them.
     *
     * @return its slot, or {@link #NONE} when there is no room
     */
    public int add(final long key) {
        final int slot = index.insert(hash.of(key));
        if (slot >= 0) {
            keys.putLong(slot << 3, key);
            size++;
        }
        return slot;
    }

    /** Removes the key of a taken slot. */
    public void remove(final int slot) {
        index.remove(hash.of(key(slot)), slot);
        size--;
    }

    /** The key of a taken slot. */
    public long key(final int slot) {
        return keys.getLong(slot << 3);
    }

    /** Whether a slot holds a key. */
    public boolean isTaken(final int slot) {
        return index.isTaken(slot);
    }

    /** Number of keys. */
    public int size() {
        return size;
    }

    /** Number of slots. */
    public int slots() {
        return index.slots();
    }
}
