package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.util.List;
import java.util.Optional;

/** What the gateway chose, read from what it sent on account of a packet. */
record Choices(List<Out> sent) {

    /** The packet as the gateway forwarded it, if it did. */
    Optional<Datagram> forwarded(final Side side, final int protocol, final int destination) {
        return sent.stream().filter(out -> out.side() == side).map(out -> Datagram.inFrame(out.frame()))
            .filter(datagram -> datagram.protocol() == protocol && datagram.destination() == destination && !datagram.isIcmpError())
            .findFirst();
    }
}
