package io.sallyport.bench.layout;

import io.sallyport.flow.SeededHash;
import io.sallyport.flow.TagIndex;
import io.sallyport.memory.OffHeap;

/**
 * The layout that lost: a line of 64 bytes for each direction of a connection, at the place that its tag has in the index, so that the
 * index needs no numbers and stays in the core's own cache. It lost because two lines and their free places take 153 bytes a connection
 * where one line with its index takes 82; because TCP looks at both directions for every packet, which here are two lines; and because
 * twice the lines miss the caches earlier. What it had for it, one access less, is there only while the index of the other does not fit
 * the cache and its own does. {@code TableLayoutBenchmark} has the figures.
 *
 * <pre>
 *  +---------------------------------------------------------------+  0
 *  |                    Address key (8 bytes)                      |
 *  +---------------------------------------------------------------+  8
 *  |                     Port key (8 bytes)                        |
 *  +---------------------------------------------------------------+ 16
 *  |      Addresses that the packet gets, raw (8 bytes)            |
 *  +---------------------------------------------------------------+ 24
 *  |                  Ports that the packet gets, raw              |
 *  +---------------------------------------------------------------+ 28
 *  |                  Checksum deltas                              |
 *  +---------------------------------------------------------------+ 32
 *  |                  Last seen (8 bytes)                          |
 *  +---------------------------------------------------------------+ 40
 *  |                  Entry of the opposite direction              |
 *  +---------------------------------------------------------------+ 44
 *  |                  Mapping, timer link, TCP marks ...           |
 *  +---------------------------------------------------------------+ 64
 * </pre>
 */
final class PositionalFlowTable {

    private static final int SHIFT = 6;
    private static final int PORT_KEY_OFFSET = 8;
    private static final int NEW_ADDRESSES_OFFSET = 16;
    private static final int NEW_PORTS_OFFSET = 24;
    private static final int LAST_SEEN_OFFSET = 32;
    private static final int PARTNER_OFFSET = 40;
    private static final int SEQUENCE_END_OFFSET = 56;

    private final OffHeap entries;
    private final TagIndex index;
    private final SeededHash hash;

    PositionalFlowTable(final int connections, final SeededHash hash) {
        index = new TagIndex(TagIndex.slotsFor(2 * connections));
        entries = OffHeap.allocate(Math.multiplyExact(index.slots(), 1 << SHIFT));
        this.hash = hash;
    }

    long hash(final long addressKey, final long portKey) {
        return hash.of(addressKey, portKey);
    }

    long touch(final long keyHash) {
        final int bucket = index.bucket(keyHash);
        final long matches = TagIndex.matches(index.word(bucket), TagIndex.pattern(keyHash));
        return matches == 0 ? 0 : entries.getLong(at(TagIndex.first(bucket, matches)));
    }

    int find(final long keyHash, final long addressKey, final long portKey) {
        final long pattern = TagIndex.pattern(keyHash);
        int bucket = index.bucket(keyHash);
        for (int probe = index.maxProbes(); probe > 0; probe--) {
            final long word = index.word(bucket);
            for (long matches = TagIndex.matches(word, pattern); matches != 0; matches = TagIndex.rest(matches)) {
                final int entry = TagIndex.first(bucket, matches);
                if (entries.getLong(at(entry)) == addressKey && entries.getLong(at(entry) + PORT_KEY_OFFSET) == portKey) {
                    return entry;
                }
            }
            if (TagIndex.endsSearch(word)) {
                return -1;
            }
            bucket = index.next(bucket);
        }
        return -1;
    }

    void add(final long addressKey, final long portKey, final long backAddressKey, final long backPortKey) {
        final int entry = index.insert(hash(addressKey, portKey));
        final int back = index.insert(hash(backAddressKey, backPortKey));
        fill(entry, back, addressKey, portKey, backAddressKey);
        fill(back, entry, backAddressKey, backPortKey, addressKey);
    }

    private void fill(final int entry, final int partner, final long addressKey, final long portKey, final long newAddresses) {
        entries.putLong(at(entry), addressKey);
        entries.putLong(at(entry) + PORT_KEY_OFFSET, portKey);
        entries.putLong(at(entry) + NEW_ADDRESSES_OFFSET, newAddresses);
        entries.putInt(at(entry) + PARTNER_OFFSET, partner);
    }

    /** What a packet takes from its entry. */
    long use(final int entry, final long nowNs) {
        entries.putLong(at(entry) + LAST_SEEN_OFFSET, nowNs);
        return entries.getLong(at(entry) + NEW_ADDRESSES_OFFSET) + entries.getInt(at(entry) + NEW_PORTS_OFFSET);
    }

    /** What TCP looks at besides. */
    int partnersSequence(final int entry) {
        return entries.getInt(at(entries.getInt(at(entry) + PARTNER_OFFSET)) + SEQUENCE_END_OFFSET);
    }

    private static long at(final int entry) {
        return (long) entry << SHIFT;
    }
}
