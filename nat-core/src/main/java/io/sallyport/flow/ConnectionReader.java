package io.sallyport.flow;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Goes through the connections of a file that a gateway works in, or has left behind. Nothing in it is trusted: an entry counts only if
 * its partner says the same as it does. What a running gateway changes meanwhile may be seen or missed.
 */
public final class ConnectionReader implements AutoCloseable {

    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int EGRESS_OUTSIDE = 1;

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

    /** Receives the connections that a gateway has left behind, with all that a successor needs. */
    @FunctionalInterface
    public interface Heir {
        /**
         * Takes over a connection.
         *
         * @param view       the connection
         * @param addressKey key of the initiator's direction
         * @param portKey    key of the initiator's direction
         * @param entry      initiator's entry, for {@link #copyTcpMarks}
         */
        void inherit(ConnectionView view, long addressKey, long portKey, int entry);
    }

    /** Shows every connection, until the visitor returns false. */
    public void forEach(final Predicate<ConnectionView> visitor) {
        for (int entry = 0; entry < file.slots(); entry++) {
            final ConnectionView view = view(entry);
            if (view != null && !visitor.test(view)) {
                return;
            }
        }
    }

    /** Hands every connection over. */
    public void bequeath(final Heir heir) {
        for (int entry = 0; entry < file.slots(); entry++) {
            final ConnectionView view = view(entry);
            if (view != null) {
                final int at = entry * FlowTable.ENTRY_LENGTH;
                heir.inherit(view, entries.getLong(at), entries.getLong(at + FlowTable.PORT_KEY_OFFSET), entry);
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
    private ConnectionView view(final int entry) {
        final int at = entry * FlowTable.ENTRY_LENGTH;
        final long portKey = entries.getLongAcquire(at + FlowTable.PORT_KEY_OFFSET);
        final int partner = partner(entry);
        if (portKey == 0 || (entries.getByte(at + FlowTable.ROLE_OFFSET) & ~EGRESS_OUTSIDE) != 0
            || partner < 0 || partner >= file.slots() || partner(partner) != entry) {
            return null;
        }
        final long addressKey = entries.getLong(at);
        final long newAddresses = entries.getLong(at + FlowTable.NEW_ADDRESSES_OFFSET);
        final int newPorts = entries.getInt(at + FlowTable.NEW_PORTS_OFFSET);
        final int partnerAt = partner * FlowTable.ENTRY_LENGTH;
        final int protocol = FlowKey.protocol(portKey);
        final byte state = entries.getByte(at + FlowTable.STATE_OFFSET);
        final boolean known = protocol == TCP || protocol == UDP || protocol == ICMP;
        if (!known || portKey >>> 48 != 0 || !ConnectionState.isValid(state, protocol == TCP)
            || entries.getLong(partnerAt) != FlowKey.reverseAddresses(newAddresses)
            || entries.getLong(partnerAt + FlowTable.NEW_ADDRESSES_OFFSET) != FlowKey.reverseAddresses(addressKey)) {
            return null;
        }
        final long lastSeenNs = Math.max(entries.getLong(at + FlowTable.LAST_SEEN_OFFSET),
            entries.getLong(partnerAt + FlowTable.LAST_SEEN_OFFSET));
        return new ConnectionView(
            protocol,
            FlowKey.rawAddress(FlowKey.rawSource(addressKey)),
            FlowKey.rawPort(FlowKey.rawSourcePort(portKey)),
            FlowKey.rawAddress(FlowKey.rawSource(newAddresses)),
            FlowKey.rawPort(FlowKey.rawSourcePort(newPorts)),
            FlowKey.rawAddress(FlowKey.rawDestination(addressKey)),
            protocol == ICMP ? 0 : FlowKey.rawPort(FlowKey.rawDestinationPort(portKey)),
            state,
            Math.max(0, file.heartbeatNs() - lastSeenNs));
    }

    private int partner(final int entry) {
        return entries.getInt(entry * FlowTable.ENTRY_LENGTH + FlowTable.PARTNER_OFFSET);
    }

    @Override
    public void close() {
        file.close();
    }
}
