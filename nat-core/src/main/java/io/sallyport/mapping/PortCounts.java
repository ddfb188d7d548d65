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
    private int[] inUse;
    private int[] cooling;
    private boolean[] isChanged;
    private int[] changed;
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

    /**
     * Memory for more spaces than there were, made by another thread than the worker's.
     *
     * @param inUse     zeros
     * @param cooling   zeros
     * @param isChanged all false
     * @param changed   zeros
     */
    record Room(int[] inUse, int[] cooling, boolean[] isChanged, int[] changed) {
    }

    /** Room for so many spaces; null where that is no more than there are. Any thread, while the worker adopts nothing. */
    Room roomFor(final int spaces) {
        return spaces <= inUse.length ? null : new Room(new int[spaces], new int[spaces], new boolean[spaces], new int[spaces]);
    }

    /** Goes on with more room, if it is not null. */
    void adopt(final Room room) {
        if (room != null) {
            System.arraycopy(inUse, 0, room.inUse, 0, inUse.length);
            System.arraycopy(cooling, 0, room.cooling, 0, cooling.length);
            System.arraycopy(isChanged, 0, room.isChanged, 0, isChanged.length);
            System.arraycopy(changed, 0, room.changed, 0, changedCount);
            inUse = room.inUse;
            cooling = room.cooling;
            isChanged = room.isChanged;
            changed = room.changed;
        }
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
            if (space < published.spaces()) {
                published.set(space, inUse[space], cooling[space]);
            }
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
