package io.sallyport.flow;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The flow entries of one worker: two for each connection, one for each direction, both in this table, each one cache line that holds
 * all that a packet in the steady state needs.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |                    Address key (8 bytes)                      |
 *  +---------------------------------------------------------------+  8
 *  |                     Port key (8 bytes)                        |   0: no entry; stored last
 *  +---------------------------------------------------------------+ 16
 *  |      Addresses that the packet gets, raw (8 bytes)            |
 *  +---------------------------------------------------------------+ 24
 *  |               Ports that the packet gets, raw                 |
 *  +-------------------------------+-------------------------------+ 28
 *  |  Checksum delta of addresses  | ... of addresses and ports    |
 *  +-------------------------------+-------------------------------+ 32
 *  |           Last seen, ns of the gateway's clock (8 bytes)      |
 *  +---------------------------------------------------------------+ 40
 *  |             Entry of the opposite direction                   |
 *  +---------------------------------------------------------------+ 44
 *  |       Mapping of the inside endpoint that sends here          |   -1: none
 *  +---------------------------------------------------------------+ 48
 *  |   Timer link: next in the initiator's entry, else previous    |
 *  +---------------------------------------------------------------+ 52
 *  |     TCP: highest sequence number that this end allows         |
 *  +---------------------------------------------------------------+ 56
 *  |     TCP: highest sequence number that this end has used       |
 *  +---------------+---------------+---------------+---------------+ 60
 *  |     Role      |     State     |   TCP flags   |   (reserved)  |
 *  +---------------+---------------+---------------+---------------+ 64
 * </pre>
 *
 * <p>The role is a set of bits:
 *
 * <pre>
 *   7   6   5    4      3        2        1         0
 *  +---+---+---+------+--------+-------+-----------+--------+
 *  |   reserved | port | shares | guest | responder | egress |
 *  +---+---+---+------+--------+-------+-----------+--------+
 *   egress: 0 inside, 1 outside      guest: the responder has not answered yet, and may not want to
 *   shares: its port is another endpoint's to speak for      port: its port was taken for this destination alone
 * </pre>
 *
 * <p>A connection is named by the index of its initiator's entry. Entries never move.
 *
 * <p>Written by the owning worker only. The port key is stored last, with release, and cleared first, so that a process that maps the
 * file, or a gateway that takes it over, loads it with acquire and knows that the entry is whole.
 */
public final class FlowTable {

    /** Length of an entry: one cache line. */
    public static final int ENTRY_LENGTH = 64;

    static final int ADDRESS_KEY_OFFSET = 0;
    static final int PORT_KEY_OFFSET = 8;
    static final int NEW_ADDRESSES_OFFSET = 16;
    static final int NEW_PORTS_OFFSET = 24;
    static final int ADDRESS_DELTA_OFFSET = 28;
    static final int L4_DELTA_OFFSET = 30;
    static final int LAST_SEEN_OFFSET = 32;
    static final int PARTNER_OFFSET = 40;
    static final int MAPPING_OFFSET = 44;
    static final int TIMER_LINK_OFFSET = 48;
    static final int WINDOW_END_OFFSET = 52;
    static final int SEQUENCE_END_OFFSET = 56;
    static final int ROLE_OFFSET = 60;
    static final int STATE_OFFSET = 61;
    static final int TCP_FLAGS_OFFSET = 62;

    private static final int ENTRY_SHIFT = 6;
    static final int EGRESS_BIT = 1;
    static final int RESPONDER_BIT = 2;
    static final int GUEST_BIT = 4;
    private static final int SHARES_BIT = 8;
    private static final int PORT_BIT = 16;
    static final int ROLE_BITS = EGRESS_BIT | RESPONDER_BIT | GUEST_BIT | SHARES_BIT | PORT_BIT;

    private final UnsafeBuffer entries;
    private final TagIndex index;
    private final SeededHash hash;

    /**
     * An empty table.
     *
     * @param entries zeroed memory of {@link #memoryLength} bytes, aligned to 64
     * @param index   {@link #slotsFor} slots
     * @param hash    the hash with its secrets
     */
    public FlowTable(final UnsafeBuffer entries, final TagIndex index, final SeededHash hash) {
        this.entries = entries;
        this.index = index;
        this.hash = hash;
    }

    /** Slots that {@code connections} connections need. */
    public static int slotsFor(final int connections) {
        return TagIndex.slotsFor(Math.multiplyExact(connections, 2));
    }

    /** Bytes that a table with {@code slots} slots takes. */
    public static long memoryLength(final int slots) {
        return (long) slots << ENTRY_SHIFT;
    }

    /** Number of slots. */
    public int slots() {
        return index.slots();
    }

    /** Hash of a key; pass it to the calls that ask for it. */
    public long hash(final long addressKey, final long portKey) {
        return hash.of(addressKey, portKey);
    }

    /**
     * Begins the load of the cache line that a look-up will most likely need, so that the misses of a batch overlap. The caller must
     * make some use of what it returns, or the load may be optimised away.
     */
    public long touch(final long keyHash) {
        final int bucket = index.bucket(keyHash);
        final long matches = TagIndex.matches(index.word(bucket), TagIndex.pattern(keyHash));
        return matches == 0 ? 0 : entries.getLong(TagIndex.first(bucket, matches) << ENTRY_SHIFT);
    }

