package io.sallyport.counter;

import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How long packets took through the gateway: a histogram with one writer, the stage that sends, and any number of readers in any process.
 *
 * <p>What is measured: from the arrival of the oldest packet of a batch to the return of the call that handed the batch over for
 * sending. All packets of the batch that were forwarded count with that time, so the figures are upper bounds. Arrival is when the kernel
 * put the packet into the receive ring, where the port knows that; else when the capture thread found it there. Packets that
 * waited for ARP or for the first fragment of their datagram, and what the gateway makes itself, are not counted.
 *
 * <pre>
 *   0          sum of all latencies, ns (8 bytes)
 *              padding
 * 128          packets by latency, 8 bytes for each bucket, see LatencyBuckets
 * </pre>
 *
 * <p>The writer stores with release, paired with the acquire of the readers. Sum and buckets belong together to within a batch.
 */
public final class LatencyBlock {

    /** Length of the block, in bytes. */
    public static final int LENGTH = 128 + LatencyBuckets.COUNT * Long.BYTES;

    private static final int SUM_OFFSET = 0;
    private static final int BUCKETS_OFFSET = 128;

    private final UnsafeBuffer values;

    /**
     * A block over memory that another object owns.
     *
     * @param values at least {@link #LENGTH} bytes, aligned to 8
     */
    public LatencyBlock(final UnsafeBuffer values) {
        this.values = values;
    }

    /** A block on memory of its own, for tests and for use without a command-and-control file. */
    public static LatencyBlock inMemory() {
        return new LatencyBlock(new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH, BitUtil.CACHE_LINE_LENGTH)));
    }

    /** Counts packets that took so long; owning thread only. A negative latency, which clocks can make of a short one, counts as 0. */
    public void record(final long latencyNs, final int packets) {
        final int at = BUCKETS_OFFSET + (LatencyBuckets.index(latencyNs) << 3);
        values.putLongRelease(at, values.getLong(at) + packets);
        values.putLongRelease(SUM_OFFSET, values.getLong(SUM_OFFSET) + Math.max(0, latencyNs) * packets);
    }

    /** What was recorded so far; any thread. */
    public LatencySnapshot snapshot() {
        final long[] packets = new long[LatencyBuckets.COUNT];
        for (int bucket = 0; bucket < packets.length; bucket++) {
            packets[bucket] = values.getLongAcquire(BUCKETS_OFFSET + (bucket << 3));
        }
        return new LatencySnapshot(packets, values.getLongAcquire(SUM_OFFSET));
    }
}
