package io.sallyport.flow;

import io.sallyport.memory.HugePages;
import io.sallyport.memory.OffHeap;
import java.util.Optional;

/**
 * The connections of one worker, each in one cache line that holds all that a packet in the steady state needs, whichever way it goes. A
 * connection has two <em>flows</em>, one for each direction, which are found by their own keys: what a packet of one gets is what the key
 * of the other says, turned around.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |           Address key of the initiator's flow (8 bytes)       |
 *  +---------------------------------------------------------------+  8
 *  |           Address key of the responder's flow (8 bytes)       |
 *  +---------------------------------------------------------------+ 16
 *  |        Low half of the port key of the initiator's flow       |
 *  +---------------------------------------------------------------+ 20
 *  |        Low half of the port key of the responder's flow       |
 *  +-------------------------------+-------------------------------+ 24
 *  |  High half: the initiator's   |  High half: the responder's   |   0: no connection; stored last
 *  +-------------------------------+-------------------------------+ 28
 *  |  Initiator's checksum deltas: addresses, ... and ports        |
 *  +-------------------------------+-------------------------------+ 32
 *  |           Last seen, ns of the gateway's clock (8 bytes)      |
 *  +---------------------------------------------------------------+ 40
 *  |     TCP: highest sequence number that the initiator has used  |
 *  +---------------------------------------------------------------+ 44
 *  |     TCP: ... that the responder has used                      |
 *  +---------------------------------------------------------------+ 48
 *  |     TCP: highest sequence number that the initiator allows    |
 *  +---------------------------------------------------------------+ 52
 *  |     TCP: ... that the responder allows                        |
 *  +---------------+---------------+---------------+---------------+ 56
 *  | TCP flags: i. | TCP flags: r. |     Role      |     State     |
 *  +---------------+---------------+---------------+---------------+ 60
 *  |  Responder's checksum deltas: addresses, ... and ports        |
 *  +---------------------------------------------------------------+ 64
 * </pre>
 *
 * <p>The role is a set of bits:
 *
 * <pre>
 *   7   6   5   4      3       2       1       0
 *  +---+---+---+---+--------+------+--------+-------+
 *  |    reserved   | quota  | port | shares | guest |
 *  +---+---+---+---+--------+------+--------+-------+
 *   guest: the responder has not answered yet, and may not want to      quota: counts for the inside host's quota
 *   shares: its port is another endpoint's to speak for      port: its port was taken for this destination alone
 * </pre>
 *
 * <p>A flow is named by an <em>entry</em>: twice the number of its connection's line, plus 1 for the responder's. A connection is named by
 * its initiator's entry. Lines never move. What only the opening and ending of connections needs lies in a second line, of 16 bytes:
 *
 * <pre>
 *  +---------------------------------------------------------------+  0
 *  |               Timer: next; of a free line the next free one   |
 *  +---------------------------------------------------------------+  4
 *  |               Timer: previous                                 |
 *  +---------------------------------------------------------------+  8
 *  |   Mapping of the inside endpoint that sends as initiator      |   -1: none
 *  +---------------------------------------------------------------+ 12
 *  |   Mapping of the inside endpoint that sends as responder      |   -1: none
 *  +---------------------------------------------------------------+ 16
 * </pre>
 *
 * <p>Written by the owning worker only. The high halves of both port keys are stored last, with release, and cleared first, so that a
 * process that maps the file, or a gateway that takes it over, loads them with acquire and knows that the line is whole.
 */
public final class FlowTable {

    /** Length of a connection's line: one cache line. */
    public static final int LINE_LENGTH = 64;

    /** Length of the number of lines that have ever been used. */
    public static final int USED_LENGTH = Long.BYTES;

    /** No flow, or no room for a connection. */
    public static final int NONE = -1;

    static final int ADDRESS_KEYS_OFFSET = 0;
    static final int PORTS_OFFSET = 16;
    static final int KINDS_OFFSET = 24;
    static final int DELTAS_OFFSET = 28;
    /** How far the responder's deltas lie behind the initiator's, as a power of two. */
    static final int DELTAS_SHIFT = 5;
    static final int LAST_SEEN_OFFSET = 32;
    static final int SEQUENCE_ENDS_OFFSET = 40;
    static final int WINDOW_ENDS_OFFSET = 48;
    static final int TCP_FLAGS_OFFSET = 56;
    static final int ROLE_OFFSET = 58;
    static final int STATE_OFFSET = 59;

