package io.sallyport.tools.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.screen.Frequent.Count;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrequentTest {

    @Test
    void countsExactlyWhileThereIsRoom() {
        final Frequent frequent = new Frequent();
        for (int key = 0; key <= 100; key++) {
            for (int i = 0; i < Math.min(key, 99); i++) {
                frequent.add(key);
            }
        }
        assertEquals(List.of(new Count(99, 99), new Count(100, 99), new Count(98, 98)), frequent.top(3));
        assertEquals(7, frequent.count(7));
        assertEquals(0, frequent.count(0));
        assertEquals(100, frequent.top(1000).size());
        assertEquals(List.of(), frequent.top(0));
    }

    @Test
    void findsTheFrequentAmongMoreThanItHasRoomFor() {
        final Frequent frequent = new Frequent(1000);
        final Random random = new Random(5);
        final int rounds = 200_000;
        for (int round = 0; round < rounds; round++) {
            frequent.add(round % 10 == 0 ? 7 : round % 20 == 1 ? 8 : 1000 + random.nextInt(10_000_000));
        }
        final List<Count> top = frequent.top(2);
        assertEquals(List.of(7L, 8L), top.stream().map(Count::key).toList());
        assertTrue(top.getFirst().count() <= rounds / 10 && top.getFirst().count() >= rounds / 10 - rounds / 1000, top.toString());
    }
}
