package io.sallyport.bench.compare;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.IChart;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws tables and latency histograms. */
final class Plots {

    private static final int WIDTH = 1000;
    private static final int HEIGHT = 420;
    private static final int TICKS_PER_HALF_DISTANCE = 5;
    private static final int FEWEST_BEYOND = 5;

    /** Of plots that an earlier run drew from latencies which are no longer there. */
    private static final String LATENCY_SUFFIX = "-percentiles.png";

    private Plots() {
    }

    /** Draws what there is to draw of a table, and returns the names of the files. */
    static List<String> draw(final Table table, final LatencyFiles latencies, final Path directory) throws IOException {
        final List<String> names = new ArrayList<>();
        if (Files.exists(directory.resolve(table.key() + LATENCY_SUFFIX)) && latencies.of(table.key()).isEmpty()) {
            return List.of(table.key() + LATENCY_SUFFIX);
        }
        if (latencies.of(table.key()).isEmpty() && !table.rows().isEmpty() && !table.columns().isEmpty()) {
            names.add(bars(table, directory));
        } else if (!latencies.of(table.key()).isEmpty()) {
            names.add(percentiles(table, latencies.of(table.key()), directory));
        }
        return names;
    }

    private static String bars(final Table table, final Path directory) throws IOException {
        final CategoryChart chart = new CategoryChartBuilder().width(WIDTH).height(HEIGHT).title(table.title())
            .yAxisTitle(table.unit()).build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        for (final String row : table.rows()) {
            final List<Double> values = table.columns().stream().map(column -> table.median(row, column).orElse(0)).toList();
            chart.addSeries(row, table.columns(), values);
        }
        return save(chart, table.key() + ".png", directory);
    }

    /** Latency against the share of packets that took longer, both on logarithmic scales. */
    private static String percentiles(final Table table, final Map<String, Histogram> histograms, final Path directory) throws IOException {
        final XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(table.title())
            .xAxisTitle("one of so many packets takes longer").yAxisTitle("µs").build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setXAxisLogarithmic(true);
        chart.getStyler().setYAxisLogarithmic(true);
        for (final Map.Entry<String, Histogram> entry : histograms.entrySet()) {
            final List<Double> oneOf = new ArrayList<>();
            final List<Double> microseconds = new ArrayList<>();
            final long total = entry.getValue().getTotalCount();
            for (final HistogramIterationValue value : entry.getValue().percentiles(TICKS_PER_HALF_DISTANCE)) {
                final long beyond = total - value.getTotalCountToThisValue();
                if (beyond >= FEWEST_BEYOND && value.getValueIteratedTo() > 0) {
                    oneOf.add((double) total / beyond);
                    microseconds.add(value.getValueIteratedTo() / 1e3);
                }
            }
            if (!oneOf.isEmpty()) {
                chart.addSeries(entry.getKey(), oneOf, microseconds).setMarker(SeriesMarkers.NONE);
            }
        }
        return save(chart, table.key() + LATENCY_SUFFIX, directory);
    }

    private static String save(final IChart chart, final String name, final Path directory) throws IOException {
        try (OutputStream file = Files.newOutputStream(directory.resolve(name))) {
            ChartEncoder.saveChart(chart, file, "png");
        }
        return name;
    }
}
