package io.sallyport.twin;

import java.util.Arrays;
import java.util.Random;

/** Choices as numbers: what is generated, and what shrinks toward the first of each. */
record Picks(int... values) {

    static final int MOST = 9999;

    static Picks random(final int count, final Random random) {
        return new Picks(random.ints(count, 0, MOST + 1).toArray());
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(final int bound, final int index) {
        return values[index] % bound;
    }

    /** One of some. */
    @SafeVarargs
    final <T> T oneOf(final int index, final T... options) {
        return options[values[index] % options.length];
    }

    /** Whether one in so many says yes; 0 says no. */
    boolean rarely(final int index, final int oneIn) {
        return values[index] % oneIn == oneIn - 1;
    }

    @Override
    public String toString() {
        return Arrays.toString(values).replace('[', '{').replace(']', '}');
    }
}
