package io.sallyport.tools.config;

/** Durations as the configuration file has them, for options of commands. */
public final class Durations {

    private Durations() {
    }

    /**
     * Hours, minutes and seconds, like {@code 350s}, {@code 4m} and {@code 2h4m}, in ns.
     *
     * @throws IllegalArgumentException with half a sentence for the user, if it is none
     */
    public static long parse(final String text) {
        return Scalars.parseDuration(text);
    }

    /** The same the other way round. */
    public static String format(final long durationNs) {
        return Scalars.formatDuration(durationNs);
    }
}
