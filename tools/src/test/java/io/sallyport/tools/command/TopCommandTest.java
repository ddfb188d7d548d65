package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Counter;
import io.sallyport.counter.Description;
import io.sallyport.counter.Fact;
import io.sallyport.tools.ProgramRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code top} where there is no terminal. */
class TopCommandTest {

    @TempDir
    private Path state;

    private ProgramRun top(final String... more) throws IOException {
        final String[] words = new String[more.length + 5];
        System.arraycopy(new String[] {"top", "--name", "edge", "--state", state.toString()}, 0, words, 0, 5);
        System.arraycopy(more, 0, words, 5, more.length);
        try (CommandControlFile gateway = CommandControlFile.create(state.resolve("edge"),
            new Description(System.currentTimeMillis(), List.of("ingress"), Map.of(Fact.NAME, "edge", Fact.VERSION, "1.2.3")))) {
            gateway.heartbeat(System.currentTimeMillis());
            gateway.ready();
            gateway.counters(0).set(Counter.ACTIVE_CONNECTIONS_UDP, 77);
            return ProgramRun.of(words);
        }
    }

    @Test
    void without_a_terminal_it_prints_one_plain_screen() throws IOException {
        final ProgramRun run = top("--interval", "100ms");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("sallyport edge: ready, up 0s, version 1.2.3\n"), run.out());
        assertTrue(run.out().contains("udp 77"), run.out());
        assertTrue(run.out().lines().count() <= 24, run.out());
        assertTrue(run.out().chars().noneMatch(c -> c == 27), "no escape sequences");
    }

    @Test
    void one_object_on_a_line() throws IOException {
        final ProgramRun run = top("--interval", "100ms", "--once", "--json");
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(1, run.out().lines().count());
        final Map<String, Object> json = JSON.std.mapFrom(run.out());
        assertEquals(true, json.get("running"));
        assertEquals(77, ((Map<?, ?>) json.get("activeConnections")).get("udp"));
        assertTrue(json.keySet().containsAll(List.of("translationLatencySeconds", "portUse", "insideHosts", "destinations")), run.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "0s", "50ms", "2h", "61m", "-1s", "x"})
    void bad_intervals_are_one_line(final String interval) throws IOException {
        final ProgramRun run = top("--interval", interval);
        assertEquals(2, run.exitCode(), run.out());
        assertEquals(1, run.err().lines().count(), run.err());
    }
}
