package io.sallyport.translate;

import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.PublicAddresses;

/**
 * Chooses the public endpoint that a connection from inside gets: none toward an exempt destination, its own address for a one-to-one host,
 * that of its mapping otherwise.
 *
 * <p>Owned by one worker.
 */
public final class Sources {

    /** {@link #choose}: chosen. */
    static final int CHOSEN = 0;

    private final Mappings mappings;
    private final Pairing pairing;
    private Openings openings;
    private PublicAddresses publicAddresses;

    /**
     * For one worker.
     *
     * @param hostHash chooses the public address of an inside host (RFC 4787, REQ-2: always the same)
     */
    public Sources(final Openings openings, final PublicAddresses publicAddresses, final Mappings mappings, final SeededHash hostHash) {
        this.openings = openings;
        this.publicAddresses = publicAddresses;
        this.mappings = mappings;
        pairing = new Pairing(publicAddresses, hostHash);
    }

    /** Chooses by other openings, and from other addresses, from now on. */
    public void adopt(final Openings newOpenings, final PublicAddresses newAddresses) {
        openings = newOpenings;
        publicAddresses = newAddresses;
        pairing.adopt(newAddresses);
    }

    /** Says which address each host has. */
    Pairing pairing() {
        return pairing;
    }

    /**
     * Chooses the source of a connection from inside.
     *
     * @return {@link #CHOSEN}, {@link Connections#PORTS_EXHAUSTED} or {@link Connections#TABLE_FULL}
     */
    int choose(final Opening opening, final long nowNs) {
        if (isExempt(opening)) {
            return CHOSEN;
        }
        final int inside = opening.insideHost();
        final int host = openings.hostOf(inside);
        if (host != Openings.NONE) {
            opening.fromAddress(publicAddresses.address(openings.hostPosition(host)));
            return CHOSEN;
        }
        final int protocol = Protocols.index(opening.protocol());
        if (protocol == Protocols.OTHER) {
            opening.fromAddress(publicAddresses.address(pairing.position(inside)));
            return CHOSEN;
        }
        final int mapping = mappings.acquire(inside, opening.insidePort(), protocol, pairing.position(inside),
            opening.remoteAddress(), opening.remotePort(), nowNs);
        if (mapping < 0) {
            return mapping == Mappings.PORTS_EXHAUSTED ? Connections.PORTS_EXHAUSTED : Connections.TABLE_FULL;
        }
        take(opening, mapping);
        return CHOSEN;
    }

    /**
     * Fills in the source that {@link #choose} will most likely give, as long as the host has no address of its own and the destination is
     * not exempt; changes nothing.
     *
     * @param ahead how many ports are taken before
     * @return position of the public address of which it takes a port, or -1 when it takes none
     */
    int guess(final Opening opening, final int ahead) {
        final int protocol = Protocols.index(opening.protocol());
        if (protocol == Protocols.OTHER) {
            return -1;
        }
        final int inside = opening.insideHost();
        final int known = mappings.table().find(inside, opening.insidePort(), protocol);
        if (known != MappingTable.NONE) {
            take(opening, known);
            return -1;
        }
        final int position = pairing.position(inside);
        final int port = mappings.likelyPort(
            position, protocol, opening.insidePort(), opening.remoteAddress(), opening.remotePort(), ahead);
        if (port < 0) {
            return -1;
        }
        opening.fromMapping(MappingTable.NONE, publicAddresses.address(position), port, false, false);
        return position;
    }

    /**
     * Gives a connection from inside the source that it had in a gateway that ran before.
     *
     * @return false when it would not have that source here
     */
    boolean adopt(final Opening opening, final int publicAddress, final int publicPort, final long nowNs) {
        final int inside = opening.insideHost();
        final int host = openings.hostOf(inside);
        final int protocol = Protocols.index(opening.protocol());
        final boolean isExempt = isExempt(opening);
        if (isExempt || host != Openings.NONE || protocol == Protocols.OTHER) {
            final int address = isExempt ? inside
                : publicAddresses.address(host == Openings.NONE ? pairing.position(inside) : openings.hostPosition(host));
            opening.fromAddress(address);
            return address == publicAddress && publicPort == opening.insidePort();
        }
        final int position = publicAddresses.position(publicAddress);
        final int mapping = position < 0 ? MappingTable.NONE : mappings.adopt(inside, opening.insidePort(), protocol, position, publicPort,
            opening.remoteAddress(), opening.remotePort(), nowNs);
        if (mapping >= 0) {
            pairing.keep(inside, position);
            take(opening, mapping);
        }
        return mapping >= 0;
    }

    /** Gives up the source of a connection that is not opened after all. */
    void release(final Opening opening, final long nowNs) {
        final int mapping = opening.sourceMapping();
        if (mapping != MappingTable.NONE) {
            if (opening.ownsPort()) {
                mappings.giveBackPort(mapping, opening.remoteAddress(), opening.remotePort(), nowNs);
            }
            mappings.release(mapping, nowNs);
        }
    }

    /** A public address of our own is never an exempt destination, whatever network it lies in. */
    private boolean isExempt(final Opening opening) {
        return openings.isExempt(opening.remoteAddress()) && publicAddresses.position(opening.remoteAddress()) < 0;
    }

    private void take(final Opening opening, final int mapping) {
        final MappingTable table = mappings.table();
        opening.fromMapping(mapping, publicAddresses.address(table.position(mapping)), table.publicPort(mapping),
            mappings.isPortOfConnection(mapping), mappings.isShared(mapping, opening.insideHost(), opening.insidePort()));
    }

    /** The public address that an inside host is paired with. */
    int pairedAddress(final int insideAddress) {
        return publicAddresses.address(pairing.position(insideAddress));
    }
}
