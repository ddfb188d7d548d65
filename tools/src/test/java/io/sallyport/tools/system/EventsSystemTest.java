package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Real clients, the program's event log, and who it says they were. */
@Privileged
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"endpoint-independent", "endpoint-dependent"})
class EventsSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String NEIGHBOUR = "10.77.0.3";

    @Parameter
    private String mapping;

    @TempDir
    private Path directory;

    private Network network;
    private GatewayUnderTest gateway;
    private Path log;

    @BeforeEach
    void start() {
        log = directory.resolve("events.jsonl");
        network = Network.create("sp-events");
        network.inside().run("ip", "address", "add", NEIGHBOUR + "/24", "dev", Network.HOST_INTERFACE);
        network.startFarEnd(Program.CLASS_PATH);
        gateway = GatewayUnderTest.start(network, new Variant("packet", "pipeline"), "nat: { mapping: " + mapping + " }",
            "events: { file: " + log + " }");
    }

    @AfterEach
    void stop() {
        gateway.close();
        network.close();
    }

    /** The public endpoint that the outside host sees a client of an inside address come from. */
    private String seenAs(final String insideAddress) {
        return Command.run(LIMIT, network.inside().command("curl", "-sS", "--fail-with-body", "--interface", insideAddress,
            "http://" + Network.OUTSIDE_HOST + "/whoami")).orThrow().out().strip();
    }

    private Command.Result who(final String endpoint) {
        return Program.run("who", "--public", endpoint, "--protocol", "tcp", "--at", "now", "--state", gateway.state().toString());
    }

    private void awaitLine(final Path file, final String text) throws IOException {
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        while (!(Files.exists(file) && Files.readString(file).contains(text)) && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertTrue(Files.readString(file).contains(text), () -> text + " is not in " + file);
    }

    @Test
    void who_names_the_host() throws IOException {
        for (final String host : List.of(Network.INSIDE_HOST, NEIGHBOUR)) {
            final String endpoint = seenAs(host);
            awaitLine(log, "\"" + endpoint + "\"");
            final Command.Result answer = who(endpoint);
            assertEquals(0, answer.exitCode(), answer::toString);
            assertTrue(answer.out().startsWith(host + ":"), answer::toString);
        }
        assertEquals(0, gateway.counters().value("eventsLostTotal"));
        gateway.assertEveryPacketAccountedFor();
    }

    @Test
    void a_log_that_is_rotated_is_still_searched() throws IOException {
        final String first = seenAs(Network.INSIDE_HOST);
        awaitLine(log, "\"" + first + "\"");
        Files.move(log, directory.resolve("events.jsonl.1"));
        awaitLine(log, "\"continued\"");
        final String second = seenAs(NEIGHBOUR);
        awaitLine(log, "\"" + second + "\"");
        assertFalse(Files.readString(log).contains("\"" + first + "\""));
        assertTrue(who(first).out().startsWith(Network.INSIDE_HOST + ":"), () -> who(first).toString());
        assertTrue(who(second).out().startsWith(NEIGHBOUR + ":"), () -> who(second).toString());
    }

    @Test
    void a_killed_gateway_s_hosts_are_known_and_go_on() throws IOException {
        final String before = seenAs(Network.INSIDE_HOST);
        awaitLine(log, "\"" + before + "\"");
        gateway.process().kill();
        gateway.restart();
        awaitLine(log, "\"adopted\":true");
        final Command.Result answer = who(before);
        assertTrue(answer.out().startsWith(Network.INSIDE_HOST + ":"), answer::toString);
        assertTrue(answer.out().contains(", still"), answer::toString);
        assertEquals(0, gateway.process().stop(), () -> gateway.process().err());
        assertTrue(Files.readAllLines(log).getLast().contains("\"event\":\"stopped\""));
    }
}
