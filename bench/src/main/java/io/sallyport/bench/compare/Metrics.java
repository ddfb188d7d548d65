package io.sallyport.bench.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All metrics, in the order in which they are measured: capacities first, since others load devices with a part of them. */
final class Metrics {

    private Metrics() {
    }

    /** All of them. */
    static List<Metric> all(final LatencyFiles latencies) {
        return List.of(new RateMetric(), new ConnectionsMetric(), new TcpMetric(), new LatencyMetric(latencies), new LoadMetric(latencies),
            new ProcessorMetric(), new StartMetric(), new PauseMetric(latencies), new LadderMetric(), new EngineMetric());
    }

    /** Their short names, for the help. */
    static final class Keys extends ArrayList<String> {

        private static final long serialVersionUID = 1L;

        Keys() {
            all(new LatencyFiles(Path.of(""))).forEach(metric -> add(metric.key()));
        }
    }
}
