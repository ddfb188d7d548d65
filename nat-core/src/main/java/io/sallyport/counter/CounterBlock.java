package io.sallyport.counter;

import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The counters of one stage: one writer, any number of readers in any process.
 *
 * <p>The writer stores with release, in batches where it can, so that a reader that loads with acquire sees a value that was true
 * and never half a long. There are no atomic additions: only the owning thread writes.
 *
 * <pre>
 *   0          Counter values, 8 bytes each, by ordinal
 *   8 × C      DropReason values, 8 bytes each, by ordinal
 *              padding to a multiple of 128 bytes: two stages share no pair of cache lines
 * </pre>
 */
public final class CounterBlock {

    /** Length of a block, in bytes. */
    public static final int LENGTH = (Counter.count() + DropReason.count()) * Long.BYTES + 127 & ~127;

    private static final int DROPS_OFFSET = Counter.count() * Long.BYTES;

    private final UnsafeBuffer values;

    /**
     * A block over memory that another object owns.
     *
     * @param values at least {@link #LENGTH} bytes, aligned to 8
     */
    public CounterBlock(final UnsafeBuffer values) {
        this.values = values;
    }

    /** A block on memory of its own, for tests and for use without a command-and-control file. */
    public static CounterBlock onHeap() {
        return new CounterBlock(new UnsafeBuffer(org.agrona.BufferUtil.allocateDirectAligned(LENGTH, BitUtil.CACHE_LINE_LENGTH)));
    }

    /** Adds to a counter; owning thread only. */
    public void add(final Counter counter, final long amount) {
        final int index = counter.ordinal() << 3;
        values.putLongRelease(index, values.getLong(index) + amount);
    }

    /** Adds one to a counter; owning thread only. */
    public void increment(final Counter counter) {
        add(counter, 1);
    }

    /** Sets a gauge, or a total that another counts, like the kernel; owning thread only. */
    public void set(final Counter counter, final long value) {
        values.putLongRelease(counter.ordinal() << 3, value);
    }

    /** Adds to a drop counter; owning thread only. */
    public void addDrops(final int reasonOrdinal, final long amount) {
        final int index = DROPS_OFFSET + (reasonOrdinal << 3);
        values.putLongRelease(index, values.getLong(index) + amount);
    }

    /** Reads a counter; any thread. */
    public long get(final Counter counter) {
        return values.getLongAcquire(counter.ordinal() << 3);
    }

    /** Reads a drop counter; any thread. */
    public long get(final DropReason reason) {
        return values.getLongAcquire(DROPS_OFFSET + (reason.ordinal() << 3));
    }
}
