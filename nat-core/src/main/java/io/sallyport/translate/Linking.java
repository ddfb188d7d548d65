package io.sallyport.translate;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ipv4;

/**
 * Turns an opening into the two flows of a connection, with everything that its packets need in the steady state: keys, new
 * addresses and ports, checksum deltas (RFC 1624), the side that they leave on.
 *
 * <p>Owned by one worker.
 */
final class Linking {

    private final FlowTable flows;

    Linking(final FlowTable flows) {
        this.flows = flows;
    }

    /** Whether the table already holds a connection with this first packet. */
    boolean isKnown(final Opening opening) {
        return flows.find(flows.hash(opening.addressKey(), opening.portKey()), opening.addressKey(), opening.portKey()) >= 0;
    }

    /** Whether another connection's packets look like the answers would. */
    boolean isTaken(final Opening opening) {
        final long addressKey = opening.backAddressKey();
        final long portKey = opening.backPortKey();
        return flows.find(flows.hash(addressKey, portKey), addressKey, portKey) >= 0;
    }

    /**
     * Puts both flows into the table.
     *
     * @return the initiator's entry, or -1 when the table is full
     */
    int link(final Opening opening, final byte state, final long lastSeenNs) {
        final long addressKey = opening.addressKey();
        final long portKey = opening.portKey();
        final long backAddressKey = opening.backAddressKey();
        final long backPortKey = opening.backPortKey();
        final int connection = flows.add(addressKey, portKey, backAddressKey, backPortKey);
        if (connection == FlowTable.NONE) {
            return FlowTable.NONE;
        }
        final int addressDelta = addressDelta(addressKey, opening.newAddresses());
        flows.describe(connection, addressDelta, l4Delta(opening, addressDelta), opening.sourceMapping(), opening.destinationMapping());
        flows.portUse(connection, opening.sharesPort(), opening.ownsPort());
        flows.guest(connection, opening.isGuest());
        flows.state(connection, state);
        flows.publish(connection, portKey, backPortKey, lastSeenNs);
        return connection;
    }

    private static int addressDelta(final long before, final long after) {
        return combine(
            delta(FlowKey.rawAddress(FlowKey.rawSource(before)), FlowKey.rawAddress(FlowKey.rawSource(after))),
            delta(FlowKey.rawAddress(FlowKey.rawDestination(before)), FlowKey.rawAddress(FlowKey.rawDestination(after))));
    }

    /** TCP, UDP and the like cover addresses and ports, ICMP only its identifier, and what has no ports only the addresses, if anything. */
    private static int l4Delta(final Opening opening, final int addressDelta) {
        final int before = (int) opening.portKey();
        final int after = opening.newPorts();
        final int sourceDelta = delta(FlowKey.rawPort(FlowKey.rawSourcePort(before)), FlowKey.rawPort(FlowKey.rawSourcePort(after)));
        if (opening.protocol() == Ipv4.ICMP) {
            return sourceDelta;
        }
        final int destinationDelta =
            delta(FlowKey.rawPort(FlowKey.rawDestinationPort(before)), FlowKey.rawPort(FlowKey.rawDestinationPort(after)));
        return combine(addressDelta, combine(sourceDelta, destinationDelta));
    }

    /** What does not change has the delta 0, so that a packet that is only routed keeps its checksums to the bit. */
    private static int delta(final int before, final int after) {
        return before == after ? 0 : Checksum.delta32(before, after);
    }

    private static int combine(final int delta, final int otherDelta) {
        return delta == 0 ? otherDelta : otherDelta == 0 ? delta : Checksum.combine(delta, otherDelta);
    }
}
