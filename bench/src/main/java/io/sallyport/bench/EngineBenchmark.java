package io.sallyport.bench;

import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4;
import java.util.concurrent.TimeUnit;
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
 * The engine alone in the steady state, from parsing to counting: the shortest packets, each of a random one of the live connections. It
 * changes them in place, so they must be written anew each time, which {@link #fill} measures by itself: the engine costs what
 * {@link #process} takes more.
 *
 * <p>The tear-down checks addresses and checksums of what came out, and that no packet was dropped.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class EngineBenchmark {

    /** Live connections. */
    @Param({"64", "10000", "100000", "1000000"})
    private int connections;

    /** Protocol, and the side where the packets arrive. */
    @Param({"UDP_INSIDE", "UDP_OUTSIDE", "TCP_INSIDE", "TCP_OUTSIDE"})
    private Packets packets;

    /** The mapping. */
    @Param({"ENDPOINT_INDEPENDENT"})
    private Mapping mapping;

    private EngineTraffic traffic;

    /** What is sent. */
    public enum Packets {
        /** UDP, outbound. */
        UDP_INSIDE(Ipv4.UDP, Side.INSIDE),
        /** UDP, inbound. */
        UDP_OUTSIDE(Ipv4.UDP, Side.OUTSIDE),
        /** TCP, outbound. */
        TCP_INSIDE(Ipv4.TCP, Side.INSIDE),
        /** TCP, inbound. */
        TCP_OUTSIDE(Ipv4.TCP, Side.OUTSIDE);

        private final int protocol;
        private final Side side;

        Packets(final int protocol, final Side side) {
            this.protocol = protocol;
            this.side = side;
        }
    }

    /** Opens the connections. */
    @Setup
    public void setUp() {
        traffic = new EngineTraffic(packets.protocol, packets.side, connections, mapping,
            Math.max(1 << 10, connections + connections / 20));
        traffic.verify();
    }

    /** Writes a batch of packets and has it translated; a packet's share of the time. */
    @Benchmark
    @OperationsPerInvocation(EngineTraffic.BATCH)
    public int process() {
        traffic.fill();
        traffic.process();
        return traffic.batch().verdict(EngineTraffic.BATCH - 1);
    }

    /** Writes a batch of packets. */
    @Benchmark
    @OperationsPerInvocation(EngineTraffic.BATCH)
    public int fill() {
        return traffic.fill().size();
    }

    /** Checks what came out. */
    @TearDown
    public void tearDown() {
        traffic.verify();
        traffic.close();
    }
}
