package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Counters;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listener of a real gateway, asked on the gateway's own machine. */
@Privileged
class AdminSystemTest {

    private static final String LISTEN = "127.0.0.1:9479";
    private static final String ADMIN = "admin: { listen: " + LISTEN + " }";
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long LENGTH_BYTES = 256L << 20;
    private static final int SLOW_CLIENTS = 40;

    private static Network network;
    private static GatewayUnderTest gateway;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        network = Network.create("sp-admin");
        network.startFarEnd(Program.CLASS_PATH);
        gateway = GatewayUnderTest.start(network, new Variant("packet", "pipeline"), ADMIN);
    }

    @AfterAll
    static void stop() throws Exception {
        GatewayUnderTest.closeAll(gateway, gateway, network);
    }

    private static String get(final String path) {
        return Command.run(LIMIT, network.gateway().command("curl", "-sS", "--fail", "--retry", "20", "--retry-delay", "1",
            "--retry-connrefused", "http://" + LISTEN + path)).orThrow().out();
    }

    @Test
    void api_and_metrics_agree_with_the_status_command() throws IOException {
        final Traffic traffic = new Traffic(network);
        traffic.ping(Network.FAR_HOST, 20, 56);
        assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, 40_000));
        Map<String, Long> command;
        Map<String, Long> api;
        String metrics;
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        do {
            command = counters(Program.run("status", "--json", "--state", gateway.state().toString()).orThrow().out());
            api = counters(get("/api/status"));
            metrics = get("/metrics");
        } while (!api.equals(command) && System.nanoTime() < deadlineNs);
        assertEquals(command, api);
        assertTrue(command.get("packetsInFromSourceTotal") >= 20, command::toString);
        assertTrue(command.get("droppedPacketsTotal.unsolicited") >= 2, command::toString);
        for (final String protocol : List.of("tcp", "udp", "icmp")) {
            assertTrue(metrics.contains("sallyport_ports_in_use{protocol=\"" + protocol + "\",public_address=\"" + Network.GATEWAY_OUTSIDE
                + "\"} "), metrics);
        }
        assertTrue(metrics.contains("sallyport_dropped_packets_total{reason=\"unsolicited\"} "
            + (double) command.get("droppedPacketsTotal.unsolicited") + "\n"), metrics);
        assertTrue(JSON.std.mapFrom(get("/api/status")).get("translationLatencySeconds") instanceof final Map<?, ?> latency
            && ((Number) latency.get("count")).longValue() >= 20, "latencies of forwarded packets");
    }

    /** All totals and gauges of a status document. */
    private static Map<String, Long> counters(final String json) {
        final Map<String, Long> values = new TreeMap<>(Counters.parse(json).values());
        values.keySet().removeIf(key -> key.startsWith("rates.") || key.startsWith("translationLatencySeconds.") || key.endsWith("EpochMs")
            || key.equals("uptimeSeconds"));
        return values;
    }

    @Test
    void slow_clients_and_a_flood_of_requests_do_not_disturb_forwarding() {
        final Traffic traffic = new Traffic(network);
        final CompletableFuture<String> download = CompletableFuture.supplyAsync(() -> traffic.download(11, LENGTH_BYTES));
        try (BackgroundProcess slow = network.gateway().start(slowClients())) {
            slow.awaitLine("holding", LIMIT);
            final List<CompletableFuture<Command.Result>> flood = new ArrayList<>();
            for (int client = 0; client < 2; client++) {
                flood.add(CompletableFuture.supplyAsync(() -> network.gateway().tryRun(LIMIT, "curl", "-sS", "-Z", "--parallel-immediate",
                    "--parallel-max", "250", "-o", "/dev/null", "-w", "%{http_code}\\n", "http://" + LISTEN + "/api/status?[1-250]")));
            }
            traffic.ping(Network.FAR_HOST, 100, 56);
            final List<String> answers = flood.stream().flatMap(client -> client.join().out().lines()).toList();
            assertEquals(500, answers.size());
            assertTrue(List.of("200", "503", "000").containsAll(answers), answers::toString);
        }
        assertEquals(SeededStream.sha256(11, LENGTH_BYTES), download.join());
        assertTrue(get("/metrics").contains("sallyport_build_info"), "answers once they are gone");
        assertEquals("", gateway.process().err().lines().filter(line -> line.contains("warning")).findFirst().orElse(""));
    }

    /** Clients that begin a request and never end it. */
    private static List<String> slowClients() {
        return List.of("bash", "-c", "for ((i = 0; i < " + SLOW_CLIENTS + "; i++)); do exec {fd}<> /dev/tcp/" + LISTEN.replace(':', '/')
            + "; printf 'GET / HT' >&$fd; done; echo holding; read");
    }

    @Test
    void port_that_is_taken_stops_the_start_before_anything_is_touched() throws IOException {
        final String untouched = network.gateway().run("nft", "list", "ruleset").out();
        final Command.Result second = second(ADMIN, "run");
        assertEquals(1, second.exitCode(), second::toString);
        assertEquals("sallyport: admin.listen: cannot listen on " + LISTEN + ": Address already in use\n", second.err());
        assertEquals(untouched, network.gateway().run("nft", "list", "ruleset").out());
        assertTrue(Files.notExists(directory.resolve("state")), "no state");
    }

    @Test
    void listener_is_in_the_effective_configuration() throws IOException {
        final Command.Result check = second("admin: { listen: \"[::1]:9480\" }", "check");
        assertEquals(0, check.exitCode(), check::toString);
        assertTrue(check.out().contains("listen: \"[::1]:9480\""), check.out());
    }

    private Command.Result second(final String admin, final String command) throws IOException {
        final Path file = Files.writeString(directory.resolve("second.yaml"), Files.readString(gateway.configuration())
            .replaceAll("(?m)^(admin|state):.*$", "") + "name: second\nstate: { directory: " + directory.resolve("state") + " }\n"
            + admin + "\n");
        return Program.runIn(network.gateway(), command, "--config", file.toString());
    }
}
