package io.sallyport.fragment;

import io.sallyport.flow.SeededHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class AgeQueueTest {

    private static final int CAPACITY = 40;
    private static final int SHARE = 10;
    private static final int SOURCES = 6;

    /** Against a list of {entry, source, deadline}, oldest first. */
    @Property(tries = 200)
    void agreesWithAList(@ForAll final Random random) {
        final AgeQueue queue = new AgeQueue(CAPACITY, SHARE, distinguishing(random));
        final List<long[]> twin = new ArrayList<>();
        final List<Integer> unlinked = new ArrayList<>();
        for (int step = 0; step < 1000; step++) {
            final int source = random.nextInt(SOURCES);
            switch (random.nextInt(6)) {
                case 0, 1, 2 -> take(queue, twin, unlinked, source, step);
                case 3 -> {
                    if (!twin.isEmpty()) {
                        final long[] row = twin.remove(random.nextInt(twin.size()));
                        row[2] = step;
                        queue.renew((int) row[0], step);
                        twin.add(row);
                    }
                }
                case 4 -> {
                    if (!twin.isEmpty()) {
                        queue.remove((int) twin.remove(random.nextInt(twin.size()))[0]);
                    }
                }
                default -> {
                    if (!twin.isEmpty()) {
                        final int entry = (int) twin.remove(random.nextInt(twin.size()))[0];
                        queue.unlink(entry);
                        unlinked.add(entry);
                    } else if (!unlinked.isEmpty()) {
                        queue.free(unlinked.remove(0));
                    }
                }
            }
            if (unlinked.size() > CAPACITY / 2) {
                queue.free(unlinked.remove(random.nextInt(unlinked.size())));
            }
            assertSame(queue, twin);
        }
    }

    private static void take(
        final AgeQueue queue, final List<long[]> twin, final List<Integer> unlinked, final int source, final long deadlineNs) {
        final int inTheWay = queue.inTheWay(source);
        final List<long[]> own = twin.stream().filter(row -> row[1] == source).toList();
        final boolean full = twin.size() + unlinked.size() == CAPACITY;
        if (own.size() == SHARE) {
            assertEquals(own.get(0)[0], inTheWay);
        } else if (full && !twin.isEmpty()) {
            assertEquals(twin.get(0)[0], inTheWay);
        } else {
            assertEquals(AgeQueue.NONE, inTheWay);
        }
        if (inTheWay != AgeQueue.NONE) {
            queue.remove(inTheWay);
            twin.removeIf(row -> row[0] == inTheWay);
        }
        final int entry = queue.take(source, deadlineNs);
        assertTrue(entry >= 0 && twin.stream().noneMatch(row -> row[0] == entry) && !unlinked.contains(entry));
        twin.add(new long[] {entry, source, deadlineNs});
    }

    private static void assertSame(final AgeQueue queue, final List<long[]> twin) {
        assertEquals(twin.isEmpty() ? AgeQueue.NONE : twin.get(0)[0], queue.oldest());
        if (!twin.isEmpty()) {
            assertEquals(twin.get(0)[2], queue.deadlineNs(queue.oldest()));
        }
        for (int source = 0; source < SOURCES; source++) {
            int entry = queue.oldestOf(source);
            for (final long[] row : twin) {
                if (row[1] == source) {
                    assertEquals(row[0], entry);
                    entry = queue.nextOfSource(entry);
                }
            }
            assertEquals(AgeQueue.NONE, entry);
        }
    }

    /** A hash by which none of the few sources share. */
    private static SeededHash distinguishing(final Random random) {
        while (true) {
            final SeededHash hash = new SeededHash(random.nextLong(), random.nextLong());
            if (java.util.stream.IntStream.range(0, SOURCES).mapToLong(source -> hash.of(source) & 4095).distinct().count() == SOURCES) {
                return hash;
            }
        }
    }
}
