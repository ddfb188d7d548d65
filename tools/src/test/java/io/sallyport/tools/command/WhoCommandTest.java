package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Description;
import io.sallyport.counter.Fact;
import io.sallyport.event.Answer;
import io.sallyport.tools.ProgramRun;
import io.sallyport.tools.screen.WhoScreen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code who}, on a log written by hand. */
class WhoCommandTest {

    @TempDir
    private Path directory;

    private Path log;

    @BeforeEach
    void write() throws IOException {
        log = directory.resolve("events.jsonl");
        Files.writeString(log, """
            {"time":"2025-11-28T14:00:00.000000000Z","event":"started","gateway":"edge","by":"run"}
            {"time":"2025-11-28T14:00:00.000000000Z","event":"forward",\
            "protocol":"tcp","public":"198.51.100.1:2222","inside":"10.77.0.9:22"}
            {"time":"2025-11-28T14:03:00.500000000Z","event":"created",\
            "protocol":"tcp","public":"198.51.100.1:40312","inside":"10.77.0.2:5000"}
            {"time":"2025-11-28T14:04:00.000000000Z","event":"ended",\
            "protocol":"tcp","public":"198.51.100.1:40312","inside":"10.77.0.2:5000"}
            {"time":"2025-11-28T14:05:00.000000000Z","event":"lost","count":3,"since":"2025-11-28T14:04:59.000000000Z"}
            {"time":"2025-11-28T14:06:00.000000000Z","event":"created",\
            "protocol":"udp","public":"198.51.100.1:40312","inside":"10.77.0.3:53","destination":"203.0.113.5:53"}
            """);
    }

    private ProgramRun who(final String endpoint, final String protocol, final String at, final String... more) {
        final List<String> words = new ArrayList<>(List.of("who", "--public", endpoint, "--protocol", protocol, "--at", at));
        words.addAll(more.length == 0 ? List.of("--events", log.toString()) : List.of(more));
        return ProgramRun.of(words.toArray(String[]::new));
    }

