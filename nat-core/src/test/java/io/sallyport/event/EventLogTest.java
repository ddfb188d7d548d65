package io.sallyport.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.EventsConfig;
import io.sallyport.config.EventsConfig.Collector;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUse;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From the rings to the file and the collector. */
class EventLogTest {

    private static final int PUBLIC = 0xC633_6401;
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long LIMIT_NS = LIMIT.toNanos();

    private final CounterBlock workerCounters = CounterBlock.onHeap();
    private final CounterBlock counters = CounterBlock.onHeap();

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("events.jsonl");
    }

    private static GatewayConfig config(final Optional<Path> file, final Optional<Collector> collector) {
        return GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"))
            .withEvents(new EventsConfig(file, false, 0, collector));
    }

    private MappingEvents worker(final EventLog log) {
        final MappingEvents events = new MappingEvents(log.telling(0), 0, workerCounters);
        events.started();
        return events;
    }

    private void awaitWritten(final long count) {
        final long deadlineNs = System.nanoTime() + LIMIT_NS;
        while (counters.get(Counter.EVENTS_WRITTEN) < count && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
        assertEquals(count, counters.get(Counter.EVENTS_WRITTEN));
    }

    @Test
    void it_is_in_the_file_at_once_and_in_the_collector_s_hands() throws IOException {
        try (DatagramSocket collector = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            collector.setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(LIMIT_NS));
            final long beginMs = System.currentTimeMillis();
            try (EventLog log = EventLog.ofGateway(config(Optional.of(file()), Optional.of(new Collector(0x7F00_0001,
                    collector.getLocalPort()))), SystemNanoClock.INSTANCE, counters)) {
                log.start();
                final MappingEvents events = worker(log);
                events.time(System.nanoTime());
                events.created(0, 0x0A4D_0002, 5_000, PUBLIC, 1_024, 0, 0);
                awaitWritten(1);
                final String line = Files.readAllLines(file()).getLast();
                assertTrue(line.endsWith("\"inside\":\"10.77.0.2:5000\"}"), line);
                final EventLine read = new EventLine();
                assertTrue(read.read(line.getBytes(StandardCharsets.US_ASCII), 0, line.length()));
                assertEquals(beginMs, TimeUnit.NANOSECONDS.toMillis(read.timeNs()), 10_000, "on the calendar");
                final DatagramPacket message = new DatagramPacket(new byte[2_000], 2_000);
                collector.receive(message);
                assertEquals(10, message.getData()[1]);
            }
            assertEquals(1, counters.get(Counter.EVENTS_EXPORTED));
        }
    }

    @Test
    void ports_that_run_short_and_forwards_that_come_and_go_are_told() throws IOException {
        final GatewayConfig config = config(Optional.of(file()), Optional.empty());
        final GatewayConfig next = config.withNat(config.nat().withForwards(List.of(
            new NatConfig.Forward(NatConfig.Protocol.TCP, PUBLIC, 2222, 0x0A4D_0009, 22, List.of()))));
        try (EventLog log = EventLog.ofGateway(config, SystemNanoClock.INSTANCE, counters)) {
            log.start();
            log.portsShort(new PortUse(PUBLIC, 1, 400, 512, 20));
            log.portsShort(new DestinationUse(PUBLIC, 1, 0xCB00_710A, 53, 512, 512));
            log.prepare(config, next).make();
            log.prepare(next, next).make();
            log.prepare(next, config).make();
        }
        final List<String> lines = Files.readAllLines(file());
        assertEquals(6, lines.size(), lines.toString());
        assertEquals(",\"event\":\"ports-short\",\"protocol\":\"udp\",\"public\":\"198.51.100.1\",\"taken\":420,\"capacity\":512}",
            lines.get(1).substring(lines.get(1).indexOf(",\"event")));
        assertTrue(lines.get(2).endsWith("\"public\":\"198.51.100.1\",\"destination\":\"203.0.113.10:53\",\"taken\":512,\"capacity\":512}"),
            lines.get(2));
        assertTrue(lines.get(3).endsWith("\"forward\",\"protocol\":\"tcp\",\"public\":\"198.51.100.1:2222\",\"inside\":\"10.77.0.9:22\"}"),
            lines.get(3));
        assertTrue(lines.get(4).endsWith(
            "\"forward-ended\",\"protocol\":\"tcp\",\"public\":\"198.51.100.1:2222\",\"inside\":\"10.77.0.9:22\"}"), lines.get(4));
        final EventLine read = new EventLine();
        for (final String line : lines) {
            assertTrue(read.read(line.getBytes(StandardCharsets.US_ASCII), 0, line.length()), line);
        }
    }

    @Test
    void what_is_in_the_rings_goes_to_the_file_before() throws IOException {
        final int count = 50_000;
        final GatewayConfig before = config(Optional.of(file()), Optional.empty());
        final Path other = directory.resolve("other.jsonl");
        try (EventLog log = EventLog.ofGateway(before, SystemNanoClock.INSTANCE, counters)) {
            final MappingEvents events = worker(log);
            for (int i = 0; i < count; i++) {
                events.created(0, 0x0A4D_0002, 5_000, PUBLIC, i, 0, 0);
            }
            log.start();
            log.prepare(before, config(Optional.of(other), Optional.empty())).make();
            assertTrue(Files.readAllLines(other).getFirst().contains("\"event\":\"started\""));
            events.created(0, 0x0A4D_0002, 5_000, PUBLIC, 60_000, 0, 0);
            awaitWritten(count + 1);
        }
        final List<String> lines = Files.readAllLines(file());
        assertEquals(count + 2, lines.size());
        assertTrue(lines.getLast().contains("\"event\":\"stopped\""), lines.getLast());
        assertTrue(Files.readAllLines(other).get(1).contains(":60000"));
    }

    /** What a worker cannot get rid of while the log is held up. */
    @Test
    void a_gap_is_counted_and_stands_in_the_file() throws IOException {
        final int count = 200_000;
        try (EventLog log = EventLog.ofGateway(config(Optional.of(file()), Optional.empty()), SystemNanoClock.INSTANCE, counters)) {
            final MappingEvents events = worker(log);
            for (int i = 0; i < count; i++) {
                events.created(0, 0x0A4D_0002, 5_000, PUBLIC, i & 0xFFFF, 0, 0);
            }
        }
        final long lost = workerCounters.get(Counter.EVENTS_LOST);
        assertTrue(lost > 50_000, lost + " lost");
        assertEquals(count, lost + counters.get(Counter.EVENTS_WRITTEN));
        final List<String> lines = Files.readAllLines(file());
        assertTrue(lines.get(lines.size() - 2).contains("\"event\":\"lost\",\"count\":" + lost + ","), lines.get(lines.size() - 2));
        assertEquals(lost, new EventSearch(file()).who(0, PUBLIC, 1, Long.MAX_VALUE - 1, Long.MAX_VALUE).lostEvents());
    }

    @Test
    void a_gap_before_a_change_is_told_once() throws IOException {
        final GatewayConfig before = config(Optional.of(file()), Optional.empty());
        final GatewayConfig next = before.withEvents(new EventsConfig(Optional.of(file()), true, 0, Optional.empty()));
        try (EventLog log = EventLog.ofGateway(before, SystemNanoClock.INSTANCE, counters)) {
            final MappingEvents events = worker(log);
            for (int i = 0; i < 200_000; i++) {
                events.created(0, 0x0A4D_0002, 5_000, PUBLIC, i & 0xFFFF, 0, 0);
            }
            log.prepare(before, next).make();
        }
        final long lost = workerCounters.get(Counter.EVENTS_LOST);
        final List<String> gaps = Files.readAllLines(file()).stream().filter(line -> line.contains("\"event\":\"lost\"")).toList();
        assertEquals(1, gaps.size(), gaps::toString);
        assertTrue(gaps.getFirst().contains("\"count\":" + lost + ","), gaps::toString);
    }

    /** Whoever opens a pipe that nobody reads waits for ever. */
    @Test
    void what_is_no_file_is_refused() throws IOException, InterruptedException {
        final Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        final GatewayConfig off = config(Optional.empty(), Optional.empty());
        for (final Path other : List.of(pipe, directory)) {
            final GatewayConfig wanted = config(Optional.of(other), Optional.empty());
            final String message = "events.file: " + other + ": not a regular file";
            assertTimeoutPreemptively(LIMIT, () -> {
                assertEquals(message, assertThrows(IOException.class,
                    () -> EventLog.ofGateway(wanted, SystemNanoClock.INSTANCE, counters)).getMessage());
                try (EventLog log = EventLog.ofGateway(off, SystemNanoClock.INSTANCE, counters)) {
                    assertEquals(message, assertThrows(IllegalArgumentException.class, () -> log.prepare(off, wanted)).getMessage());
                }
            });
        }
    }

    @Test
    void without_file_and_collector_nothing_is_told() throws IOException {
        try (EventLog log = EventLog.ofGateway(config(Optional.empty(), Optional.empty()), SystemNanoClock.INSTANCE, counters)) {
            assertEquals(Telling.NOTHING, log.telling(0));
        }
        assertTrue(EventLog.ofReplay(config(Optional.empty(), Optional.of(new Collector(0x7F00_0001, 1))), 0, counters).isEmpty());
    }
}
