package io.sallyport.translate;

import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.PortUseBlock;
import io.sallyport.engine.Engine;
import io.sallyport.event.MappingEvents;
import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.PortAllocator;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.mapping.RandomSource;
import io.sallyport.memory.OffHeap;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whatever runs out, nothing is lost: what could not become a connection has given everything back. */
class ConnectionsTest {

    private static final int PUBLIC = Ipv4Address.parse("198.51.100.1");
    private static final int SERVER = Ipv4Address.parse("203.0.113.5");
    private static final int HOST = Ipv4Address.parse("10.77.0.2");
    private static final int LIMIT = 1000;
    private static final long HOURS_NS = TimeUnit.HOURS.toNanos(3);

    private final CounterBlock counters = CounterBlock.onHeap();
    private final PacketBatch originated = Engine.newOriginatedBatch();

    @Test
    void fullMappingsLeakNoPort() {
        final Connections connections = connections(LIMIT, 1, LIMIT);
        final int opened = openUntilRefused(connections, false);
        assertTrue(opened > 0 && opened < LIMIT);
        assertBooks(connections, opened);
    }

    @Test
    void adoptionIntoFullMappingsLeaksNoPort() {
        final Connections connections = connections(LIMIT, 1, LIMIT);
        final int adopted = openUntilRefused(connections, true);
        assertTrue(adopted > 0 && adopted < LIMIT);
        assertBooks(connections, adopted);
    }

    @Test
    void aFullTableLeaksNoMapping() {
        final Connections connections = connections(3, LIMIT, LIMIT);
        assertBooks(connections, openUntilRefused(connections, false));
    }

    @Test
    void theLimitIsExact() {
        final Connections connections = connections(LIMIT, LIMIT, 17);
        assertEquals(17, openUntilRefused(connections, false));
        assertBooks(connections, 17);
        assertEquals(17, openUntilRefused(connections, true), "and is free again");
    }

    @Test
    void noConnectionIsAdoptedTwice() {
        final Connections connections = connections(LIMIT, LIMIT, LIMIT);
        assertTrue(adopt(connections, 1, 2000) >= 0);
        assertTrue(adopt(connections, 1, 2000) < 0);
        assertTrue(adopt(connections, 1, 2001) < 0, "one inside endpoint, one public endpoint");
        assertTrue(adopt(connections, 2, 2000) < 0, "and the other way round");
        assertTrue(adopt(connections, 3, 1023) < 0, "outside of the range");
        assertBooks(connections, 1);
    }

    private void assertBooks(final Connections connections, final int open) {
        connections.publishGauges();
        assertEquals(open, counters.get(Counter.ACTIVE_CONNECTIONS_UDP));
        assertEquals(open, counters.get(Counter.ACTIVE_MAPPINGS));
        assertEquals(open, counters.get(Counter.PORTS_IN_USE_UDP));
        long nowNs = 0;
        while (nowNs <= HOURS_NS) {
            connections.poll(nowNs, originated, 10);
            nowNs += TimeUnit.SECONDS.toNanos(1);
        }
        connections.publishGauges();
        for (final Counter gauge : new Counter[] {
            Counter.ACTIVE_CONNECTIONS_UDP, Counter.ACTIVE_MAPPINGS, Counter.PORTS_IN_USE_UDP, Counter.PORTS_COOLING}) {
            assertEquals(0, counters.get(gauge), gauge.label());
        }
        assertEquals(Long.MAX_VALUE, connections.nextTimerNs());
    }

    private static int openUntilRefused(final Connections connections, final boolean adopted) {
        int opened = 0;
        for (int k = 0; k < 100; k++) {
            final int entry = adopted
                ? adopt(connections, 3000 + k, 2000 + k) : connections.open(opening(3000 + k), HOURS_NS / 2);
            opened += entry >= 0 ? 1 : 0;
        }
        return opened;
    }

    private static int adopt(final Connections connections, final int insidePort, final int publicPort) {
        return connections.adopt(
            opening(insidePort), PUBLIC, publicPort, ConnectionState.REPLIED, HOURS_NS / 2, HOURS_NS / 2);
    }

    private static Opening opening(final int insidePort) {
        final Opening opening = new Opening();
        opening.begin(addressKey(), portKey(insidePort), Side.OUTSIDE);
        return opening;
    }

    private static long addressKey() {
        return FlowKey.addressKey(FlowKey.rawAddress(HOST), FlowKey.rawAddress(SERVER));
    }

    private static long portKey(final int insidePort) {
        return FlowKey.portKey(FlowKey.rawPorts(FlowKey.rawPort(insidePort), FlowKey.rawPort(53)), Ipv4.UDP, 0);
    }

    private Connections connections(final int flowCapacity, final int mappingCapacity, final int limit) {
        final FlowTable flows = new FlowTable(
            OffHeap.allocate((int) FlowTable.memoryLength(flowCapacity)), flowCapacity, new SeededHash(5, 6));
        final PublicAddresses pool = new PublicAddresses(new int[] {PUBLIC}, 1024, 65535);
        final NatConfig.Timeouts timeouts = NatConfig.defaults(PUBLIC).timeouts();
        final PortUseBlock use = PortUseBlock.inMemory(PublicAddresses.PROTOCOLS);
        final Mappings mappings = new Mappings(new MappingTable(mappingCapacity, mappingCapacity, new SeededHash(7, 8)), pool,
            new PortAllocator(pool, 0, new RandomSource(1, 2), timeouts.portReuseNs(), use), null, null, use, MappingEvents.none());
        final Sources sources =
            new Sources(new Openings(NatConfig.defaults(PUBLIC), pool), pool, mappings, new SeededHash(9, 10));
        final Connections connections = new Connections(flows, flowCapacity, mappings, sources, new ConnectionBudget(limit, 1),
            new HostQuotas(NatConfig.Limits.DEFAULTS, flowCapacity, new SeededHash(1, 2)), timeouts, new IdleResets(OnIdle.OFF), counters);
        connections.start(0);
        return connections;
    }
}