    /** The entry of a key, or -1. */
    public int find(final long keyHash, final long addressKey, final long portKey) {
        final long pattern = TagIndex.pattern(keyHash);
        int bucket = index.bucket(keyHash);
        for (int probe = index.maxProbes(); probe > 0; probe--) {
            final long word = index.word(bucket);
            for (long matches = TagIndex.matches(word, pattern); matches != 0; matches = TagIndex.rest(matches)) {
                final int entry = TagIndex.first(bucket, matches);
                final int at = entry << ENTRY_SHIFT;
                if (entries.getLong(at) == addressKey && entries.getLong(at + PORT_KEY_OFFSET) == portKey) {
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

    /**
     * Makes room for a key that the table does not hold. The entry counts only after {@link #publish}.
     *
     * @return the entry, or -1 when the table is full
     */
    public int reserve(final long keyHash) {
        return index.insert(keyHash);
    }

    /** Takes back a {@link #reserve} that was not published. */
    public void abandon(final long keyHash, final int entry) {
        index.remove(keyHash, entry);
    }

    /**
     * Fills a reserved entry.
     *
     * @param entry        from {@link #reserve}
     * @param partner      the entry of the opposite direction
     * @param newAddresses addresses that packets get, raw
     * @param newPorts     ports that packets get, raw
     * @param addressDelta checksum delta of the addresses
     * @param l4Delta      checksum delta of what the layer-4 checksum covers
     * @param egressOrdinal side that packets leave on
     * @param mapping      the mapping of the inside endpoint that sends in this direction, or -1
     * @param role         {@link Role#INITIATOR} or {@link Role#RESPONDER}
     */
    public void fill(
        final int entry,
        final int partner,
        final long newAddresses,
        final int newPorts,
        final int addressDelta,
        final int l4Delta,
        final int egressOrdinal,
        final int mapping,
        final Role role) {
        final int at = entry << ENTRY_SHIFT;
        entries.putLong(at + NEW_ADDRESSES_OFFSET, newAddresses);
        entries.putInt(at + NEW_PORTS_OFFSET, newPorts);
        entries.putShort(at + ADDRESS_DELTA_OFFSET, (short) addressDelta);
        entries.putShort(at + L4_DELTA_OFFSET, (short) l4Delta);
        entries.putInt(at + PARTNER_OFFSET, partner);
        entries.putInt(at + MAPPING_OFFSET, mapping);
        entries.putInt(at + TIMER_LINK_OFFSET, -1);
        entries.putLong(at + WINDOW_END_OFFSET, 0);
        entries.putInt(at + ROLE_OFFSET, egressOrdinal | (role == Role.RESPONDER ? RESPONDER_BIT : 0));
    }

    /** Makes a filled entry count. */
    public void publish(final int entry, final long addressKey, final long portKey, final long nowNs) {
        final int at = entry << ENTRY_SHIFT;
        entries.putLong(at + LAST_SEEN_OFFSET, nowNs);
        entries.putLong(at, addressKey);
        entries.putLongRelease(at + PORT_KEY_OFFSET, portKey);
    }

    /** Removes an entry. */
    public void remove(final int entry) {
        final int at = entry << ENTRY_SHIFT;
        final long keyHash = hash.of(addressKey(entry), portKey(entry));
        entries.putLongRelease(at + PORT_KEY_OFFSET, 0);
        index.remove(keyHash, entry);
    }

    /** First half of the key. */
    public long addressKey(final int entry) {
        return entries.getLong(entry << ENTRY_SHIFT);
    }

    /** Second half of the key; 0 where there is no entry. */
    public long portKey(final int entry) {
        return entries.getLong((entry << ENTRY_SHIFT) + PORT_KEY_OFFSET);
    }

    /** Addresses that packets get, raw. */
    public long newAddresses(final int entry) {
        return entries.getLong((entry << ENTRY_SHIFT) + NEW_ADDRESSES_OFFSET);
    }

    /** Ports that packets get, raw. */
    public int newPorts(final int entry) {
        return entries.getInt((entry << ENTRY_SHIFT) + NEW_PORTS_OFFSET);
    }

    /** Checksum delta of the addresses: for the IPv4 header, and for partial checksums. */
    public int addressDelta(final int entry) {
        return entries.getShort((entry << ENTRY_SHIFT) + ADDRESS_DELTA_OFFSET) & 0xFFFF;
    }

    /** Checksum delta of all that the layer-4 checksum covers. */
    public int l4Delta(final int entry) {
        return entries.getShort((entry << ENTRY_SHIFT) + L4_DELTA_OFFSET) & 0xFFFF;
    }

    /** When a packet of this direction was last seen, in ns of the gateway's clock. */
    public long lastSeenNs(final int entry) {
        return entries.getLong((entry << ENTRY_SHIFT) + LAST_SEEN_OFFSET);
    }

    /** Notes a packet of this direction. */
    public void lastSeenNs(final int entry, final long nowNs) {
        entries.putLong((entry << ENTRY_SHIFT) + LAST_SEEN_OFFSET, nowNs);
    }

    /** The entry of the opposite direction. */
    public int partner(final int entry) {
        return entries.getInt((entry << ENTRY_SHIFT) + PARTNER_OFFSET);
    }

    /** The mapping of the inside endpoint that sends in this direction, or -1. */
    public int mapping(final int entry) {
        return entries.getInt((entry << ENTRY_SHIFT) + MAPPING_OFFSET);
    }

    /** The timers' link. */
    int timerLink(final int entry) {
        return entries.getInt((entry << ENTRY_SHIFT) + TIMER_LINK_OFFSET);
    }

    /** Sets the timers' link. */
    void timerLink(final int entry, final int link) {
        entries.putInt((entry << ENTRY_SHIFT) + TIMER_LINK_OFFSET, link);
    }

    /** TCP: the highest sequence number, plus one, that the sender of this direction lets the other end use. */
    public int windowEnd(final int entry) {
        return entries.getInt((entry << ENTRY_SHIFT) + WINDOW_END_OFFSET);
    }

    /** Sets {@link #windowEnd(int)}. */
    public void windowEnd(final int entry, final int sequence) {
        entries.putInt((entry << ENTRY_SHIFT) + WINDOW_END_OFFSET, sequence);
    }

    /** TCP: the highest sequence number, plus one, that the sender of this direction has used. */
    public int sequenceEnd(final int entry) {
        return entries.getInt((entry << ENTRY_SHIFT) + SEQUENCE_END_OFFSET);
    }

    /** Sets {@link #sequenceEnd(int)}. */
    public void sequenceEnd(final int entry, final int sequence) {
        entries.putInt((entry << ENTRY_SHIFT) + SEQUENCE_END_OFFSET, sequence);
    }

    /** Ordinal of the side that packets of this direction leave on. */
    public int egressOrdinal(final int entry) {
        return entries.getByte((entry << ENTRY_SHIFT) + ROLE_OFFSET) & EGRESS_BIT;
    }

    /** Whether this is the direction of the end that opened the connection. */
    public boolean isInitiator(final int entry) {
        return (entries.getByte((entry << ENTRY_SHIFT) + ROLE_OFFSET) & RESPONDER_BIT) == 0;
    }

    /** Whether the responder has not yet answered a connection that it did not ask for; the same in both entries. */
    public boolean isGuest(final int entry) {
        return (entries.getByte((entry << ENTRY_SHIFT) + ROLE_OFFSET) & GUEST_BIT) != 0;
    }

    /** Sets {@link #isGuest(int)} for both entries. */
    public void guest(final int entry, final int partner, final boolean isGuest) {
        mark(entry, GUEST_BIT, isGuest);
        mark(partner, GUEST_BIT, isGuest);
    }

    /** Whether the entry's mapping speaks for another inside endpoint, with which this one shares the public port. */
    public boolean shares(final int entry) {
        return (entries.getByte((entry << ENTRY_SHIFT) + ROLE_OFFSET) & SHARES_BIT) != 0;
    }

    /** Whether the public port was taken for this destination alone, and is to be returned with the connection. */
    public boolean ownsPort(final int entry) {
        return (entries.getByte((entry << ENTRY_SHIFT) + ROLE_OFFSET) & PORT_BIT) != 0;
    }

    /** Sets {@link #shares} and {@link #ownsPort} of an entry. */
    public void portUse(final int entry, final boolean shares, final boolean ownsPort) {
        mark(entry, SHARES_BIT, shares);
        mark(entry, PORT_BIT, ownsPort);
    }

    private void mark(final int entry, final int bit, final boolean isSet) {
        final int at = (entry << ENTRY_SHIFT) + ROLE_OFFSET;
        final int role = entries.getByte(at);
        entries.putByte(at, (byte) (isSet ? role | bit : role & ~bit));
    }

    /** One of the values of {@link ConnectionState}; the same in both entries. */
    public byte state(final int entry) {
        return entries.getByte((entry << ENTRY_SHIFT) + STATE_OFFSET);
    }

    /** Sets the state of the connection in both its entries. */
    public void state(final int entry, final int partner, final byte state) {
        entries.putByte((entry << ENTRY_SHIFT) + STATE_OFFSET, state);
        entries.putByte((partner << ENTRY_SHIFT) + STATE_OFFSET, state);
    }

    /** TCP: what else is known of the sender of this direction, in bits that the tracker defines. */
    public int tcpFlags(final int entry) {
        return entries.getByte((entry << ENTRY_SHIFT) + TCP_FLAGS_OFFSET) & 0xFF;
    }

    /** Sets {@link #tcpFlags(int)}. */
    public void tcpFlags(final int entry, final int flags) {
        entries.putByte((entry << ENTRY_SHIFT) + TCP_FLAGS_OFFSET, (byte) flags);
    }

    /** The two directions of a connection. */
    public enum Role {
        /** From the end that opened it. */
        INITIATOR,
        /** From the other end. */
        RESPONDER
    }
}
