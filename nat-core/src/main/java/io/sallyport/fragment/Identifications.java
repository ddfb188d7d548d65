package io.sallyport.fragment;

import io.sallyport.flow.SeededHash;

/**
 * IP identifications for what hosts behind one public address send, so that no two of their datagrams toward the same destination have
 * the same one at a time (RFC 7857, section 9; RFC 6864, section 5.3). Each of {@value #COUNT} counters serves the destinations that hash
 * to it, and begins anywhere: what one destination sees says little about what goes to others.
 */
final class Identifications {

    /** Number of counters. */
    static final int COUNT = 2048;

    private final SeededHash hash;
    private final short[] nexts = new short[COUNT];

    /** With counters that begin where {@code hash} says. */
    Identifications(final SeededHash hash) {
        this.hash = hash;
        for (int counter = 0; counter < COUNT; counter++) {
            nexts[counter] = (short) (hash.of(-1 - counter) >>> 32);
        }
    }

    /**
     * The next identification toward a destination.
     *
     * @param count how many in a row are taken: those of the segments of a super-frame
     */
    int next(final int rawDestination, final int protocol, final int count) {
        final int counter = (int) hash.of(rawDestination & 0xFFFF_FFFFL | (long) protocol << 32) & COUNT - 1;
        final int next = nexts[counter] & 0xFFFF;
        nexts[counter] = (short) (next + count);
        return next;
    }
}
