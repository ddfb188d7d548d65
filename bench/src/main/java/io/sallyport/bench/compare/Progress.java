package io.sallyport.bench.compare;

import java.io.PrintStream;

/** One line that says where the run is and how long it still takes, and above it the results as they come. */
final class Progress {

    private static final long NS_PER_S = 1_000_000_000L;

    private final PrintStream out = System.out;
    private final boolean isTerminal = System.console() != null && System.console().isTerminal();
    private final long startNs = System.nanoTime();
    private double plannedSeconds;
    private double doneSeconds;
    private double stepSeconds;
    private long stepStartNs;

    /** Adds to what the run will take. */
    void plan(final double seconds) {
        plannedSeconds += seconds;
    }

    /** Begins a step that was planned with so many seconds. */
    void begin(final String what, final double seconds) {
        stepSeconds = seconds;
        stepStartNs = System.nanoTime();
        final double left = Math.max(0, plannedSeconds - doneSeconds);
        final String line = clock(elapsed()) + "  " + what + "  (" + clock((long) left) + " left)";
        if (isTerminal) {
            out.print("\r\033[K" + line);
        } else {
            out.println(line);
        }
        out.flush();
    }

    /** Ends the step. What is left is corrected by how long it really took, as far as it was not too wrong. */
    void end() {
        doneSeconds += stepSeconds;
        final double took = (System.nanoTime() - stepStartNs) / (double) NS_PER_S;
        if (took > stepSeconds) {
            plannedSeconds += took - stepSeconds;
            doneSeconds += took - stepSeconds;
        }
    }

    private static String clock(final long seconds) {
        return "%d:%02d".formatted(seconds / 60, seconds % 60);
    }

    /** Prints a result. */
    void say(final String line) {
        if (isTerminal) {
            out.print("\r\033[K");
        }
        out.println(line);
        out.flush();
    }

    /** Seconds since the start. */
    long elapsed() {
        return (System.nanoTime() - startNs) / NS_PER_S;
    }
}
