package io.sallyport.event;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;

/** What the engine's time is on the calendar. Owned by the log. */
public interface EventClock {

    /** Looks at the calendar again, which may have been set; before events are converted. */
    void refresh();

    /** Time of the engine, in ns, as ns since 1970. */
    long epochNs(long timeNs);

    /** Ns since 1970 by the calendar. */
    long nowNs();

    /** The engine's time has come so far, whether anything has happened or not; in ns. */
    void reached(long timeNs);

    /** The engine's time is that of packets from a capture, in ns since 1970 already; now it is {@code startNs}, later what was seen. */
    static EventClock ofPackets(final long startNs) {
        return new EventClock() {

            private long latestNs = startNs;

            @Override
            public void refresh() {
                // packets bring the time along
            }

            @Override
            public long epochNs(final long timeNs) {
                reached(timeNs);
                return timeNs;
            }

            @Override
            public long nowNs() {
                return latestNs;
            }

            @Override
            public void reached(final long timeNs) {
                latestNs = Math.max(latestNs, timeNs);
            }
        };
    }

    /** The engine runs on the system's clock that never goes back. */
    static EventClock ofSystem(final NanoClock clock) {
        return new EventClock() {

            private long offsetNs;

            @Override
            public void refresh() {
                offsetNs = systemNs() - clock.nanoTime();
            }

            @Override
            public long epochNs(final long timeNs) {
                return timeNs + offsetNs;
            }

            @Override
            public long nowNs() {
                return systemNs();
            }

            @Override
            public void reached(final long timeNs) {
                // the calendar goes by itself
            }
        };
    }

    private static long systemNs() {
        final Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }
}
