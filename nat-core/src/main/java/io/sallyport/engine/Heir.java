package io.sallyport.engine;

import io.sallyport.flow.ConnectionReader.Legacy;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.packet.Side;
import io.sallyport.translate.Connections;
import io.sallyport.translate.Opening;

/**
 * Opens the connections of a gateway that ran before anew, in one worker's table: each as it would be opened today, with the public
 * endpoint that it had. One for which that is not possible, because the configuration is another, has no place.
 */
final class Heir {

    private static final Side[] SIDES = Side.values();

    private final FlowTable flows;
    private final Connections connections;
    private final Entrances entrances;
    private final PublicAddresses publicAddresses;
    private final Opening opening = new Opening();

    Heir(final FlowTable flows, final Connections connections, final Entrances entrances, final PublicAddresses publicAddresses) {
        this.flows = flows;
        this.connections = connections;
        this.entrances = entrances;
        this.publicAddresses = publicAddresses;
    }

    /** The table that connections are opened in. */
    FlowTable flows() {
        return flows;
    }

    /**
     * Opens a connection.
     *
     * @param lastSeenNs when it was last seen, in this gateway's clock
     * @return the initiator's flow entry, or negative when there is no place for it
     */
    int adopt(final Legacy legacy, final long lastSeenNs, final long nowNs) {
        final Side egress = SIDES[legacy.egressOrdinal()];
        opening.begin(legacy.addressKey(), legacy.portKey(), egress);
        if (egress == Side.INSIDE) {
            final int position = publicAddresses.position(opening.remoteAddress());
            if (position < 0 || !entrances.findAgain(opening, position, FlowKey.rawAddress(FlowKey.rawDestination(legacy.newAddresses())),
                    newPort(legacy))) {
                return -1;
            }
        }
        return connections.adopt(opening, FlowKey.rawAddress(FlowKey.rawSource(legacy.newAddresses())),
            FlowKey.rawPort(FlowKey.rawSourcePort(legacy.newPorts())), legacy.state(), lastSeenNs, nowNs);
    }

    private int newPort(final Legacy legacy) {
        return FlowKey.rawPort(opening.isQuery()
            ? FlowKey.rawSourcePort(legacy.newPorts()) : FlowKey.rawDestinationPort(legacy.newPorts()));
    }
}
