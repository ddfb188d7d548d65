package io.sallyport.bench;

import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.engine.Egress;
import io.sallyport.engine.Egress.Transmitter;
import io.sallyport.engine.Engine;
import io.sallyport.engine.Ingress;
import io.sallyport.engine.Worker;
import io.sallyport.packet.PacketBatch;
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
 * The engine's stages, one more in each benchmark: what a stage costs is what its benchmark takes more than the one before. The packets are
 * those of {@link EngineBenchmark}: UDP from inside, each of a random one of the live connections.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class StagesBenchmark {

    /** Live connections. */
    @Param({"64", "10000", "100000", "1000000"})
    private int connections;

    private final Transmitter nowhere = (batch, side) -> { };
    private final PacketBatch originated = Engine.newOriginatedBatch();
    private EngineTraffic traffic;
    private Ingress ingress;
    private Worker worker;
    private Egress egress;

    /** Opens the connections. */
    @Setup
    public void setUp() {
        traffic = new EngineTraffic(Ipv4.UDP, Side.INSIDE, connections, Mapping.ENDPOINT_INDEPENDENT,
            Math.max(1 << 10, connections + connections / 20));
        ingress = traffic.engine().ingress();
        worker = traffic.engine().workers().getFirst();
        egress = traffic.engine().egress();
        traffic.verify();
    }

    /** Writes the packets. */
    @Benchmark
    @OperationsPerInvocation(EngineTraffic.BATCH)
    public int stage0Fill() {
        return traffic.arrive().size();
    }

    /** And parses them. */
    @Benchmark
    @OperationsPerInvocation(EngineTraffic.BATCH)
    public int stage1Ingress() {
        final PacketBatch batch = traffic.arrive();
        ingress.process(batch);
        return batch.verdict(EngineTraffic.BATCH - 1);
    }

    /** And looks them up and translates them. */
    @Benchmark
    @OperationsPerInvocation(EngineTraffic.BATCH)
    public int stage2Worker() {
        final PacketBatch batch = traffic.arrive();
        ingress.process(batch);
        worker.process(batch, originated, traffic.nowNs());
        return batch.verdict(EngineTraffic.BATCH - 1);
    }

    /** And finds their next hops. */
    @Benchmark
    @OperationsPerInvocation(EngineTraffic.BATCH)
    public int stage3Egress() {
        final PacketBatch batch = traffic.arrive();
        ingress.process(batch);
        worker.process(batch, originated, traffic.nowNs());
        egress.process(batch, traffic.nowNs());
        return batch.verdict(EngineTraffic.BATCH - 1);
    }

    /** And sends and counts them. */
    @Benchmark
    @OperationsPerInvocation(EngineTraffic.BATCH)
    public int stage4Finish() {
        final PacketBatch batch = traffic.arrive();
        ingress.process(batch);
        worker.process(batch, originated, traffic.nowNs());
        egress.process(batch, traffic.nowNs());
        egress.finish(batch, nowhere, traffic.nowNs());
        return batch.verdict(EngineTraffic.BATCH - 1);
    }

    /** Checks what comes out. */
    @TearDown
    public void tearDown() {
        traffic.verifyTranslation();
        traffic.close();
    }
}
