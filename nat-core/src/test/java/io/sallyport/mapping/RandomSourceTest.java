package io.sallyport.mapping;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RandomSourceTest {

    private static final int NUMBERS = 200;
    private static final long SECOND_OF_7_AND_9 = 0x1A207983373014D8L;

    @Test
    void whatIsSeenAheadComes() {
        final RandomSource random = new RandomSource(11, 12);
        for (int taken = 0; taken < NUMBERS; taken++) {
            final RandomSource later = new RandomSource(11, 12);
            for (int skipped = 0; skipped < taken; skipped++) {
                later.nextLong();
            }
            for (int ahead = 0; ahead < NUMBERS; ahead++) {
                assertEquals(later.nextLong(), random.peek(ahead), "after " + taken + ", " + ahead + " ahead");
            }
            random.nextLong();
        }
    }

    /** SipHash-2-4 of the number 1 under the secrets 7 and 9, by another implementation: what a replay drew, it must draw again. */
    @Test
    void numbersStayWhatTheyWere() {
        final RandomSource random = new RandomSource(7, 9);
        random.nextLong();
        assertEquals(SECOND_OF_7_AND_9, random.nextLong());
    }
}
