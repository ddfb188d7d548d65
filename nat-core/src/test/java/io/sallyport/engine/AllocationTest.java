package io.sallyport.engine;

import com.sun.management.ThreadMXBean;
import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.event.EventLog;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ipv4;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Zero bytes are allocated for a packet, in the steady state and when connections begin and end. */
class AllocationTest {

    private static final int BATCH = 64;
    private static final int ROUNDS = 3;
    private static final int SOURCE_PORT_OFFSET = 34;
    private static final int SOURCE_ADDRESS_OFFSET = 26;
    private static final byte[] TEMPLATE = Packets.udp("10.77.0.2", 1024, Lab.OUT1, 53, 18);

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    @TempDir
    private Path directory;

    private final PacketBatch batch = PacketBatch.owning(BATCH, 256);
    private final Egress.Transmitter nowhere = (frames, side) -> { };
    private long nowNs = TimeUnit.SECONDS.toNanos(1000);

    @Test
    void steadyState() {
        try (NatPipeline nat = NatPipeline.create(Lab.small(10_000), () -> nowNs)) {
            final Runnable burst = () -> {
                fill(0);
                run(nat);
            };
            assertAllocatesNothing(burst, 2_000, 20_000);
            assertEquals(BATCH, nat.count(Counter.ACTIVE_CONNECTIONS_UDP));
        }
    }

    @Test
    void connectionSetUpAndEnd() {
        try (NatPipeline nat = NatPipeline.create(Lab.small(50_000), () -> nowNs)) {
            final int[] next = {0};
            final Runnable burst = () -> {
                fill(next[0]);
                next[0] += BATCH;
                nowNs += TimeUnit.SECONDS.toNanos(1);
                run(nat);
                while (nat.poll(nowNs, nowhere) > 0) {
                    nowNs++;
                }
            };
            assertAllocatesNothing(burst, 3_000, 1_500);
            assertEquals(true, nat.count(Counter.IDLE_TIMEOUTS_UDP) > 100_000, "connections ended");
        }
    }

    /** The log's own thread writes the lines; that is allowed to allocate, and this one is not. */
    @Test
    void connectionSetUpAndEndWithEvents() throws IOException {
        for (final boolean destinations : new boolean[] {false, true}) {
            final GatewayConfig config = Lab.small(50_000).withEvents(new EventsConfig(
                Optional.of(directory.resolve("events.jsonl")), destinations, 0, Optional.empty()));
            final EventLog events = EventLog.ofGateway(config, () -> nowNs, CounterBlock.onHeap());
            final EngineOptions options = EngineOptions.inMemory().withEvents(Optional.of(events));
            try (NatPipeline nat = NatPipeline.create(config, options, nowNs)) {
                events.start();
                final int[] next = {0};
                assertAllocatesNothing(() -> {
                    fill(next[0]);
                    next[0] += BATCH;
                    nowNs += TimeUnit.SECONDS.toNanos(1);
                    run(nat);
                    while (nat.poll(nowNs, nowhere) > 0) {
                        nowNs++;
                    }
                }, 3_000, 1_500);
                assertEquals(true, nat.count(Counter.EVENTS_WRITTEN) > 100_000, "events were written");
            }
        }
    }

    @Test
    void dropsErrorsAndPings() {
        try (NatPipeline nat = NatPipeline.create(Lab.small(1_000), () -> nowNs)) {
            final byte[][] frames = {
                Packets.withTtl(Packets.udp(Lab.IN1, 5, Lab.OUT1, 9, 10), 1),
                Packets.echo(Lab.IN1, "10.77.0.1", 8, 3),
                Packets.tcp(Lab.IN1, 5, Lab.OUT1, 9, Packets.ACK, 1, 1, 0),
                new byte[20],
            };
            final Runnable burst = () -> {
                batch.clear();
                for (final byte[] frame : frames) {
                    batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
                }
                batch.arrived(Side.INSIDE, nowNs);
                nowNs += TimeUnit.MILLISECONDS.toNanos(20);
                nat.process(batch, nowNs);
                nat.finish(batch, nowhere, nowNs);
                nat.poll(nowNs, nowhere);
            };
            assertAllocatesNothing(burst, 3_000, 20_000);
            assertEquals(true, nat.count(Counter.ORIGINATED_ICMP_ERRORS) > 100, "errors were made");
        }
    }

