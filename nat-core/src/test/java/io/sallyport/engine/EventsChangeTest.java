package io.sallyport.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.event.EventLog;
import io.sallyport.event.EventSearch;
import io.sallyport.event.Holding;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The event log is turned on, off, and to something else while connections live. */
class EventsChangeTest {

    private static final Pattern LINE = Pattern.compile(
        "\\{\"time\":\"1970-01-01T00:(..):(..)\\.[0-9]*Z\",\"event\":\"(created|ended)\",\"protocol\":\"udp\","
            + "\"public\":\"198.51.100.1:[0-9]+\",\"inside\":\"10.77.0.([0-9:]+)\"(.*)\\}");
    private static final int UDP = 1;

    @TempDir
    private Path directory;

    private GatewayConfig config;
    private Lab lab;
    private EventLog log;
    private boolean isMemoryShort;

    @AfterEach
    void close() {
        lab.close();
    }

    private Path file(final String name) {
        return directory.resolve(name + ".jsonl");
    }

    private EventsConfig events(final String name, final boolean destinations) {
        return new EventsConfig(Optional.of(file(name)), destinations, 0, Optional.empty());
    }

    /** A gateway that has been silent so far; a replay's log, because that has the packets' time. */
    private void startSilent(final Mapping mapping) throws IOException {
        start(mapping, "first");
        change(EventsConfig.OFF);
    }

    private void start(final Mapping mapping, final String name) throws IOException {
        final GatewayConfig small = Lab.small(5_000);
        config = small.withNat(small.nat().withMapping(mapping)).withEvents(events(name, false));
        final EngineOptions.Secrets secrets = EngineOptions.Secrets.seeded(1);
        log = EventLog.ofReplay(config, TimeUnit.SECONDS.toNanos(1_000), CounterBlock.onHeap()).orElseThrow();
        lab = Lab.of(config, Optional.empty(), () -> secret(secrets), Optional.of(log));
    }

    /** A table of hosts begins with one. */
    private long secret(final EngineOptions.Secrets secrets) {
        if (isMemoryShort) {
            throw new OutOfMemoryError("as the test wants it");
        }
        return secrets.next();
    }

    private void change(final EventsConfig events) {
        config = config.withEvents(events);
        log.drain(lab.nowNs);
        assertFalse(lab.nat.reconfigure(config, lab.nowNs).applied().isEmpty());
    }

    private int open(final int port, final String destination) {
        return Packets.sourcePort(lab.fromInside(Packets.udp(Lab.IN1, port, destination, 53, 10)).getFirst().frame());
    }

    /** Seconds after the start, what happened, and to whom. */
    private List<String> lines(final String name) throws IOException {
        return Files.readAllLines(file(name)).stream().map(LINE::matcher).filter(Matcher::matches)
            .map(line -> Integer.parseInt(line.group(1)) * 60 + Integer.parseInt(line.group(2)) - 1_000 + " " + line.group(3) + " "
                + line.group(4) + line.group(5).replaceAll("[\",]+[a-z]+\":\"?|\"", " ").stripTrailing())
            .toList();
    }

    private List<Holding> who(final String name, final int port, final long second) throws IOException {
        final long atNs = TimeUnit.SECONDS.toNanos(1_000 + second);
        return new EventSearch(file(name)).who(UDP, Ipv4Address.parse(Lab.PUBLIC), port, atNs, atNs + 1).holdings();
    }

    @ParameterizedTest
    @CsvSource({"ENDPOINT_INDEPENDENT, false", "ENDPOINT_INDEPENDENT, true", "ENDPOINT_DEPENDENT, false", "ENDPOINT_DEPENDENT, true"})
    void what_lives_is_told_to_a_log_that_begins(final Mapping mapping, final boolean destinations) throws IOException {
        startSilent(mapping);
        final int port = open(5_000, Lab.OUT1);
        lab.pass(100, TimeUnit.SECONDS);
        change(events("second", destinations));
        lab.pass(50, TimeUnit.SECONDS);
        open(5_001, Lab.OUT2);
        lab.pass(1_000, TimeUnit.SECONDS);
        change(EventsConfig.OFF);
        final String first = destinations ? " 203.0.113.5:53" : "";
        final String second = destinations ? " 203.0.113.6:53" : "";
        assertEquals(List.of("100 created 2:5000" + first + " true", "150 created 2:5001" + second, "300 ended 2:5000" + first,
            "450 ended 2:5001" + second), lines("second"));
        assertEquals(List.of(), lines("first"));
        assertEquals(1, who("second", port, 100).size());
        assertEquals(0, who("second", port, 301).size());
    }

    /** They wait for their turn when they end, and others begin among them. */
    @ParameterizedTest
    @EnumSource(Mapping.class)
    void nothing_is_told_twice_and_nothing_left_out(final Mapping mapping) throws IOException {
        final int count = 3_000;
        startSilent(mapping);
        for (int port = 0; port < count; port++) {
            open(1_024 + port, Lab.OUT1);
        }
        lab.nowNs += TimeUnit.SECONDS.toNanos(301);
        change(events("second", false));
        for (int port = 0; port < 100; port++) {
            open(10_000 + port, Lab.OUT1);
        }
        lab.pass(1_000, TimeUnit.SECONDS);
        change(EventsConfig.OFF);
        final List<String> lines = lines("second");
        assertEquals(count, lines.stream().filter(line -> line.matches("301 created 2:.* true")).distinct().count());
        assertEquals(100, lines.stream().filter(line -> line.matches("301 created 2:100[0-9][0-9]")).distinct().count());
        assertEquals(count + 100, lines.stream().filter(line -> line.contains(" ended ")).distinct().count());
        assertEquals(2 * (count + 100), lines.size());
        assertTrue(lines.indexOf("301 created 2:1024 true") < lines.indexOf("301 ended 2:1024"));
        assertEquals(0, lab.count(Counter.EVENTS_LOST));
    }

