package io.sallyport.engine;

import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.flow.FlowKey;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.packet.Side;
import io.sallyport.translate.Opening;
import io.sallyport.translate.Openings;
import io.sallyport.translate.Protocols;

/**
 * Finds out who stands behind a public endpoint, and whether a packet that belongs to no connection may go there: to a one-to-one host or a
 * forward if the operator lets its sender in, to the endpoint of a mapping if the filtering does (RFC 4787, section 5). Packets
 * of inside hosts may always (REQ-9): allow lists and filtering are there against the outside.
 *
 * <p>Owned by one worker.
 */
final class Entrances {

    /** The packet may go there; the opening leads there. */
    static final int LET_IN = 0;
    /** No one is there, or the filtering keeps the packet out. */
    static final int CLOSED = 1;
    /** The operator has not named the sender. */
    static final int NOT_ALLOWED = 2;
    /** Someone is there, but a packet like this opens no connection. */
    static final int OPENS_NOTHING = 3;

    private final Mappings mappings;
    private Openings openings;
    private PublicAddresses publicAddresses;
    private Filtering filtering;

    Entrances(
        final Openings openings, final PublicAddresses publicAddresses, final Mappings mappings, final Filtering filtering) {
        this.openings = openings;
        this.publicAddresses = publicAddresses;
        this.mappings = mappings;
        this.filtering = filtering;
    }

    /** Lets in by other rules from now on. */
    void adopt(final Rules rules) {
        openings = rules.openings();
        publicAddresses = rules.publicAddresses();
        filtering = rules.config().nat().filtering();
    }

    /**
     * Leads a packet from outside, or an inside host's to a public address, to who stands behind its destination.
     *
     * @param opening  begun with the packet
     * @param position position of its destination
     * @param mayOpen  whether a packet like this may open a connection of its own accord
     * @return {@link #LET_IN}, {@link #CLOSED}, {@link #NOT_ALLOWED} or {@link #OPENS_NOTHING}
     */
    int find(final Opening opening, final int position, final boolean mayOpen) {
        final int host = openings.hostAt(position);
        if (host != Openings.NONE) {
            return toHost(opening, host, mayOpen);
        }
        final int protocol = Protocols.index(opening.protocol());
        if (protocol == Protocols.OTHER) {
            return CLOSED;
        }
        final int port = opening.entrancePort();
        final int mapping = mappings.table().findPublic(position, protocol, port);
        if (mapping == MappingTable.NONE || !mappings.table().isAlive(mapping) || isOwn(opening, mapping)) {
            return CLOSED;
        }
        if (opening.isQuery() ? !isAnswer(opening) : !mayOpen) {
            return opening.isQuery() && mayOpen ? CLOSED : OPENS_NOTHING;
        }
        return mappings.table().isForward(mapping) ? toForward(opening, mapping) : toMapping(opening, mapping);
    }

    /**
     * Leads a connection of a gateway that ran before to where it led then, if that is still behind the same public endpoint.
     *
     * @param insideAddress where it led, numeric
     * @param insidePort    where it led, numeric; of a query the identifier
     * @return whether it does
     */
    boolean findAgain(final Opening opening, final int position, final int insideAddress, final int insidePort) {
        final int host = openings.hostAt(position);
        if (host != Openings.NONE) {
            opening.toHost(insideAddress);
            return openings.hostInside(host) == insideAddress;
        }
        final int protocol = Protocols.index(opening.protocol());
        if (protocol == Protocols.OTHER) {
            return false;
        }
        final int port = opening.entrancePort();
        final int mapping = mappings.adoptForStrangers(insideAddress, insidePort, protocol, position, port);
        if (mapping < 0) {
            return false;
        }
        opening.toMapping(mapping, insideAddress, insidePort, false);
        return true;
    }

    private int toHost(final Opening opening, final int host, final boolean mayOpen) {
        if (opening.isFromInside() && !opening.isQuery() && openings.hostInside(host) == opening.insideHost()
            && opening.entrancePort() == opening.insidePort()) {
            return CLOSED;
        }
        if (!mayOpen) {
            return OPENS_NOTHING;
        }
        if (!opening.isOfInsider() && !openings.hostAllows(host, sender(opening))) {
            return NOT_ALLOWED;
        }
        opening.toHost(openings.hostInside(host));
        return LET_IN;
    }

    private int toForward(final Opening opening, final int mapping) {
        final MappingTable table = mappings.table();
        if (!opening.isOfInsider() && !openings.forwardAllows(table.forward(mapping), sender(opening))) {
            return NOT_ALLOWED;
        }
        opening.toMapping(mapping, table.insideAddress(mapping), table.insidePort(mapping), false);
        return LET_IN;
    }

    private int toMapping(final Opening opening, final int mapping) {
        final MappingTable table = mappings.table();
        if (!publicAddresses.isPooled(table.position(mapping))) {
            return CLOSED;
        }
        final boolean passes = opening.isOfInsider() || switch (filtering) {
            case ENDPOINT_DEPENDENT -> false;
            case ADDRESS_DEPENDENT -> mappings.talksTo(mapping, sender(opening));
            default -> true;
        };
        if (!passes) {
            return CLOSED;
        }
        opening.toMapping(mapping, table.insideAddress(mapping), table.insidePort(mapping), true);
        return LET_IN;
    }

    /** Whether an inside endpoint sends to a mapping that speaks for itself. */
    private boolean isOwn(final Opening opening, final int mapping) {
        return opening.isFromInside() && mappings.table().isHolder(mapping, opening.insideHost(), opening.insidePort());
    }

    /** A query's identifier is that of the asker: what comes to a mapping of queries from outside is an answer, and no one asks there. */
    private static boolean isAnswer(final Opening opening) {
        return !opening.isFromInside() && FlowKey.rawDestinationPort(opening.portKey()) == Side.INSIDE.ordinal();
    }

    private static int sender(final Opening opening) {
        return FlowKey.rawAddress(FlowKey.rawSource(opening.addressKey()));
    }
}
