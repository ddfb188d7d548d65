package io.sallyport.mapping;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUseBlock;
import io.sallyport.counter.PortUseTable;
import io.sallyport.flow.SeededHash;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** RFC 7857, section 3: the same port for different destinations. */
class OverlappingPortsTest {

    private static final int ALL_PORTS = 64_512;
    private static final long REUSE_NS = TimeUnit.MINUTES.toNanos(2);
    private static final int SERVER = 0xCB00_7105;

    private final PortUseTable use = PortUseTable.inMemory(List.of(9), 1);

    @Test
    void rfc7857_3_eachDestinationHasAllPortsOfTheAddress() {
        final OverlappingPorts ports = ports(1024, 65535, 3 * ALL_PORTS);
        for (int destination = 0; destination < 2; destination++) {
            final Set<Integer> taken = new HashSet<>();
            for (int i = 0; i < ALL_PORTS; i++) {
                final int port = ports.take(0, PublicAddresses.TCP, i, SERVER + destination, 443);
                assertTrue(port >= 1024 && taken.add(port), "port " + port + ", the " + i + "th");
            }
            assertEquals(OverlappingPorts.EXHAUSTED, ports.take(0, PublicAddresses.TCP, 7, SERVER + destination, 443));
        }
        assertTrue(ports.take(0, PublicAddresses.TCP, 7, SERVER, 80) >= 1024, "another port of the server is another destination");
        assertTrue(ports.take(0, PublicAddresses.UDP, 7, SERVER, 443) >= 1024, "and so is another protocol");
    }

    @Test
    void rfc4787_04_parityIsKeptWhileAPortOfItIsFree() {
        final OverlappingPorts ports = ports(2000, 2127, 1000);
        for (int i = 0; i < 64; i++) {
            assertEquals(1, ports.take(0, PublicAddresses.UDP, 5001, SERVER, 53) & 1);
        }
        for (int i = 0; i < 64; i++) {
            assertEquals(0, ports.take(0, PublicAddresses.UDP, 5001, SERVER, 53) & 1);
        }
        assertEquals(OverlappingPorts.EXHAUSTED, ports.take(0, PublicAddresses.UDP, 5001, SERVER, 53));
    }

    @Test
    void rfc6888_8_aReturnedPortCoolsDownForItsDestinationOnly() {
        final OverlappingPorts ports = ports(2000, 2000, 1000);
        ports.start(0);
        assertEquals(2000, ports.take(0, PublicAddresses.TCP, 1, SERVER, 80));
        ports.giveBack(0, PublicAddresses.TCP, 2000, SERVER, 80, 0);
        assertEquals(OverlappingPorts.EXHAUSTED, ports.take(0, PublicAddresses.TCP, 1, SERVER, 80));
        assertEquals(2000, ports.take(0, PublicAddresses.TCP, 1, SERVER + 1, 80));
        assertEquals(0, ports.poll(REUSE_NS - 1, 10));
        assertTrue(ports.nextNs() >= REUSE_NS && ports.nextNs() < REUSE_NS + TimeUnit.SECONDS.toNanos(1));
        assertEquals(1, ports.poll(ports.nextNs(), 10));
        assertEquals(2000, ports.take(0, PublicAddresses.TCP, 1, SERVER, 80));
    }

    @Test
    void nothingIsLeftOfConnectionsThatCameAndWent() {
        final OverlappingPorts ports = ports(1024, 1151, 5000);
        final Random random = new Random(5);
        final List<int[]> live = new ArrayList<>();
        ports.start(0);
        long nowNs = 0;
        for (int step = 0; step < 100_000; step++) {
            nowNs += TimeUnit.SECONDS.toNanos(1);
            ports.poll(nowNs, 100);
            if (random.nextInt(3) != 0 && live.size() < 5000) {
                final int server = SERVER + random.nextInt(40);
                final int port = ports.take(0, PublicAddresses.TCP, step, server, 80);
                if (port >= 0) {
                    assertTrue(live.stream().noneMatch(taken -> taken[0] == port && taken[1] == server), "taken twice");
                    live.add(new int[] {port, server});
                }
            } else if (!live.isEmpty()) {
                final int[] ended = live.remove(random.nextInt(live.size()));
                ports.giveBack(0, PublicAddresses.TCP, ended[0], ended[1], 80, nowNs);
            }
        }
        for (final int[] ended : live) {
            ports.giveBack(0, PublicAddresses.TCP, ended[0], ended[1], 80, nowNs);
        }
        ports.poll(nowNs + 2 * REUSE_NS, Integer.MAX_VALUE);
        assertEquals(0, ports.cooling());
        assertEquals(0, ports.destinations());
        assertEquals(Long.MAX_VALUE, ports.nextNs());
    }

    @Test
    void aKnownPortIsTakenOnce() {
        final OverlappingPorts ports = ports(2000, 2127, 1000);
        assertTrue(ports.takeKnown(0, PublicAddresses.TCP, 2007, SERVER, 80));
        assertFalse(ports.takeKnown(0, PublicAddresses.TCP, 2007, SERVER, 80));
        assertTrue(ports.takeKnown(0, PublicAddresses.TCP, 2007, SERVER, 81));
        assertFalse(ports.takeKnown(0, PublicAddresses.TCP, 1999, SERVER, 80), "outside of the range");
    }

    @Test
    void workersShareTheBlocksEvenly() {
        final PublicAddresses pool = new PublicAddresses(new int[] {9}, 1024, 65535);
        final Set<Integer> taken = new HashSet<>();
        for (int worker = 0; worker < 3; worker++) {
            final OverlappingPorts ports = new OverlappingPorts(
                pool, worker, 3, ALL_PORTS, new RandomSource(1, worker), new SeededHash(1, 2), REUSE_NS, PortUseBlock.inMemory(3));
            int count = 0;
            for (int port = ports.take(0, 0, 0, SERVER, 80); port >= 0; port = ports.take(0, 0, 0, SERVER, 80)) {
                assertEquals(worker, pool.ports(0, 0).owner(port));
                assertTrue(taken.add(port));
                count++;
            }
            assertEquals(ALL_PORTS / 3, count);
        }
    }

    @Test
    void aDestinationThatFewPortsAreLeftForIsNamed() {
        final OverlappingPorts ports = ports(2000, 2099, 1000);
        ports.start(0);
        final List<Integer> taken = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            assertEquals(List.of(), use.crowdedDestinations(), i + " in use");
            taken.add(ports.take(0, PublicAddresses.UDP, i, SERVER, 53));
            ports.take(0, PublicAddresses.UDP, i, SERVER + 1 + i, 53);
        }
        assertEquals(List.of(new DestinationUse(9, PublicAddresses.UDP, SERVER, 53, 80, 100)), use.crowdedDestinations());
        for (int i = 0; i < 11; i++) {
            ports.giveBack(0, PublicAddresses.UDP, taken.get(i), SERVER, 53, 0);
        }
        assertEquals(80, use.crowdedDestinations().getFirst().inUse(), "those that cool down are still taken");
        ports.poll(2 * REUSE_NS, 10);
        assertEquals(70, use.crowdedDestinations().getFirst().inUse());
        ports.poll(2 * REUSE_NS, 10);
        assertEquals(List.of(), use.crowdedDestinations());
    }

    private OverlappingPorts ports(final int first, final int last, final int connections) {
        return new OverlappingPorts(new PublicAddresses(new int[] {9}, first, last), 0, 1, connections,
            new RandomSource(1, 2), new SeededHash(3, 4), REUSE_NS, use.block(0));
    }
}
