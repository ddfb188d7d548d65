package io.sallyport.mapping;

import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.MappingTable.Part;
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

/** The table against a hash map. */
class MappingTableTest {

    private record Inside(int address, int port, int protocol) {
    }

    private record Public(int mapping, int position, int port, int connections) {
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 50, 3000})
    void agreesWithAHashMap(final int capacity) {
        final MappingTable table = new MappingTable(capacity, capacity, new SeededHash(3, 4));
        final Map<Inside, Public> twin = new HashMap<>();
        final List<Inside> keys = new ArrayList<>();
        final Random random = new Random(capacity);
        for (int step = 0; step < 50_000; step++) {
            final Inside key = new Inside(random.nextInt(-40, 40), random.nextInt(4) * 21845, random.nextInt(3));
            final Public known = twin.get(key);
            assertEquals(known == null ? MappingTable.NONE : known.mapping, table.find(key.address, key.port, key.protocol));
            if (known == null && keys.size() < capacity) {
                final int position = random.nextInt(PublicAddresses.MAX_ADDRESSES);
                final int port = random.nextInt(65536);
                if (table.findPublic(position, key.protocol, port) != MappingTable.NONE) {
                    continue;
                }
                final int mapping = table.add(key.address, key.port, key.protocol, position, port);
                assertTrue(mapping >= 0, "room for " + keys.size() + " of " + capacity);
                twin.put(key, new Public(mapping, position, port, 0));
                keys.add(key);
            } else if (!keys.isEmpty()) {
                final int chosen = random.nextInt(keys.size());
                final Inside other = keys.get(chosen);
                final Public mapping = twin.get(other);
                check(table, other, mapping);
                if (random.nextBoolean()) {
                    table.remove(mapping.mapping);
                    twin.remove(other);
                    keys.set(chosen, keys.get(keys.size() - 1));
                    keys.remove(keys.size() - 1);
                } else {
                    final int change = random.nextBoolean() ? 1 : -1;
                    assertEquals(mapping.connections + change, table.count(mapping.mapping, Part.CONNECTION, change));
                    twin.put(other, new Public(mapping.mapping, mapping.position, mapping.port, mapping.connections + change));
                }
            }
            assertEquals(twin.size(), table.dynamic());
        }
        twin.forEach((key, mapping) -> check(table, key, mapping));
    }

    @Test
    void aFullTableSaysSoAndGoesOn() {
        final MappingTable table = new MappingTable(1, 1, new SeededHash(1, 2));
        final List<Integer> taken = new ArrayList<>();
        int mapping = table.add(1, 0, 0, 0, 9);
        while (mapping != MappingTable.NONE) {
            taken.add(mapping);
            mapping = table.add(1, taken.size(), 0, 0, 9 + taken.size());
        }
        table.remove(taken.get(0));
        assertEquals(MappingTable.NONE, table.find(1, 0, 0));
        assertEquals(taken.get(0), table.add(2, 0, 0, 0, 9));
        assertEquals(taken.size(), table.dynamic());
    }

    private static void check(final MappingTable table, final Inside key, final Public mapping) {
        assertEquals(mapping.mapping, table.find(key.address, key.port, key.protocol));
        assertEquals(mapping.mapping, table.findPublic(mapping.position, key.protocol, mapping.port));
        assertTrue(table.isHolder(mapping.mapping, key.address, key.port));
        assertEquals(mapping.port, table.publicPort(mapping.mapping));
        assertEquals(mapping.position, table.position(mapping.mapping));
        assertEquals(key.protocol, table.protocol(mapping.mapping));
        assertEquals(mapping.connections, table.count(mapping.mapping, Part.CONNECTION, 0));
    }
}
