package io.sallyport.io.linux;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A ring of an AF_XDP socket that the gateway writes and the kernel reads: the fill ring, whose entries are addresses of empty frames,
 * or the transmit ring, whose entries are frames to be sent (linux/if_xdp.h).
 *
 * <pre>
 *  transmit ring: struct xdp_desc, 16 bytes                     fill ring: 8 bytes
 *  +----------------------------------------------------+       +--------------------------+
 *  | 0  address (long) | 8  length (int) | 12  options  |       | 0  address (long)        |
 *  +----------------------------------------------------+       +--------------------------+
 * </pre>
 *
 * <p>An address is an offset in the frame memory. Producer and consumer are counts of entries that wrap at 2^32. The gateway's store of
 * the producer is a release that pairs with the kernel's acquire before it reads entries; the load of the consumer is an acquire that pairs
 * with the kernel's release after it has read them. Belongs to the transmit thread; {@link #needsWakeup} may be asked by any.
 */
final class XskProducerRing {

    /** Length of an entry of the fill ring, in bytes. */
    static final int ADDRESS_ENTRY_LENGTH = 8;
    /** Length of an entry of the transmit ring, in bytes. */
    static final int FRAME_ENTRY_LENGTH = 16;

    private static final int FRAME_LENGTH_OFFSET = 8;
    private static final int NEED_WAKEUP = 1;

    private final UnsafeBuffer memory;
    private final XskRingLayout layout;
    private final int capacity;
    private int produced;
    private int consumed;

    /** Over a mapped ring whose capacity, in entries, is a power of two. */
    XskProducerRing(final UnsafeBuffer memory, final XskRingLayout layout, final int capacity) {
        this.memory = memory;
        this.layout = layout;
        this.capacity = capacity;
    }

    /** Whether an entry can be put; asks the kernel only if it seems that none can. */
    boolean hasRoom() {
        if (produced - consumed < capacity) {
            return true;
        }
        consumed = memory.getIntAcquire(layout.consumerOffset());
        return produced - consumed < capacity;
    }

    /** Puts the address of an empty frame; there must be room. */
    void putAddress(final int address) {
        memory.putLong(layout.entriesOffset() + (produced++ & capacity - 1) * ADDRESS_ENTRY_LENGTH, address);
    }

    /** Puts a frame to be sent; there must be room. */
    void putFrame(final int address, final int length) {
        final int entry = layout.entriesOffset() + (produced++ & capacity - 1) * FRAME_ENTRY_LENGTH;
        memory.putLong(entry, address);
        memory.putLong(entry + FRAME_LENGTH_OFFSET, length);
    }

    /** Shows the kernel what was put. */
    void publish() {
        memory.putIntRelease(layout.producerOffset(), produced);
    }

    /** Number of entries that the kernel has still to read. */
    int pending() {
        consumed = memory.getIntAcquire(layout.consumerOffset());
        return produced - consumed;
    }

    /** Entries put so far, modulo 2^32. */
    int produced() {
        return produced;
    }

    /** Whether the kernel looks at the ring only when it is woken. */
    boolean needsWakeup() {
        return (memory.getIntVolatile(layout.flagsOffset()) & NEED_WAKEUP) != 0;
    }
}
