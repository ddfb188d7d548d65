package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionView;
import io.sallyport.wire.Ipv4Address;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Which connections are wanted; what is empty lets all through.
 *
 * @param inside         endpoint of the inside host
 * @param publicEndpoint the endpoint that the outside sees
 * @param remote         the other end
 * @param protocol       IP protocol number
 * @param state          one of the values of {@link ConnectionState}
 */
public record ConnectionFilter(
    Endpoint inside, Endpoint publicEndpoint, Endpoint remote, OptionalInt protocol, OptionalInt state) {

    /** Lets all through. */
    public static final ConnectionFilter ALL =
        new ConnectionFilter(Endpoint.ANY, Endpoint.ANY, Endpoint.ANY, OptionalInt.empty(), OptionalInt.empty());

    /** Names of all states, as {@link ConnectionState#name} has them. */
    public static final List<String> STATES = IntStream.rangeClosed(ConnectionState.NEW, ConnectionState.RESET)
        .mapToObj(state -> ConnectionState.name((byte) state)).toList();

    /** Whether the connection is one of those. */
    public boolean accepts(final ConnectionView connection) {
        return inside.accepts(connection.insideAddress(), connection.insidePort())
            && publicEndpoint.accepts(connection.publicAddress(), connection.publicPort())
            && remote.accepts(connection.remoteAddress(), connection.remotePort())
            && protocol.orElse(connection.protocol()) == connection.protocol()
            && state.orElse(connection.state()) == connection.state();
    }

    /**
     * An address, a port, both or neither.
     *
     * @param address numeric
     * @param port    numeric, or an ICMP query identifier
     */
    public record Endpoint(OptionalInt address, OptionalInt port) {

        /** Any. */
        public static final Endpoint ANY = new Endpoint(OptionalInt.empty(), OptionalInt.empty());

        private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

        /**
         * Reads {@code ADDRESS}, {@code ADDRESS:PORT} or {@code :PORT}.
         *
         * @throws IllegalArgumentException with half a sentence for the user
         */
        public static Endpoint parse(final String text) {
            final int colon = text.indexOf(':');
            final String address = colon < 0 ? text : text.substring(0, colon);
            return new Endpoint(
                colon == 0 ? OptionalInt.empty() : OptionalInt.of(Ipv4Address.parse(address)),
                colon < 0 ? OptionalInt.empty() : OptionalInt.of(port(text.substring(colon + 1))));
        }

        private static int port(final String text) {
            if (!PORT.matcher(text).matches() || Integer.parseInt(text) > 65_535) {
                throw new IllegalArgumentException("\"" + text + "\" is not a port");
            }
            return Integer.parseInt(text);
        }

        boolean accepts(final int someAddress, final int somePort) {
            return address.orElse(someAddress) == someAddress && port.orElse(somePort) == somePort;
        }
    }
}
