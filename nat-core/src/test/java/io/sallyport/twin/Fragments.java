package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Datagrams whose first fragment was seen, and fragments that wait for theirs. */
final class Fragments {

    private final long timeoutNs;
    private final Map<Key, Known> known = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private int lost;

    /** What makes fragments one datagram (RFC 791). */
    record Key(Side side, int source, int destination, int protocol, int identification) {
        static Key of(final Side side, final Datagram datagram) {
            return new Key(side, datagram.source(), datagram.destination(), datagram.protocol(), datagram.identification());
        }
    }

    /** Where the first fragment went. */
    record Known(Connection connection, Way way, int identification, long sinceNs, long usedNs) {
    }

    private record Waiting(Key key, Datagram datagram, long sinceNs) {
    }

    Fragments(final long timeoutNs) {
        this.timeoutNs = timeoutNs;
    }

    Known known(final Key key) {
        return known.get(key);
    }

    void know(final Key key, final Connection connection, final Way way, final int identification, final long nowNs) {
        known.put(key, new Known(connection, way, identification, nowNs, nowNs));
    }

    void used(final Key key, final long nowNs) {
        known.computeIfPresent(key, (same, was) -> new Known(was.connection, was.way, was.identification, was.sinceNs, nowNs));
    }

    void await(final Key key, final Datagram datagram, final long nowNs) {
        waiting.add(new Waiting(key, datagram, nowNs));
    }

    /** Those that waited for a first fragment, in order of arrival. */
    List<Datagram> release(final Key key) {
        final List<Datagram> released = waiting.stream().filter(each -> each.key.equals(key)).map(Waiting::datagram).toList();
        waiting.removeIf(each -> each.key.equals(key));
        return released;
    }

    int waitingCount() {
        return waiting.size();
    }

    /** How many waited in vain. */
    int lost() {
        return lost;
    }

    void pass(final long nowNs) {
        known.values().removeIf(each -> each.usedNs + timeoutNs < nowNs);
        final int before = waiting.size();
        waiting.removeIf(each -> each.sinceNs + timeoutNs < nowNs);
        lost += before - waiting.size();
    }

    /** A later time, if timers may or may not have fired at this one. */
    long settled(final long nowNs) {
        long settledNs = nowNs;
        for (final Known each : known.values()) {
            settledNs = Twin.after(each.sinceNs + timeoutNs, each.usedNs + timeoutNs, settledNs);
        }
        for (final Waiting each : waiting) {
            settledNs = Twin.after(each.sinceNs + timeoutNs, each.sinceNs + timeoutNs, settledNs);
        }
        return settledNs;
    }
}
