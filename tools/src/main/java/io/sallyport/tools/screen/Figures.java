package io.sallyport.tools.screen;

import java.util.Locale;

/** Numbers as people read them. */
public final class Figures {

    private static final String[] DECIMAL_PREFIXES = {"", "k", "M", "G", "T", "P", "E"};
    private static final String[] TIME_UNITS = {"ns", "µs", "ms", "s"};

    private Figures() {
    }

    /** A whole number with its digits in groups of three. */
    public static String count(final long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** A number in a few digits, with a decimal prefix from 10,000 on: {@code 0.3}, {@code 9,999}, {@code 12.3 k}. */
    public static String scaled(final double value) {
        if (value < 9_999.5) {
            return value == Math.rint(value) || value >= 99.95 ? count(Math.round(value)) : String.format(Locale.ROOT, "%.1f", value);
        }
        double scaled = value;
        int prefix = 0;
        while (scaled >= 999.5 && prefix < DECIMAL_PREFIXES.length - 1) {
            scaled /= 1000;
            prefix++;
        }
        final int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", scaled, DECIMAL_PREFIXES[prefix]);
    }

    /** A share of a whole, in percent. */
    public static String percent(final long part, final long whole) {
        return whole <= 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", 100.0 * part / whole);
    }

    /** A time in its two largest units: {@code 3d 4h}, {@code 2h 4m}, {@code 12s}. */
    public static String duration(final long seconds) {
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m " + seconds % 60 + "s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h " + seconds / 60 % 60 + "m";
        }
        return seconds / 86_400 + "d " + seconds / 3600 % 24 + "h";
    }

    /** A short time in three digits: {@code 640 ns}, {@code 12.3 µs}, {@code 1.25 ms}, {@code 17.2 s}. */
    public static String shortTime(final long timeNs) {
        double value = timeNs;
        int unit = 0;
        while (value >= 999.5 && unit < TIME_UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        final int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", value, TIME_UNITS[unit]);
    }
}
