package io.sallyport.flow;

import io.sallyport.memory.HugePages;
import io.sallyport.memory.OffHeap;

/**
 * Records of one length that are found by 64-bit keys: a tag for each in a {@link TagIndex}, and key and value side by side, so that a
 * search misses on one cache line beside the tags.
 *
 * <pre>
 *  +---------------------------------------------------------------+  0
 *  |                          Key (8 bytes)                        |
 *  +---------------------------------------------------------------+  8
 *  |                 Value, the caller's (n bytes)                 |
 *  +---------------------------------------------------------------+  8 + n
 * </pre>
 *
 * <p>A record lies in a slot and never moves while its key is there, so the slot's number serves as its name. Off the heap, nothing is
 * allocated after construction.
 *
 * <p>One thread.
 */
public final class RecordTable {

    /** No slot. */
    public static final int NONE = -1;

    private final TagIndex index;
    private final OffHeap records;
    private final int recordLength;
    private final SeededHash hash;
    private int size;

    /**
     * An empty table.
     *
     * @param capacity    most records that are sure to find room
     * @param valueLength length of a value, in bytes
     * @param hash        the hash with its secrets
     */
    public RecordTable(final int capacity, final int valueLength, final SeededHash hash) {
        this.hash = hash;
        recordLength = Long.BYTES + valueLength;
        index = new TagIndex(TagIndex.slotsFor(capacity));
        records = OffHeap.allocate(Math.multiplyExact(index.slots(), recordLength));
    }

    /** The memory that the values lie in. */
    public OffHeap memory() {
        return records;
    }

    /** Where the value of a slot begins in {@link #memory}. */
    public long at(final int slot) {
        return (long) slot * recordLength + Long.BYTES;
    }

    /** Asks for huge pages. Any thread. */
    public void adviseHugePages() {
        HugePages.ask(records, HugePages.Backing.PROCESS);
    }

    /** Hash of a key, for {@link #touchTags} and {@link #touch}. */
    public long hash(final long key) {
        return hash.of(key);
    }

    /** Begins the load of a key's tags. The caller must make some use of what it returns, or it may be optimised away. */
    public long touchTags(final long keyHash) {
        return index.word(index.bucket(keyHash));
    }

    /** When the tags have come, begins the load of the record that {@link #add} will take. */
    public long touch(final long keyHash) {
        return records.getLong((long) index.likelyFree(keyHash) * recordLength);
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
     * Adds a key that is not there. Its value is what the slot's last key left in it.
     *
     * @return its slot, or {@link #NONE} when there is no room
     */
    public int add(final long key) {
        final int slot = index.insert(hash.of(key));
        if (slot >= 0) {
            records.putLong((long) slot * recordLength, key);
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
        return records.getLong((long) slot * recordLength);
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
