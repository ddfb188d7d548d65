package io.sallyport.tools.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.counter.CommandControlFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shipped for Prometheus and Grafana speaks of metrics that there are, and does what it says. */
class AlertRulesTest {

    private static final Path RULES = Path.of("..", "docs", "prometheus", "alerts.yaml");
    private static final Path RULES_TESTS = Path.of("..", "docs", "prometheus", "alerts-test.yaml");
    private static final Path GRAFANA = Path.of("..", "docs", "grafana", "sallyport.json");
    private static final Pattern METRIC = Pattern.compile("\\b(?:sallyport|process)_[a-z_]+");
    private static final Pattern ALERT = Pattern.compile("- alert: (\\w+)");

    @TempDir
    private Path directory;

    @Test
    void promtoolTakesTheRules() throws IOException {
        assertEquals("", Promtool.run("", "check", "rules", RULES.toString()));
    }

    @Test
    void alertsFireWhenTheyShouldAndNotBefore() throws IOException {
        assertEquals("", Promtool.run("", "test", "rules", RULES_TESTS.toString()));
    }

    @Test
    void eachAlertHasItsTest() throws IOException {
        final String tests = Files.readString(RULES_TESTS);
        for (final MatchResult alert : ALERT.matcher(Files.readString(RULES)).results().toList()) {
            assertTrue(tests.contains("alertname: " + alert.group(1) + "\n"), alert.group(1));
        }
    }

    @Test
    void rulesAndGrafanaSpeakOfMetricsThatThereAre() throws IOException {
        final Set<String> known = sampleNames();
        for (final Path file : List.of(RULES, GRAFANA)) {
            final Set<String> unknown = METRIC.matcher(Files.readString(file)).results().map(MatchResult::group)
                .filter(name -> !known.contains(name)).collect(Collectors.toCollection(TreeSet::new));
            assertEquals(Set.of(), unknown, file::toString);
        }
    }

    @Test
    void grafanaDashboardIsADashboard() throws IOException {
        final Map<String, Object> dashboard = JSON.std.mapFrom(Files.readString(GRAFANA));
        final List<?> panels = (List<?>) dashboard.get("panels");
        assertFalse(panels.isEmpty());
        for (final Object panel : panels) {
            final Map<?, ?> one = (Map<?, ?>) panel;
            assertTrue(one.get("gridPos") instanceof Map && one.get("title") instanceof String, one::toString);
            for (final Object target : (List<?>) one.get("targets")) {
                assertTrue(((Map<?, ?>) target).get("expr").toString().contains("instance=~\"$instance\""), one.get("title")::toString);
            }
        }
    }

    private Set<String> sampleNames() throws IOException {
        try (CommandControlFile gateway = PretendedGateway.start(directory)) {
            gateway.heartbeat(System.currentTimeMillis());
            final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            MetricsFormat.TEXT.write(bytes, GatewayMetrics.of(GatewayView.attach(directory).look()));
            return Exposition.parse(bytes.toString(StandardCharsets.UTF_8)).families().stream()
                .flatMap(family -> family.samples().stream()).map(Exposition.Sample::name).collect(Collectors.toSet());
        }
    }
}
