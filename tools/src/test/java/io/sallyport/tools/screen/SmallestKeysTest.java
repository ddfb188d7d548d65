package io.sallyport.tools.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmallestKeysTest {

    private record Pair(long key, long thing) {
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,0", "1,1", "50,0", "50,20", "5000,0", "5000,4990", "20000,0", "20000,19999"})
    void agreesWithSortingThemAll(final int most, final int skipped) {
        final Random random = new Random(most);
        final SmallestKeys smallest = new SmallestKeys(most);
        final List<Pair> all = new ArrayList<>();
        for (int thing = 0; thing < 12_000; thing++) {
            final Pair pair = new Pair(random.nextInt(2000) - 1000, thing);
            all.add(pair);
            smallest.add(pair.key(), pair.thing());
        }
        all.sort(Comparator.comparingLong(Pair::key).thenComparingLong(Pair::thing));
        final List<Long> drained = new ArrayList<>();
        smallest.drain(skipped, drained::add);
        assertEquals(all.stream().limit(most).skip(skipped).map(Pair::thing).toList(), drained);
    }
}
