package io.sallyport.tools.trace;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.DropReason;
import io.sallyport.flow.ConnectionView;
import io.sallyport.packet.Side;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What becomes of a packet.
 *
 * @param config     the gateway's configuration
 * @param arrival    the packet
 * @param worker     the worker that it belongs to; empty when it was dropped before one was found, or is none's affair
 * @param found      the connection that it belongs to, before it
 * @param after      the connection that it belongs to, after it
 * @param outcome    what happens to it
 * @param dropReason why it is dropped
 * @param departures it, or its pieces, as it leaves; and what the gateway itself has to say about it
 * @param isPortNew  whether it opens a connection whose public port was chosen for it, at random
 * @param left       connections of the gateway that the copy has no place for: guests
 */
record Trace(
    GatewayConfig config,
    Arrival arrival,
    OptionalInt worker,
    Optional<Connection> found,
    Optional<Connection> after,
    Outcome outcome,
    Optional<DropReason> dropReason,
    List<Departure> departures,
    boolean isPortNew,
    long left) {

    /** What happens to a packet. */
    enum Outcome {
        /** It leaves. */
        FORWARDED,
        /** It ends here, and is counted with a reason. */
        DROPPED,
        /** It was for the gateway, which answers. */
        ANSWERED,
        /** It was for the gateway, which takes note. */
        CONSUMED,
        /** It waits for the first fragment of its datagram. */
        WAITS
    }

    /**
     * A connection.
     *
     * @param view      its endpoints and state
     * @param isGuest   whether its responder has not answered
     * @param timeoutNs how long it lives without a packet
     */
    record Connection(ConnectionView view, boolean isGuest, long timeoutNs) {
    }

    /**
     * A frame that leaves.
     *
     * @param side    where
     * @param isOwn   whether the gateway made it, other than by cutting
     * @param frame   the frame
     * @param nextHop whom it is sent to on the link, numeric, where that follows from a route
     */
    record Departure(Side side, boolean isOwn, byte[] frame, OptionalInt nextHop) {
    }

    /** The packet, or the first piece of it, as it leaves; or the gateway's answer in its frame. */
    Optional<Departure> becomes() {
        return departures.stream().filter(departure -> !departure.isOwn).findFirst();
    }

    /** Whether it has opened a connection. */
    boolean opens() {
        return found.isEmpty() && after.isPresent();
    }

    /** The interface of a side. */
    InterfaceConfig link(final Side side) {
        return side == Side.INSIDE ? config.inside() : config.outside();
    }
}
