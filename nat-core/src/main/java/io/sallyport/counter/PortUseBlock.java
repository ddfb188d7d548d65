package io.sallyport.counter;

import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What one worker has taken of the public ports: one writer, any number of readers in any process.
 *
 * <pre>
 *   0          for each public address and protocol: ports in use (4 bytes), ports that cool down (4 bytes)
 *              padding to a multiple of 128 bytes
 *   D          16 crowded destinations, 16 bytes each:
 *   D + 0      key, 0: none; stored last (8 bytes)
 *   D + 8      ports in use or cooling down for it (4 bytes), ports that there are (4 bytes)
 * </pre>
 *
 * <p>A <em>space</em> is a public address and a protocol: {@link PortUse#PROTOCOLS} × position in the pool + protocol. The key of a
 * destination is {@code space << 48 | address << 16 | port}. All stores are releases, paired with the acquires of {@link PortUseTable}.
 */
public final class PortUseBlock {

    /** Most crowded destinations that a worker can name at a time. */
    public static final int DESTINATIONS = 16;

    private static final int LEAST_PERCENT = 70;
    private static final int MOST_PERCENT = 80;
    private static final int ENTRY_LENGTH = 16;
    private static final int KEY_OFFSET = 0;
    private static final int USE_OFFSET = 8;
    private static final long NONE = 0;

    private final UnsafeBuffer values;
    private final int destinationsOffset;

    /**
     * A block over memory that another object owns.
     *
     * @param values at least {@link #length} bytes, aligned to 8
     * @param spaces number of spaces
     */
    public PortUseBlock(final UnsafeBuffer values, final int spaces) {
        this.values = values;
        destinationsOffset = BitUtil.align(spaces * Long.BYTES, CommandControlLayout.SECTION_ALIGNMENT);
    }

    /** A block on memory of its own, for tests and for use without a command-and-control file. */
    public static PortUseBlock inMemory(final int spaces) {
        return new PortUseBlock(new UnsafeBuffer(BufferUtil.allocateDirectAligned(
            Math.toIntExact(length(spaces)), BitUtil.CACHE_LINE_LENGTH)), spaces);
    }

    /** Length of the block, in bytes. */
    public static long length(final int spaces) {
        return BitUtil.align((long) spaces * Long.BYTES, CommandControlLayout.SECTION_ALIGNMENT) + DESTINATIONS * ENTRY_LENGTH;
    }

    /** Says how many ports of a space this worker uses, and how many cool down; owning thread only. */
    public void set(final int space, final int inUse, final int cooling) {
        values.putLongRelease(space << 3, inUse | (long) cooling << 32);
    }

    /** Says that nothing is taken; before the owning thread runs. */
    public void clear() {
        for (int at = 0; at < values.capacity(); at += Long.BYTES) {
            values.putLongRelease(at, 0);
        }
    }

    /** With how many ports in use a crowded destination is still crowded; with fewer it is not. */
    public static int leastCrowd(final int capacity) {
        return share(capacity, LEAST_PERCENT);
    }

    /**
     * Takes note of how many ports a destination uses; owning thread only. From four fifths on it is named, if there is room, until it has
     * fallen below seven tenths. To be called on every change from one below {@link #leastCrowd} on.
     *
     * @param key      the destination, never 0
     * @param inUse    ports in use for it, or cooling down
     * @param capacity ports that there are for it
     */
    public void destination(final long key, final int inUse, final int capacity) {
        int vacant = -1;
        for (int at = destinationsOffset; at < destinationsOffset + DESTINATIONS * ENTRY_LENGTH; at += ENTRY_LENGTH) {
            final long known = values.getLong(at + KEY_OFFSET);
            if (known == key) {
                values.putLongRelease(at + USE_OFFSET, use(inUse, capacity));
                if (inUse < leastCrowd(capacity)) {
                    values.putLongRelease(at + KEY_OFFSET, NONE);
                }
                return;
            }
            vacant = known == NONE ? at : vacant;
        }
        if (vacant >= 0 && inUse >= share(capacity, MOST_PERCENT)) {
            values.putLongRelease(vacant + USE_OFFSET, use(inUse, capacity));
            values.putLongRelease(vacant + KEY_OFFSET, key);
        }
    }

    /** Ports of a space in use; any thread. */
    int inUse(final int space) {
        return (int) values.getLongAcquire(space << 3);
    }

    /** Ports of a space that cool down; any thread. */
    int cooling(final int space) {
        return (int) (values.getLongAcquire(space << 3) >>> 32);
    }

    /** Key of the destination in a place, 0 when there is none; any thread. */
    long destinationKey(final int place) {
        return values.getLongAcquire(destinationsOffset + place * ENTRY_LENGTH + KEY_OFFSET);
    }

    /** Ports in use (low half), and there (high half), of the destination in a place; any thread. */
    long destinationUse(final int place) {
        return values.getLongAcquire(destinationsOffset + place * ENTRY_LENGTH + USE_OFFSET);
    }

    /** So many percent of the ports, rounded up. */
    private static int share(final int capacity, final int percent) {
        return (int) (((long) capacity * percent + 99) / 100);
    }

    private static long use(final int inUse, final int capacity) {
        return inUse | (long) capacity << 32;
    }
}
