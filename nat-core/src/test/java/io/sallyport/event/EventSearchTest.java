package io.sallyport.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who had a port: what the log says, with its index and without, against a list that was kept beside it. */
class EventSearchTest {

    private static final int PUBLIC = 0xC633_6401;
    private static final int INSIDE = 0x0A4D_0000;
    private static final long BEGIN_NS = 1_764_338_587_000_000_000L;

    private final Event event = new Event().wrap(new UnsafeBuffer(new byte[Event.LENGTH]), 0).begin(0);

    @TempDir
    private Path directory;

    private Path path;
    private EventFile file;
    private long nowNs = BEGIN_NS;

    @BeforeEach
    void begin() throws IOException {
        path = directory.resolve("events.jsonl");
        open();
    }

    private void open() throws IOException {
        file = EventFile.append(path, 0, (to, kind) -> {
            to.begin();
            to.text().beginning(kind, nowNs, "edge", "run");
            to.end(EventKey.of(kind), nowNs);
        });
    }

    private void write(final EventKind kind, final int host, final int port, final int flags) {
        event.inside(INSIDE + host, 5_000).publicSide(0, PUBLIC, port).flags(flags);
        file.begin();
        file.text().event(kind, event, nowNs);
        file.end(EventKey.of(0, PUBLIC, port), nowNs);
    }

    private void created(final int host, final int port) {
        write(EventKind.CREATED, host, port, 0);
    }

    private void ended(final int host, final int port) {
        write(EventKind.ENDED, host, port, 0);
    }

    private void stopped(final long sinceNs) {
        file.begin();
        file.text().stopped(nowNs, sinceNs);
        file.end(EventKey.of(EventKind.STOPPED), nowNs);
    }

    private Answer who(final int port, final long timeNs) throws IOException {
        return new EventSearch(path).who(0, PUBLIC, port, timeNs, timeNs + 1);
    }

    private static List<Integer> hosts(final Answer answer) {
        return answer.holdings().stream().map(holding -> holding.insideAddress() - INSIDE).distinct().sorted().toList();
    }

    @Test
    void from_its_beginning_until_right_before_its_end() throws IOException {
        nowNs = BEGIN_NS + 10;
        created(2, 7);
        nowNs = BEGIN_NS + 20;
        ended(2, 7);
        file.close();
        assertEquals(List.of(), hosts(who(7, BEGIN_NS + 9)));
        assertEquals(List.of(2), hosts(who(7, BEGIN_NS + 10)));
        assertEquals(List.of(2), hosts(who(7, BEGIN_NS + 19)));
        assertEquals(List.of(), hosts(who(7, BEGIN_NS + 20)));
        assertEquals(BEGIN_NS + 20, who(7, BEGIN_NS + 20).before().orElseThrow().untilNs());
        assertEquals(List.of(), hosts(who(8, BEGIN_NS + 15)));
        assertEquals(List.of(2), new EventSearch(path).who(0, PUBLIC, 7, BEGIN_NS, BEGIN_NS + 1_000).holdings().stream()
            .map(holding -> holding.insideAddress() - INSIDE).toList());
        assertEquals(List.of(), new EventSearch(path).who(1, PUBLIC, 7, BEGIN_NS + 15, BEGIN_NS + 16).holdings(), "another protocol");
    }

    @Test
    void several_at_once_and_one_several_times() throws IOException {
        created(2, 7);
        created(3, 7);
        created(2, 7);
        nowNs += 10;
        ended(2, 7);
        file.close();
        assertEquals(List.of(2, 3), hosts(who(7, nowNs + 1)));
    }

    @Test
    void a_start_ends_what_is_not_adopted() throws IOException {
        created(2, 7);
        created(3, 8);
        file.close();
        nowNs += 1_000;
        open();
        nowNs += 10;
        write(EventKind.CREATED, 2, 7, Event.ADOPTED);
        nowNs += 10;
        ended(2, 7);
        file.close();
        assertEquals(List.of(2), hosts(who(7, BEGIN_NS + 500)));
        assertEquals(List.of(2), hosts(who(7, BEGIN_NS + 1_005)), "it went on, though the log says so a little later");
        assertEquals(BEGIN_NS, who(7, BEGIN_NS + 1_015).holdings().getFirst().sinceNs());
        assertEquals(List.of(), hosts(who(7, BEGIN_NS + 1_020)));
        assertEquals(List.of(3), hosts(who(8, BEGIN_NS + 999)));
        assertEquals(List.of(), hosts(who(8, BEGIN_NS + 1_000)));
    }

