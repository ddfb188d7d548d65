package io.sallyport.tools.replay;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Says on stderr every few seconds how far a long replay has come; nothing for a short one. */
final class Progress {

    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(3);
    /** The clock is looked at once in so many packets. */
    private static final int LOOK_MASK = 0xFFF;

    private final PrintWriter err;
    private final long beginNs = System.nanoTime();
    private long nextNs = beginNs + INTERVAL_NS;
    private long packets;
    private long firstNs;

    Progress(final PrintWriter err) {
        this.err = err;
    }

    /** A packet was replayed. */
    void packet(final long timestampNs) {
        if (packets++ == 0) {
            firstNs = timestampNs;
        }
        if ((packets & LOOK_MASK) == 0 && System.nanoTime() - nextNs >= 0) {
            final long nowNs = System.nanoTime();
            nextNs = nowNs + INTERVAL_NS;
            err.printf(Locale.ROOT, "replayed %,d packets, %,d s of the capture, in %,d s%n", packets,
                TimeUnit.NANOSECONDS.toSeconds(timestampNs - firstNs), TimeUnit.NANOSECONDS.toSeconds(nowNs - beginNs));
            err.flush();
        }
    }
}
