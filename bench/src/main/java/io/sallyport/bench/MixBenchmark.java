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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A mix: of ten batches nine are packets of 10,000 live connections and one opens connections. The clock goes on by 12 ms a batch, so that
 * connections end, and their ports cool down, as fast as others begin. Writing the packets is part of it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
public class MixBenchmark {

    private static final int LIVE = 10_000;
    private static final int NEW = 1_000_000;
    private static final int ROUND = 10;
    private static final long STEP_NS = 12_000_000;

    private EngineTraffic traffic;
    private int next = LIVE;

    /** Opens the connections that live on. */
    @Setup
    public void setUp() {
        traffic = new EngineTraffic(Ipv4.UDP, Side.INSIDE, LIVE, NEW + LIVE, Mapping.ENDPOINT_INDEPENDENT, NEW);
        traffic.verify();
    }

    /** Ten batches; a packet's share of the time. */
    @Benchmark
    @OperationsPerInvocation(ROUND * EngineTraffic.BATCH)
    public int process() {
        for (int k = 1; k < ROUND; k++) {
            traffic.fill();
            traffic.pass(STEP_NS);
            traffic.process();
        }
        traffic.fillNew(next);
        traffic.process();
        traffic.poll();
        next = next + EngineTraffic.BATCH < NEW ? next + EngineTraffic.BATCH : LIVE;
        return next;
    }

    /** Checks what came out. */
    @TearDown
    public void tearDown() {
        traffic.verify();
        traffic.close();
    }
}
