package io.sallyport.bench.layout;

import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.memory.OffHeap;
import java.util.SplittableRandom;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The engine's table beside {@link PositionalFlowTable}: what a batch of packets of random flows, both directions, does to either. A
 * packet's share of hashing, touching, finding, and using what was found; TCP looks at the other direction, too.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TableLayoutBenchmark {

    private static final int BATCH = 64;
    private static final int ORDER = 1 << 20;
    private static final long KIND = 6L << 32;
    private static final long BACK_KIND = 6L << 32 | 1L << 40;

    /** Live connections. */
    @Param({"10000", "100000", "1000000"})
    private int connections;

    private final SeededHash hash = new SeededHash(11, 12);
    private final long[] hashes = new long[BATCH];
    private final int[] entries = new int[BATCH];
    private final long[] order = new long[ORDER];
    private FlowTable lines;
    private PositionalFlowTable positional;
    private int next;
    private long touched;

    /** Fills both tables with the same connections. */
    @Setup
    public void setUp() {
        lines = new FlowTable(OffHeap.allocate((int) FlowTable.memoryLength(connections)), connections, hash);
        positional = new PositionalFlowTable(connections, hash);
        for (long k = 0; k < connections; k++) {
            final long key = address(k);
            final int connection = lines.add(key, KIND, ~key, BACK_KIND);
            lines.describe(connection, 1, 1, -1, -1);
            lines.publish(connection, KIND, BACK_KIND, 1);
            positional.add(key, KIND, ~key, BACK_KIND);
        }
        final SplittableRandom random = new SplittableRandom(1);
        for (int k = 0; k < ORDER; k++) {
            order[k] = address(random.nextInt(connections)) ^ (random.nextBoolean() ? -1L : 0);
        }
    }

    private static long address(final long k) {
        return 0x0A4D_0000_0000_0000L | k;
    }

    private static long kind(final long addressKey) {
        return addressKey < 0 ? BACK_KIND : KIND;
    }

    /** One line for both directions, as the engine has it. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long linePerConnection() {
        final int first = next;
        next = next + BATCH & ORDER - 1;
        for (int i = 0; i < BATCH; i++) {
            hashes[i] = lines.hash(order[first + i], kind(order[first + i]));
        }
        for (int i = 0; i < BATCH; i++) {
            entries[i] = lines.likely(hashes[i]);
        }
        for (int i = 0; i < BATCH; i++) {
            touched += lines.touch(entries[i]);
        }
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            final long key = order[first + i];
            int entry = entries[i];
            if (entry < 0 || !lines.isKeyOf(entry, key, kind(key))) {
                entry = lines.find(hashes[i], key, kind(key));
            }
            lines.lastSeenNs(entry, first);
            sum += lines.newAddresses(entry) + lines.newPorts(entry) + lines.sequenceEnd(lines.partner(entry));
        }
        return sum;
    }

    /** One line for each direction, found by its place. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long linePerDirection() {
        final int first = next;
        next = next + BATCH & ORDER - 1;
        for (int i = 0; i < BATCH; i++) {
            hashes[i] = positional.hash(order[first + i], kind(order[first + i]));
            touched += positional.touch(hashes[i]);
        }
        for (int i = 0; i < BATCH; i++) {
            entries[i] = positional.find(hashes[i], order[first + i], kind(order[first + i]));
        }
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            sum += positional.use(entries[i], first) + positional.partnersSequence(entries[i]);
        }
        return sum;
    }
}
