package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionView;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Which connections are wanted; what is empty lets all through.
 *
 * @param insideAddress address of the inside host
 * @param protocol      IP protocol number
 * @param state         one of the values of {@link ConnectionState}
 */
public record ConnectionFilter(OptionalInt insideAddress, OptionalInt protocol, OptionalInt state) {

    /** Names of all states, as {@link ConnectionState#name} has them. */
    public static final List<String> STATES = IntStream.rangeClosed(ConnectionState.NEW, ConnectionState.RESET)
        .mapToObj(state -> ConnectionState.name((byte) state)).toList();

    /** Whether the connection is one of those. */
    public boolean accepts(final ConnectionView connection) {
        return insideAddress.orElse(connection.insideAddress()) == connection.insideAddress()
            && protocol.orElse(connection.protocol()) == connection.protocol()
            && state.orElse(connection.state()) == connection.state();
    }
}
