package io.sallyport.mapping;

import io.sallyport.flow.RecordTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.memory.OffHeap;

/**
 * The mappings of one worker: which inside endpoint a public endpoint speaks for, and who keeps that alive. Found by the public endpoint,
 * of which each has one mapping, and by the inside endpoint, if it has but one public endpoint for all destinations.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |                        Inside address                         |
 *  +-------------------------------+---------------+---------------+  4
 *  |          Inside port          |   Protocol    |     Flags     |   1: found by the inside endpoint; 2: has a port of the pool
 *  +-------------------------------+---------------+---------------+  8
 *  |       Connections that the inside host opened or answered     |
 *  +---------------------------------------------------------------+ 12
 *  |              Guests: connections that wait for it             |
 *  +---------------------------------------------------------------+ 16
 *  |      Connections of other inside endpoints on the same port   |
 *  +---------------------------------------------------------------+ 20
 *  |      Number of the forward; -1: a dynamic mapping; -2: closed |
 *  +---------------------------------------------------------------+ 24
 * </pre>
 *
 * <p>A dynamic mapping lives as long as a connection does that its host opened or answered (RFC 4787, REQ-5 and REQ-6: each connection has
 * its own timer, and the last one ends the mapping); its port stays taken until its guests are gone, too. Everything in it follows from
 * the connections, so it is not kept in the state file.
 *
 * <p>The mapping of a forward that the operator takes away is <em>closed</em>: it lets no one in, is not found by its inside endpoint, and
 * ends with the last of its connections. So is a dynamic one whose public endpoint the operator gives to a host of another worker.
 */
public final class MappingTable {

    /** No mapping. */
    public static final int NONE = -1;

    private static final int VALUE_LENGTH = 24;
    private static final int INSIDE_PORT_OFFSET = 4;
    private static final int PROTOCOL_OFFSET = 6;
    private static final int FLAGS_OFFSET = 7;
    private static final int CONNECTIONS_OFFSET = 8;
    private static final int GUESTS_OFFSET = 12;
    private static final int OTHERS_OFFSET = 16;
    private static final int FORWARD_OFFSET = 20;
    private static final int BY_INSIDE = 1;
    private static final int POOL_PORT = 2;
    private static final int CLOSED = -2;

    private final RecordTable byPublic;
    private final RecordTable byInside;
    private final OffHeap records;
    private final int[] dynamic = new int[PublicAddresses.PROTOCOLS];

    /** Who has a part in a mapping. */
    public enum Part {
        /** A connection that the mapping's host opened or answered. */
        CONNECTION,
        /** A connection that waits for the mapping's host to answer. */
        GUEST,
        /** A connection of another inside endpoint that shares the port. */
        OTHER
    }

    /**
     * An empty table.
     *
     * @param capacity       most mappings
     * @param insideCapacity most mappings that are found by their inside endpoint
     * @param hash           the hash with its secrets
     */
    public MappingTable(final int capacity, final int insideCapacity, final SeededHash hash) {
        byPublic = new RecordTable(capacity, VALUE_LENGTH, hash);
        byInside = new RecordTable(insideCapacity, Integer.BYTES, hash);
        records = byPublic.memory();
    }

    /** The mapping of an inside endpoint for all destinations, or {@link #NONE}. */
    public int find(final int insideAddress, final int insidePort, final int protocol) {
        final int slot = byInside.find(insideKey(insideAddress, insidePort, protocol));
        return slot == RecordTable.NONE ? NONE : byInside.memory().getInt(byInside.at(slot));
    }

    /** The mapping of a public endpoint, or {@link #NONE}. */
    public int findPublic(final int position, final int protocol, final int publicPort) {
        return byPublic.find(publicKey(position, protocol, publicPort));
    }

    void adviseHugePages() {
        byPublic.adviseHugePages();
        byInside.adviseHugePages();
    }

    /** Hash of an inside endpoint, for {@link #touchInsideTags} and {@link #touchInside}. */
    public long insideHash(final int insideAddress, final int insidePort, final int protocol) {
        return byInside.hash(insideKey(insideAddress, insidePort, protocol));
    }

    /** Hash of a public endpoint, for {@link #touchPublicTags} and {@link #touchPublic}. */
    public long publicHash(final int position, final int protocol, final int publicPort) {
        return byPublic.hash(publicKey(position, protocol, publicPort));
    }

    /** See {@link RecordTable#touchTags}. */
    public long touchInsideTags(final long insideHash) {
        return byInside.touchTags(insideHash);
    }

    /** See {@link RecordTable#touch}. */
    public long touchInside(final long insideHash) {
        return byInside.touch(insideHash);
    }

    /** See {@link RecordTable#touchTags}. */
    public long touchPublicTags(final long publicHash) {
        return byPublic.touchTags(publicHash);
    }

