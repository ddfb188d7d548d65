package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionView;
import java.util.function.ToLongFunction;

/** What connections can be sorted by, smallest first. */
public enum ConnectionOrder {
    /** Inside host, then its port. */
    INSIDE(connection -> endpoint(connection.insideAddress(), connection.insidePort())),
    /** Public address, then the port. */
    PUBLIC(connection -> endpoint(connection.publicAddress(), connection.publicPort())),
    /** Other end, then its port. */
    REMOTE(connection -> endpoint(connection.remoteAddress(), connection.remotePort())),
    /** Number of the protocol. */
    PROTOCOL(ConnectionView::protocol),
    /** State, in the order in which a connection goes through them. */
    STATE(ConnectionView::state),
    /** How long neither end was heard. */
    IDLE(ConnectionView::idleNs);

    private final ToLongFunction<ConnectionView> key;

    ConnectionOrder(final ToLongFunction<ConnectionView> key) {
        this.key = key;
    }

    /** A number by which connections are in this order. */
    public long key(final ConnectionView connection) {
        return key.applyAsLong(connection);
    }

    private static long endpoint(final int address, final int port) {
        return (address & 0xFFFF_FFFFL) << 16 | port;
    }
}
