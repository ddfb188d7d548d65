package io.sallyport.mapping;

import io.sallyport.flow.KeyIndex;
import io.sallyport.flow.SeededHash;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Which remote addresses each mapping's host talks to: what address-dependent filtering asks (RFC 4787, section 5). A permission lives as
 * long as a connection of that host with that address.
 *
 * <p>Owned by one worker.
 */
public final class AddressPermissions {

    private final KeyIndex index;
    private final UnsafeBuffer counts;

    /**
     * No permissions.
     *
     * @param capacity most pairs of mapping and address, which is most connections
     * @param hash     the hash with its secrets
     */
    public AddressPermissions(final int capacity, final SeededHash hash) {
        index = new KeyIndex(capacity, hash);
        counts = index.column(Integer.BYTES);
    }

    /** Whether a mapping's host talks to an address. */
    public boolean contains(final int mapping, final int remoteAddress) {
        return index.find(key(mapping, remoteAddress)) != KeyIndex.NONE;
    }

    /** The host has one more connection with an address. */
    public void add(final int mapping, final int remoteAddress) {
        final long key = key(mapping, remoteAddress);
        int slot = index.find(key);
        if (slot == KeyIndex.NONE) {
            slot = index.add(key);
            if (slot == KeyIndex.NONE) {
                // no room within reach: the address is not let in, which is the safe side
                return;
            }
            counts.putInt(slot << 2, 0);
        }
        counts.putInt(slot << 2, counts.getInt(slot << 2) + 1);
    }

    /** The host has one connection less with an address. */
    public void remove(final int mapping, final int remoteAddress) {
        final int slot = index.find(key(mapping, remoteAddress));
        if (slot != KeyIndex.NONE) {
            final int count = counts.getInt(slot << 2) - 1;
            counts.putInt(slot << 2, count);
            if (count == 0) {
                index.remove(slot);
            }
        }
    }

    private static long key(final int mapping, final int remoteAddress) {
        return (long) mapping << 32 | remoteAddress & 0xFFFF_FFFFL;
    }
}
