package io.sallyport.engine;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.mapping.PublicAddresses.Endpoint;
import io.sallyport.translate.Protocols;
import java.util.List;

/**
 * A public address, or the endpoint of a forward, that the operator has taken away and on which nothing new begins: looks for the
 * connections that still use it. Since none is added, one walk through the tables is enough, which waits at each connection that it finds
 * until that has ended.
 *
 * <p>Owned by the control thread; reads tables of the workers' as they change.
 */
final class Leaver {

    /** In place of protocol and port where all of an address is leaving. */
    private static final int ANY = -1;

    private final int address;
    private final int protocol;
    private final int port;
    private int table;
    private int line;
    private boolean isUnused;
    private long unusedSinceNs;

    private Leaver(final int address, final int protocol, final int port) {
        this.address = address;
        this.protocol = protocol;
        this.port = port;
    }

    /** An address that leaves. */
    static Leaver of(final int address) {
        return new Leaver(address, ANY, ANY);
    }

    /** The endpoint of a forward that was closed. */
    static Leaver of(final Endpoint endpoint) {
        return new Leaver(endpoint.address(), endpoint.protocol(), endpoint.port());
    }

    /** Whether all of an address leaves. */
    boolean isAddress() {
        return port == ANY;
    }

    /** The address. */
    int address() {
        return address;
    }

    /** The endpoint, if it is one. */
    Endpoint endpoint() {
        return new Endpoint(address, protocol, port);
    }

    /**
     * Goes on looking, from when all workers go by rules that have it leaving.
     *
     * @param limit most connections to look at
     * @return the number looked at
     */
    int look(final List<FlowTable> tables, final int limit, final long nowNs) {
        int looked = 0;
        while (!isUnused && looked < limit) {
            if (table == tables.size()) {
                isUnused = true;
                unusedSinceNs = nowNs;
            } else if (line == tables.get(table).capacity()) {
                table++;
                line = 0;
            } else if (isUsedBy(tables.get(table), line << 1)) {
                return looked;
            } else {
                line++;
                looked++;
            }
        }
        return looked;
    }

    /** Whether no connection has used it for so long. */
    boolean isUnused(final long durationNs, final long nowNs) {
        return isUnused && nowNs - unusedSinceNs >= durationNs;
    }

    private boolean isUsedBy(final FlowTable flows, final int connection) {
        return flows.isLive(connection)
            && (leadsHere(flows.addressKey(connection), flows.portKey(connection))
                || leadsHere(flows.addressKey(connection + 1), flows.portKey(connection + 1)));
    }

    private boolean leadsHere(final long addressKey, final long portKey) {
        return FlowKey.rawAddress(FlowKey.rawDestination(addressKey)) == address
            && (isAddress() || FlowKey.rawPort(FlowKey.rawDestinationPort(portKey)) == port
                && Protocols.index(FlowKey.protocol(portKey)) == protocol);
    }
}
