package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A gateway is reloaded and drained while a download goes through it. */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("variants")
class LiveChangeSystemTest {

    private static final long LENGTH_BYTES = 160L << 20;
    private static final long FIRST_PART_BYTES = 1L << 20;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final int PUBLIC_PORT = 2222;
    private static final String FORWARD = """
        nat:
          forwards: [ { protocol: tcp, outside: "198.51.100.1:2222", inside: "10.77.0.2:5201" } ]
        """;

    @Parameter
    private Variant variant;

    @TempDir
    private Path directory;

    private Network network;
    private GatewayUnderTest gateway;
    private String first;

    static Stream<Variant> variants() {
        return Stream.of(new Variant("packet", "pipeline"), new Variant("packet", "inline"));
    }

    @BeforeEach
    void start() throws IOException {
        network = Network.create("sp-change");
        network.startFarEnd(Program.CLASS_PATH);
        gateway = GatewayUnderTest.start(network, variant);
        first = Files.readString(gateway.configuration());
    }

    @AfterEach
    void stop() {
        gateway.close();
        network.close();
    }

    @Test
    void a_download_runs_on_while_a_forward_comes_and_goes() throws Exception {
        final Traffic traffic = new Traffic(network);
        try (BackgroundProcess server = network.inside().start(List.of("iperf3", "-s", "--forceflush"))) {
            server.awaitLine("Server listening", LIMIT);
            final CompletableFuture<String> download = download("20M");
            assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, PUBLIC_PORT));

            Files.writeString(gateway.configuration(), first + FORWARD);
            final Command.Result added = sallyport("reload");
            assertEquals("applied: nat.forwards (1 added, 0 removed)\n", added.orThrow().out());
            assertEquals("open", traffic.knock(Network.GATEWAY_OUTSIDE, PUBLIC_PORT));

