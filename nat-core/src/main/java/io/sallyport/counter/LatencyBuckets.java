package io.sallyport.counter;

/**
 * Buckets of a latency histogram: as wide as 64 ns up to 4 µs, from there on as wide as a 32nd of where they begin, or less. So a latency
 * is known to 3 %, whatever it is. The last bucket also takes what is longer than 17 s.
 */
final class LatencyBuckets {

    /** Number of buckets. */
    static final int COUNT = 768;

    private static final int UNIT_SHIFT = 6;
    private static final int PARTS_SHIFT = 5;
    private static final int HIGHEST_LINEAR_BIT = 63 - PARTS_SHIFT;

    private LatencyBuckets() {
    }

    /** The bucket of a latency; a negative one counts as 0. */
    static int index(final long latencyNs) {
        final long units = Math.max(0, latencyNs) >>> UNIT_SHIFT;
        final int shift = Math.max(0, HIGHEST_LINEAR_BIT - Long.numberOfLeadingZeros(units));
        return Math.min((shift << PARTS_SHIFT) + (int) (units >>> shift), COUNT - 1);
    }

    /** The longest latency that belongs to a bucket, in ns; of the last one, which also takes longer ones, as if it did not. */
    static long highestNs(final int index) {
        final int shift = Math.max(0, (index >>> PARTS_SHIFT) - 1);
        return (index - (shift << PARTS_SHIFT) + 1L << shift + UNIT_SHIFT) - 1;
    }
}
