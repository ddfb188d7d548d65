package io.sallyport.tools.trace;

import io.sallyport.counter.DropReason;
import io.sallyport.counter.GatewayState;
import io.sallyport.packet.Side;
import io.sallyport.tools.screen.Figures;
import io.sallyport.tools.trace.Trace.Connection;
import io.sallyport.tools.trace.Trace.Outcome;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** Where a trace cannot know what the running gateway would do, because a copy of its connections is not all that it knows. */
final class Notes {

    private final Trace trace;
    private final List<String> notes = new ArrayList<>();

    private Notes(final Trace trace) {
        this.trace = trace;
    }

    /**
     * The notes that this trace needs, a sentence each.
     *
     * @param state   what the gateway is doing
     * @param cooling its ports that cool down
     */
    static List<String> of(final Trace trace, final GatewayState state, final long cooling) {
        final Notes notes = new Notes(trace);
        notes.ofFound();
        notes.ofOpening(state, cooling);
        notes.ofAnswers();
        notes.ofFragments();
        return List.copyOf(notes.notes);
    }

    private void ofFound() {
        if (trace.found().filter(Connection::isGuest).isPresent()) {
            add("the connection is a guest's, which no one has answered: such are not copied, and the packet was judged as its first");
        } else if (trace.left() > 0 && trace.after().isEmpty()) {
            add(Figures.count(trace.left()) + " connections of the gateway, guests, are not in the copy");
        }
    }

    private void ofOpening(final GatewayState state, final long cooling) {
        if (trace.opens()) {
            if (state == GatewayState.DRAINING) {
                add("the gateway is draining: it opens no new connections, and this one would be refused");
            }
            if (trace.isPortNew()) {
                add("the public port is chosen at random: a port like " + trace.after().orElseThrow().view().publicPort());
            }
            if (trace.config().nat().limits().perHostNewPerSecond() > 0 && trace.arrival().side() == Side.INSIDE) {
                add("nat.limits.per-host-new-per-second: what the host has opened in the last second is not known here");
            }
        }
        if (cooling > 0 && (trace.opens() || trace.dropReason().filter(DropReason.PORTS_EXHAUSTED::equals).isPresent())) {
            add(Figures.count(cooling) + " ports cool down in the gateway, and count as free here");
        }
    }

    private void ofAnswers() {
        if (trace.outcome() == Outcome.DROPPED && trace.departures().stream().anyMatch(Trace.Departure::isOwn)) {
            add("answers are sent within the limits for ICMP errors, which count from zero here");
        }
    }

    private void ofFragments() {
        final UnsafeBuffer frame = new UnsafeBuffer(trace.arrival().frame());
        if (trace.worker().isPresent() && Ipv4.isLaterFragment(frame, Ethernet.HEADER_LENGTH)) {
            add("the gateway may know the datagram's first fragment, which no other process sees; then this one follows it");
        }
    }

    private void add(final String note) {
        notes.add(note);
    }
}
