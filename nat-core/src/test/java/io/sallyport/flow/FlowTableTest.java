package io.sallyport.flow;

import io.sallyport.memory.OffHeap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The table against a hash map, through fills, removals and refills at every load. */
class FlowTableTest {

    private static final long KIND = 6L << 32;
    private static final long BACK_KIND = 6L << 32 | 1L << 40;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100, 5000})
    void agreesWithAHashMap(final int connections) {
        final FlowTable table = table(connections);
        final Map<Long, Integer> twin = new HashMap<>();
        final List<Long> keys = new ArrayList<>();
        final Random random = new Random(connections);
        for (int step = 0; step < 60_000; step++) {
            final boolean grow = keys.size() < connections && (random.nextInt(3) != 0 || keys.isEmpty());
            if (grow) {
                final long key = random.nextLong();
                if (!twin.containsKey(key)) {
                    twin.put(key, add(table, key));
                    keys.add(key);
                }
            } else {
                final int victim = random.nextInt(keys.size());
                final long key = keys.get(victim);
                keys.set(victim, keys.get(keys.size() - 1));
                keys.remove(keys.size() - 1);
                assertBothFlows(table, key, twin.get(key));
                table.remove(twin.remove(key));
                assertEquals(FlowTable.NONE, find(table, key, KIND), "after its removal");
                assertEquals(FlowTable.NONE, find(table, ~key, BACK_KIND), "after its removal");
            }
        }
        twin.forEach((key, entry) -> assertBothFlows(table, key, entry));
    }

    @Test
    void aTableTakesAllTheConnectionsThatItIsMadeForAndNoMore() {
        for (final int connections : new int[] {1, 3, 8, 64, 1000, 100_000}) {
            final FlowTable table = table(connections);
            for (int key = 0; key < connections; key++) {
                assertTrue(add(table, key) >= 0, "connection " + key + " of " + connections);
            }
            assertEquals(FlowTable.NONE, add(table, connections));
            for (int key = 0; key < connections; key++) {
                assertBothFlows(table, key, find(table, key, KIND));
            }
        }
    }

    @Test
    void eachDirectionGetsWhatTheOthersKeySays() {
        final FlowTable table = table(2);
        final long ports = 0x0203_0405L;
        final long backPorts = 0x0607_0809L;
        final int connection = table.add(0x1111_1111_2222_2222L, ports | KIND, 0x3333_3333_4444_4444L, backPorts | BACK_KIND);
        table.describe(connection, 0x1234, 0, 7, 8);
        table.publish(connection, ports | KIND, backPorts | BACK_KIND, 5);
        assertEquals(0x4444_4444_3333_3333L, table.newAddresses(connection));
        assertEquals(0x2222_2222_1111_1111L, table.newAddresses(connection + 1));
        assertEquals(0x0809_0607, table.newPorts(connection));
        assertEquals(0x0405_0203, table.newPorts(connection + 1));
        assertEquals(1, table.egressOrdinal(connection));
        assertEquals(0, table.egressOrdinal(connection + 1));
        assertEquals(0x1234, table.deltas(connection));
        assertEquals(0xEDCB, table.deltas(connection + 1), "the inverse; and what changes nothing changes nothing either way");
        assertEquals(7, table.mapping(connection));
        assertEquals(8, table.mapping(connection + 1));
    }

    private static void assertBothFlows(final FlowTable table, final long key, final int connection) {
        assertEquals(connection, find(table, key, KIND));
        assertEquals(connection + 1, find(table, ~key, BACK_KIND));
    }

    private static FlowTable table(final int connections) {
        return new FlowTable(OffHeap.allocate((int) FlowTable.memoryLength(connections)), connections, new SeededHash(11, 12));
    }

    private static int add(final FlowTable table, final long key) {
        final int connection = table.add(key, KIND, ~key, BACK_KIND);
        if (connection >= 0) {
            table.describe(connection, 0, 0, -1, -1);
            table.publish(connection, KIND, BACK_KIND, 1);
        }
        return connection;
    }

    private static int find(final FlowTable table, final long addressKey, final long portKey) {
        return table.find(table.hash(addressKey, portKey), addressKey, portKey);
    }
}
