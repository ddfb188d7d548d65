package io.sallyport.twin;

import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.packet.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Public ports: which are free, who has them, and whether the gateway's choice among them was allowed. */
final class Ports {

    /** How late a timer may fire. */
    static final long LATE_NS = 1_000_000_000;

    private final Rules rules;
    private final List<Connection> connections;
    private final List<Mapping> mappings = new ArrayList<>();
    private final List<Cooling> coolings = new ArrayList<>();
    /** The public address of each inside host: the gateway chooses once (RFC 4787, REQ-2). */
    private final Map<Integer, Integer> paired = new HashMap<>();

    /** Whether a port can be had; when a timer has just fired, or not yet, perhaps. */
    private enum Availability { FREE, PERHAPS, TAKEN }

    /** A port that rests until then: for everyone, or toward {@code remotes} only. */
    private record Cooling(int protocol, Endpoint port, Set<Endpoint> remotes, long untilNs, long perhapsUntilNs) {
    }

    Ports(final Rules rules, final List<Connection> connections) {
        this.rules = rules;
        this.connections = connections;
    }

    boolean isEndpointIndependent() {
        return rules.nat().mapping() == NatConfig.Mapping.ENDPOINT_INDEPENDENT;
    }

    /** The mapping that holds a public port, or null. */
    Mapping holding(final int protocol, final Endpoint outside) {
        return mappings.stream().filter(mapping -> mapping.protocol == protocol && mapping.outside.equals(outside)).findFirst()
            .orElse(null);
    }

    /** The connections that the mapping's own endpoint opened or answered. */
    List<Connection> anchors(final Mapping mapping) {
        return connections.stream().filter(connection -> connection.anchors(mapping)
            && connection.user(mapping).equals(mapping.inside)).toList();
    }

    /** Ports in use, at least. */
    long least() {
        return mappings.stream().filter(mapping -> connections.stream().anyMatch(each -> each.anchors(mapping))).count();
    }

    /** Ports in use, at most: those with nothing but guests too. */
    long most() {
        return mappings.size();
    }

    /** The address of a host whose protocol has no ports; the gateway's choice if it is the host's first. */
    Optional<Integer> address(final int host, final Optional<Integer> chosen) {
        if (paired.containsKey(host)) {
            return Optional.of(paired.get(host));
        }
        chosen.ifPresent(address -> {
            require(rules.isPool(address), "the address is not in the pool");
            paired.put(host, address);
        });
        return chosen;
    }

    /**
     * The mapping for a connection that an inside host opens, as the gateway chose it if that was allowed.
     *
     * @param destination where the packets go in the end
     * @return empty if there is no port to be had
     */
    Optional<Mapping> take(
        final Tuple tuple, final Side exit, final Endpoint destination, final Optional<Endpoint> chosen, final long nowNs) {
        final int protocol = tuple.protocol();
        final Endpoint inside = tuple.source();
        if (isEndpointIndependent()) {
            for (final Mapping mapping : mappings) {
                if (mapping.protocol == protocol && mapping.inside.equals(inside)) {
                    return Optional.of(mapping);
                }
            }
        }
        final Optional<Endpoint> port = chosen.isPresent() ? chosen : leftOut(tuple, exit, destination, nowNs);
        if (chosen.isPresent()) {
            judge(tuple, exit, destination, chosen.get(), nowNs);
        }
        return port.map(outside -> {
            paired.put(inside.address(), outside.address());
            final Mapping shared = holding(protocol, outside);
            if (shared != null) {
                return shared;
            }
            final Mapping mapping = new Mapping(protocol, outside, inside);
            mappings.add(mapping);
            return mapping;
        });
    }

    /** A connection has ended, sometime between the two. */
    void ended(final Connection connection, final long earliestNs, final long latestNs) {
        for (final Mapping mapping : List.copyOf(mappings)) {
            if (connection.uses(mapping)) {
                release(mapping, connection, earliestNs, latestNs);
            }
        }
    }

