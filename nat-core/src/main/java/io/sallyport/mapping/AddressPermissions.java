package io.sallyport.mapping;

import io.sallyport.flow.RecordTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.memory.OffHeap;

/**
 * Which remote addresses each mapping's host talks to: what address-dependent filtering asks (RFC 4787, section 5). A permission lives as
 * long as a connection of that host with that address.
 *
 * <p>Owned by one worker.
 */
public final class AddressPermissions {

    /** By mapping and address: the number of connections, 4 bytes. */
    private final RecordTable pairs;
    private final OffHeap counts;

    /**
     * No permissions.
     *
     * @param capacity most pairs of mapping and address, which is most connections
     * @param hash     the hash with its secrets
     */
    public AddressPermissions(final int capacity, final SeededHash hash) {
        pairs = new RecordTable(capacity, Integer.BYTES, hash);
        counts = pairs.memory();
    }

    /** Whether a mapping's host talks to an address. */
    public boolean contains(final int mapping, final int remoteAddress) {
        return pairs.find(key(mapping, remoteAddress)) != RecordTable.NONE;
    }

    /** The host has one more connection with an address. */
    public void add(final int mapping, final int remoteAddress) {
        final long key = key(mapping, remoteAddress);
        int slot = pairs.find(key);
        if (slot == RecordTable.NONE) {
            slot = pairs.add(key);
            if (slot == RecordTable.NONE) {
                // no room within reach: the address is not let in, which is the safe side
                return;
            }
            counts.putInt(pairs.at(slot), 0);
        }
        counts.putInt(pairs.at(slot), counts.getInt(pairs.at(slot)) + 1);
    }

    /** The host has one connection less with an address. */
    public void remove(final int mapping, final int remoteAddress) {
        final int slot = pairs.find(key(mapping, remoteAddress));
        if (slot != RecordTable.NONE) {
            final int count = counts.getInt(pairs.at(slot)) - 1;
            counts.putInt(pairs.at(slot), count);
            if (count == 0) {
                pairs.remove(slot);
            }
        }
    }

    private static long key(final int mapping, final int remoteAddress) {
        return (long) mapping << 32 | remoteAddress & 0xFFFF_FFFFL;
    }
}