    /** A reload turns the log off and on again; another may have had the port meanwhile. */
    @Test
    void a_log_that_was_off_says_nothing_but_what_went_on() throws IOException {
        created(2, 7);
        created(3, 8);
        nowNs += 100;
        stopped(BEGIN_NS);
        file.close();
        nowNs += 900;
        open();
        nowNs += 10;
        write(EventKind.CREATED, 3, 8, Event.ADOPTED);
        nowNs += 10;
        ended(3, 8);
        file.close();
        assertEquals(List.of(2), hosts(who(7, BEGIN_NS + 99)));
        final Answer unknown = who(7, BEGIN_NS + 500);
        assertEquals(List.of(), hosts(unknown));
        assertEquals(BEGIN_NS + 100, unknown.before().orElseThrow().untilNs());
        assertEquals(OptionalLong.of(BEGIN_NS + 100), unknown.stoppedNs());
        assertEquals(List.of(3), hosts(who(8, BEGIN_NS + 500)));
        assertEquals(List.of(3), hosts(who(8, BEGIN_NS + 1_015)));
        assertEquals(List.of(), hosts(who(8, BEGIN_NS + 1_020)));
    }

    @Test
    void the_stop_of_a_gateway_that_another_has_taken_over_from_ends_nothing() throws IOException {
        created(2, 7);
        file.close();
        nowNs += 100;
        open();
        write(EventKind.CREATED, 2, 7, Event.ADOPTED);
        nowNs += 100;
        stopped(BEGIN_NS);
        file.close();
        assertEquals(List.of(2), hosts(who(7, BEGIN_NS + 300)));
        assertEquals(OptionalLong.empty(), who(7, BEGIN_NS + 300).stoppedNs());
    }

    @Test
    void what_began_before_the_log_is_known_by_its_end() throws IOException {
        nowNs += 100;
        ended(2, 7);
        file.close();
        assertEquals(List.of(2), hosts(who(7, BEGIN_NS + 50)));
        assertEquals(Long.MIN_VALUE, who(7, BEGIN_NS + 50).holdings().getFirst().sinceNs());
    }

    @Test
    void losses_and_stops_are_told_where_they_matter() throws IOException {
        created(2, 7);
        nowNs += 100;
        file.begin();
        file.text().lost(nowNs, 5, nowNs - 10);
        file.end(EventKey.of(EventKind.LOST), nowNs);
        nowNs += 100;
        created(3, 8);
        nowNs += 100;
        stopped(BEGIN_NS);
        file.close();
        assertEquals(5, who(7, BEGIN_NS + 250).lostEvents());
        assertEquals(0, who(7, BEGIN_NS + 50).lostEvents(), "they were lost later");
        assertEquals(0, who(8, BEGIN_NS + 250).lostEvents(), "it began after that");
        assertEquals(5, who(9, BEGIN_NS + 250).lostEvents());
        assertEquals(OptionalLong.empty(), who(7, BEGIN_NS + 250).stoppedNs());
        assertEquals(OptionalLong.of(BEGIN_NS + 300), who(7, BEGIN_NS + 350).stoppedNs());
    }

    @Test
    void what_the_configuration_gives_away() throws IOException {
        file.begin();
        file.text().forward(EventKind.FORWARD, nowNs, 0, PUBLIC, 2_222, INSIDE + 9, 22);
        file.end(EventKey.of(0, PUBLIC, 2_222), nowNs);
        file.begin();
        file.text().oneToOne(EventKind.ONE_TO_ONE, nowNs, PUBLIC + 1, INSIDE + 50);
        file.end(EventKey.ofAddress(PUBLIC + 1), nowNs);
        file.close();
        assertEquals(List.of(9), hosts(who(2_222, nowNs)));
        assertEquals(22, who(2_222, nowNs).holdings().getFirst().insidePort());
        final Holding host = new EventSearch(path).who(1, PUBLIC + 1, 53, nowNs, nowNs + 1).holdings().getFirst();
        assertEquals(new Holding(EventKind.ONE_TO_ONE, INSIDE + 50, 53, nowNs, Long.MAX_VALUE, false, 0, 0), host);
    }

    @Test
    void what_the_configuration_gave_away_and_does_not_any_more() throws IOException {
        for (final EventKind kind : List.of(EventKind.FORWARD, EventKind.FORWARD_ENDED)) {
            file.begin();
            file.text().forward(kind, nowNs, 0, PUBLIC, 2_222, INSIDE + 9, 22);
            file.end(EventKey.of(0, PUBLIC, 2_222), nowNs);
            nowNs += 100;
        }
        for (final EventKind kind : List.of(EventKind.ONE_TO_ONE, EventKind.ONE_TO_ONE_ENDED)) {
            file.begin();
            file.text().oneToOne(kind, nowNs, PUBLIC + 1, INSIDE + 50);
            file.end(EventKey.ofAddress(PUBLIC + 1), nowNs);
            nowNs += 100;
        }
        file.close();
        assertEquals(List.of(9), hosts(who(2_222, BEGIN_NS + 50)));
        assertEquals(List.of(), who(2_222, BEGIN_NS + 100).holdings());
        assertEquals(1, new EventSearch(path).who(1, PUBLIC + 1, 53, BEGIN_NS + 250, BEGIN_NS + 251).holdings().size());
        assertEquals(0, new EventSearch(path).who(1, PUBLIC + 1, 53, BEGIN_NS + 300, BEGIN_NS + 301).holdings().size());
    }

