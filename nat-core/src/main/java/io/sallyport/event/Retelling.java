package io.sallyport.event;

/**
 * Which of the mappings, or connections, that lived when a log was begun have not been told to it yet. They are gone through by number,
 * some in each duty cycle; what begins meanwhile is told at once and noted, so that nothing is told twice.
 *
 * <p>Owned by one worker.
 */
public final class Retelling {

    private static final int NONE = Integer.MAX_VALUE;

    /** A bit for each number: whether it was told out of turn. */
    private long[] told;
    private int next = NONE;

    /** Nothing was told so far of what lives; null when that need not be told. */
    void begin(final long[] noneTold) {
        told = noneTold;
        next = noneTold == null ? NONE : 0;
    }

    /** Whether there is any that may be left. */
    public boolean isPending() {
        return next != NONE;
    }

    /** Whether a number's turn has not come, and it was not told out of turn. */
    public boolean isUntold(final int number) {
        return number >= next && (told[number >>> 6] & 1L << number) == 0;
    }

    /** A number was told. */
    public void told(final int number) {
        if (number >= next) {
            told[number >>> 6] |= 1L << number;
        }
    }

    /** The number whose turn it is; only while there is any. */
    public int next() {
        return next;
    }

    /**
     * All before a number have had their turn.
     *
     * @param end the number behind the last
     */
    public void reached(final int number, final int end) {
        next = number;
        if (number >= end) {
            begin(null);
        }
    }
}