    private void release(
        final Mapping mapping, final Connection connection, final long earliestNs, final long latestNs) {
        final long restNs = rules.nat().timeouts().portReuseNs();
        if (connections.stream().noneMatch(each -> each.anchors(mapping))) {
            mapping.abandonedNs = Math.min(mapping.abandonedNs, earliestNs);
        }
        if (!isEndpointIndependent()) {
            final Way way = mapping == connection.initiatorMapping ? connection.there : connection.back;
            final boolean certain = way.leaves() == Side.OUTSIDE && !connection.isGuest;
            coolings.add(new Cooling(mapping.protocol, mapping.outside, remotes(way), certain ? earliestNs + restNs : 0,
                latestNs + restNs + LATE_NS));
            if (mapping.inside != null && anchors(mapping).isEmpty()) {
                mapping.inside = null;
            }
        }
        if (connections.stream().noneMatch(each -> each.uses(mapping))) {
            mappings.remove(mapping);
            if (isEndpointIndependent()) {
                coolings.add(new Cooling(mapping.protocol, mapping.outside, Set.of(),
                    Math.min(mapping.abandonedNs, earliestNs) + restNs, latestNs + restNs + LATE_NS));
            }
        }
    }

    private void judge(
        final Tuple tuple, final Side exit, final Endpoint destination, final Endpoint chosen, final long nowNs) {
        final int host = tuple.source().address();
        require(rules.isPool(chosen.address()), chosen + " is not in the pool");
        require(paired.getOrDefault(host, chosen.address()) == chosen.address(), chosen + " is not the address of that host");
        require(available(tuple.protocol(), chosen, exit, destination, nowNs) != Availability.TAKEN,
            chosen + " is taken, or rests, or is out of range");
        final int parity = tuple.source().port() % 2;
        if (chosen.port() % 2 != parity) {
            final List<Endpoint> better = candidates(chosen.address(), tuple.destination()).stream()
                .filter(port -> port.port() % 2 == parity
                && available(tuple.protocol(), port, exit, destination, nowNs) == Availability.FREE).toList();
            require(better.isEmpty(), chosen + " has not the parity of " + tuple.source() + ", which " + better + " have");
        }
    }

    /** A port that the gateway should have found, if there surely is one. */
    private Optional<Endpoint> leftOut(final Tuple tuple, final Side exit, final Endpoint destination, final long nowNs) {
        Optional<Endpoint> found = Optional.empty();
        for (final int address : addresses(tuple.source().address())) {
            found = candidates(address, tuple.destination()).stream().filter(
                port -> available(tuple.protocol(), port, exit, destination, nowNs) == Availability.FREE).findFirst();
            if (found.isEmpty()) {
                return found;
            }
        }
        return found;
    }

    private Availability available(
        final int protocol, final Endpoint port, final Side exit, final Endpoint destination, final long nowNs) {
        if (port.port() < rules.nat().ports().first() || port.port() > rules.nat().ports().last()
            || rules.forwardOutside(protocol, port).isPresent()) {
            return Availability.TAKEN;
        }
        boolean perhaps = false;
        final Mapping holder = holding(protocol, port);
        if (isEndpointIndependent() && holder != null) {
            if (connections.stream().anyMatch(each -> each.anchors(holder))) {
                return Availability.TAKEN;
            }
            perhaps = true;
        }
        final Tuple answer = new Tuple(protocol, destination, port);
        for (final Connection connection : connections) {
            if (connection.way(exit, answer) != null) {
                return Availability.TAKEN;
            }
        }
        for (final Cooling cooling : coolings) {
            final boolean applies = cooling.protocol == protocol && cooling.port.equals(port)
                && (cooling.remotes.isEmpty() || cooling.remotes.contains(destination));
            if (applies && nowNs < cooling.untilNs) {
                return Availability.TAKEN;
            }
            perhaps |= applies && nowNs <= cooling.perhapsUntilNs;
        }
        return perhaps ? Availability.PERHAPS : Availability.FREE;
    }

    /** A hairpinned connection's other end can be named by its public or by its inside endpoint. */
    private static Set<Endpoint> remotes(final Way way) {
        final Set<Endpoint> remotes = new HashSet<>();
        remotes.add(way.becomes().destination());
        remotes.add(way.seen().destination());
        return remotes;
    }

    private List<Integer> addresses(final int host) {
        return paired.containsKey(host) ? List.of(paired.get(host))
            : rules.nat().pool().stream().flatMap(range -> all(range).stream()).toList();
    }

    private static List<Integer> all(final AddressRange range) {
        return IntStream.range(0, (int) range.count()).mapToObj(k -> range.first() + k).toList();
    }

    /** No one is called from the very endpoint that is called. */
    private List<Endpoint> candidates(final int address, final Endpoint called) {
        return IntStream.rangeClosed(rules.nat().ports().first(), rules.nat().ports().last())
            .mapToObj(port -> new Endpoint(address, port)).filter(port -> !port.equals(called)).toList();
    }

    private static void require(final boolean holds, final String message) {
        if (!holds) {
            throw new Violation(message);
        }
    }
}
