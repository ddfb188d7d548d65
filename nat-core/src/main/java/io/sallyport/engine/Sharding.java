package io.sallyport.engine;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.packet.Side;
import io.sallyport.translate.Openings;
import io.sallyport.translate.Protocols;

/**
 * Which worker owns a packet: from inside, the host's; from outside, the owner of the public port. Both are the same worker for the two
 * directions of a connection, because a worker takes public ports only from blocks that it owns, and what the operator has opened belongs
 * to the worker of its inside host. Immutable, for any thread, but for the owners of ports.
 */
final class Sharding {

    private final PublicAddresses publicAddresses;
    private final Openings openings;
    private final SeededHash hash;
    private final int workers;
    /** Those that what follows is not true for; null where there are none. */
    private final Strays strays;

    Sharding(final PublicAddresses publicAddresses, final Openings openings, final SeededHash hash, final int workers) {
        this(publicAddresses, openings, hash, workers, null);
    }

    private Sharding(
        final PublicAddresses publicAddresses,
        final Openings openings,
        final SeededHash hash,
        final int workers,
        final Strays strays) {
        this.publicAddresses = publicAddresses;
        this.openings = openings;
        this.hash = hash;
        this.workers = workers;
        this.strays = strays;
    }

    /** The same with connections that are not where they would be. */
    Sharding with(final Strays newStrays) {
        return new Sharding(publicAddresses, openings, hash, workers, newStrays.isEmpty() ? null : newStrays);
    }

    /** Whether one worker owns all, the first. */
    boolean isForOne() {
        return workers == 1;
    }

    /** The worker that owns a packet; any that no one owns is the first worker's. */
    int owner(final long addressKey, final long portKey) {
        final int protocol = Protocols.index(FlowKey.protocol(portKey));
        if (protocol == Protocols.OTHER) {
            // nothing in an answer tells the inside host
            return 0;
        }
        if (FlowKey.sideOrdinal(portKey) == Side.INSIDE.ordinal()) {
            return ofInsideHost(FlowKey.rawSource(addressKey));
        }
        final int stray = strays == null ? Strays.NONE : strays.worker(addressKey, portKey);
        return stray == Strays.NONE ? ofDestination(addressKey, portKey, protocol) : stray;
    }

    private int ofDestination(final long addressKey, final long portKey, final int protocol) {
        final int position = publicAddresses.position(FlowKey.rawAddress(FlowKey.rawDestination(addressKey)));
        if (position < 0) {
            // an exempt connection's answer, or no one's
            return ofInsideHost(FlowKey.rawDestination(addressKey));
        }
        final int rawPort = protocol == PublicAddresses.ICMP
            ? FlowKey.rawSourcePort(portKey) : FlowKey.rawDestinationPort(portKey);
        return Math.max(0, ofPublicEndpoint(position, protocol, FlowKey.rawPort(rawPort)));
    }

    /**
     * Whether the owner of a packet from outside may become another one without new rules: no one has its public port, which the operator
     * has taken away and does not give to anyone, so that any worker can claim the block around it.
     */
    boolean mayChange(final long addressKey, final long portKey) {
        final int position = publicAddresses.position(FlowKey.rawAddress(FlowKey.rawDestination(addressKey)));
        final int protocol = Protocols.index(FlowKey.protocol(portKey));
        if (position < 0 || protocol == Protocols.OTHER || protocol == PublicAddresses.ICMP || openings.hostAt(position) != Openings.NONE) {
            return false;
        }
        final int port = FlowKey.rawPort(FlowKey.rawDestinationPort(portKey));
        return publicAddresses.isWithheld(position, protocol, port) && openings.forwardAt(position, protocol, port) == Openings.NONE;
    }

    /** Whether someone stands behind a public endpoint who belongs to another worker than {@code worker}. */
    boolean isOfOther(final int position, final int protocol, final int port, final int worker) {
        if (workers == 1 || protocol == Protocols.OTHER) {
            return false;
        }
        final int owner = ofPublicEndpoint(position, protocol, port);
        return owner >= 0 && owner != worker;
    }

    /** The worker of who stands behind a public endpoint, or -1. */
    private int ofPublicEndpoint(final int position, final int protocol, final int port) {
        final int host = openings.hostAt(position);
        if (host != Openings.NONE) {
            return ofInsideHost(FlowKey.rawAddress(openings.hostInside(host)));
        }
        if (openings.hasForwards()) {
            final int forward = openings.forwardAt(position, protocol, port);
            if (forward != Openings.NONE) {
                return ofInsideHost(FlowKey.rawAddress(openings.forwardInside(forward)));
            }
        }
        return publicAddresses.hasPorts(position) ? publicAddresses.ports(position, protocol).owner(port) : -1;
    }

    /** The worker that a connection with this first packet, rewritten to these addresses, belongs to. */
    int ofConnection(final long addressKey, final long portKey, final long newAddresses) {
        if (Protocols.index(FlowKey.protocol(portKey)) == Protocols.OTHER) {
            return 0;
        }
        final boolean fromInside = FlowKey.sideOrdinal(portKey) == Side.INSIDE.ordinal();
        return ofInsideHost(fromInside ? FlowKey.rawSource(addressKey) : FlowKey.rawDestination(newAddresses));
    }

    /** The worker that owns the connections of an inside host. */
    int ofInsideHost(final int rawAddress) {
        return (int) ((hash.of(rawAddress & 0xFFFF_FFFFL) >>> 32) * workers >>> 32);
    }
}
