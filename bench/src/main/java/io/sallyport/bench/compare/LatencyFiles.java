package io.sallyport.bench.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

/** Keeps latency histograms by metric and device: each round in a log in HdrHistogram's format, all rounds together for the plots. */
final class LatencyFiles {

    private final Path directory;
    private final Map<String, Map<String, Histogram>> histograms = new LinkedHashMap<>();

    /** Writes logs into a directory, made when there is one to write. */
    LatencyFiles(final Path directory) {
        this.directory = directory;
    }

    /** Adds a round's latencies in ns, and returns their histogram. */
    Histogram add(final String metric, final String device, final IntBuffer latencies) {
        final Histogram histogram = LatencyMetric.histogram(latencies);
        final Histogram all = histograms.computeIfAbsent(metric, name -> new LinkedHashMap<>())
            .computeIfAbsent(device, name -> new Histogram(3));
        all.add(histogram);
        write(metric, device, all);
        return histogram;
    }

    private void write(final String metric, final String device, final Histogram histogram) {
        final String name = (metric + "-" + device).replaceAll("[^A-Za-z0-9]+", "-").replaceAll("-$", "");
        try {
            Files.createDirectories(directory);
            try (PrintStream stream = new PrintStream(directory.resolve(name + ".hlog").toFile(), StandardCharsets.UTF_8)) {
                final HistogramLogWriter writer = new HistogramLogWriter(stream);
                writer.outputLogFormatVersion();
                writer.outputLegend();
                writer.outputIntervalHistogram(histogram);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All histograms of a metric, by device; empty for a metric without latencies. */
    Map<String, Histogram> of(final String metric) {
        return histograms.getOrDefault(metric, Map.of());
    }
}
