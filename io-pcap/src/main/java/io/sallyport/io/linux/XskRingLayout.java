package io.sallyport.io.linux;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where the parts of a ring lie in its mapping, as the kernel tells ({@code struct xdp_ring_offset}, linux/if_xdp.h).
 *
 * <pre>
 *  +-------------------------------------------------------------------------+
 *  | 0  producer (long) | 8  consumer (long) | 16  entries (long) | 24  flags |
 *  +-------------------------------------------------------------------------+
 * </pre>
 *
 * @param producerOffset offset of the count of entries written (int)
 * @param consumerOffset offset of the count of entries read (int)
 * @param entriesOffset  offset of the first entry
 * @param flagsOffset    offset of the flags (int)
 */
record XskRingLayout(int producerOffset, int consumerOffset, int entriesOffset, int flagsOffset) {

    /** Length of the kernel's record, in bytes. */
    static final int LENGTH = 32;

    private static final int CONSUMER_OFFSET = 8;
    private static final int ENTRIES_OFFSET = 16;
    private static final int FLAGS_OFFSET = 24;

    /** Reads the kernel's record. */
    static XskRingLayout read(final UnsafeBuffer offsets, final int at) {
        return new XskRingLayout(
            (int) offsets.getLong(at),
            (int) offsets.getLong(at + CONSUMER_OFFSET),
            (int) offsets.getLong(at + ENTRIES_OFFSET),
            (int) offsets.getLong(at + FLAGS_OFFSET));
    }
}