    /** In order and out of order, without a first until they expire, cut on the way out, and pings of the gateway. */
    @Test
    void fragments() {
        final GatewayConfig config = Lab.small(1_000);
        try (NatPipeline nat = NatPipeline.create(config.withInterfaces(
            config.inside(), config.outside().resolved(Engine.DEFAULT_OUTSIDE_MAC, 100)), () -> nowNs)) {
            final byte[][] datagram = Fragments.split(Fragments.datagram(Packets.udp(Lab.IN1, 5, Lab.OUT1, 9, 200), 1), 96, 192);
            final byte[][] other = Fragments.split(Fragments.datagram(Packets.udp(Lab.IN1, 6, Lab.OUT1, 9, 200), 2), 96, 192);
            final byte[][] ping = Fragments.split(Fragments.datagram(Packets.echo(Lab.IN1, "10.77.0.1", 8, 3), 3), 16);
            final byte[][] lost = Fragments.split(Fragments.datagram(Packets.udp(Lab.IN1, 5, Lab.OUT1, 9, 200), 4), 96);
            final byte[][] frames = {
                datagram[0], datagram[1], datagram[2], other[2], other[1], other[0], ping[1], ping[0], lost[1],
                Fragments.datagram(Packets.udp(Lab.IN1, 5, Lab.OUT1, 9, 190), 5),
            };
            final Runnable burst = () -> {
                batch.clear();
                for (final byte[] frame : frames) {
                    batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
                }
                batch.arrived(Side.INSIDE, nowNs);
                run(nat);
                nowNs += TimeUnit.SECONDS.toNanos(3);
                nat.poll(nowNs, nowhere);
            };
            assertAllocatesNothing(burst, 3_000, 20_000);
            assertEquals(0, nat.count(Counter.HELD));
            assertEquals(true, nat.count(DropReason.FRAGMENT) > 20_000, "some waited in vain");
            assertEquals(true, nat.count(Counter.ORIGINATED_FRAGMENTS) > 20_000, "some were cut");
            assertEquals(true, nat.count(Counter.ORIGINATED_ECHO_REPLIES) > 40_000, "pings were answered");
        }
    }

    /** No one answers on the way out: held, given up, refused, and the host is told as often as it may be. */
    @Test
    void silentHosts() {
        try (NatPipeline nat = NatPipeline.create(Lab.small(1_000), () -> nowNs)) {
            final byte[] frame = Packets.udp(Lab.IN1, 5, "198.51.100.77", 9, 20);
            final Runnable burst = () -> {
                batch.clear();
                for (int k = 0; k < 3; k++) {
                    batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
                }
                batch.arrived(Side.INSIDE, nowNs);
                run(nat);
                nowNs += TimeUnit.MILLISECONDS.toNanos(500);
                nat.poll(nowNs, nowhere);
            };
            assertAllocatesNothing(burst, 3_000, 20_000);
            assertEquals(true, nat.count(Counter.ORIGINATED_ICMP_ERRORS) > 60_000, "errors were made");
        }
    }

    private void run(final NatPipeline nat) {
        nat.process(batch, nowNs);
        nat.finish(batch, nowhere, nowNs);
    }

    /** UDP packets of {@value #BATCH} consecutive flows, the first of which is {@code first}. */
    private void fill(final int first) {
        batch.clear();
        for (int k = 0; k < BATCH; k++) {
            final int i = batch.claim(TEMPLATE.length);
            final UnsafeBuffer frames = batch.frames();
            final int frame = batch.offset(i);
            frames.putBytes(frame, TEMPLATE);
            final int flow = first + k;
            frames.putByte(frame + SOURCE_ADDRESS_OFFSET + 3, (byte) (2 + (flow >>> 14) % 200));
            frames.putShort(frame + SOURCE_PORT_OFFSET, Short.reverseBytes((short) (1024 + (flow & 0x3FFF))));
            frames.putShort(frame + 40, (short) 0);
            Ipv4.checksum(frames, frame + 14, 0);
            Ipv4.checksum(frames, frame + 14, Checksum.finish(Checksum.sum(frames, frame + 14, 20)));
        }
        batch.arrived(Side.INSIDE, nowNs);
    }

    /** The JVM itself may allocate a few bytes once, when it compiles; a packet would do it in every round. */
    private void assertAllocatesNothing(final Runnable burst, final int warmUp, final int bursts) {
        for (int i = 0; i < warmUp; i++) {
            burst.run();
        }
        final long thread = Thread.currentThread().threadId();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            final long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < bursts; i++) {
                burst.run();
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
        }
        assertEquals(0, least, "bytes allocated by " + bursts * (long) BATCH + " packets");
    }
}