    static final int LINE_SHIFT = 6;
    static final int GUEST_BIT = 1;
    private static final int SHARES_BIT = 2;
    private static final int PORT_BIT = 4;
    private static final int QUOTA_BIT = 8;
    static final int ROLE_BITS = GUEST_BIT | SHARES_BIT | PORT_BIT | QUOTA_BIT;

    private static final int COLD_SHIFT = 4;
    private static final int TIMER_NEXT_OFFSET = 0;
    private static final int TIMER_PREVIOUS_OFFSET = 4;
    private static final int MAPPINGS_OFFSET = 8;

    private static final int ICMP = 1;

    /** An index that is longer does not stay in the second level of a core's cache beside the lines, and what else it works on. */
    private static final long NEAR_INDEX_LENGTH = 512 << 10;

    private final OffHeap lines;
    private final OffHeap used;
    private final OffHeap cold;
    private final FlowIndex index;
    private final SeededHash hash;
    private final boolean isIndexFar;
    private final int capacity;
    private int firstFree = NONE;
    private int untouched;

    /**
     * An empty table.
     *
     * @param lines    zeroed memory of {@link #memoryLength} bytes, aligned to 64
     * @param capacity most connections
     * @param hash     the hash with its secrets
     */
    public FlowTable(final OffHeap lines, final int capacity, final SeededHash hash) {
        this(lines, OffHeap.allocate(USED_LENGTH), capacity, hash);
    }

    /**
     * An empty table that others read.
     *
     * @param lines    zeroed memory of {@link #memoryLength} bytes, aligned to 64
     * @param used     {@value #USED_LENGTH} bytes that tell them how many lines there are to be read
     * @param capacity most connections
     * @param hash     the hash with its secrets
     */
    public FlowTable(final OffHeap lines, final OffHeap used, final int capacity, final SeededHash hash) {
        this.lines = lines;
        this.used = used;
        used.putLong(0, markOf(0));
        this.capacity = capacity;
        this.hash = hash;
        cold = OffHeap.allocate(Math.multiplyExact(capacity, 1 << COLD_SHIFT));
        index = new FlowIndex(Math.multiplyExact(capacity, 2));
        isIndexFar = index.memory().length() > NEAR_INDEX_LENGTH;
    }

    /** Bytes that the lines of {@code connections} connections take. */
    public static long memoryLength(final int connections) {
        return (long) connections << LINE_SHIFT;
    }

    /** Hash of a key; pass it to the calls that ask for it. */
    public long hash(final long addressKey, final long portKey) {
        return hash.of(addressKey, portKey);
    }

    /** The entry that a key with this hash most likely has, or {@link #NONE}: to be touched, then asked {@link #isKeyOf}. */
    public int likely(final long keyHash) {
        return index.likely(keyHash);
    }

    /**
     * Begins the load of an entry's line, so that the misses of a batch overlap. The caller must make some use of what it returns, or the
     * load may be optimised away. For {@link #NONE} it loads another line.
     */
    public long touch(final int entry) {
        return lines.getLong(at(Math.max(entry, 0)));
    }

    /** Whether looking into the index misses the caches that a core has for itself, so that {@link #touchIndex} pays before it. */
    public boolean isIndexFar() {
        return isIndexFar;
    }

    /** Begins the load of the part of the index where a key with this hash belongs; like {@link #touch}. */
    public long touchIndex(final long keyHash) {
        return index.touch(keyHash);
    }

    /** Begins the load of a line that {@link #add} will take after {@code ahead} others, if none comes back before; like {@link #touch}. */
    public long touchFree(final int ahead) {
        final long line = Math.min(untouched + ahead, capacity - 1);
        return lines.getLong(line << LINE_SHIFT) + cold.getLong(line << COLD_SHIFT);
    }

    /** Whether an entry's flow is the one with a key. */
    public boolean isKeyOf(final int entry, final long addressKey, final long portKey) {
        return addressKey(entry) == addressKey && portKey(entry) == portKey;
    }

