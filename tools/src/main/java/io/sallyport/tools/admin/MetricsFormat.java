package io.sallyport.tools.admin;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;

/** The formats of {@code /metrics}. */
enum MetricsFormat {
    /** Prometheus' own, which people can read in a browser. */
    TEXT(PrometheusTextFormatWriter.create()),
    /** OpenMetrics 1.0, which Prometheus asks for. */
    OPEN_METRICS(OpenMetricsTextFormatWriter.create());

    private final ExpositionFormatWriter writer;

    MetricsFormat(final ExpositionFormatWriter writer) {
        this.writer = writer;
    }

    /** Whether a client that says it accepts this (null if it does not say) is to get the format. */
    boolean isAcceptedBy(final String accept) {
        return writer.accepts(accept);
    }

    /** Media type. */
    String contentType() {
        return writer.getContentType();
    }

    /** Writes metrics down. */
    void write(final OutputStream out, final MetricSnapshots metrics) throws IOException {
        writer.write(out, metrics);
    }
}
