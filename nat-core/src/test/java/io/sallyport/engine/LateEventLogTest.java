package io.sallyport.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.counter.CounterBlock;
import io.sallyport.event.EventLog;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The event log has a thread of its own, which may be held up while the gateway changes: here by its clock. */
class LateEventLogTest {

    private static final String LOG_THREAD = "sallyport-events";
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(20);
    private static final int WORKERS = 2;

    @TempDir
    private Path directory;

    private GatewayConfig config;
    private EventLog log;
    private Lab lab;
    private volatile CountDownLatch held = new CountDownLatch(0);

    @BeforeEach
    void start() throws IOException {
        final IoConfig io = Lab.config().io();
        config = Lab.small(1_000).withEvents(events("first"))
            .withIo(new IoConfig(io.backend(), io.threading(), WORKERS, io.waiting(), io.offload(), io.isolate()));
        log = EventLog.ofGateway(config, this::time, CounterBlock.onHeap());
        lab = Lab.of(config, Optional.empty(), EngineOptions.Secrets.seeded(1), Optional.of(log));
    }

    @AfterEach
    void close() {
        held.countDown();
        lab.close();
    }

    private long time() {
        if (Thread.currentThread().getName().equals(LOG_THREAD)) {
            try {
                held.await();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return System.nanoTime();
    }

    private Path file(final String name) {
        return directory.resolve(name + ".jsonl");
    }

    private EventsConfig events(final String name) {
        return new EventsConfig(Optional.of(file(name)), false, 0, Optional.empty());
    }

    private GatewayConfig withForward() {
        return config.withNat(config.nat().withForwards(List.of(new Forward(NatConfig.Protocol.TCP, Ipv4Address.parse(Lab.PUBLIC), 2_222,
            Ipv4Address.parse(Lab.IN1), 22, List.of()))));
    }

    private void open(final int port) {
        assertEquals(1, lab.fromInside(Packets.udp(Lab.IN1, port, Lab.OUT1, 53, 10)).size());
    }

    private boolean isIn(final String name, final int port) throws IOException {
        return Files.readString(file(name)).contains("\"inside\":\"" + Lab.IN1 + ":" + port + "\"");
    }

    /** While new connections are refused nothing waits for a disk. */
    @Test
    void a_forward_that_comes_does_not_wait_for_it() throws IOException {
        log.start();
        held = new CountDownLatch(1);
        assertTimeout(Duration.ofMillis(1_500), () -> lab.nat.reconfigure(withForward(), lab.nowNs));
        held.countDown();
        lab.nat.close();
        assertTrue(Files.readString(file("first")).contains("\"event\":\"forward\""));
    }

    @Test
    void it_goes_over_before_connections_are_refused() throws IOException {
        final EventLog own = EventLog.ofGateway(config.withEvents(events("own")), this::time, CounterBlock.onHeap());
        final Engine engine = Engine.create(
            config.withEvents(events("own")), EngineOptions.inMemory().withEvents(Optional.of(own)), lab.nowNs);
        final List<String> steps = new ArrayList<>();
        try (NatPipeline nat = NatPipeline.over(engine)) {
            engine.control().reconfigure(withForward().withEvents(events("second")), () -> {
                final boolean isOver = file("second").toFile().length() > 0;
                steps.add((engine.rules().terms().isDraining() ? "refuses" : "opens") + (isOver ? " after" : " before"));
                nat.poll(lab.nowNs, (batch, side) -> { });
            });
        }
        assertEquals(List.of("opens before", "refuses after", "opens after"), steps);
    }

    /** No event of the new log's may come into the old file. */
    @Test
    void workers_are_silent_until_it_has_gone_over() throws IOException {
        log.start();
        open(5_000);
        held = new CountDownLatch(1);
        lab.nat.reconfigure(config.withEvents(events("second")), lab.nowNs);
        open(5_001);
        lab.nat.tend(lab.nowNs);
        open(5_002);
        assertEquals(0, Files.size(file("second")));
        held.countDown();
        final long deadlineNs = System.nanoTime() + LIMIT_NS;
        while (!(isIn("second", 5_000) && isIn("second", 5_001) && isIn("second", 5_002)) && System.nanoTime() < deadlineNs) {
            lab.nat.tend(lab.nowNs);
            lab.pass(0, TimeUnit.SECONDS);
        }
        assertTrue(isIn("second", 5_000) && isIn("second", 5_001) && isIn("second", 5_002), Files.readString(file("second")));
        assertTrue(isIn("first", 5_000));
        assertFalse(isIn("first", 5_001) || isIn("first", 5_002), Files.readString(file("first")));
    }
}