    /** The entry of a key, or {@link #NONE}. */
    public int find(final long keyHash, final long addressKey, final long portKey) {
        return index.find(keyHash, this, addressKey, portKey);
    }

    /**
     * Makes room for a connection neither of whose keys the table holds. It counts, for observers, only after {@link #publish}.
     *
     * @return its initiator's entry, or {@link #NONE} when the table is full
     */
    public int add(final long addressKey, final long portKey, final long backAddressKey, final long backPortKey) {
        final int line = takeLine();
        if (line == NONE) {
            return NONE;
        }
        final int connection = line << 1;
        final long keyHash = hash.of(addressKey, portKey);
        if (!index.insert(keyHash, connection)) {
            giveBackLine(line);
            return NONE;
        }
        if (!index.insert(hash.of(backAddressKey, backPortKey), connection + 1)) {
            index.remove(keyHash, connection);
            giveBackLine(line);
            return NONE;
        }
        final long at = (long) line << LINE_SHIFT;
        lines.putLong(at, addressKey);
        lines.putLong(at + Long.BYTES, backAddressKey);
        lines.putInt(at + PORTS_OFFSET, (int) portKey);
        lines.putInt(at + PORTS_OFFSET + Integer.BYTES, (int) backPortKey);
        return connection;
    }

    /**
     * Says what a connection is like that was just added.
     *
     * @param addressDelta      checksum delta of the addresses of the initiator's packets
     * @param l4Delta           checksum delta of what their layer-4 checksum covers
     * @param initiatorsMapping the mapping of the inside endpoint that opened it, or -1
     * @param respondersMapping the mapping of the inside endpoint that answers, or -1
     */
    public void describe(
        final int connection, final int addressDelta, final int l4Delta, final int initiatorsMapping, final int respondersMapping) {
        final long at = at(connection);
        lines.putInt(at + DELTAS_OFFSET, addressDelta | l4Delta << 16);
        lines.putLong(at + SEQUENCE_ENDS_OFFSET, 0);
        lines.putLong(at + WINDOW_ENDS_OFFSET, 0);
        lines.putInt(at + TCP_FLAGS_OFFSET, 0);
        lines.putInt(at + DELTAS_OFFSET + (1 << DELTAS_SHIFT), inverses(addressDelta | l4Delta << 16));
        final long coldAt = coldAt(connection);
        cold.putInt(coldAt + MAPPINGS_OFFSET, initiatorsMapping);
        cold.putInt(coldAt + MAPPINGS_OFFSET + Integer.BYTES, respondersMapping);
    }

    /** Makes a connection count that was added under these keys and described. */
    public void publish(final int connection, final long portKey, final long backPortKey, final long nowNs) {
        final long at = at(connection);
        lines.putLong(at + LAST_SEEN_OFFSET, nowNs);
        lines.putIntRelease(at + KINDS_OFFSET, (int) (portKey >>> 32 | backPortKey >>> 32 << 16));
    }

    /** Removes a connection. */
    public void remove(final int connection) {
        final long keyHash = hash.of(addressKey(connection), portKey(connection));
        final long backHash = hash.of(addressKey(connection + 1), portKey(connection + 1));
        lines.putIntRelease(at(connection) + KINDS_OFFSET, 0);
        index.remove(keyHash, connection);
        index.remove(backHash, connection + 1);
        giveBackLine(connection >>> 1);
    }

    /** Most connections. */
    public int capacity() {
        return capacity;
    }

    /** Number of lines that have ever held a connection, which are the first. */
    public int usedLines() {
        return untouched;
    }

    /** Whether there is a connection, by its initiator's entry; any thread. Acquire: pairs with the release in {@link #publish}. */
    public boolean isLive(final int connection) {
        return lines.getIntAcquire(at(connection) + KINDS_OFFSET) != 0;
    }

    /** Asks for huge pages; why there will be none for the lines, as half a sentence, or empty. Any thread. */
    public Optional<String> adviseHugePages(final HugePages.Backing linesBacking) {
        HugePages.ask(index.memory(), HugePages.Backing.PROCESS);
        HugePages.ask(cold, HugePages.Backing.PROCESS);
        return HugePages.ask(lines, linesBacking);
    }

