package io.sallyport.engine;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.packet.Side;
import io.sallyport.translate.Connections;

/**
 * Which worker owns a packet: from inside, the host's; from outside, the owner of the public port. Both are the same worker for the two
 * directions of a connection, because a worker takes public ports only from blocks that it owns.
 */
final class Sharding {

    private final PublicAddresses publicAddresses;
    private final SeededHash hash;
    private final int workers;

    Sharding(final PublicAddresses publicAddresses, final SeededHash hash, final int workers) {
        this.publicAddresses = publicAddresses;
        this.hash = hash;
        this.workers = workers;
    }

    /** The worker that owns a packet; any that no one owns is the first worker's. */
    int owner(final long addressKey, final long portKey) {
        if (workers == 1) {
            return 0;
        }
        if (FlowKey.sideOrdinal(portKey) == Side.INSIDE.ordinal()) {
            return ofInsideHost(FlowKey.rawSource(addressKey));
        }
        final int position = publicAddresses.position(FlowKey.rawAddress(FlowKey.rawDestination(addressKey)));
        if (position < 0) {
            return 0;
        }
        final int protocol = Connections.protocolIndex(FlowKey.protocol(portKey));
        final int rawPort = protocol == PublicAddresses.ICMP
            ? FlowKey.rawSourcePort(portKey) : FlowKey.rawDestinationPort(portKey);
        return Math.max(0, publicAddresses.ports(position, protocol).owner(FlowKey.rawPort(rawPort)));
    }

    /** The worker that owns the connections of an inside host. */
    int ofInsideHost(final int rawAddress) {
        return (int) ((hash.of(rawAddress & 0xFFFF_FFFFL) >>> 32) * workers >>> 32);
    }
}
