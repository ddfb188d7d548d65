package io.sallyport.engine;

import com.sun.management.ThreadMXBean;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ipv4Address;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A day of a gateway's life by its packets' time: a million connections are opened and closed, and at the end nothing of them is left, no
 * connection, mapping, port or memory.
 */
class LongRunTest {

    private static final int CONNECTIONS = 1_000_000;
    private static final long DAY_NS = TimeUnit.HOURS.toNanos(24);
    private static final int BATCH = 50;
    private static final int HOSTS = 200;
    private static final int FIRST_HOST = Ipv4Address.parse("10.77.0.2");
    private static final int REMOTE = ByteBuffer.wrap(new byte[] {(byte) 203, 0, 113, 5}).getInt();
    private static final int PUBLIC = ByteBuffer.wrap(new byte[] {(byte) 198, 51, 100, 1}).getInt();
    private static final byte[] TCP = Packets.tcp("10.77.0.2", 1, Lab.OUT1, 443, Packets.SYN, 1, 0, 0);
    private static final byte[] UDP = Packets.udp("10.77.0.2", 1, Lab.OUT1, 443, 18);

    private final PacketBatch batch = PacketBatch.owning(BATCH, 256);
    private final Egress.Transmitter nowhere = (frames, side) -> { };
    private final int[] publicPorts = new int[BATCH];
    private long nowNs = TimeUnit.SECONDS.toNanos(1000);

    @Test
    void aDayWithAMillionConnectionsLeaksNothing() {
        final GatewayConfig config = config();
        try (NatPipeline nat = NatPipeline.create(config, () -> nowNs)) {
            final long direct = directMemory();
            final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            final int bursts = CONNECTIONS / BATCH;
            long allocatedBefore = 0;
            for (int burst = 0; burst < bursts; burst++) {
                if (burst == bursts / 2) {
                    allocatedBefore = threads.getThreadAllocatedBytes(Thread.currentThread().threadId());
                }
                connections(nat, burst);
                runTimersUntil(nat, nowNs + DAY_NS / bursts);
            }
            final long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().threadId()) - allocatedBefore;
            runTimersUntil(nat, nowNs + TimeUnit.HOURS.toNanos(3));

            assertEquals(CONNECTIONS / 2, nat.count(Counter.CONNECTIONS_ESTABLISHED_TCP), "TCP connections");
            assertEquals(CONNECTIONS / 2, nat.count(Counter.CONNECTIONS_ESTABLISHED_UDP), "UDP connections");
            for (final Counter gauge : new Counter[] {
                Counter.ACTIVE_CONNECTIONS_TCP, Counter.ACTIVE_CONNECTIONS_UDP, Counter.ACTIVE_MAPPINGS, Counter.PORTS_IN_USE_TCP,
                Counter.PORTS_IN_USE_UDP, Counter.PORTS_COOLING, Counter.HELD}) {
                assertEquals(0, nat.count(gauge), gauge.label());
            }
            for (final DropReason reason : DropReason.values()) {
                assertEquals(0, nat.count(reason), reason.label());
            }
            // less, where what tests before this one left is collected meanwhile
            assertTrue(directMemory() <= direct, "direct memory grew from " + direct + " to " + directMemory());
            assertEquals(true, allocated < 16_384, allocated + " bytes allocated in half a million connections");
        }
    }

    /** Half TCP, from SYN to both FINs; half UDP, a packet each way. */
    private void connections(final NatPipeline nat, final int burst) {
        final boolean tcp = (burst & 1) == 0;
        final byte[] template = tcp ? TCP : UDP;
        if (tcp) {
            exchange(nat, burst, template, Side.INSIDE, Packets.SYN, 100, 0);
            exchange(nat, burst, template, Side.OUTSIDE, Packets.SYN | Packets.ACK, 900, 101);
            exchange(nat, burst, template, Side.INSIDE, Packets.ACK, 101, 901);
            exchange(nat, burst, template, Side.OUTSIDE, Packets.FIN | Packets.ACK, 901, 101);
            exchange(nat, burst, template, Side.INSIDE, Packets.FIN | Packets.ACK, 101, 902);
            exchange(nat, burst, template, Side.OUTSIDE, Packets.ACK, 902, 102);
        } else {
            exchange(nat, burst, template, Side.INSIDE, 0, 0, 0);
            exchange(nat, burst, template, Side.OUTSIDE, 0, 0, 0);
        }
    }

    /** Sends one packet of every connection of the burst, and notes the public port of those that leave. */
    private void exchange(
        final NatPipeline nat,
        final int burst,
        final byte[] template,
        final Side side,
        final int flags,
        final int sequence,
        final int acknowledgement) {
        batch.clear();
        for (int k = 0; k < BATCH; k++) {
            final int i = batch.claim(template.length);
            final int frame = batch.offset(i);
            batch.frames().putBytes(frame, template);
            final int connection = burst * BATCH + k;
            final int host = FIRST_HOST + connection % HOSTS;
            final int port = 1024 + connection / HOSTS % 60_000;
            final boolean inside = side == Side.INSIDE;
            put(frame + 5, 1, inside ? 1 : 2);
            put(frame + 26, 4, inside ? host : REMOTE);
            put(frame + 30, 4, inside ? REMOTE : PUBLIC);
            put(frame + 34, 2, inside ? port : 443);
            put(frame + 36, 2, inside ? 443 : publicPorts[k]);
            if (template == TCP) {
                put(frame + 38, 4, sequence);
                put(frame + 42, 4, acknowledgement);
                put(frame + 47, 1, flags);
            } else {
                put(frame + 40, 2, 0);
            }
            put(frame + 24, 2, 0);
            put(frame + 24, 2, io.sallyport.wire.Checksum.finish(io.sallyport.wire.Checksum.sum(batch.frames(), frame + 14, 20)));
        }
        batch.arrived(side, nowNs);
        nat.process(batch, nowNs);
        for (int k = 0; k < BATCH; k++) {
            if (!Verdict.forwards(batch.verdict(k))) {
                throw new AssertionError("connection " + (burst * BATCH + k) + " verdict " + batch.verdict(k));
            }
            if (side == Side.INSIDE) {
                publicPorts[k] = Short.reverseBytes(batch.frames().getShort(batch.offset(k) + 34)) & 0xFFFF;
            }
        }
        nat.finish(batch, nowhere, nowNs);
    }

    private void runTimersUntil(final NatPipeline nat, final long endNs) {
        for (long next = nat.nextTimerNs(nowNs); next <= endNs; next = nat.nextTimerNs(nowNs)) {
            nowNs = Math.max(nowNs, next);
            while (nat.poll(nowNs, nowhere) > 0) {
                nowNs++;
            }
        }
        nowNs = Math.max(nowNs, endNs);
        nat.poll(nowNs, nowhere);
    }

    private void put(final int offset, final int length, final int value) {
        for (int k = 0; k < length; k++) {
            batch.frames().putByte(offset + k, (byte) (value >>> 8 * (length - 1 - k)));
        }
    }

    private static GatewayConfig config() {
        final List<InterfaceConfig.Neighbour> hosts = IntStream.range(0, HOSTS)
            .mapToObj(host -> new InterfaceConfig.Neighbour(FIRST_HOST + host, Lab.INSIDE_HOST_MAC)).toList();
        final GatewayConfig config = Lab.small(60_000);
        return config.withInterfaces(config.inside().withNeighbours(hosts), config.outside());
    }

    private static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    }
}
