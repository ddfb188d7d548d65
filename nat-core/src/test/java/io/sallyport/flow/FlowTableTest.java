package io.sallyport.flow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The table against a hash map, through fills, removals and refills at every load. */
class FlowTableTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 100, 5000})
    void agreesWithAHashMap(final int connections) {
        final FlowTable table = table(connections);
        final Map<Long, Integer> twin = new HashMap<>();
        final List<Long> keys = new ArrayList<>();
        final Random random = new Random(connections);
        for (int step = 0; step < 60_000; step++) {
            final boolean grow = keys.size() < 2 * connections && (random.nextInt(3) != 0 || keys.isEmpty());
            if (grow) {
                final long key = random.nextLong();
                if (!twin.containsKey(key)) {
                    twin.put(key, insert(table, key));
                    keys.add(key);
                }
            } else {
                final int victim = random.nextInt(keys.size());
                final long key = keys.get(victim);
                keys.set(victim, keys.get(keys.size() - 1));
                keys.remove(keys.size() - 1);
                assertEquals(twin.get(key), find(table, key), "before its removal");
                table.remove(twin.remove(key));
                assertEquals(-1, find(table, key), "after its removal");
            }
        }
        twin.forEach((key, entry) -> assertEquals(entry, find(table, key)));
    }

    @Test
    void aTableTakesAllTheConnectionsThatItIsMadeFor() {
        for (final int connections : new int[] {1, 3, 8, 64, 1000, 100_000}) {
            final FlowTable table = table(connections);
            for (int key = 0; key < 2 * connections; key++) {
                assertTrue(insert(table, key) >= 0, "entry " + key + " of " + 2 * connections);
            }
        }
    }

    @Test
    void memoryPerConnectionStaysWithinItsBudget() {
        final int connections = 1_000_000;
        final long bytes = FlowTable.memoryLength(FlowTable.slotsFor(connections)) / connections;
        assertTrue(bytes <= 152, bytes + " bytes of flow entries for a connection");
    }

    private static FlowTable table(final int connections) {
        final TagIndex index = new TagIndex(FlowTable.slotsFor(connections));
        final int length = Math.toIntExact(FlowTable.memoryLength(index.slots()));
        return new FlowTable(new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, 64)), index, new SeededHash(11, 12));
    }

    private static int insert(final FlowTable table, final long key) {
        final int entry = table.reserve(table.hash(key, 6L << 32));
        if (entry >= 0) {
            table.fill(entry, entry, 0, 0, 0, 0, 1, -1, FlowTable.Role.INITIATOR);
            table.publish(entry, key, 6L << 32, 1);
        }
        return entry;
    }

    private static int find(final FlowTable table, final long key) {
        return table.find(table.hash(key, 6L << 32), key, 6L << 32);
    }
}
