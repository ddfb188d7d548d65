package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionView;
import io.sallyport.wire.Ipv4Address;
import java.util.Locale;

/** The words for what a connection is like. */
public final class ConnectionRow {

    private ConnectionRow() {
    }

    /** Name of an IP protocol, or its number where it has no well-known name. */
    public static String protocolName(final int protocol) {
        return switch (protocol) {
            case 1 -> "icmp";
            case 6 -> "tcp";
            case 17 -> "udp";
            case 33 -> "dccp";
            case 47 -> "gre";
            case 50 -> "esp";
            case 132 -> "sctp";
            case 136 -> "udplite";
            default -> Integer.toString(protocol);
        };
    }

    static String protocol(final ConnectionView connection) {
        return protocolName(connection.protocol());
    }

    static String inside(final ConnectionView connection) {
        return endpoint(connection, connection.insideAddress(), connection.insidePort());
    }

    static String publicEndpoint(final ConnectionView connection) {
        return endpoint(connection, connection.publicAddress(), connection.publicPort());
    }

    static String remote(final ConnectionView connection) {
        return connection.remotePort() == 0 ? Ipv4Address.format(connection.remoteAddress())
            : endpoint(connection, connection.remoteAddress(), connection.remotePort());
    }

    static String direction(final ConnectionView connection) {
        return connection.direction().name().toLowerCase(Locale.ROOT);
    }

    static String state(final ConnectionView connection) {
        return ConnectionState.name(connection.state());
    }

    /** Protocols that we see no ports of have none to show. */
    private static String endpoint(final ConnectionView connection, final int address, final int port) {
        final boolean hasPorts = switch (connection.protocol()) {
            case 1, 6, 17 -> true;
            default -> false;
        };
        return hasPorts ? Ipv4Address.format(address) + ":" + port : Ipv4Address.format(address);
    }
}
