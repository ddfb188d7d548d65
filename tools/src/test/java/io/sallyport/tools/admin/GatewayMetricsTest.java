package io.sallyport.tools.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.PortUse;
import io.sallyport.tools.admin.Exposition.Family;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Prometheus gets. {@code -Dsallyport.regenerate=true} writes {@code docs/metrics.md}. */
class GatewayMetricsTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "metrics.md");

    @TempDir
    private Path directory;

    private CommandControlFile gateway;
    private GatewayLook look;
    private Exposition metrics;

    @BeforeEach
    void start() throws IOException {
        gateway = PretendedGateway.start(directory);
        look = GatewayView.attach(directory).look();
        metrics = Exposition.parse(text(MetricsFormat.TEXT));
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private String text(final MetricsFormat format) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        format.write(bytes, GatewayMetrics.of(look));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The names that are fixed: those of AWS's metrics for its NAT gateway, and what it has no name for. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sallyport_active_connections                | gauge     | protocol
        sallyport_connection_attempts_total         | counter   | protocol
        sallyport_connections_established_total     | counter   | protocol
        sallyport_port_allocation_errors_total      | counter   |
        sallyport_idle_timeouts_total               | counter   | protocol
        sallyport_dropped_packets_total             | counter   | reason
        sallyport_bytes_in_from_source_total        | counter   |
        sallyport_bytes_out_to_destination_total    | counter   |
        sallyport_bytes_in_from_destination_total   | counter   |
        sallyport_bytes_out_to_source_total         | counter   |
        sallyport_packets_in_from_source_total      | counter   |
        sallyport_packets_out_to_destination_total  | counter   |
        sallyport_packets_in_from_destination_total | counter   |
        sallyport_packets_out_to_source_total       | counter   |
        sallyport_ports_in_use                      | gauge     | public_address,protocol
        sallyport_ports_capacity                    | gauge     | public_address,protocol
        sallyport_translation_latency_seconds       | histogram |
        sallyport_build_info                        | gauge     | java,version
        sallyport_uptime_seconds                    | gauge     |
        process_start_time_seconds                  | gauge     |
        """)
    void namesAreThoseOfTheContract(final String name, final String type, final String labels) {
        final Family family = metrics.family(name);
        assertEquals(type, family.type());
        assertEquals(labels == null ? List.of() : List.of(labels.split(",")).stream().sorted().toList(), family.labels());
    }

    @Test
    void everyCounterAndReasonIsThere() {
        for (final Counter counter : Counter.values()) {
            assertTrue(metrics.families().stream().anyMatch(family -> counter.label().startsWith(
                family.name().replaceFirst("^sallyport_", "").replaceFirst("_total$", ""))), counter.label());
        }
        for (final DropReason reason : DropReason.values()) {
            metrics.value("sallyport_dropped_packets_total", Map.of("reason", reason.label()));
        }
    }

    @Test
    void stagesAreAddedUpAndNoDigitIsLost() {
        assertEquals(4_000_000_000_007.0, metrics.value("sallyport_packets_in_from_source_total", Map.of()));
        assertEquals(250, metrics.value("sallyport_active_connections", Map.of("protocol", "udp")));
        assertEquals(0, metrics.value("sallyport_active_connections", Map.of("protocol", "tcp")));
        assertEquals(60, metrics.value("sallyport_dropped_packets_total", Map.of("reason", "unsolicited")));
        assertEquals(1, metrics.value("sallyport_state", Map.of("state", "ready")));
        assertEquals(0, metrics.value("sallyport_state", Map.of("state", "draining")));
        assertEquals(60, metrics.value("sallyport_uptime_seconds", Map.of()), 5);
        assertEquals(1000, metrics.value("sallyport_connections_capacity", Map.of()));
    }

    @Test
    void latenciesAreAHistogramWhoseBucketsAddUp() throws IOException {
        gateway.latency().record(1_500, 3);
        gateway.latency().record(40_000, 2);
        gateway.latency().record(3_000_000_000L, 1);
        look = GatewayView.attach(directory).look();
        metrics = Exposition.parse(text(MetricsFormat.TEXT));
        assertEquals(0, metrics.value("sallyport_translation_latency_seconds_bucket", Map.of("le", "1.0E-6")));
        assertEquals(3, metrics.value("sallyport_translation_latency_seconds_bucket", Map.of("le", "2.0E-6")));
        assertEquals(5, metrics.value("sallyport_translation_latency_seconds_bucket", Map.of("le", "5.0E-5")));
        assertEquals(5, metrics.value("sallyport_translation_latency_seconds_bucket", Map.of("le", "1.0")));
        assertEquals(6, metrics.value("sallyport_translation_latency_seconds_bucket", Map.of("le", "+Inf")));
        assertEquals(6, metrics.value("sallyport_translation_latency_seconds_count", Map.of()));
        assertEquals(3.0000845, metrics.value("sallyport_translation_latency_seconds_sum", Map.of()), 1e-9);
    }

    @Test
    void largePoolIsToldByItsFullestAddresses() {
        final List<PortUse> ports = IntStream.range(0, 5_000 * PortUse.PROTOCOLS)
            .mapToObj(i -> new PortUse(i / PortUse.PROTOCOLS, i % PortUse.PROTOCOLS, i == 14_000 ? 9 : 0, 10)).toList();
        final List<PortUse> told = GatewayLook.fullest(ports, GatewayMetrics.MOST_ADDRESSES);
        assertEquals(GatewayMetrics.MOST_ADDRESSES * PortUse.PROTOCOLS, told.size());
        assertEquals(9, told.getLast().inUse() + told.get(told.size() - 2).inUse() + told.get(told.size() - 3).inUse());
    }

    @Test
    void openMetricsForWhoAsksForIt() throws IOException {
        assertTrue(MetricsFormat.OPEN_METRICS.isAcceptedBy("application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1"));
        assertTrue(!MetricsFormat.OPEN_METRICS.isAcceptedBy("text/html,*/*;q=0.1") && !MetricsFormat.OPEN_METRICS.isAcceptedBy(null));
        assertTrue(text(MetricsFormat.OPEN_METRICS).endsWith("# EOF\n"));
    }

    @Test
    void promtoolFindsNothingWrong() throws IOException {
        assertEquals("", Promtool.run(text(MetricsFormat.TEXT), "check", "metrics"));
    }

    @Test
    void theDocumentHasEveryMetric() throws IOException {
        if (Boolean.getBoolean("sallyport.regenerate")) {
            Files.writeString(DOCUMENT, MetricsDocument.of(metrics));
        }
        assertEquals(MetricsDocument.of(metrics), Files.readString(DOCUMENT));
    }
}
