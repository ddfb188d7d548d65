package io.sallyport.neighbour;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.flow.SeededHash;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class AddressIndexTest {

    private static final int CAPACITY = 64;

    /** Full most of the time, so that runs are long and wrap around. */
    @Property(tries = 100)
    void agreesWithHashMap(@ForAll final Random random) {
        final AddressIndex index = new AddressIndex(CAPACITY, new SeededHash(random.nextLong(), random.nextLong()));
        final Map<Integer, Integer> twin = new HashMap<>();
        for (int step = 0; step < 2000; step++) {
            final int address = random.nextInt(2 * CAPACITY);
            assertEquals(twin.getOrDefault(address, AddressIndex.NONE), index.find(address));
            if (twin.containsKey(address)) {
                index.remove(address);
                twin.remove(address);
            } else if (twin.size() < CAPACITY) {
                index.put(address, step);
                twin.put(address, step);
            }
        }
        for (int address = 0; address < 2 * CAPACITY; address++) {
            assertEquals(twin.getOrDefault(address, AddressIndex.NONE), index.find(address));
        }
    }
}