    /** See {@link RecordTable#touch}. */
    public long touchPublic(final long publicHash) {
        return byPublic.touch(publicHash);
    }

    /**
     * Adds a mapping of an inside endpoint for all destinations, in which no one has a part.
     *
     * @return the mapping, or {@link #NONE} when the table is full
     */
    public int add(final int insideAddress, final int insidePort, final int protocol, final int position, final int publicPort) {
        final int mapping = addForOne(insideAddress, insidePort, protocol, position, publicPort);
        if (mapping == NONE || makeFindable(mapping)) {
            return mapping;
        }
        remove(mapping);
        return NONE;
    }

    /**
     * Adds a mapping that is found by its public endpoint only: the inside endpoint has others for other destinations.
     *
     * @return the mapping, or {@link #NONE} when the table is full
     */
    public int addForOne(final int insideAddress, final int insidePort, final int protocol, final int position, final int publicPort) {
        final int mapping = byPublic.add(publicKey(position, protocol, publicPort));
        if (mapping >= 0) {
            final long at = byPublic.at(mapping);
            holder(mapping, insideAddress, insidePort);
            records.putByte(at + PROTOCOL_OFFSET, (byte) protocol);
            records.putByte(at + FLAGS_OFFSET, (byte) 0);
            records.putInt(at + CONNECTIONS_OFFSET, 0);
            records.putInt(at + GUESTS_OFFSET, 0);
            records.putInt(at + OTHERS_OFFSET, 0);
            records.putInt(at + FORWARD_OFFSET, NONE);
            dynamic[protocol]++;
        }
        return mapping;
    }

    /**
     * Adds the mapping of a forward, which stays. Of several forwards to one inside endpoint the first is the one that is found by it.
     *
     * @param forward the forward's number
     * @return false when the table is full
     */
    public boolean addForward(
        final int insideAddress, final int insidePort, final int protocol, final int position, final int publicPort, final int forward) {
        final int mapping = addForOne(insideAddress, insidePort, protocol, position, publicPort);
        if (mapping != NONE) {
            toForward(mapping, insideAddress, insidePort, forward);
        }
        return mapping != NONE && (find(insideAddress, insidePort, protocol) != NONE || makeFindable(mapping));
    }

    /**
     * Makes a mapping that is there that of a forward, or of a forward to another inside endpoint. Who has a part in it keeps it.
     *
     * @param forward the forward's number
     */
    public void toForward(final int mapping, final int insideAddress, final int insidePort, final int forward) {
        if (!isHolder(mapping, insideAddress, insidePort)) {
            hide(mapping);
            holder(mapping, insideAddress, insidePort);
        }
        if (isDynamic(mapping)) {
            dynamic[protocol(mapping)]--;
        }
        records.putInt(byPublic.at(mapping) + FORWARD_OFFSET, forward);
    }

    /** Lets the mapping of a forward be the one that is found by its inside endpoint, in place of any other. */
    public void preferForward(final int mapping) {
        final int known = find(insideAddress(mapping), insidePort(mapping), protocol(mapping));
        if (known != mapping) {
            if (known != NONE) {
                hide(known);
            }
            makeFindable(mapping);
        }
    }

    /** Closes a mapping: it only goes on for who has a part in it. */
    public void close(final int mapping) {
        hide(mapping);
        if (isDynamic(mapping)) {
            dynamic[protocol(mapping)]--;
        }
        records.putInt(byPublic.at(mapping) + FORWARD_OFFSET, CLOSED);
    }

    /** Lets a mapping be found by its public endpoint only, so that the inside endpoint can get another. */
    public void hide(final int mapping) {
        if ((flags(mapping) & BY_INSIDE) != 0) {
            byInside.remove(byInside.find(insideKey(insideAddress(mapping), insidePort(mapping), protocol(mapping))));
            flags(mapping, flags(mapping) & ~BY_INSIDE);
        }
    }

    private boolean makeFindable(final int mapping) {
        final int slot = byInside.add(insideKey(insideAddress(mapping), insidePort(mapping), protocol(mapping)));
        if (slot == RecordTable.NONE) {
            return false;
        }
        byInside.memory().putInt(byInside.at(slot), mapping);
        flags(mapping, flags(mapping) | BY_INSIDE);
        return true;
    }

    /** Removes a mapping. */
    public void remove(final int mapping) {
        hide(mapping);
        if (isDynamic(mapping)) {
            dynamic[protocol(mapping)]--;
        }
        byPublic.remove(mapping);
    }

    /**
     * Counts a part in or out.
     *
     * @param change 1 or -1
     * @return how many are left of that kind
     */
    public int count(final int mapping, final Part part, final int change) {
        final long at = byPublic.at(mapping) + switch (part) {
            case CONNECTION -> CONNECTIONS_OFFSET;
            case GUEST -> GUESTS_OFFSET;
            default -> OTHERS_OFFSET;
        };
        final int count = records.getInt(at) + change;
        records.putInt(at, count);
        return count;
    }

