package io.sallyport.counter;

/** The latencies of packets at one moment, or between two; what is counted, and from when to when, is told at {@link LatencyBlock}. */
public final class LatencySnapshot {

    /** No packets at all. */
    public static final LatencySnapshot NONE = new LatencySnapshot(new long[LatencyBuckets.COUNT], 0);

    private final long[] packets;
    private final long count;
    private final long sumNs;

    LatencySnapshot(final long[] packets, final long sumNs) {
        this.packets = packets;
        this.sumNs = sumNs;
        long sum = 0;
        for (final long number : packets) {
            sum += number;
        }
        count = sum;
    }

    /** Number of packets. */
    public long count() {
        return count;
    }

    /** All latencies added up, in ns. */
    public long sumNs() {
        return sumNs;
    }

    /**
     * The latency that a share of the packets did not exceed, in ns; at most 3 % more than it was. 0 when there are no packets.
     *
     * @param percent the share, 0 to 100
     */
    public long percentileNs(final double percent) {
        final long wanted = Math.max(1, (long) Math.ceil(count * Math.min(percent, 100) / 100));
        long seen = 0;
        for (int bucket = 0; bucket < packets.length; bucket++) {
            seen += packets[bucket];
            if (seen >= wanted) {
                return LatencyBuckets.highestNs(bucket);
            }
        }
        return 0;
    }

    /** Packets that took at most so long; those of the bucket in which the limit lies are left out, so that none is counted too early. */
    public long countAtMost(final long latencyNs) {
        long seen = 0;
        for (int bucket = 0; bucket < packets.length && LatencyBuckets.highestNs(bucket) <= latencyNs; bucket++) {
            seen += packets[bucket];
        }
        return seen;
    }

    /** What came after an earlier snapshot of the same block. */
    public LatencySnapshot since(final LatencySnapshot earlier) {
        final long[] difference = packets.clone();
        for (int bucket = 0; bucket < difference.length; bucket++) {
            difference[bucket] = Math.max(0, difference[bucket] - earlier.packets[bucket]);
        }
        return new LatencySnapshot(difference, Math.max(0, sumNs - earlier.sumNs));
    }
}
