package io.sallyport.bench;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.counter.Counter;
import io.sallyport.engine.Egress.Transmitter;
import io.sallyport.engine.NatPipeline;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Udp;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The engine alone in the steady state: 60-byte UDP packets from inside, each of a random one of the live connections. Writing the
 * packets, which {@link #fill} measures by itself, is part of {@link #process}, because translation changes them in place.
 *
 * <p>The set-up checks that a translated packet has the right addresses and checksums, the tear-down that none was dropped.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class NatPipelineBenchmark {

    private static final int BATCH = 64;
    private static final int FRAME_LENGTH = 60;
    private static final int FLOWS_PER_HOST = 50_000;
    private static final int INSIDE = Ipv4Address.parse("10.77.0.2");
    private static final int PUBLIC = Ipv4Address.parse("198.51.100.1");
    private static final int ROUTER = Ipv4Address.parse("198.51.100.2");
    private static final int REMOTE = Ipv4Address.parse("203.0.113.5");
    private static final int FIRST_PORT = 1024;

    /** Live connections. */
    @Param({"64", "10000", "60000"})
    private int connections;

    private final Transmitter nowhere = (batch, side) -> { };
    private final PacketBatch batch = PacketBatch.owning(BATCH, 128);
    private final byte[] template = new byte[FRAME_LENGTH];
    private int[] order;
    private int next;
    private long nowNs;
    private NatPipeline nat;

    /** Opens the connections. */
    @Setup
    public void setUp() {
        final GatewayConfig config = GatewayConfig.of(
            InterfaceConfig.of("l0", "10.77.0.1/24"),
            InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(ROUTER)
                .withNeighbours(List.of(new InterfaceConfig.Neighbour(ROUTER, 0x0200_0000_0B01L))));
        nat = NatPipeline.create(config.withNat(config.nat().withLimits(new Limits(1 << 17, 0, 0))), SystemNanoClock.INSTANCE);
        final UnsafeBuffer frame = new UnsafeBuffer(template);
        Ethernet.header(frame, 0, 0x0200_0000_0001L, 0x0200_0000_0A01L, Ethernet.TYPE_IPV4);
        Ipv4.header(frame, 14, FRAME_LENGTH - 14, 0, Ipv4.DONT_FRAGMENT, 64, Ipv4.UDP, INSIDE, REMOTE);
        frame.putShort(34 + Udp.DESTINATION_PORT_OFFSET, Short.reverseBytes((short) 53));
        frame.putShort(34 + Udp.LENGTH_OFFSET, Short.reverseBytes((short) (FRAME_LENGTH - 34)));
        order = new SplittableRandom(1).ints(1 << 20, 0, connections).toArray();
        nowNs = System.nanoTime();
        for (int flow = 0; flow < connections; flow++) {
            batch.clear();
            write(flow);
            process(batch);
        }
        if (Ipv4.source(batch.frames(), batch.l3Offset(0)) != PUBLIC
            || Checksum.finish(Checksum.sum(batch.frames(), batch.l3Offset(0), 20)) != 0) {
            throw new IllegalStateException("the packet was not translated");
        }
    }

    /** Writes a batch of packets and has it translated; a packet's share of the time. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int process() {
        fill();
        process(batch);
        return batch.verdict(BATCH - 1);
    }

    /** Writes a batch of packets. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int fill() {
        batch.clear();
        for (int i = 0; i < BATCH; i++) {
            write(order[next++ & order.length - 1]);
        }
        return batch.size();
    }

    private void process(final PacketBatch packets) {
        packets.arrived(Side.INSIDE, nowNs);
        nat.process(packets, nowNs);
        nat.finish(packets, nowhere, nowNs);
    }

    private void write(final int flow) {
        final int i = batch.claim(FRAME_LENGTH);
        final UnsafeBuffer frames = batch.frames();
        final int frame = batch.offset(i);
        frames.putBytes(frame, template);
        frames.putShort(frame + 34, Short.reverseBytes((short) (FIRST_PORT + flow % FLOWS_PER_HOST)));
        final int host = flow / FLOWS_PER_HOST;
        if (host != 0) {
            frames.putInt(frame + 26, Integer.reverseBytes(INSIDE + host));
            Ipv4.checksum(frames, frame + 14, Checksum.update(Ipv4.checksum(frames, frame + 14), Checksum.delta32(INSIDE, INSIDE + host)));
        }
    }

    /** Checks that every packet was forwarded. */
    @TearDown
    public void tearDown() {
        batch.clear();
        write(0);
        process(batch);
        final long in = nat.count(Counter.PACKETS_IN_FROM_SOURCE);
        final long out = nat.count(Counter.PACKETS_OUT_TO_DESTINATION);
        nat.close();
        if (in != out) {
            throw new IllegalStateException(in - out + " of " + in + " packets were not forwarded");
        }
    }
}