    private int takeLine() {
        if (firstFree == NONE) {
            if (untouched == capacity) {
                return NONE;
            }
            // stored before the line's connection is published
            used.putLong(0, markOf(untouched + 1));
            return untouched++;
        }
        final int line = firstFree;
        firstFree = cold.getInt((long) line << COLD_SHIFT);
        return line;
    }

    private void giveBackLine(final int line) {
        cold.putInt((long) line << COLD_SHIFT, firstFree);
        firstFree = line;
    }

    /** The number of lines from the first on that have ever been used; -1 when {@code used} was scribbled over. */
    static int used(final OffHeap used) {
        final long mark = used.getLong(0);
        return mark == markOf((int) mark) ? (int) mark : -1;
    }

    private static long markOf(final int count) {
        return count & 0xFFFF_FFFFL | (long) ~count << 32;
    }

    private static long at(final int entry) {
        return (long) (entry >>> 1) << LINE_SHIFT;
    }

    private static long coldAt(final int entry) {
        return (long) (entry >>> 1) << COLD_SHIFT;
    }

    /** First half of the key. */
    public long addressKey(final int entry) {
        return lines.getLong(at(entry) + ((entry & 1) << 3));
    }

    /** Second half of the key. */
    public long portKey(final int entry) {
        final long at = at(entry);
        final int direction = entry & 1;
        return lines.getInt(at + PORTS_OFFSET + (direction << 2)) & 0xFFFF_FFFFL
            | (lines.getShort(at + KINDS_OFFSET + (direction << 1)) & 0xFFFFL) << 32;
    }

    /** Addresses that packets get, raw. */
    public long newAddresses(final int entry) {
        return FlowKey.reverseAddresses(lines.getLong(at(entry) + ((~entry & 1) << 3)));
    }

    /** Ports that packets get, raw; not of ICMP queries, for which only {@link #newIdentifier} counts. */
    public int newPorts(final int entry) {
        return Integer.rotateLeft(lines.getInt(at(entry) + PORTS_OFFSET + ((~entry & 1) << 2)), 16);
    }

    /** Identifier that ICMP queries get, raw. */
    public int newIdentifier(final int entry) {
        return lines.getInt(at(entry) + PORTS_OFFSET + ((~entry & 1) << 2)) & 0xFFFF;
    }

    /** Whether the connection is one of ICMP queries. */
    public boolean isQuery(final int entry) {
        return lines.getByte(at(entry) + KINDS_OFFSET) == ICMP;
    }

    /**
     * Both checksum deltas: in the low half that of the addresses, for the IPv4 header and for partial checksums; in the high half that
     * of all that the layer-4 checksum covers.
     */
    public int deltas(final int entry) {
        return lines.getInt(at(entry) + DELTAS_OFFSET + ((entry & 1) << DELTAS_SHIFT));
    }

    /** The responder's deltas where these are the initiator's. */
    static int inverses(final int deltas) {
        return inverse(deltas & 0xFFFF) | inverse(deltas >>> 16) << 16;
    }

    /** What changes nothing, 0, changes nothing either way. */
    private static int inverse(final int delta) {
        return delta == 0 ? 0 : delta ^ 0xFFFF;
    }

    /** When a packet of the connection was last seen, in ns of the gateway's clock. */
    public long lastSeenNs(final int entry) {
        return lines.getLong(at(entry) + LAST_SEEN_OFFSET);
    }

    /** Notes a packet of the connection. */
    public void lastSeenNs(final int entry, final long nowNs) {
        lines.putLong(at(entry) + LAST_SEEN_OFFSET, nowNs);
    }

    /** The entry of the opposite direction. */
    public int partner(final int entry) {
        return entry ^ 1;
    }

    /** The mapping of the inside endpoint that sends in this direction, or -1. */
    public int mapping(final int entry) {
        return cold.getInt(coldAt(entry) + MAPPINGS_OFFSET + ((entry & 1) << 2));
    }

    int timerNext(final int connection) {
        return cold.getInt(coldAt(connection) + TIMER_NEXT_OFFSET);
    }

    void timerNext(final int connection, final int next) {
        cold.putInt(coldAt(connection) + TIMER_NEXT_OFFSET, next);
    }