            Files.writeString(gateway.configuration(), first);
            hangUp();
            gateway.process().awaitErrorLine("reload: applied: nat.forwards (0 added, 1 removed)", LIMIT);
            assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, PUBLIC_PORT));

            Files.writeString(gateway.configuration(), first + FORWARD.replace("tcp", "sctp") + "oi: {}\n");
            final Command.Result refused = sallyport("reload");
            assertEquals(2, refused.exitCode(), refused::toString);
            assertEquals(3, refused.err().lines().count(), refused::toString);
            assertTrue(refused.err().lines().allMatch(line -> line.startsWith("sallyport: ")), refused::toString);

            assertFalse(download.isDone(), "the download was over before all that: nothing tested");
            assertEquals(SeededStream.sha256(7, LENGTH_BYTES), download.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
            assertEquals(0, gateway.counters().drops("draining") + gateway.counters().drops("transmit-failed"));
        }
        gateway.assertEveryPacketAccountedFor();
    }

    @Test
    void the_event_log_is_turned_on_to_another_file_and_off() throws Exception {
        final Path one = directory.resolve("one.jsonl");
        final Path other = directory.resolve("other.jsonl");
        final Traffic traffic = new Traffic(network);
        final String early = traffic.seenAs();
        reloadEvents("file: " + one);
        awaitLine(one, "\"" + early + "\"");
        assertHolder(early);
        final String late = traffic.seenAs();
        awaitLine(one, "\"" + late + "\"");
        assertHolder(late);

        reloadEvents("file: " + other);
        assertTrue(Files.readAllLines(one).getLast().contains("\"event\":\"stopped\""));
        awaitLine(other, "\"" + early + "\"");
        awaitLine(other, "\"" + late + "\"");
        assertHolder(early);
        assertHolder(late);

        final Path nowhere = directory.resolve("none/log.jsonl");
        Files.writeString(gateway.configuration(), first + "events: { file: " + nowhere + " }\n");
        final Command.Result refused = sallyport("reload");
        assertEquals(2, refused.exitCode(), refused::toString);
        assertTrue(refused.err().contains("events.file: " + nowhere + ": no such directory"), refused::toString);

        reloadEvents("file: off");
        final List<String> lines = Files.readAllLines(other);
        assertTrue(lines.getLast().contains("\"event\":\"stopped\""), lines.getLast());
        final Command.Result unknown = who(traffic.seenAs());
        assertEquals(1, unknown.exitCode(), unknown::toString);
        assertEquals(lines, Files.readAllLines(other));
        assertEquals(0, gateway.counters().value("eventsLostTotal"));
        gateway.assertEveryPacketAccountedFor();
    }

    private void reloadEvents(final String key) throws IOException {
        Files.writeString(gateway.configuration(), first + "events: { " + key + " }\n");
        assertEquals("applied: events.file\n", sallyport("reload").orThrow().out());
    }

    private Command.Result who(final String endpoint) {
        return sallyport("who", "--public", endpoint, "--protocol", "tcp", "--at", "now");
    }

    private void assertHolder(final String endpoint) {
        final Command.Result answer = who(endpoint);
        assertEquals(0, answer.exitCode(), answer::toString);
        assertTrue(answer.out().startsWith(Network.INSIDE_HOST + ":"), answer::toString);
    }

    private static void awaitLine(final Path file, final String text) throws IOException {
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        while (!Files.readString(file).contains(text) && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertTrue(Files.readString(file).contains(text), () -> text + " is not in " + file);
    }

    @Test
    void draining_lets_a_download_end_and_begins_nothing() throws Exception {
        Files.writeString(gateway.configuration(), first + """
            nat:
              timeouts: { tcp-transitory: 2s, udp: 2s, icmp: 2s }
            """);
        sallyport("reload").orThrow();
        final CompletableFuture<String> download = download("40M");
        try (BackgroundProcess drain = BackgroundProcess.start(Program.words("drain", "--state", gateway.state().toString()))) {
            drain.awaitLineContaining("left", LIMIT);
            final Command.Result refused = Command.run(LIMIT, network.inside().command(
                "curl", "-sS", "--connect-timeout", "10", "http://" + Network.OUTSIDE_HOST + "/whoami"));
            assertNotEquals(0, refused.exitCode(), refused::toString);
            assertTrue(gateway.counters().drops("draining") > 0);
            assertFalse(download.isDone(), "the download was over before all that: nothing tested");
            assertEquals(SeededStream.sha256(7, LENGTH_BYTES), download.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
            assertEquals(0, drain.awaitEnd(LIMIT), drain::err);
            assertTrue(drain.out().contains("no connections are left"), drain.out());
        }
        assertEquals("default takes new connections again\n", sallyport("drain", "--undo").orThrow().out());
        assertTrue(new Traffic(network).seenAs().startsWith(Network.GATEWAY_OUTSIDE + ":"));
        gateway.assertEveryPacketAccountedFor();
    }

    /** A download that is under way when this returns. */
    private CompletableFuture<String> download(final String rate) throws InterruptedException {
        final CountDownLatch underWay = new CountDownLatch(1);
        final CompletableFuture<String> download = CompletableFuture.supplyAsync(() -> Command.read(LIMIT,
            network.inside().command("curl", "-sS", "--limit-rate", rate,
                "http://" + Network.FAR_HOST + "/stream?seed=7&bytes=" + LENGTH_BYTES),
            stream -> SeededStream.sha256(new Milestone(stream, FIRST_PART_BYTES, underWay))));
        assertTrue(underWay.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
        return download;
    }

    private Command.Result sallyport(final String command, final String... more) {
        final List<String> words = new java.util.ArrayList<>(Program.words(command, "--state", gateway.state().toString()));
        words.addAll(List.of(more));
        return Command.run(LIMIT, words);
    }

    private void hangUp() {
        Command.run(LIMIT, List.of("kill", "-HUP", Long.toString(gateway.process().pid()))).orThrow();
    }
}
