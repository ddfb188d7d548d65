package io.sallyport.bench;

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
 * The passes of a worker over the table of connections, one more in each benchmark: a packet's share of hashing, of looking into the
 * index, of touching the line, of comparing and noting it. Packets are of random connections and either direction.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TablePassesBenchmark {

    private static final int BATCH = 64;
    private static final int ORDER = 1 << 20;
    private static final long KIND = 17L << 32;
    private static final long BACK_KIND = 17L << 32 | 1L << 40;

    /** Live connections. */
    @Param({"64", "10000", "100000", "1000000"})
    private int connections;

    private final SeededHash hash = new SeededHash(11, 12);
    private final long[] hashes = new long[BATCH];
    private final int[] entries = new int[BATCH];
    private final long[] order = new long[ORDER];
    private FlowTable flows;
    private int next;
    private int first;

    /** Fills the table. */
    @Setup
    public void setUp() {
        flows = new FlowTable(OffHeap.allocate((int) FlowTable.memoryLength(connections)), connections, hash);
        for (long k = 0; k < connections; k++) {
            final long key = address(k);
            final int connection = flows.add(key, KIND, ~key, BACK_KIND);
            flows.describe(connection, 1, 1, -1, -1);
            flows.publish(connection, KIND, BACK_KIND, 1);
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

    /** Hashes. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long pass1Hash() {
        hash();
        return hashes[BATCH - 1];
    }

    /** And looks into the index. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long pass2Index() {
        hash();
        lookUp();
        return entries[BATCH - 1];
    }

    /** And touches the connections. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long pass3Touch() {
        hash();
        lookUp();
        return touch();
    }

    /** And compares, and notes that they were seen. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long pass4Find() {
        hash();
        lookUp();
        return touch() + find();
    }

    private void hash() {
        first = next;
        next = next + BATCH & ORDER - 1;
        for (int i = 0; i < BATCH; i++) {
            hashes[i] = flows.hash(order[first + i], kind(order[first + i]));
        }
    }

    private void lookUp() {
        for (int i = 0; i < BATCH; i++) {
            entries[i] = flows.likely(hashes[i]);
        }
    }

    private long touch() {
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            sum += flows.touch(entries[i]);
        }
        return sum;
    }

    private long find() {
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            final long key = order[first + i];
            int entry = entries[i];
            if (entry < 0 || !flows.isKeyOf(entry, key, kind(key))) {
                entry = flows.find(hashes[i], key, kind(key));
            }
            flows.lastSeenNs(entry, first);
            sum += entry;
        }
        return sum;
    }
}
