package io.sallyport.icmp;

import io.sallyport.flow.SeededHash;

/**
 * How many ICMP errors may be sent (RFC 1812, section 4.3.2.8): {@value #PER_SECOND_AND_SOURCE} a second to each source and
 * {@value #PER_SECOND} a second in all, in bursts of a tenth of that.
 *
 * <p>Each limit is a bucket that leaks at a steady rate, kept as one number: when it will be empty. A bucket that is empty holds no
 * information, so the table of sources forgets those and no others. It is searched over a few slots only; a source that finds them
 * all in use is told nothing, which the limit in all makes rare: no more than 200 sources can have a bucket in use at a time.
 */
final class ErrorRateLimit {

    static final int PER_SECOND_AND_SOURCE = 100;
    static final int PER_SECOND = 1000;

    /** A tenth of a second's errors can come at once, so every bucket is empty again a tenth of a second after it was last full. */
    private static final long BURST_NS = 100_000_000L;
    private static final long SOURCE_INTERVAL_NS = 1_000_000_000L / PER_SECOND_AND_SOURCE;
    private static final long INTERVAL_NS = 1_000_000_000L / PER_SECOND;
    private static final int SOURCE_COUNT = 1024;
    private static final int SLOTS_SEARCHED = 8;
    private static final int NONE = -1;

    private final SeededHash hash;
    private final long intervalNs;
    private final int[] sources = new int[SOURCE_COUNT];
    private final long[] sourceEmptyNs = new long[SOURCE_COUNT];
    private long emptyNs;

    /**
     * Empty buckets.
     *
     * @param hash       of the sources
     * @param shareCount how many instances, of workers say, share the limit in all evenly; 1 to 100
     */
    ErrorRateLimit(final SeededHash hash, final int shareCount) {
        this.hash = hash;
        this.intervalNs = INTERVAL_NS * shareCount;
    }

    /** Whether an error may be sent to {@code source} now; if so, it is accounted for. */
    boolean tryAcquire(final int source, final long nowNs) {
        final int slot = slotOf(source, nowNs);
        if (slot == NONE) {
            return false;
        }
        final long sourceFillNs = sources[slot] == source ? fillNs(sourceEmptyNs[slot], nowNs) : 0;
        final long fillNs = fillNs(emptyNs, nowNs);
        if (sourceFillNs + SOURCE_INTERVAL_NS > BURST_NS || fillNs + intervalNs > BURST_NS) {
            return false;
        }
        sources[slot] = source;
        sourceEmptyNs[slot] = nowNs + sourceFillNs + SOURCE_INTERVAL_NS;
        emptyNs = nowNs + fillNs + intervalNs;
        return true;
    }

    /** The slot of {@code source}, else one whose bucket is empty, else {@link #NONE}. */
    private int slotOf(final int source, final long nowNs) {
        final int home = (int) hash.of(source);
        int empty = NONE;
        for (int i = 0; i < SLOTS_SEARCHED; i++) {
            final int slot = home + i & SOURCE_COUNT - 1;
            if (sources[slot] == source) {
                return slot;
            }
            if (empty == NONE && fillNs(sourceEmptyNs[slot], nowNs) == 0) {
                empty = slot;
            }
        }
        return empty;
    }

    /** How full a bucket is, as the time that it takes to empty; a time that no bucket can take is one from before the clock began. */
    private static long fillNs(final long emptyNs, final long nowNs) {
        final long fillNs = emptyNs - nowNs;
        return fillNs < 0 || fillNs > BURST_NS ? 0 : fillNs;
    }
}
