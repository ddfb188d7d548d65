package io.sallyport.io.linux;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * A ring of an AF_XDP socket that the kernel writes and the gateway reads: the receive ring, whose entries are frames, or the completion
 * ring, whose entries are addresses of frames that have been sent. For the layout see {@link XskProducerRing}.
 *
 * <p>The load of the producer is an acquire that pairs with the kernel's release after it has written entries; the store of the consumer a
 * release that pairs with the kernel's acquire before it writes them anew. The receive ring belongs to the capture thread, the completion
 * ring to the transmit thread.
 */
final class XskConsumerRing {

    private static final int FRAME_LENGTH_OFFSET = 8;

    private final UnsafeBuffer memory;
    private final XskRingLayout layout;
    private final int capacity;
    private int consumed;

    /** Over a mapped ring whose capacity, in entries, is a power of two. */
    XskConsumerRing(final UnsafeBuffer memory, final XskRingLayout layout, final int capacity) {
        this.memory = memory;
        this.layout = layout;
        this.capacity = capacity;
    }

    /** Number of entries that can be read. */
    int available() {
        return memory.getIntAcquire(layout.producerOffset()) - consumed;
    }

    /** Address of the frame in the {@code i}-th entry that can be read, of a receive ring. */
    int frameAddress(final int i) {
        return (int) memory.getLong(frameEntry(i));
    }

    /** Length of that frame, in bytes. */
    int frameLength(final int i) {
        return memory.getInt(frameEntry(i) + FRAME_LENGTH_OFFSET);
    }

    private int frameEntry(final int i) {
        return layout.entriesOffset() + (consumed + i & capacity - 1) * XskProducerRing.FRAME_ENTRY_LENGTH;
    }

    /** Address in the {@code i}-th entry that can be read, of a completion ring. */
    int address(final int i) {
        return (int) memory.getLong(layout.entriesOffset() + (consumed + i & capacity - 1) * XskProducerRing.ADDRESS_ENTRY_LENGTH);
    }

    /** Gives the kernel the first {@code count} entries back. */
    void advance(final int count) {
        consumed += count;
        memory.putIntRelease(layout.consumerOffset(), consumed);
    }

    /** Entries read so far, modulo 2^32. */
    int consumed() {
        return consumed;
    }
}