    /** Two of three files are compressed; one of them is still being. */
    @Test
    void compressed_files_are_searched() throws IOException {
        created(7, 7);
        nowNs += 100;
        rotate(".2", false);
        ended(7, 7);
        created(8, 7);
        nowNs += 100;
        rotate(".1", true);
        created(9, 9);
        file.close();
        assertEquals(List.of(7), hosts(who(7, BEGIN_NS + 50)));
        assertEquals(List.of(8), hosts(who(7, BEGIN_NS + 150)));
        assertEquals(1, who(7, BEGIN_NS + 150).holdings().size());
        assertEquals(BEGIN_NS, who(7, BEGIN_NS + 50).holdings().getFirst().sinceNs());
        assertEquals(List.of(), who(7, BEGIN_NS + 150).notRead());
    }

    /** The log was renamed to {@code .gz} in one go, and has begun anew under its name. */
    @Test
    void an_archive_beside_a_later_file_of_its_name_is_searched() throws IOException {
        created(7, 7);
        nowNs += 100;
        ended(7, 7);
        nowNs += 100;
        rotate("", false);
        created(8, 8);
        file.close();
        assertEquals(List.of(7), hosts(who(7, BEGIN_NS + 50)));
        assertEquals(BEGIN_NS + 100, who(7, BEGIN_NS + 250).before().orElseThrow().untilNs());
        assertEquals(List.of(8), hosts(who(8, BEGIN_NS + 250)));
    }

    @Test
    void a_compressed_file_that_is_cut_is_searched_as_far_as_it_goes_and_named() throws IOException {
        for (int port = 1_024; port < 60_000; port++) {
            created(port & 0xFF, port);
        }
        nowNs += 100;
        rotate(".1", false);
        file.close();
        final Path compressed = directory.resolve("events.jsonl.1.gz");
        final byte[] whole = Files.readAllBytes(compressed);
        Files.write(compressed, Arrays.copyOf(whole, whole.length / 2));
        assertEquals(List.of(0), hosts(who(1_024, BEGIN_NS + 50)));
        assertEquals(List.of(compressed), who(1_024, BEGIN_NS + 50).notRead());
    }

    private void rotate(final String suffix, final boolean isHalfDone) throws IOException {
        file.close();
        final Path rotated = directory.resolve("events.jsonl" + suffix);
        Files.move(path, rotated);
        try (OutputStream to = new GZIPOutputStream(Files.newOutputStream(directory.resolve("events.jsonl" + suffix + ".gz")))) {
            Files.copy(rotated, to);
        }
        if (!isHalfDone) {
            Files.delete(rotated);
        }
        open();
    }

    @Test
    void files_that_are_no_logs_are_named() throws IOException {
        file.close();
        Files.write(directory.resolve("events.jsonl.2.gz"), new byte[] {0x1F, (byte) 0x8B, 8, 0});
        assertEquals(List.of("events.jsonl.2.gz"),
            who(7, nowNs).notRead().stream().map(other -> other.getFileName().toString()).toList());
    }

    /** Half a million lines, more than one run of the index, some of them in no run. */
    @Test
    void the_index_finds_what_is_there() throws IOException {
        final SplittableRandom random = new SplittableRandom(11);
        final Map<Integer, Integer> holders = new HashMap<>();
        final List<long[]> questions = new ArrayList<>();
        for (int i = 0; i < 500_000; i++) {
            nowNs += random.nextInt(1, 1_000_000);
            final int port = 1_024 + random.nextInt(20_000);
            final Integer holder = holders.remove(port);
            if (holder == null) {
                holders.put(port, random.nextInt(200));
                created(holders.get(port), port);
            } else {
                ended(holder, port);
            }
            if (random.nextInt(2_500) == 0) {
                final int asked = 1_024 + random.nextInt(20_000);
                questions.add(new long[] {asked, nowNs, holders.getOrDefault(asked, -1)});
            }
        }
        file.flush();
        assertAnswered(questions, "while it is written");
        file.close();
        assertAnswered(questions, "whole");
        final Path index = index();
        Files.write(index, Arrays.copyOf(Files.readAllBytes(index), 1_000_000));
        assertAnswered(questions.subList(0, 20), "with half an index");
        final byte[] garbage = new byte[1_000_000];
        new Random(3).nextBytes(garbage);
        Files.write(index, garbage);
        assertAnswered(questions.subList(0, 5), "with garbage");
        Files.delete(index);
        assertAnswered(questions.subList(0, 5), "without an index");
        nowNs++;
        open();
        file.close();
        assertTrue(Files.size(index()) > 3_500_000, "the index is made again");
        assertAnswered(questions.subList(0, 20), "with a new index");
    }

    private void assertAnswered(final List<long[]> questions, final String what) throws IOException {
        for (final long[] question : questions) {
            assertEquals(question[2] < 0 ? List.of() : List.of((int) question[2]), hosts(who((int) question[0], question[1])),
                () -> what + ": port " + question[0] + " at " + question[1]);
        }
    }

    private Path index() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(other -> other.toString().endsWith(EventIndex.SUFFIX)).findFirst().orElseThrow();
        }
    }
}
