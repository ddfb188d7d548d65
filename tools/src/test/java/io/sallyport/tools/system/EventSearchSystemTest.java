package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.event.EventLog;
import io.sallyport.event.MappingEvents;
import io.sallyport.tools.demo.Command;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code who} over a long log, from the shell: the time that a user waits, the start of the Java machine included. */
@Tag("system")
class EventSearchSystemTest {

    private static final int EVENTS = Integer.getInteger("sallyport.events", 10_000_000);
    private static final int MOST_LIVE = 40_000;
    private static final int DRAIN_INTERVAL = 10_000;
    private static final int PUBLIC = Ipv4Address.parse("198.51.100.1");
    private static final int INSIDE = Ipv4Address.parse("10.77.0.0");
    private static final long BEGIN_NS = 1_764_338_587_000_000_000L;
    private static final long STEP_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final int RUNS = 3;

    @TempDir
    private Path directory;

    private record Live(int host, int port) {
    }

    @Test
    void the_answer_takes_less_than_a_second() throws IOException {
        final Path file = directory.resolve("events.jsonl");
        final GatewayConfig config = GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"))
            .withEvents(new EventsConfig(Optional.of(file), false, 0, Optional.empty()));
        final EventLog log = EventLog.ofReplay(config, BEGIN_NS, CounterBlock.onHeap()).orElseThrow();
        final MappingEvents events = new MappingEvents(log.telling(0), 0, CounterBlock.onHeap());
        events.started();
        final SplittableRandom random = new SplittableRandom(3);
        final boolean[] taken = new boolean[65_536];
        final Deque<Live> live = new ArrayDeque<>();
        Live asked = null;
        long askedNs = 0;
        for (int i = 0; i < EVENTS; i++) {
            events.time(BEGIN_NS + i * STEP_NS);
            if (live.size() == MOST_LIVE || i % 2 == 1 && live.size() > 1_000) {
                final Live ended = live.removeFirst();
                taken[ended.port] = false;
                events.ended(0, INSIDE + ended.host, 5_000, PUBLIC, ended.port, 0, 0);
            } else {
                int port = random.nextInt(1_024, 65_536);
                while (taken[port]) {
                    port = random.nextInt(1_024, 65_536);
                }
                taken[port] = true;
                live.addLast(new Live(random.nextInt(200), port));
                events.created(0, INSIDE + live.getLast().host, 5_000, PUBLIC, port, 0, 0);
            }
            if (i == EVENTS / 3) {
                asked = live.getLast();
                askedNs = BEGIN_NS + i * STEP_NS + 1;
            }
            if (i % DRAIN_INTERVAL == 0) {
                log.drain(BEGIN_NS + i * STEP_NS);
            }
        }
        log.close();
        assertEquals(EVENTS, log.counters().get(Counter.EVENTS_WRITTEN));
        assertAnswered(file, asked, askedNs);
    }

    private static void assertAnswered(final Path file, final Live asked, final long askedNs) {
        final String time = Instant.ofEpochSecond(askedNs / 1_000_000_000, askedNs % 1_000_000_000).toString();
        long fastestNs = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            final long beginNs = System.nanoTime();
            final Command.Result answer = Program.run("who", "--events", file.toString(), "--public", "198.51.100.1:" + asked.port,
                "--protocol", "tcp", "--at", time);
            fastestNs = Math.min(fastestNs, System.nanoTime() - beginNs);
            assertTrue(answer.out().startsWith(Ipv4Address.format(INSIDE + asked.host) + ":5000 had "), answer::toString);
        }
        final long fastestMs = TimeUnit.NANOSECONDS.toMillis(fastestNs);
        assertTrue(fastestMs < 1_000, "who took " + fastestMs + " ms over " + EVENTS + " events");
    }
}
