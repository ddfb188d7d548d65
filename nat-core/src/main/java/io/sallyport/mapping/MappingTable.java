package io.sallyport.mapping;

import io.sallyport.flow.SeededHash;
import io.sallyport.flow.TagIndex;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The mappings of one worker: which public endpoint stands for which inside endpoint, and how many connections use it.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |                        Inside address                         |
 *  +-------------------------------+---------------+---------------+  4
 *  |          Inside port          |   Protocol    |   (zero)      |
 *  +-------------------------------+---------------+---------------+  8
 *  |          Public port          |  Position of the pub. address |
 *  +-------------------------------+-------------------------------+ 12
 *  |                     Live connections                          |
 *  +---------------------------------------------------------------+ 16
 * </pre>
 *
 * <p>A mapping lives as long as a connection does that uses it (RFC 4787, REQ-5 and REQ-6: each connection has its own timer, and the last
 * one ends the mapping). Everything in it follows from the connections, so it is not kept in the state file.
 */
public final class MappingTable {

    /** No mapping. */
    public static final int NONE = -1;
    /** Length of a record, in bytes. */
    public static final int RECORD_LENGTH = 16;

    private static final int RECORD_SHIFT = 4;
    private static final int PUBLIC_PORT_OFFSET = 8;
    private static final int POSITION_OFFSET = 10;
    private static final int CONNECTIONS_OFFSET = 12;

    private final TagIndex index;
    private final UnsafeBuffer records;
    private final SeededHash hash;
    private int size;

    /**
     * An empty table.
     *
     * @param capacity most mappings
     * @param hash     the hash with its secrets
     */
    public MappingTable(final int capacity, final SeededHash hash) {
        this.hash = hash;
        index = new TagIndex(TagIndex.slotsFor(capacity));
        records = new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(Math.multiplyExact(index.slots(), RECORD_LENGTH), BitUtil.CACHE_LINE_LENGTH));
    }

    /** The mapping of an inside endpoint, or {@link #NONE}. */
    public int find(final int insideAddress, final int insidePort, final int protocol) {
        final long key = key(insideAddress, insidePort, protocol);
        final long keyHash = hash.of(key);
        final long pattern = TagIndex.pattern(keyHash);
        int bucket = index.bucket(keyHash);
        for (int probe = index.maxProbes(); probe > 0; probe--) {
            final long word = index.word(bucket);
            for (long matches = TagIndex.matches(word, pattern); matches != 0; matches = TagIndex.rest(matches)) {
                final int mapping = TagIndex.first(bucket, matches);
                if (records.getLong(mapping << RECORD_SHIFT) == key) {
                    return mapping;
                }
            }
            if (TagIndex.endsSearch(word)) {
                return NONE;
            }
            bucket = index.next(bucket);
        }
        return NONE;
    }

    /**
     * Adds a mapping with no connections.
     *
     * @return the mapping, or {@link #NONE} when the table is full
     */
    public int add(final int insideAddress, final int insidePort, final int protocol, final int position, final int publicPort) {
        final long key = key(insideAddress, insidePort, protocol);
        final int mapping = index.insert(hash.of(key));
        if (mapping >= 0) {
            final int at = mapping << RECORD_SHIFT;
            records.putLong(at, key);
            records.putShort(at + PUBLIC_PORT_OFFSET, (short) publicPort);
            records.putShort(at + POSITION_OFFSET, (short) position);
            records.putInt(at + CONNECTIONS_OFFSET, 0);
            size++;
        }
        return mapping;
    }

    /** Removes a mapping. */
    public void remove(final int mapping) {
        final int at = mapping << RECORD_SHIFT;
        index.remove(hash.of(records.getLong(at)), mapping);
        records.putLong(at, 0);
        size--;
    }

    /**
     * Counts a connection in or out.
     *
     * @param change 1 or -1
     * @return the connections that are left
     */
    public int countConnections(final int mapping, final int change) {
        final int at = (mapping << RECORD_SHIFT) + CONNECTIONS_OFFSET;
        final int connections = records.getInt(at) + change;
        records.putInt(at, connections);
        return connections;
    }

    /** Public port of a mapping. */
    public int publicPort(final int mapping) {
        return records.getShort((mapping << RECORD_SHIFT) + PUBLIC_PORT_OFFSET) & 0xFFFF;
    }

    /** Position of the public address of a mapping. */
    public int position(final int mapping) {
        return records.getShort((mapping << RECORD_SHIFT) + POSITION_OFFSET) & 0xFFFF;
    }

    /** Protocol of a mapping, as an index of {@link PublicAddresses}. */
    public int protocol(final int mapping) {
        return records.getByte((mapping << RECORD_SHIFT) + 6);
    }

    /** Number of mappings. */
    public int size() {
        return size;
    }

    private static long key(final int insideAddress, final int insidePort, final int protocol) {
        return insideAddress & 0xFFFF_FFFFL | (long) insidePort << 32 | (long) protocol << 48;
    }
}