    /** Whether no one has a part in a mapping that is no forward's, so that it ends. */
    public boolean isUnused(final int mapping) {
        final long at = byPublic.at(mapping);
        return !isForward(mapping)
            && (records.getInt(at + CONNECTIONS_OFFSET) | records.getInt(at + GUESTS_OFFSET) | records.getInt(at + OTHERS_OFFSET)) == 0;
    }

    /** Whether strangers can be let in at all: the operator opened the port, or the inside host keeps the mapping alive. */
    public boolean isAlive(final int mapping) {
        return isForward(mapping) || isDynamic(mapping) && records.getInt(byPublic.at(mapping) + CONNECTIONS_OFFSET) > 0;
    }

    /** Whether the endpoint that a mapping speaks for has gone and only others use its port, so that another can take its place. */
    public boolean isVacant(final int mapping) {
        final long at = byPublic.at(mapping);
        return isDynamic(mapping) && (records.getInt(at + CONNECTIONS_OFFSET) | records.getInt(at + GUESTS_OFFSET)) == 0;
    }

    /** Lets a mapping, which is vacant or new, speak for an endpoint. */
    public void holder(final int mapping, final int insideAddress, final int insidePort) {
        records.putInt(byPublic.at(mapping), insideAddress);
        records.putShort(byPublic.at(mapping) + INSIDE_PORT_OFFSET, (short) insidePort);
    }

    /** Whether a mapping speaks for an inside endpoint. */
    public boolean isHolder(final int mapping, final int insideAddress, final int insidePort) {
        return insideAddress(mapping) == insideAddress && insidePort(mapping) == insidePort;
    }

    /** Whether the operator made the mapping. */
    public boolean isForward(final int mapping) {
        return forward(mapping) >= 0;
    }

    /** Whether connections made the mapping: neither the operator did, nor had. */
    public boolean isDynamic(final int mapping) {
        return forward(mapping) == NONE;
    }

    /** Whether a mapping has taken its public port from the pool's, so that it returns it; true or false for all its life. */
    public boolean hasPoolPort(final int mapping) {
        return (flags(mapping) & POOL_PORT) != 0;
    }

    /** Says that a mapping has taken its public port from the pool's. */
    public void tookPoolPort(final int mapping) {
        flags(mapping, flags(mapping) | POOL_PORT);
    }

    /** Number of the forward, or negative. */
    public int forward(final int mapping) {
        return records.getInt(byPublic.at(mapping) + FORWARD_OFFSET);
    }

    /** Inside address of a mapping. */
    public int insideAddress(final int mapping) {
        return records.getInt(byPublic.at(mapping));
    }

    /** Inside port of a mapping. */
    public int insidePort(final int mapping) {
        return records.getShort(byPublic.at(mapping) + INSIDE_PORT_OFFSET) & 0xFFFF;
    }

    /** Protocol of a mapping, as an index of {@link PublicAddresses}. */
    public int protocol(final int mapping) {
        return records.getByte(byPublic.at(mapping) + PROTOCOL_OFFSET);
    }

    /** Public port of a mapping. */
    public int publicPort(final int mapping) {
        return (int) byPublic.key(mapping) & 0xFFFF;
    }

    /** Position of the public address of a mapping. */
    public int position(final int mapping) {
        return (int) (byPublic.key(mapping) >>> 32);
    }

    /** Number of places for mappings. */
    public int slots() {
        return byPublic.slots();
    }

    /** Whether there is a mapping in a place. */
    boolean isTaken(final int mapping) {
        return byPublic.isTaken(mapping);
    }

    /** Number of mappings that are not forwards'. */
    public int dynamic() {
        return dynamic[PublicAddresses.TCP] + dynamic[PublicAddresses.UDP] + dynamic[PublicAddresses.ICMP];
    }

    /** The same of one protocol: each has a public port of its own. */
    public int dynamic(final int protocol) {
        return dynamic[protocol];
    }

    private int flags(final int mapping) {
        return records.getByte(byPublic.at(mapping) + FLAGS_OFFSET);
    }

    private void flags(final int mapping, final int flags) {
        records.putByte(byPublic.at(mapping) + FLAGS_OFFSET, (byte) flags);
    }

    private static long insideKey(final int insideAddress, final int insidePort, final int protocol) {
        return insideAddress & 0xFFFF_FFFFL | (long) insidePort << 32 | (long) protocol << 48;
    }

    private static long publicKey(final int position, final int protocol, final int publicPort) {
        return (long) position << 32 | (long) protocol << 16 | publicPort;
    }
}