    @Test
    void a_log_elsewhere_knows_what_lives_and_the_one_before_what_has_been() throws IOException {
        start(Mapping.ENDPOINT_INDEPENDENT, "first");
        final int port = open(5_000, Lab.OUT1);
        lab.pass(100, TimeUnit.SECONDS);
        change(events("second", false));
        lab.pass(1_000, TimeUnit.SECONDS);
        change(EventsConfig.OFF);
        assertEquals(List.of("0 created 2:5000"), lines("first"));
        assertTrue(Files.readAllLines(file("first")).getLast().contains("\"event\":\"stopped\""));
        assertEquals(List.of("100 created 2:5000 true", "300 ended 2:5000"), lines("second"));
        assertEquals(1, who("first", port, 50).size());
        assertEquals(1, who("second", port, 200).size());
    }

    /** From then on each connection has its own, so what was known of the mapping has ended. */
    @Test
    void destinations_come_into_the_same_file() throws IOException {
        start(Mapping.ENDPOINT_INDEPENDENT, "first");
        final int port = open(5_000, Lab.OUT1);
        open(5_000, Lab.OUT2);
        lab.pass(100, TimeUnit.SECONDS);
        open(6_000, Lab.OUT1);
        change(events("first", true));
        lab.pass(50, TimeUnit.SECONDS);
        open(6_001, Lab.OUT1);
        change(events("first", false));
        lab.pass(1_000, TimeUnit.SECONDS);
        change(EventsConfig.OFF);
        assertEquals(List.of(false), who("first", port, 50).stream().map(Holding::hasDestination).toList());
        assertEquals(List.of(true, true), who("first", port, 120).stream().map(Holding::hasDestination).toList());
        assertEquals(List.of(false), who("first", port, 200).stream().map(Holding::hasDestination).toList());
        assertEquals(List.of(), who("first", port, 301));
    }

    /** Turned off and on again: a mapping that lived all the time is one. */
    @Test
    void a_gap_does_not_cut_what_lives() throws IOException {
        start(Mapping.ENDPOINT_INDEPENDENT, "first");
        final int port = open(5_000, Lab.OUT1);
        lab.pass(50, TimeUnit.SECONDS);
        change(EventsConfig.OFF);
        lab.pass(50, TimeUnit.SECONDS);
        change(events("first", false));
        lab.pass(1_000, TimeUnit.SECONDS);
        change(EventsConfig.OFF);
        final Holding holding = who("first", port, 200).getFirst();
        assertEquals(TimeUnit.SECONDS.toNanos(1_000), holding.sinceNs());
        assertEquals(1_300, TimeUnit.NANOSECONDS.toSeconds(holding.untilNs()));
    }

    @Test
    void a_file_that_cannot_be_opened_refuses_the_whole_change() throws IOException {
        start(Mapping.ENDPOINT_INDEPENDENT, "first");
        final GatewayConfig wanted = config.withEvents(events("none/second", false))
            .withNat(config.nat().withExempt(List.of(Ipv4Prefix.parse("203.0.113.0/24"))));
        final String message = assertThrows(IllegalArgumentException.class, () -> lab.nat.reconfigure(wanted, lab.nowNs)).getMessage();
        assertEquals("events.file: " + file("none/second") + ": no such directory", message);
        assertEquals(Lab.PUBLIC, Packets.source(lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10)).getFirst().frame()));
        change(EventsConfig.OFF);
        assertEquals(List.of("0 created 2:5000"), lines("first"));
    }

    @Test
    void a_change_for_which_there_is_no_memory_leaves_everything_as_it_was() throws IOException {
        start(Mapping.ENDPOINT_INDEPENDENT, "first");
        final GatewayConfig wanted = config.withEvents(events("second", false)).withNat(config.nat().withLimits(new Limits(5_000, 10, 0)));
        isMemoryShort = true;
        assertThrows(OutOfMemoryError.class, () -> lab.nat.reconfigure(wanted, lab.nowNs));
        isMemoryShort = false;
        open(5_000, Lab.OUT1);
        change(EventsConfig.OFF);
        assertEquals(List.of("0 created 2:5000"), lines("first"));
        assertEquals(0, Files.size(file("second")));
    }

    /** 64 ports of the pool are a block; each is told to the log that begins, and those that are returned later, too. */
    @Test
    void blocks_that_are_owned_are_told() throws IOException {
        startSilent(Mapping.ENDPOINT_INDEPENDENT);
        open(5_000, Lab.OUT1);
        change(events("second", false));
        lab.pass(1_000, TimeUnit.SECONDS);
        change(EventsConfig.OFF);
        final List<String> blocks = Files.readAllLines(file("second")).stream().filter(line -> line.contains("\"block-")).toList();
        assertEquals(2, blocks.size(), blocks::toString);
        assertEquals(blocks.getFirst().replaceAll(".*\"block-claimed\"", ""), blocks.getLast().replaceAll(".*\"block-returned\"", ""));
    }
}
