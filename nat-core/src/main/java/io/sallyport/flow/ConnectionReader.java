package io.sallyport.flow;

import io.sallyport.memory.OffHeap;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Goes through the connections of a file that a gateway works in, or has left behind. Nothing in it is trusted: a line counts only if
 * it makes sense. What a running gateway changes meanwhile may be seen or missed.
 */
public final class ConnectionReader implements AutoCloseable {

    private static final int ICMP = 1;
    private static final int TCP = 6;
    /** One's complement sums of 16-bit words, as checksums are, are equal when they are so modulo this (RFC 1071). */
    private static final int ONES_COMPLEMENT = 0xFFFF;
    /** Twice the longest timeout that a configuration may have: no connection is further from the heartbeat. */
    private static final long LONGEST_SILENCE_NS = TimeUnit.DAYS.toNanos(30);

    private final Path path;
    private final ConnectionFile file;
    private final OffHeap lines;

    /**
     * Opens a file.
     *
     * @throws IOException as {@link ConnectionFile#open}
     */
    public ConnectionReader(final Path path) throws IOException {
        this.path = path;
        file = ConnectionFile.open(path);
        lines = file.lines();
    }

    /**
     * A connection that a gateway has left behind, with all that a successor needs.
     *
     * @param addressKey    key of the initiator's direction
     * @param portKey       key of the initiator's direction
     * @param newAddresses  addresses that packets of that direction got, raw
     * @param newPorts      ports that packets of that direction got, raw
     * @param egressOrdinal side that they left on
     * @param isGuest       whether the responder had not answered yet
     * @param state         one of the values of {@link ConnectionState}
     * @param idleNs        how long neither end was heard
     * @param line          number of its line, for {@link #copyTcpMarks}
     */
    public record Legacy(
        long addressKey,
        long portKey,
        long newAddresses,
        int newPorts,
        int egressOrdinal,
        boolean isGuest,
        byte state,
        long idleNs,
        int line) {

        /** Whether a flow with this key is one of the connection's two. */
        public boolean hasFlow(final long flowAddressKey, final long flowPortKey) {
            return addressKey == flowAddressKey && portKey == flowPortKey
                || flowAddressKey == FlowKey.reverseAddresses(newAddresses) && flowPortKey == backPortKey();
        }

        /** Key of the responder's direction. */
        private long backPortKey() {
            final int protocol = FlowKey.protocol(portKey);
            return FlowKey.portKey(protocol == ICMP ? newPorts : Integer.rotateLeft(newPorts, 16), protocol, egressOrdinal);
        }
    }

    /** Shows every connection, until the visitor returns false. */
    public void forEach(final Predicate<ConnectionView> visitor) {
        for (int line = 0, used = used(); line < used; line++) {
            final Legacy legacy = read(line);
            if (legacy != null && !visitor.test(view(legacy))) {
                return;
            }
        }
    }

    /** Number of lines, each of which can hold a connection. A line keeps its number as long as its connection lives. */
    public int lines() {
        return file.capacity();
    }

    /** The connection of a line, if there is one. */
    public Optional<ConnectionView> connection(final int line) {
        final Legacy legacy = read(line);
        return legacy == null ? Optional.empty() : Optional.of(view(legacy));
    }

    /**
     * Refuses a file that no gateway left like that. One that was killed leaves no line half written, so a line that is in use and makes no
     * sense was scribbled over; then the others may have been, too.
     *
     * @throws IOException with a message for the user
     */
    public void requireSound() throws IOException {
        final int used = FlowTable.used(file.used());
        if (used < 0 || used > file.capacity()) {
            throw new IOException(path + " is damaged: the number of its used lines makes no sense");
        }
        int damaged = 0;
        for (int line = 0; line < used; line++) {
            final long at = FlowTable.memoryLength(line);
            final int kinds = lines.getIntAcquire(at + FlowTable.KINDS_OFFSET);
            damaged += kinds != 0 && !makesSense(at, kinds) ? 1 : 0;
        }
        if (damaged > 0) {
            throw new IOException(path + " is damaged: " + damaged + " of its " + used + " used lines make no sense");
        }
    }

    /** Hands every connection over. */
    public void bequeath(final Consumer<Legacy> heir) {
        for (int line = 0, used = used(); line < used; line++) {
            final Legacy legacy = read(line);
            if (legacy != null) {
                heir.accept(legacy);
            }
        }
    }

    /** Copies what is known of a connection's sequence numbers into a table. */
    public void copyTcpMarks(final int line, final FlowTable flows, final int successor) {
        final long at = FlowTable.memoryLength(line);
        for (int direction = 0; direction < 2; direction++) {
            flows.windowEnd(successor + direction, lines.getInt(at + FlowTable.WINDOW_ENDS_OFFSET + direction * Integer.BYTES));
            flows.sequenceEnd(successor + direction, lines.getInt(at + FlowTable.SEQUENCE_ENDS_OFFSET + direction * Integer.BYTES));
            flows.tcpFlags(successor + direction, lines.getByte(at + FlowTable.TCP_FLAGS_OFFSET + direction) & 0xFF);
        }
    }

    /** The two secrets of the hash by which that gateway shared its hosts out. */
    public long[] hostSecrets() {
        return file.hostSecrets();
    }

    /** Last heartbeat of the gateway that wrote the file, in ms since the epoch. */
    public long heartbeatEpochMs() {
        return file.heartbeatEpochMs();
    }

    private int used() {
        return Math.min(FlowTable.used(file.used()), file.capacity());
    }

