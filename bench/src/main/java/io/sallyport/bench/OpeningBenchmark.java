package io.sallyport.bench;

import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * New connections: the first packets of connections from inside endpoints that the gateway does not know, into a table that holds some
 * already. Writing the packets, some 30 ns each, is part of it.
 *
 * <p>Each invocation opens {@value #OPENED} connections, in a table that has just been filled to the load again.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 6)
@Measurement(iterations = 8)
public class OpeningBenchmark {

    private static final int CAPACITY = 1_000_000;
    /** Connections that an invocation opens. */
    static final int OPENED = 768 * EngineTraffic.BATCH;

    /** Hundredths of the table that are taken when it begins. */
    @Param({"10", "50", "90"})
    private int load;

    /** The mapping. */
    @Param({"ENDPOINT_INDEPENDENT", "ENDPOINT_DEPENDENT"})
    private Mapping mapping;

    private EngineTraffic traffic;
    private int next;

    /** Fills the table to the load. */
    @Setup(Level.Invocation)
    public void setUp() {
        next = CAPACITY / 100 * load;
        traffic = new EngineTraffic(Ipv4.UDP, Side.INSIDE, next, CAPACITY, mapping, CAPACITY);
    }

    /** Opens connections; one's share of the time. */
    @Benchmark
    @OperationsPerInvocation(OPENED)
    public int open() {
        for (int opened = 0; opened < OPENED; opened += EngineTraffic.BATCH) {
            traffic.fillNew(next);
            traffic.process();
            next += EngineTraffic.BATCH;
        }
        return next;
    }

    /** Checks that all were opened. */
    @TearDown(Level.Invocation)
    public void tearDown() {
        final long missing = next - traffic.active();
        traffic.close();
        if (missing != 0) {
            throw new IllegalStateException(missing + " connections were not opened");
        }
    }
}