    int timerPrevious(final int connection) {
        return cold.getInt(coldAt(connection) + TIMER_PREVIOUS_OFFSET);
    }

    void timerPrevious(final int connection, final int previous) {
        cold.putInt(coldAt(connection) + TIMER_PREVIOUS_OFFSET, previous);
    }

    /** TCP: the highest sequence number, plus one, that the sender of this direction lets the other end use. */
    public int windowEnd(final int entry) {
        return lines.getInt(at(entry) + WINDOW_ENDS_OFFSET + ((entry & 1) << 2));
    }

    /** Sets {@link #windowEnd(int)}. */
    public void windowEnd(final int entry, final int sequence) {
        lines.putInt(at(entry) + WINDOW_ENDS_OFFSET + ((entry & 1) << 2), sequence);
    }

    /** TCP: the highest sequence number, plus one, that the sender of this direction has used. */
    public int sequenceEnd(final int entry) {
        return lines.getInt(at(entry) + SEQUENCE_ENDS_OFFSET + ((entry & 1) << 2));
    }

    /** Sets {@link #sequenceEnd(int)}. */
    public void sequenceEnd(final int entry, final int sequence) {
        lines.putInt(at(entry) + SEQUENCE_ENDS_OFFSET + ((entry & 1) << 2), sequence);
    }

    /** TCP: what else is known of the sender of this direction, in bits that the tracker defines. */
    public int tcpFlags(final int entry) {
        return lines.getByte(at(entry) + TCP_FLAGS_OFFSET + (entry & 1)) & 0xFF;
    }

    /** Sets {@link #tcpFlags(int)}. */
    public void tcpFlags(final int entry, final int flags) {
        lines.putByte(at(entry) + TCP_FLAGS_OFFSET + (entry & 1), (byte) flags);
    }

    /** Ordinal of the side that packets of this direction leave on: the one on which those of the other arrive. */
    public int egressOrdinal(final int entry) {
        return lines.getByte(at(entry) + KINDS_OFFSET + 1 + ((~entry & 1) << 1));
    }

    /** Whether this is the direction of the end that opened the connection. */
    public boolean isInitiator(final int entry) {
        return (entry & 1) == 0;
    }

    /** Whether the responder has not yet answered a connection that it did not ask for. */
    public boolean isGuest(final int entry) {
        return (role(entry) & GUEST_BIT) != 0;
    }

    /** Sets {@link #isGuest(int)}. */
    public void guest(final int entry, final boolean isGuest) {
        mark(entry, GUEST_BIT, isGuest);
    }

    /** Whether the initiator's mapping speaks for another inside endpoint, with which this one shares the public port. */
    public boolean shares(final int entry) {
        return (role(entry) & SHARES_BIT) != 0;
    }

    /** Whether the public port was taken for this destination alone, and is to be returned with the connection. */
    public boolean ownsPort(final int entry) {
        return (role(entry) & PORT_BIT) != 0;
    }

    /** Sets {@link #shares} and {@link #ownsPort}. */
    public void portUse(final int entry, final boolean shares, final boolean ownsPort) {
        mark(entry, SHARES_BIT, shares);
        mark(entry, PORT_BIT, ownsPort);
    }

    /** Whether the connection counts for the quota of the inside host that opened it. */
    public boolean countsForQuota(final int entry) {
        return (role(entry) & QUOTA_BIT) != 0;
    }

    /** Sets {@link #countsForQuota(int)}. */
    public void countsForQuota(final int entry, final boolean counts) {
        mark(entry, QUOTA_BIT, counts);
    }

    private int role(final int entry) {
        return lines.getByte(at(entry) + ROLE_OFFSET);
    }

    private void mark(final int entry, final int bit, final boolean isSet) {
        final int role = role(entry);
        lines.putByte(at(entry) + ROLE_OFFSET, (byte) (isSet ? role | bit : role & ~bit));
    }

    /** One of the values of {@link ConnectionState}. */
    public byte state(final int entry) {
        return lines.getByte(at(entry) + STATE_OFFSET);
    }

    /** Sets the state of the connection. */
    public void state(final int entry, final byte state) {
        lines.putByte(at(entry) + STATE_OFFSET, state);
    }
}
