package io.sallyport.runtime;

import java.util.concurrent.TimeUnit;

/** When the parts of a start began and ended, for the log. Thread-safe. */
final class StartTimes {

    private final long beganNs = System.nanoTime();
    private final StringBuilder parts = new StringBuilder();

    /** A part of the start. */
    @FunctionalInterface
    interface Part<T, E extends Throwable> {
        /** Does it. */
        T run() throws E;
    }

    /** Does a part and notes when. */
    <T, E extends Throwable> T time(final String name, final Part<T, E> part) throws E {
        final long fromNs = System.nanoTime();
        try {
            return part.run();
        } finally {
            note(name, fromNs, System.nanoTime());
        }
    }

    private synchronized void note(final String name, final long fromNs, final long toNs) {
        parts.append(parts.isEmpty() ? "" : ", ").append(name).append(' ').append(milliseconds(fromNs)).append('-')
            .append(milliseconds(toNs));
    }

    private long milliseconds(final long timeNs) {
        return TimeUnit.NANOSECONDS.toMillis(timeNs - beganNs);
    }

    /** {@code interfaces 0-31, engine 0-95, …}: from when to when each part ran, in ms since the start began. */
    @Override
    public synchronized String toString() {
        return parts.toString();
    }
}
