package io.sallyport.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The file of an event log, and what operators and disks do to it. */
class EventFileTest {

    private static final int PUBLIC = 0xC633_6401;

    private final Event event = new Event().wrap(new UnsafeBuffer(new byte[Event.LENGTH]), 0).begin(0);

    @TempDir
    private Path directory;

    private Path path;
    private long nowNs = 1_764_338_587_000_000_000L;

    @BeforeEach
    void name() {
        path = directory.resolve("events.jsonl");
    }

    private void preamble(final EventFile file, final EventKind kind) {
        file.begin();
        file.text().beginning(kind, nowNs++, "edge", "run");
        file.end(EventKey.of(kind), nowNs);
    }

    private EventFile append() throws IOException {
        return EventFile.append(path, 0, this::preamble);
    }

    private void write(final EventFile file, final int port) {
        event.inside(0x0A4D_0002, port).publicSide(0, PUBLIC, port);
        file.begin();
        file.text().event(EventKind.CREATED, event, nowNs++);
        file.end(EventKey.of(0, PUBLIC, port), nowNs);
    }

    /** The words that tell lines apart. */
    private static List<String> words(final Path file) throws IOException {
        return Files.readAllLines(file).stream()
            .map(line -> line.replaceFirst(".*\"event\":\"([a-z]+)\"(?:.*inside\":\"[0-9.]+(:[0-9]+)|).*", "$1$2")).toList();
    }

    private boolean isFound(final int port) throws IOException {
        return !new EventSearch(path).who(0, PUBLIC, port, nowNs, nowNs + 1).holdings().isEmpty();
    }

    private long indexes() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(EventIndex.SUFFIX)).count();
        }
    }

    @Test
    void it_is_added_to_after_a_restart() throws IOException {
        try (EventFile file = append()) {
            write(file, 1);
        }
        try (EventFile file = append()) {
            write(file, 2);
            assertTrue(file.flush());
            assertEquals(1, file.written());
            assertEquals(List.of("started", "created:1", "started", "created:2"), words(path));
        }
        assertTrue(isFound(2));
        assertEquals(1, indexes());
    }

    @Test
    void a_line_that_a_crash_has_cut_spoils_no_other() throws IOException {
        try (EventFile file = append()) {
            write(file, 1);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 20);
        }
        try (EventFile file = append()) {
            write(file, 2);
        }
        assertEquals(4, Files.readAllLines(path).size());
        assertTrue(isFound(2));
    }

    @Test
    void when_it_is_renamed_a_new_one_is_begun() throws IOException {
        final Path old = directory.resolve("events.jsonl.1");
        try (EventFile file = append()) {
            write(file, 1);
            file.flush();
            Files.move(path, old);
            write(file, 2);
            file.flush();
            file.check();
            write(file, 3);
            file.flush();
            assertEquals(List.of("started", "created:1", "created:2"), words(old));
            assertEquals(List.of("continued", "created:3"), words(path));
            assertEquals(3, file.written());
        }
        assertTrue(isFound(1) && isFound(2) && isFound(3));
        assertEquals(2, indexes());
        Files.delete(old);
        append().close();
        assertEquals(1, indexes(), "the index goes with its log");
    }

    @Test
    void when_it_is_copied_and_emptied_it_begins_anew() throws IOException {
        try (EventFile file = append()) {
            write(file, 1);
            file.flush();
            Files.copy(path, directory.resolve("events.jsonl.1"));
            Files.write(path, new byte[0]);
            file.check();
            write(file, 2);
            file.flush();
            assertEquals(List.of("continued", "created:2"), words(path));
        }
        assertTrue(isFound(1) && isFound(2));
    }

    @Test
    void when_it_is_long_it_renames_itself() throws IOException {
        try (EventFile file = EventFile.append(path, 1_000, this::preamble)) {
            for (int port = 1; port <= 30; port++) {
                write(file, port);
                file.flush();
                file.check();
            }
        }
        assertTrue(EventSearch.filesOf(path).size() >= 4, EventSearch.filesOf(path)::toString);
        for (int port = 1; port <= 30; port++) {
            assertTrue(isFound(port), "port " + port);
        }
    }

    @Test
    void a_full_disk_costs_events_and_nothing_else() throws IOException {
        final Path disk = Files.createSymbolicLink(path, Path.of("/dev/full"));
        try (EventFile file = append()) {
            write(file, 1);
            write(file, 2);
            assertTrue(!file.flush());
            assertEquals(2, file.lost());
            Files.delete(disk);
            file.check();
            write(file, 3);
            assertTrue(file.flush());
            assertEquals(2, file.lost());
            assertEquals(1, file.written());
        }
        assertEquals(List.of("continued", "created:3"), words(path));
        assertTrue(isFound(3) && !isFound(2));
    }

    @Test
    void a_directory_that_comes_back_is_written_to_again() throws IOException {
        path = Files.createDirectory(directory.resolve("log")).resolve("events.jsonl");
        try (EventFile file = append()) {
            Files.move(directory.resolve("log"), directory.resolve("gone"));
            file.check();
            write(file, 1);
            assertTrue(!file.flush());
            assertEquals(1, file.lost());
            Files.createDirectory(directory.resolve("log"));
            file.check();
            write(file, 2);
            assertTrue(file.flush());
        }
        assertEquals(List.of("continued", "created:2"), words(path));
    }

    @Test
    void two_gateways_may_write_while_one_takes_over_from_the_other() throws IOException {
        try (EventFile old = append(); EventFile next = append()) {
            write(old, 1);
            old.flush();
            write(next, 2);
            next.flush();
            write(old, 3);
            write(next, 4);
            next.flush();
            old.flush();
            next.check();
        }
        assertEquals(List.of("started", "started", "created:1", "created:2", "created:4", "created:3"), words(path));
        for (int port = 1; port <= 4; port++) {
            assertTrue(isFound(port), "port " + port);
        }
    }

    @Test
    void a_replay_overwrites_a_replay_s_and_no_gateway_s() throws IOException {
        append().close();
        final IOException refused = assertThrows(IOException.class, () -> EventFile.replace(path, "replay", this::preamble));
        assertTrue(refused.getMessage().endsWith("was not written by a replay, which therefore does not overwrite it"),
            refused::getMessage);
        final EventFile.Preamble replay = (file, kind) -> {
            file.begin();
            file.text().beginning(kind, 5, "edge", "replay");
            file.end(EventKey.of(kind), 5);
        };
        path = directory.resolve("replay.jsonl");
        for (int run = 0; run < 2; run++) {
            try (EventFile file = EventFile.replace(path, "replay", replay)) {
                write(file, run);
            }
        }
        assertEquals(List.of("started", "created:1"), words(path));
    }
}
