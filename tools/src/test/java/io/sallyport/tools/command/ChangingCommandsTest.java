package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.CommandResult;
import io.sallyport.counter.CommandResult.Outcome;
import io.sallyport.counter.Counter;
import io.sallyport.counter.Description;
import io.sallyport.counter.Fact;
import io.sallyport.tools.ProgramRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands that change a gateway, against the command-and-control file of one that this test pretends to be. */
@Timeout(30)
class ChangingCommandsTest {

    @TempDir
    private Path state;

    private CommandControlFile gateway;

    @BeforeEach
    void startGateway() throws IOException {
        gateway = CommandControlFile.create(
            state.resolve("edge"), new Description(System.currentTimeMillis(), List.of("worker-0"), Map.of(Fact.NAME, "edge")));
        gateway.heartbeat(System.currentTimeMillis());
        gateway.ready();
    }

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    @Test
    void reload_prints_what_was_applied_and_what_needs_a_restart() throws Exception {
        final ProgramRun run = answered(
            command -> CommandResult.done(List.of("applied: nat.forwards (1 added, 0 removed)", "needs a restart: io.backend")), "reload");
        assertEquals("0\napplied: nat.forwards (1 added, 0 removed)\nneeds a restart: io.backend\n", run.exitCode() + "\n" + run.out());
        assertEquals("", run.err());
    }

    @Test
    void reload_as_json_names_the_keys() throws Exception {
        final ProgramRun run = answered(
            command -> CommandResult.done(List.of("applied: nat.forwards (1 added, 0 removed)", "needs a restart: io.backend")),
            "reload", "--json");
        assertEquals(Map.of("reloaded", "edge", "applied", List.of("nat.forwards"), "needRestart", List.of("io.backend")),
            JSON.std.mapFrom(run.out()));
    }

    @Test
    void reload_with_a_bad_file_says_every_error_and_that_nothing_has_changed() throws Exception {
        final ProgramRun run = answered(
            command -> new CommandResult(Outcome.REFUSED, List.of("/etc/edge.yaml:3: nat.pool: no", "/etc/edge.yaml:9: io: no")), "reload");
        assertEquals(2, run.exitCode());
        assertEquals("", run.out());
        assertEquals("""
            sallyport: /etc/edge.yaml:3: nat.pool: no
            sallyport: /etc/edge.yaml:9: io: no
            sallyport: nothing has changed: the gateway runs on with the configuration that it has
            """, run.err());
    }

    @Test
    void a_result_too_long_for_the_file_says_how_much_is_missing() throws Exception {
        final List<String> errors = IntStream.range(0, 1_000).mapToObj(line -> "edge.yaml:" + line + ": nat.pool: no").toList();
        final ProgramRun run = answered(command -> new CommandResult(Outcome.REFUSED, errors), "reload");
        final List<String> lines = run.err().lines().toList();
        assertEquals("sallyport: ... and " + (1_000 - (lines.size() - 2)) + " more", lines.get(lines.size() - 2));
        assertTrue(lines.size() > 200, run.err());
    }

    @Test
    void a_gateway_that_stops_in_place_of_an_answer_is_exit_code_3() throws Exception {
        final ProgramRun run = answered(command -> {
            gateway.close();
            return CommandResult.done(List.of());
        }, "reload");
        // the answer came first, or the end did
        assertTrue(run.exitCode() == 3 || run.exitCode() == 0, run.err());
    }

    @Test
    void drain_waits_until_no_connection_is_left() throws Exception {
        gateway.counters(0).set(Counter.ACTIVE_CONNECTIONS_TCP, 2);
        gateway.counters(0).set(Counter.ACTIVE_CONNECTIONS_OTHER, 1);
        final Thread ending = Thread.ofVirtual().unstarted(() -> {
            gateway.counters(0).set(Counter.ACTIVE_CONNECTIONS_TCP, 0);
            gateway.counters(0).set(Counter.ACTIVE_CONNECTIONS_OTHER, 0);
        });
        final ProgramRun run = answered(command -> {
            assertEquals(Command.DRAIN, command);
            ending.start();
            return CommandResult.done(List.of());
        }, "drain");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().endsWith("no connections are left; \"sallyport stop\" stops the gateway, "
            + "\"sallyport drain --undo\" has it take new ones again\n"), run.out());
    }

    @Test
    void drain_shows_how_many_are_left_and_gives_up_at_the_timeout() throws Exception {
        gateway.counters(0).set(Counter.ACTIVE_CONNECTIONS_UDP, 1_234);
        final ProgramRun run = answered(command -> CommandResult.done(List.of()), "drain", "--timeout", "1s");
        assertEquals(1, run.exitCode());
        assertEquals("1,234 connections are left, 0s\n", run.out());
        assertEquals("sallyport: 1,234 connections are left after 1s; the gateway takes no new ones until \"drain --undo\"\n", run.err());
    }

    @Test
    void drain_is_undone() throws Exception {
        final ProgramRun run = answered(command -> {
            assertEquals(Command.RESUME, command);
            return CommandResult.done(List.of());
        }, "drain", "--undo");
        assertEquals("0 edge takes new connections again\n", run.exitCode() + " " + run.out());
    }

    @Test
    void bad_timeout_is_one_line() {
        final ProgramRun run = ProgramRun.of("drain", "--name", "edge", "--state", state.toString(), "--timeout", "soon");
        assertEquals(2, run.exitCode());
        assertEquals(1, run.err().lines().count(), run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"reload", "drain"})
    void no_gateway_is_exit_code_3_and_one_line(final String command) {
        final ProgramRun run = ProgramRun.of(command, "--state", state.toString());
        assertEquals(3, run.exitCode());
        assertEquals("sallyport: no gateway is running in " + state.resolve("default") + "\n", run.err());
    }

    /** Runs a command against a gateway that answers the one that comes. */
    private ProgramRun answered(final Function<Command, CommandResult> answer, final String command, final String... more)
        throws InterruptedException {
        final Thread control = Thread.ofPlatform().start(() -> {
            while (gateway.drainCommands((asked, pid) -> gateway.reply(answer.apply(asked)), 1) == 0) {
                Thread.onSpinWait();
            }
        });
        final String[] arguments = new String[more.length + 5];
        System.arraycopy(new String[] {command, "--name", "edge", "--state", state.toString()}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        final ProgramRun run = ProgramRun.of(arguments);
        control.join();
        return run;
    }
}
