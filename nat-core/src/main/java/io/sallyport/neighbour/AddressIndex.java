package io.sallyport.neighbour;

import io.sallyport.flow.SeededHash;

/**
 * From IPv4 address to entry number: open addressing with linear probing, at most half full, one 8-byte slot a look-up as a rule.
 *
 * <pre>
 *   63                      32 31                       0
 *  +--------------------------+--------------------------+
 *  |         address          |     entry number + 1     |     0: empty
 *  +--------------------------+--------------------------+
 * </pre>
 *
 * <p>The hash is seeded: who chooses addresses cannot choose collisions. Removal shifts the run behind it back, so that no
 * tombstones pile up.
 */
final class AddressIndex {

    /** No such address. */
    static final int NONE = -1;

    private final long[] slots;
    private final int mask;
    private final SeededHash hash;

    /** An index for at most {@code capacity} addresses, which is a power of two. */
    AddressIndex(final int capacity, final SeededHash hash) {
        slots = new long[2 * capacity];
        mask = slots.length - 1;
        this.hash = hash;
    }

    /** The entry of {@code address}, or {@link #NONE}. */
    int find(final int address) {
        int slot = home(address);
        long content = slots[slot];
        while (content != 0) {
            if ((int) (content >>> 32) == address) {
                return (int) content - 1;
            }
            slot = slot + 1 & mask;
            content = slots[slot];
        }
        return NONE;
    }

    /** Adds an address that is not there yet. */
    void put(final int address, final int entry) {
        int slot = home(address);
        while (slots[slot] != 0) {
            slot = slot + 1 & mask;
        }
        slots[slot] = (long) address << 32 | entry + 1;
    }

    /** Removes an address that is there. */
    void remove(final int address) {
        int hole = home(address);
        while ((int) (slots[hole] >>> 32) != address) {
            hole = hole + 1 & mask;
        }
        int slot = hole;
        while (true) {
            slot = slot + 1 & mask;
            final long content = slots[slot];
            if (content == 0) {
                slots[hole] = 0;
                return;
            }
            final int distanceFromHome = slot - home((int) (content >>> 32)) & mask;
            if (distanceFromHome >= (slot - hole & mask)) {
                slots[hole] = content;
                hole = slot;
            }
        }
    }

    private int home(final int address) {
        return (int) hash.of(address) & mask;
    }
}
