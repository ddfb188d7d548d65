package io.sallyport.tools.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Draws a histogram of times: how many fell into each range, and the percentiles beside. */
final class HistogramChart {

    private static final int WIDTH = 40;
    private static final int MOST_ROWS = 14;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 100};
    private static final double NS_PER_US = 1e3;

    private final Screen screen;

    HistogramChart(final Screen screen) {
        this.screen = screen;
    }

    /** Draws it; times in nanoseconds. */
    void show(final Histogram timesNs) {
        final List<String> percentiles = new ArrayList<>();
        for (final double percentile : PERCENTILES) {
            percentiles.add(String.format(Locale.ROOT, "%-7s %,9.0f µs", percentile == 100 ? "max" : "p" + trim(percentile),
                timesNs.getValueAtPercentile(percentile) / NS_PER_US));
        }
        final List<String> rows = rows(timesNs);
        for (int i = 0; i < Math.max(rows.size(), percentiles.size()); i++) {
            final String row = i < rows.size() ? rows.get(i) : "";
            screen.line(String.format(Locale.ROOT, "%-66s%s", row, i < percentiles.size() ? percentiles.get(i) : "").stripTrailing());
        }
    }

    /** Ranges that grow by the square root of two, from the smallest time to the largest; the last takes all that is left. */
    private List<String> rows(final Histogram timesNs) {
        final List<String> rows = new ArrayList<>();
        long fullest = 1;
        final List<long[]> ranges = new ArrayList<>();
        double low = Math.max(1, timesNs.getMinValue());
        while (low <= timesNs.getMaxValue()) {
            final double high = ranges.size() == MOST_ROWS - 1 ? timesNs.getMaxValue() + 1.0 : low * Math.sqrt(2);
            final long count = timesNs.getCountBetweenValues((long) low, Math.max((long) low, (long) high - 1));
            ranges.add(new long[] {(long) low, count});
            fullest = Math.max(fullest, count);
            low = high;
        }
        for (final long[] range : ranges) {
            rows.add(String.format(Locale.ROOT, "%,8.0f µs … %,8d  %s", range[0] / NS_PER_US, range[1],
                screen.bar((double) range[1] / fullest, WIDTH)));
        }
        return rows;
    }

    private static String trim(final double percentile) {
        return percentile == Math.rint(percentile) ? Long.toString((long) percentile) : Double.toString(percentile);
    }
}