    /** The connection of a line; null where there is none. */
    private Legacy read(final int line) {
        final long at = FlowTable.memoryLength(line);
        final int kinds = lines.getIntAcquire(at + FlowTable.KINDS_OFFSET);
        if (!makesSense(at, kinds)) {
            return null;
        }
        final int kind = kinds & 0xFFFF;
        return new Legacy(
            lines.getLong(at),
            lines.getInt(at + FlowTable.PORTS_OFFSET) & FlowKey.PORTS_MASK | (long) kind << 32,
            FlowKey.reverseAddresses(lines.getLong(at + Long.BYTES)),
            newPorts(kind & 0xFF, lines.getInt(at + FlowTable.PORTS_OFFSET + Integer.BYTES)),
            kinds >>> 24,
            (lines.getByte(at + FlowTable.ROLE_OFFSET) & FlowTable.GUEST_BIT) != 0,
            lines.getByte(at + FlowTable.STATE_OFFSET),
            Math.max(0, file.heartbeatNs() - lines.getLong(at + FlowTable.LAST_SEEN_OFFSET)),
            line);
    }

    private boolean makesSense(final long at, final int kinds) {
        final int kind = kinds & 0xFFFF;
        final int backKind = kinds >>> 16;
        final int protocol = kind & 0xFF;
        return protocol != 0 && (backKind & 0xFF) == protocol && (kind | backKind) >>> 9 == 0
            && (lines.getByte(at + FlowTable.ROLE_OFFSET) & ~FlowTable.ROLE_BITS) == 0
            && ConnectionState.isValid(lines.getByte(at + FlowTable.STATE_OFFSET), protocol == TCP)
            && isNearHeartbeat(lines.getLong(at + FlowTable.LAST_SEEN_OFFSET))
            && deltasFit(at, protocol);
    }

    private boolean isNearHeartbeat(final long timeNs) {
        final long silenceNs = file.heartbeatNs() - timeNs;
        return silenceNs >= -LONGEST_SILENCE_NS && silenceNs <= LONGEST_SILENCE_NS;
    }

    /** The checksum deltas follow from addresses and ports (RFC 1624), so they tell whether those are what they were. */
    private boolean deltasFit(final long at, final int protocol) {
        final int deltas = lines.getInt(at + FlowTable.DELTAS_OFFSET);
        if (lines.getInt(at + FlowTable.DELTAS_OFFSET + (1 << FlowTable.DELTAS_SHIFT)) != FlowTable.inverses(deltas)) {
            return false;
        }
        final long addresses = sumOfAddresses(FlowKey.reverseAddresses(lines.getLong(at + Long.BYTES))) - sumOfAddresses(lines.getLong(at));
        final int before = lines.getInt(at + FlowTable.PORTS_OFFSET);
        final int after = newPorts(protocol, lines.getInt(at + FlowTable.PORTS_OFFSET + Integer.BYTES));
        final long source = port(FlowKey.rawSourcePort(after)) - port(FlowKey.rawSourcePort(before));
        final long covered = protocol == ICMP ? source
            : addresses + source + port(FlowKey.rawDestinationPort(after)) - port(FlowKey.rawDestinationPort(before));
        return Math.floorMod(addresses - (deltas & 0xFFFF), ONES_COMPLEMENT) == 0
            && Math.floorMod(covered - (deltas >>> 16), ONES_COMPLEMENT) == 0;
    }

    private static int newPorts(final int protocol, final int backPorts) {
        return protocol == ICMP ? backPorts : Integer.rotateLeft(backPorts, 16);
    }

    private static long sumOfAddresses(final long addressKey) {
        return (FlowKey.rawAddress(FlowKey.rawSource(addressKey)) & 0xFFFF_FFFFL)
            + (FlowKey.rawAddress(FlowKey.rawDestination(addressKey)) & 0xFFFF_FFFFL);
    }

    private static long port(final int rawPort) {
        return FlowKey.rawPort(rawPort) & 0xFFFFL;
    }

    /** What the inside host of a connection sends, seen before and after translation; of two inside hosts the initiator. */
    public static ConnectionView view(final Legacy legacy) {
        final boolean isQuery = FlowKey.protocol(legacy.portKey) == ICMP;
        final boolean fromInside = FlowKey.sideOrdinal(legacy.portKey) == 0;
        final int firstPorts = (int) legacy.portKey;
        final long before = fromInside ? legacy.addressKey : FlowKey.reverseAddresses(legacy.newAddresses);
        final long after = fromInside ? legacy.newAddresses : FlowKey.reverseAddresses(legacy.addressKey);
        final int portsBefore = fromInside ? firstPorts : isQuery ? legacy.newPorts : Integer.rotateLeft(legacy.newPorts, 16);
        final int portsAfter = fromInside ? legacy.newPorts : isQuery ? firstPorts : Integer.rotateLeft(firstPorts, 16);
        return new ConnectionView(
            FlowKey.protocol(legacy.portKey),
            direction(legacy, fromInside),
            FlowKey.rawAddress(FlowKey.rawSource(before)),
            FlowKey.rawPort(FlowKey.rawSourcePort(portsBefore)),
            FlowKey.rawAddress(FlowKey.rawSource(after)),
            FlowKey.rawPort(FlowKey.rawSourcePort(portsAfter)),
            FlowKey.rawAddress(FlowKey.rawDestination(before)),
            isQuery ? 0 : FlowKey.rawPort(FlowKey.rawDestinationPort(portsBefore)),
            legacy.state,
            legacy.idleNs);
    }

    private static ConnectionView.Direction direction(final Legacy legacy, final boolean fromInside) {
        if (!fromInside) {
            return ConnectionView.Direction.INBOUND;
        }
        return legacy.egressOrdinal == 0 ? ConnectionView.Direction.HAIRPIN : ConnectionView.Direction.OUTBOUND;
    }

    @Override
    public void close() {
        file.close();
    }
}
