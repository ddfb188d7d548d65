package io.sallyport.translate;

import io.sallyport.event.MappingEvents;
import io.sallyport.event.Refusal;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.Mappings;
import io.sallyport.wire.Ipv4;

/**
 * Tells the event log of connections: of those that a host was refused, and, where the mappings do not speak for themselves, of each that
 * has a public port. That is so with endpoint-dependent mapping, where each connection has its own, and when destinations are logged.
 *
 * <p>Owned by one worker.
 */
final class ConnectionEvents {

    /** Most mappings or connections that one duty cycle looks at for a log that was begun while they live. */
    private static final int RETOLD_PER_CYCLE = 1024;

    private final FlowTable flows;
    private final Mappings mappings;
    private final Sources sources;
    private final MappingEvents events;

    ConnectionEvents(final FlowTable flows, final Mappings mappings, final Sources sources) {
        this.flows = flows;
        this.mappings = mappings;
        this.sources = sources;
        events = mappings.events();
    }

    /** Whether there is any use for events; nothing else may be called when there is none. */
    boolean isOn() {
        return events.isOn();
    }

    /** A connection has begun. */
    void opened(final int connection, final int partner, final boolean isGuest) {
        if (mappings.isToldByConnections()) {
            events.retelling().told(connection >> 1);
            if (isTold(connection)) {
                created(connection, partner);
            }
            if (!isGuest && isTold(partner)) {
                created(partner, connection);
            }
        }
    }

    /** A guest is about to be answered by the entry's host. */
    void answered(final int entry, final int partner) {
        if (mappings.isToldByConnections()) {
            retellIfUntold(entry & ~1);
            if (isTold(entry)) {
                created(entry, partner);
            }
        }
    }

    /** A connection ends; before its flows are removed. */
    void ended(final int connection, final int partner, final boolean isGuest) {
        if (mappings.isToldByConnections()) {
            retellIfUntold(connection);
            if (isTold(connection)) {
                ended(connection, partner);
            }
            if (!isGuest && isTold(partner)) {
                ended(partner, connection);
            }
        }
    }

    /**
     * Tells a log that was begun while they lived of what has ports.
     *
     * @return the number of things looked at
     */
    int retell() {
        if (!events.retelling().isPending() || !events.hasRoomToRetell()) {
            return 0;
        }
        final int looked = mappings.retell(RETOLD_PER_CYCLE);
        return looked > 0 || !mappings.isToldByConnections() ? looked : retellConnections();
    }

    private int retellConnections() {
        final int first = events.retelling().next();
        final int end = Math.min(first + RETOLD_PER_CYCLE, flows.usedLines());
        for (int line = first; line < end; line++) {
            if (flows.isLive(line << 1)) {
                retellIfUntold(line << 1);
            }
        }
        events.retelling().reached(end, flows.usedLines());
        return end - first;
    }

    /** When its turn has come, or something happens to it. */
    private void retellIfUntold(final int connection) {
        if (events.retelling().isUntold(connection >> 1)) {
            events.retelling().told(connection >> 1);
            final int partner = flows.partner(connection);
            if (isTold(connection)) {
                retold(connection, partner);
            }
            if (!flows.isGuest(connection) && isTold(partner)) {
                retold(partner, connection);
            }
        }
    }

    /** A connection was not opened, for one of the reasons of {@link Connections#open}. */
    void refused(final Opening opening, final int reason) {
        if (opening.isFromInside() && reason != Connections.OWN_ANSWER && reason != Connections.DRAINING) {
            final int host = opening.insideHost();
            events.refused(Protocols.index(opening.protocol()), host, sources.pairedAddress(host), switch (reason) {
                case Connections.PORTS_EXHAUSTED -> Refusal.NO_PORT;
                case Connections.HOST_LIMIT -> Refusal.HOST_LIMIT;
                case Connections.HOST_RATE -> Refusal.HOST_RATE;
                default -> Refusal.TABLE_FULL;
            });
        }
    }

    /** Whether packets of an entry come from an inside endpoint with a public port that only its connections speak of. */
    private boolean isTold(final int entry) {
        final int mapping = flows.mapping(entry);
        return mapping != MappingTable.NONE && (events.withDestinations() || mappings.table().hasPoolPort(mapping));
    }

    /** The outer entry's packets go to the public endpoint that the inner one's come from. */
    private void created(final int inner, final int outer) {
        final long addresses = flows.addressKey(inner);
        final long ports = flows.portKey(inner);
        events.created(Protocols.index(FlowKey.protocol(ports)), sourceAddress(addresses), sourcePort(ports),
            destinationAddress(flows.addressKey(outer)), publicPort(flows.portKey(outer)), destinationAddress(addresses),
            destinationPort(ports));
    }

    private void retold(final int inner, final int outer) {
        final long addresses = flows.addressKey(inner);
        final long ports = flows.portKey(inner);
        events.retold(Protocols.index(FlowKey.protocol(ports)), sourceAddress(addresses), sourcePort(ports),
            destinationAddress(flows.addressKey(outer)), publicPort(flows.portKey(outer)), destinationAddress(addresses),
            destinationPort(ports));
    }

    private void ended(final int inner, final int outer) {
        final long addresses = flows.addressKey(inner);
        final long ports = flows.portKey(inner);
        events.ended(Protocols.index(FlowKey.protocol(ports)), sourceAddress(addresses), sourcePort(ports),
            destinationAddress(flows.addressKey(outer)), publicPort(flows.portKey(outer)), destinationAddress(addresses),
            destinationPort(ports));
    }

    private static int sourceAddress(final long addressKey) {
        return FlowKey.rawAddress(FlowKey.rawSource(addressKey));
    }

    private static int destinationAddress(final long addressKey) {
        return FlowKey.rawAddress(FlowKey.rawDestination(addressKey));
    }

    private static int sourcePort(final long portKey) {
        return FlowKey.rawPort(FlowKey.rawSourcePort(portKey));
    }

    private static int destinationPort(final long portKey) {
        return FlowKey.protocol(portKey) == Ipv4.ICMP ? 0 : FlowKey.rawPort(FlowKey.rawDestinationPort(portKey));
    }

    /** An identifier stands in place of the source port, whichever way the packet goes. */
    private static int publicPort(final long portKey) {
        return FlowKey.protocol(portKey) == Ipv4.ICMP ? sourcePort(portKey) : destinationPort(portKey);
    }
}
