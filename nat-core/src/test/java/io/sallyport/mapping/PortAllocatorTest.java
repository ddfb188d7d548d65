package io.sallyport.mapping;

import io.sallyport.counter.PortUse;
import io.sallyport.counter.PortUseBlock;
import io.sallyport.counter.PortUseTable;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Ports are unique, of the right parity, spread over the range, and given again only when they have cooled down. */
class PortAllocatorTest {

    private static final long REUSE_NS = TimeUnit.SECONDS.toNanos(120);
    private final PublicAddresses pool = new PublicAddresses(new int[] {7, 3, 5}, 1024, 65535);
    private final PortUseTable use = PortUseTable.inMemory(List.of(7, 3, 5), 2);

    @Test
    void everyPortIsGivenOnceWithItsParityWhileThereIsOne() {
        final PortAllocator allocator = allocator(0);
        final BitSet given = new BitSet();
        for (int k = 0; k < 64512; k++) {
            final int port = allocator.take(1, PublicAddresses.UDP, 1);
            assertTrue(port >= 1024 && !given.get(port), "port " + port);
            assertEquals(k < 32256 ? 1 : 0, port & 1, "parity of allocation " + k);
            given.set(port);
        }
        assertEquals(PortAllocator.NONE, allocator.take(1, PublicAddresses.UDP, 0));
        assertNotEquals(PortAllocator.NONE, allocator.take(1, PublicAddresses.TCP, 0));
        assertNotEquals(PortAllocator.NONE, allocator.take(0, PublicAddresses.UDP, 0));
    }

    @Test
    void twoWorkersNeverShareAPortAndLeaveNone() {
        final PortAllocator[] workers = {allocator(0), allocator(1)};
        final BitSet given = new BitSet();
        final Random random = new Random(1);
        int failuresInARow = 0;
        while (failuresInARow < 100) {
            final int worker = random.nextInt(2);
            final int port = workers[worker].take(0, PublicAddresses.TCP, random.nextInt());
            if (port == PortAllocator.NONE) {
                failuresInARow++;
            } else {
                assertTrue(!given.get(port));
                assertEquals(worker, pool.ports(0, PublicAddresses.TCP).owner(port));
                given.set(port);
                failuresInARow = 0;
            }
        }
        assertEquals(64512, given.cardinality());
    }

    @Test
    void aReturnedPortCoolsDown() {
        final PublicAddresses one = new PublicAddresses(new int[] {9}, 5000, 5000);
        final PortAllocator allocator = new PortAllocator(one, 0, new RandomSource(1, 2), REUSE_NS, PortUseBlock.inMemory(3));
        assertEquals(5000, allocator.take(0, PublicAddresses.TCP, 3));
        final long freedNs = 77_000_000_123L;
        allocator.giveBack(0, PublicAddresses.TCP, 5000, freedNs);
        allocator.poll(freedNs + REUSE_NS - 1, 10);
        assertEquals(PortAllocator.NONE, allocator.take(0, PublicAddresses.TCP, 3));
        allocator.poll(freedNs + REUSE_NS + TimeUnit.SECONDS.toNanos(1), 10);
        assertEquals(5000, allocator.take(0, PublicAddresses.TCP, 3));
    }

    @Test
    void observersSeeWhatIsTakenOnceItIsPublished() {
        final PortAllocator allocator = allocator(1);
        final int port = allocator.take(2, PublicAddresses.ICMP, 0);
        allocator.take(2, PublicAddresses.ICMP, 0);
        assertTrue(allocator.takeKnown(0, PublicAddresses.TCP, 2000));
        assertEquals(0, use.taken(8), "not published yet");
        allocator.counts().publish();
        assertEquals(new PortUse(5, 2, 2, 0, 0), use.use(8));
        assertEquals(new PortUse(7, 0, 1, 0, 0), use.use(0));
        allocator.giveBack(2, PublicAddresses.ICMP, port, 0);
        allocator.counts().publish();
        assertEquals(new PortUse(5, 2, 1, 0, 1), use.use(8));
        allocator.poll(2 * REUSE_NS, 10);
        allocator.counts().publish();
        assertEquals(new PortUse(5, 2, 1, 0, 0), use.use(8));
        assertEquals(2, use.use().stream().mapToLong(PortUse::taken).sum(), "nothing elsewhere");
    }

    @Test
    void rfc7857_08_portsSpreadOverTheWholeRange() {
        assertEven(port -> (port - 1024) / 1008);
    }

    @Test
    void rfc7857_08_portsSpreadWithinTheirBlocks() {
        assertEven(port -> port & PublicPorts.BLOCK_PORTS - 1);
    }

    /** Draws ports and sorts them into 64 bins of one size. */
    private void assertEven(final IntUnaryOperator bin) {
        final PortAllocator allocator = allocator(0);
        final int[] bins = new int[64];
        final int samples = 10_000;
        for (int k = 0; k < samples; k++) {
            bins[bin.applyAsInt(allocator.take(0, PublicAddresses.UDP, k))]++;
        }
        double chiSquare = 0;
        for (final int count : bins) {
            final double expected = samples / 64.0;
            chiSquare += (count - expected) * (count - expected) / expected;
        }
        assertTrue(chiSquare < 120, "chi-square of 63 degrees of freedom is " + chiSquare);
    }

    @Test
    void churnAtNinetyFivePercentKeepsTheBooks() {
        final PortAllocator allocator = allocator(0);
        final Random random = new Random(3);
        final int[] held = new int[61_286];
        for (int k = 0; k < held.length; k++) {
            held[k] = allocator.take(2, PublicAddresses.TCP, random.nextInt());
        }
        long nowNs = 0;
        for (int k = 0; k < 200_000; k++) {
            final int victim = random.nextInt(held.length);
            allocator.giveBack(2, PublicAddresses.TCP, held[victim], nowNs);
            nowNs += TimeUnit.SECONDS.toNanos(1);
            allocator.poll(nowNs, 100);
            held[victim] = allocator.take(2, PublicAddresses.TCP, random.nextInt());
            assertNotEquals(PortAllocator.NONE, held[victim]);
        }
        assertTrue(allocator.cooling() <= 122);
    }

    private PortAllocator allocator(final int worker) {
        return new PortAllocator(pool, worker, new RandomSource(17 + worker, 4), REUSE_NS, use.block(worker));
    }
}