    @Test
    void names_the_host() {
        final ProgramRun run = who("198.51.100.1:40312", "tcp", "2025-11-28T14:03:07Z");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("10.77.0.2:5000 had 198.51.100.1:40312/tcp at 2025-11-28 "), run.out());
        assertTrue(run.out().contains(":03:00.500") && run.out().contains(", until "), run.out());
        assertEquals("", run.err());
    }

    /** A packet seen at 14:03:00 by a log with whole seconds may have been seen at 14:03:00.7. */
    @Test
    void a_second_is_all_of_it() {
        assertEquals(0, who("198.51.100.1:40312", "tcp", "2025-11-28T14:03:00Z").exitCode());
        assertEquals(1, who("198.51.100.1:40312", "tcp", "2025-11-28T14:03:00.4Z").exitCode());
        assertEquals(0, who("198.51.100.1:40312", "TCP", "2025-11-28T14:03:00.5Z").exitCode());
    }

    @Test
    void a_forward_and_a_destination() {
        assertTrue(who("198.51.100.1:2222", "tcp", "2025-11-28T14:03:07Z").out().startsWith("10.77.0.9:22 had "));
        assertTrue(who("198.51.100.1:40312", "udp", "2025-11-28T14:07Z").out().contains(" toward 203.0.113.5:53, since "));
    }

    @Test
    void says_why_there_is_no_answer() {
        final ProgramRun early = who("198.51.100.1:40312", "tcp", "2025-11-28T13:59:59Z");
        assertEquals(1, early.exitCode());
        assertTrue(early.err().startsWith("sallyport: not in the log: it begins at 2025-11-28 "), early.err());
        final ProgramRun late = who("198.51.100.1:40312", "tcp", "2025-11-28T14:04:30Z");
        assertEquals(1, late.exitCode());
        assertTrue(late.err().startsWith("sallyport: no one had 198.51.100.1:40312/tcp at ") && late.err().contains(
            "; 10.77.0.2:5000 had it until "), late.err());
        final ProgramRun never = who("198.51.100.1:1", "tcp", "2025-11-28T14:04:30Z");
        assertTrue(never.err().contains("; nor before, as far as the log goes back ("), never.err());
        assertEquals("", early.out() + late.out() + never.out());
    }

    @Test
    void of_a_time_without_a_log_nothing_is_claimed() {
        final Answer answer = new Answer(List.of(), Optional.empty(), 0, 2_000_000_000L, 0, OptionalLong.of(1_000_000_000L), List.of());
        final WhoScreen screen = new WhoScreen(answer, "198.51.100.1:40312/tcp", Instant.ofEpochSecond(2), ZoneId.of("UTC"));
        assertTrue(screen.text().startsWith("the log does not say who had 198.51.100.1:40312/tcp at 1970-01-01 00:00:02"), screen.text());
        assertTrue(screen.warnings().getFirst().startsWith("nothing was written into this log then"), () -> screen.warnings().toString());
    }

    @Test
    void says_when_events_were_lost() {
        final ProgramRun run = who("198.51.100.1:40312", "tcp", "2025-11-28T14:05:30Z");
        assertEquals(1, run.exitCode());
        assertEquals("sallyport: warning: 3 events were lost that could have changed the answer",
            run.err().lines().findFirst().orElseThrow());
    }

    @Test
    void json_is_for_programs() throws IOException {
        final ProgramRun run = who("198.51.100.1:40312", "tcp", "2025-11-28T14:03:07Z", "--events", log.toString(), "--json");
        final Map<?, ?> holder = (Map<?, ?>) ((List<?>) JSON.std.mapFrom(run.out()).get("holders")).getFirst();
        assertEquals("10.77.0.2", holder.get("host"));
        assertEquals("10.77.0.2:5000", holder.get("inside"));
        assertEquals("2025-11-28T14:03:00.500Z", holder.get("since"));
        assertEquals("2025-11-28T14:04:00Z", holder.get("until"));
    }

    @Test
    void finds_the_log_by_the_gateway_or_its_configuration() throws IOException {
        final Path state = directory.resolve("state");
        try (CommandControlFile gateway = CommandControlFile.create(state.resolve("edge"), new Description(System.currentTimeMillis(),
            List.of("ingress"), Map.of(Fact.NAME, "edge", Fact.EVENTS_FILE, log.toString())))) {
            gateway.heartbeat(System.currentTimeMillis());
            gateway.ready();
            assertEquals(0, who("198.51.100.1:40312", "tcp", "2025-11-28T14:03:07Z", "--name", "edge", "--state", state.toString())
                .exitCode());
        }
        assertEquals(3, who("198.51.100.1:40312", "tcp", "2025-11-28T14:03:07Z", "--name", "edge", "--state", state.toString()).exitCode());
        final Path config = directory.resolve("edge.yaml");
        Files.writeString(config, "inside: { interface: l0, address: 10.77.0.1/24 }\noutside: { interface: w0, address: 198.51.100.1/24 }\n"
            + "events: { file: " + log + " }\n");
        assertEquals(0, who("198.51.100.1:40312", "tcp", "2025-11-28T14:03:07Z", "--config", config.toString()).exitCode());
    }

    @Test
    void mistakes_are_one_line() {
        for (final String[] mistake : new String[][] {{"198.51.100.1", "tcp", "now"}, {"198.51.100.1:70000", "tcp", "now"},
            {"198.51.100:1", "tcp", "now"}, {"198.51.100.1:1", "sctp", "now"}, {"198.51.100.1:1", "tcp", "noon"}}) {
            final ProgramRun run = who(mistake[0], mistake[1], mistake[2]);
            assertEquals(2, run.exitCode(), run.err());
            assertEquals(1, run.err().lines().count(), run.err());
        }
        final ProgramRun missing = who("198.51.100.1:1", "tcp", "now", "--events", directory.resolve("none").toString());
        assertEquals(1, missing.exitCode());
        assertEquals("sallyport: " + directory.resolve("none") + ": no such file\n", missing.err());
    }
}
