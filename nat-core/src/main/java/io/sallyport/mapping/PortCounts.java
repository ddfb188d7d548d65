package io.sallyport.mapping;

import io.sallyport.counter.PortUseBlock;

/**
 * Counts the public ports that one worker uses, by space: {@link PublicAddresses#PROTOCOLS} × position of the address + protocol. A change
 * costs an addition; observers see it when it is published, once for a batch, and only what has changed is.
 *
 * <p>Owned by one worker.
 */
final class PortCounts {

    private final PortUseBlock published;
    private final int[] inUse;
    private final int[] cooling;
    private final boolean[] isChanged;
    private final int[] changed;
    private int changedCount;

    /**
     * No port in use.
     *
     * @param published where observers look; cleared here
     * @param spaces    number of spaces
     */
    PortCounts(final PortUseBlock published, final int spaces) {
        this.published = published;
        inUse = new int[spaces];
        cooling = new int[spaces];
        isChanged = new boolean[spaces];
        changed = new int[spaces];
        published.clear();
    }

    /** A port is taken. */
    void taken(final int space) {
        inUse[space]++;
        note(space);
    }

    /** A port that was in use is free. */
    void freed(final int space) {
        inUse[space]--;
        note(space);
    }

    /** A port that was in use cools down. */
    void returned(final int space) {
        cooling[space]++;
        freed(space);
    }

    /** A port has cooled down. */
    void cooled(final int space) {
        cooling[space]--;
        note(space);
    }

    /** Ports of a space in use. */
    int inUse(final int space) {
        return inUse[space];
    }

    /** Tells observers what has changed. */
    void publish() {
        for (int i = 0; i < changedCount; i++) {
            final int space = changed[i];
            isChanged[space] = false;
            published.set(space, inUse[space], cooling[space]);
        }
        changedCount = 0;
    }

    private void note(final int space) {
        if (!isChanged[space]) {
            isChanged[space] = true;
            changed[changedCount++] = space;
        }
    }
}
