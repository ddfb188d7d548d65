package io.sallyport.flow;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Goes through the connections of a file that a gateway works in, or has left behind. Nothing in it is trusted: an entry counts only if
 * its partner says the same as it does. What a running gateway changes meanwhile may be seen or missed.
 */
public final class ConnectionReader implements AutoCloseable {

    private static final int ICMP = 1;
    private static final int TCP = 6;

    private final ConnectionFile file;
    private final UnsafeBuffer entries;

    /**
     * Opens a file.
     *
     * @throws IOException as {@link ConnectionFile#open}
     */
    public ConnectionReader(final Path path) throws IOException {
        file = ConnectionFile.open(path);
        entries = file.entries();
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
     * @param entry         initiator's entry, for {@link #copyTcpMarks}
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
        int entry) {
    }

    /** Shows every connection, until the visitor returns false. */
    public void forEach(final Predicate<ConnectionView> visitor) {
        for (int entry = 0; entry < file.slots(); entry++) {
            final Legacy legacy = read(entry);
            if (legacy != null && !visitor.test(view(legacy))) {
                return;
            }
        }
    }

    /** Hands every connection over. */
    public void bequeath(final Consumer<Legacy> heir) {
        for (int entry = 0; entry < file.slots(); entry++) {
            final Legacy legacy = read(entry);
            if (legacy != null) {
                heir.accept(legacy);
            }
        }
    }

    /** Copies what is known of a connection's sequence numbers into a table. */
    public void copyTcpMarks(final int entry, final FlowTable flows, final int successor) {
        copyTcpMarksOfOne(entry, flows, successor);
        copyTcpMarksOfOne(partner(entry), flows, flows.partner(successor));
    }

    private void copyTcpMarksOfOne(final int entry, final FlowTable flows, final int successor) {
        final int at = entry * FlowTable.ENTRY_LENGTH;
        flows.windowEnd(successor, entries.getInt(at + FlowTable.WINDOW_END_OFFSET));
        flows.sequenceEnd(successor, entries.getInt(at + FlowTable.SEQUENCE_END_OFFSET));
        flows.tcpFlags(successor, entries.getByte(at + FlowTable.TCP_FLAGS_OFFSET) & 0xFF);
    }

    /** The two secrets of the hash by which that gateway shared its hosts out. */
    public long[] hostSecrets() {
        return file.hostSecrets();
    }

    /** Last heartbeat of the gateway that wrote the file, in ms since the epoch. */
    public long heartbeatEpochMs() {
        return file.heartbeatEpochMs();
    }

    /** The connection of an initiator's entry; null where there is none. */
    private Legacy read(final int entry) {
        final int at = entry * FlowTable.ENTRY_LENGTH;
        final long portKey = entries.getLongAcquire(at + FlowTable.PORT_KEY_OFFSET);
        final int partner = partner(entry);
        final int role = entries.getByte(at + FlowTable.ROLE_OFFSET);
        if (portKey == 0 || (role & ~FlowTable.ROLE_BITS) != 0 || (role & FlowTable.RESPONDER_BIT) != 0
            || partner < 0 || partner >= file.slots() || partner(partner) != entry) {
            return null;
        }
        final long addressKey = entries.getLong(at);
        final long newAddresses = entries.getLong(at + FlowTable.NEW_ADDRESSES_OFFSET);
        final int partnerAt = partner * FlowTable.ENTRY_LENGTH;
        final byte state = entries.getByte(at + FlowTable.STATE_OFFSET);
        if (FlowKey.protocol(portKey) == 0 || portKey >>> 41 != 0 || !ConnectionState.isValid(state, FlowKey.protocol(portKey) == TCP)
            || entries.getLong(partnerAt) != FlowKey.reverseAddresses(newAddresses)
            || entries.getLong(partnerAt + FlowTable.NEW_ADDRESSES_OFFSET) != FlowKey.reverseAddresses(addressKey)) {
            return null;
        }
        final long lastSeenNs = Math.max(entries.getLong(at + FlowTable.LAST_SEEN_OFFSET),
            entries.getLong(partnerAt + FlowTable.LAST_SEEN_OFFSET));
        return new Legacy(addressKey, portKey, newAddresses, entries.getInt(at + FlowTable.NEW_PORTS_OFFSET),
            role & FlowTable.EGRESS_BIT, (role & FlowTable.GUEST_BIT) != 0, state, Math.max(0, file.heartbeatNs() - lastSeenNs), entry);
    }

    /** What the inside host of a connection sends, seen before and after translation; of two inside hosts the initiator. */
    private static ConnectionView view(final Legacy legacy) {
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

    private int partner(final int entry) {
        return entries.getInt(entry * FlowTable.ENTRY_LENGTH + FlowTable.PARTNER_OFFSET);
    }

    @Override
    public void close() {
        file.close();
    }
}
