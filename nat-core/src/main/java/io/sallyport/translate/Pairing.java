package io.sallyport.translate;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.PublicAddresses;
import java.util.Arrays;

/**
 * Which public address an inside host has: always the same one (RFC 4787, REQ-2). Hosts are put into groups by a hash, and a group has one
 * address. Where the pool changes, a group moves only when no connection of it is left that needs its address, or at once if the address
 * leaves the pool; and only so many groups move as the new addresses are to have (Lamping and Veach, A Fast, Minimal Memory, Consistent
 * Hash Algorithm, 2014).
 *
 * <p>Owned by one worker.
 */
final class Pairing {

    private static final int GROUP_SHIFT = 16;
    private static final int GROUPS = 1 << GROUP_SHIFT;
    private static final char NONE = 0xFFFF;
    /** Addresses that are asked whether they are of the pool still; the chance that none of them is does not matter. */
    private static final int MOST_TRIES = 32;
    private static final long NEXT_TRY = 0x9E37_79B9_7F4A_7C15L;

    private final SeededHash hash;
    private final char[] positions = new char[GROUPS];
    private final int[] connections = new int[GROUPS];
    private PublicAddresses addresses;

    /** No host has an address yet. */
    Pairing(final PublicAddresses addresses, final SeededHash hash) {
        this.addresses = addresses;
        this.hash = hash;
        Arrays.fill(positions, NONE);
    }

    /** Goes on with other addresses. */
    void adopt(final PublicAddresses next) {
        addresses = next;
    }

    /** Position of the address that an inside host has, or gets. */
    int position(final int insideAddress) {
        final int group = group(insideAddress);
        final char held = positions[group];
        if (held != NONE && connections[group] > 0 && addresses.isPooled(held)) {
            return held;
        }
        positions[group] = (char) choose(group);
        return positions[group];
    }

    /** A connection of an inside host needs its address to stay as it is. */
    void began(final int insideAddress) {
        connections[group(insideAddress)]++;
    }

    /** That connection has ended. */
    void ended(final int insideAddress) {
        connections[group(insideAddress)]--;
    }

    /** A host has had an address in a gateway that ran before, and keeps it if others of its group have no other already. */
    void keep(final int insideAddress, final int position) {
        final int group = group(insideAddress);
        if (connections[group] == 0) {
            positions[group] = (char) position;
        }
    }

    private int choose(final int group) {
        final int slots = addresses.slotCount();
        long key = group * NEXT_TRY;
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            final int position = addresses.slot(slots == 1 ? 0 : jump(key, slots));
            if (addresses.isPooled(position)) {
                return position;
            }
            key += NEXT_TRY;
        }
        return firstPooled(slots);
    }

    private int firstPooled(final int slots) {
        int slot = 0;
        while (slot < slots - 1 && !addresses.isPooled(addresses.slot(slot))) {
            slot++;
        }
        return addresses.slot(slot);
    }

    private static int jump(final long key, final int slots) {
        long state = key;
        long last = -1;
        long next = 0;
        while (next < slots) {
            last = next;
            state = state * 2862933555777941757L + 1;
            next = (long) ((last + 1) * ((double) (1L << 31) / ((state >>> 33) + 1)));
        }
        return (int) last;
    }

    private int group(final int insideAddress) {
        return (int) (hash.of(FlowKey.rawAddress(insideAddress) & 0xFFFF_FFFFL) >>> Long.SIZE - GROUP_SHIFT);
    }
}
