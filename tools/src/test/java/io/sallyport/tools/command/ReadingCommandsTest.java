package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Counter;
import io.sallyport.counter.Description;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.Fact;
import io.sallyport.flow.ConnectionState;
import io.sallyport.tools.ProgramRun;
import io.sallyport.tools.screen.TestConnections;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reading commands, against the command-and-control file of a gateway that this test pretends to be. */
class ReadingCommandsTest {

    private static final int PUBLIC = Ipv4Address.parse("198.51.100.1");

    @TempDir
    private Path state;

    private CommandControlFile gateway;

    @BeforeEach
    void startGateway() throws IOException {
        gateway = CommandControlFile.create(state.resolve("edge"), new Description(System.currentTimeMillis() - 7_440_000,
            List.of("ingress", "worker-0"), Map.of(Fact.NAME, "edge", Fact.VERSION, "1.2.3", Fact.INSIDE_INTERFACE, "l0",
                Fact.OUTSIDE_INTERFACE, "w0", Fact.BACKEND, "packet", Fact.CONNECTIONS_CAPACITY, "1000", Fact.PORTS_CAPACITY, "64512"),
            List.of(PUBLIC, PUBLIC + 1), 1));
        gateway.heartbeat(System.currentTimeMillis());
        gateway.ready();
        gateway.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 1_234_567);
        gateway.counters(0).addDrops(DropReason.MALFORMED.ordinal(), 7);
        gateway.counters(1).add(Counter.PACKETS_OUT_TO_DESTINATION, 1_234_500);
        gateway.counters(1).addDrops(DropReason.UNSOLICITED.ordinal(), 60);
        gateway.counters(1).set(Counter.ACTIVE_CONNECTIONS_TCP, 250);
        gateway.counters(1).set(Counter.PORTS_IN_USE_UDP, 6451);
        for (int space = 0; space < gateway.ports().spaces(); space++) {
            gateway.ports().capacity(space, 64_512);
        }
        gateway.ports().block(0).set(4, 6_000, 451);
    }

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    private ProgramRun read(final String command, final String... more) {
        final String[] arguments = new String[more.length + 5];
        System.arraycopy(new String[] {command, "--name", "edge", "--state", state.toString()}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return ProgramRun.of(arguments);
    }

    @Test
    void status_is_one_screen() {
        final ProgramRun run = read("status");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("sallyport edge: ready, up 2h 4m, process " + ProcessHandle.current().pid()), run.out());
        assertTrue(run.out().lines().count() <= 23, run.out());
        assertTrue(run.out().lines().allMatch(line -> line.length() <= 80), run.out());
        assertTrue(run.out().contains("250 of 1,000 connections (25.0 %)"), run.out());
        assertTrue(run.out().contains("6,451  10.0 %"), run.out());
        assertTrue(run.out().contains("  unsolicited                    60  from outside, and no connection asks for it"), run.out());
        assertTrue(run.out().contains("in 1,234,567 = forwarded 1,234,500 + dropped 67 + consumed 0 + held 0\n"), run.out());
    }

    @Test
    void status_shows_latency_and_the_fullest_public_addresses() throws IOException {
        assertTrue(read("status").out().contains("\nlatency: no packet yet\n"));
        gateway.latency().record(12_000, 990);
        gateway.latency().record(1_000_000, 10);
        final String screen = read("status").out();
        assertTrue(screen.contains("\nlatency p50 12.0 µs, p99 12.0 µs, p99.9 1.02 ms (since the start)\n"), screen);
        assertTrue(screen.contains("""
            ports of 198.51.100.2 taken: tcp 0.0 %, udp 10.0 %, icmp 0.0 %
            ports of 198.51.100.1 taken: tcp 0.0 %, udp 0.0 %, icmp 0.0 %
            """), screen);
        final Map<String, Object> json = JSON.std.mapFrom(read("status", "--json").out());
        final Map<?, ?> latency = (Map<?, ?>) json.get("translationLatencySeconds");
        assertEquals(1000, latency.get("count"));
        assertEquals(0.02188, (double) latency.get("sum"), 1e-9);
        assertEquals(0.000012, (double) latency.get("p50"), 0.000001);
        assertEquals(0, ((Map<?, ?>) latency.get("recent")).get("count"));
        assertEquals(Map.of("publicAddress", "198.51.100.2", "protocol", "udp", "inUse", 6_000, "cooling", 451, "capacity", 64_512),
            ((List<?>) json.get("portUse")).get(4));
    }

    @Test
    void status_shows_destinations_that_ports_run_short_for() throws IOException {
        gateway.ports().block(0).destination(1L << 48 | 0xCB00_7105L << 16 | 53, 60_000, 64_512);
        final String screen = read("status").out();
        assertTrue(screen.contains("\n203.0.113.5:53 udp: 93.0 % of the ports of 198.51.100.1\n"), screen);
        assertEquals(List.of(Map.of("publicAddress", "198.51.100.1", "protocol", "udp", "destination", "203.0.113.5:53",
            "inUse", 60_000, "capacity", 64_512)), JSON.std.mapFrom(read("status", "--json").out()).get("crowdedDestinations"));
    }

    @Test
    void screen_stays_one_screen_when_everything_counts() {
        for (final DropReason reason : DropReason.values()) {
            gateway.counters(0).addDrops(reason.ordinal(), 1_000_000_000_000L);
        }
        for (final Counter counter : Counter.values()) {
            gateway.counters(0).set(counter, 999_999_999_999L);
        }
        final ProgramRun run = read("status");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().lines().count() <= 23, run.out());
    }

    @Test
    void status_as_json_has_the_words_of_the_metrics() throws IOException {
        final ProgramRun run = read("status", "--json");
        assertEquals(0, run.exitCode(), run.err());
        final Map<String, Object> json = JSON.std.mapFrom(run.out());
        assertEquals("edge", json.get("name"));
        assertEquals("ready", json.get("state"));
        assertEquals(1_234_567, json.get("packetsInFromSourceTotal"));
        assertEquals(250, ((Map<?, ?>) json.get("activeConnections")).get("tcp"));
        assertEquals(60, ((Map<?, ?>) json.get("droppedPacketsTotal")).get("unsolicited"));
        assertEquals(64512, json.get("portsCapacity"));
        assertEquals(0, ((Map<?, ?>) json.get("accounting")).get("underWay"));
        assertTrue(((Map<?, ?>) json.get("rates")).containsKey("packetsInFromSourcePerSecond"));
    }

    @Test
    void counters_lists_every_counter_and_reason() throws IOException {
        final ProgramRun run = read("counters");
        assertEquals(0, run.exitCode(), run.err());
        for (final Counter counter : Counter.values()) {
            assertTrue(run.out().contains(counter.label() + " "), counter.label());
            assertTrue(run.out().contains(counter.explanation()), counter.label());
        }
        for (final DropReason reason : DropReason.values()) {
            assertTrue(run.out().contains(reason.explanation()), reason.label());
        }
        final Map<String, Object> json = JSON.std.mapFrom(read("counters", "--json").out());
        assertEquals(0, json.get("portAllocationErrorsTotal"));
        assertEquals(6451, ((Map<?, ?>) json.get("portsInUse")).get("udp"));
        assertEquals(7, ((Map<?, ?>) json.get("droppedPacketsTotal")).get("malformed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "connections", "counters", "stop"})
    void no_gateway_is_exit_code_3_and_one_line(final String command) {
        final ProgramRun run = ProgramRun.of(command, "--state", state.toString() + "/");
        assertEquals(3, run.exitCode());
        assertEquals("", run.out());
        assertEquals("sallyport: no gateway is running in " + state.resolve("default") + "\n", run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "connections", "counters", "stop"})
    void stopped_gateway_is_no_gateway(final String command) {
        gateway.close();
        assertEquals(3, read(command).exitCode());
    }

    @Test
    void stop_sends_the_command_and_waits() throws InterruptedException {
        final Thread control = Thread.ofVirtual().start(() -> {
            while (gateway.drainCommands((command, pid) -> gateway.close(), 1) == 0) {
                Thread.onSpinWait();
            }
        });
        final ProgramRun run = read("stop");
        control.join();
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("stopped edge\n", run.out());
    }

    @Test
    void connections_are_sorted_filtered_and_paged() throws IOException {
        try (TestConnections connections = new TestConnections(state.resolve("edge"), 0, 100)) {
            for (int i = 0; i < 100; i++) {
                connections.add(6, TestConnections.Endpoint.of("10.77.0.9", 9_000 - i),
                    TestConnections.Endpoint.of("198.51.100.1", 2_000 + i),
                    TestConnections.Endpoint.of("203.0.113.5", i % 2 == 0 ? 443 : 80), ConnectionState.ESTABLISHED, i * 1_000_000_000L);
            }
        }
        final List<String> lines = read("connections", "--sort", "inside", "--remote", ":443", "--offset", "10", "--limit", "2").out()
            .lines().toList();
        assertEquals(List.of("10.77.0.9:8922", "10.77.0.9:8924"), lines.subList(1, 3).stream().map(line -> line.split(" +")[1]).toList());
        assertEquals("2 of 50 connections from number 11 on (--limit and --offset show more)", lines.getLast());
        final Map<String, Object> json = JSON.std.mapFrom(
            read("connections", "--json", "--sort", "idle", "--reverse", "--limit", "1", "--public", "198.51.100.1").out());
        assertEquals(100, json.get("matching"));
        assertEquals(99.0, ((Map<?, ?>) ((List<?>) json.get("connections")).getFirst()).get("idleSeconds"));
        assertEquals(101 + 1, read("connections", "--limit", "0").out().lines().count());
    }

    @Test
    void connections_of_a_gateway_without_any() throws IOException {
        final ProgramRun run = read("connections", "--state", "established");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("protocol  inside  public  remote  direction  state  idle\n0 of 0 connections\n", run.out());
        assertEquals(List.of(), JSON.std.mapFrom(read("connections", "--json").out()).get("connections"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--inside host", "--protocol ospf", "--state lost", "--state new --state reset", "--limit -1", "--limit x",
        "--offset -1", "--reverse", "--sort age", "--remote 1.2.3.4:x", "--public 1.2.3.4:65536", "--inside :",
        "--sort idle --offset 1999999 --limit 2"})
    void bad_filters_are_one_line(final String arguments) {
        final ProgramRun run = read("connections", arguments.split(" "));
        assertEquals(2, run.exitCode(), run.out());
        assertEquals(1, run.err().lines().count(), run.err());
    }
}
