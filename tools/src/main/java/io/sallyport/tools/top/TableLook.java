package io.sallyport.tools.top;

import io.sallyport.counter.DestinationUse;
import io.sallyport.tools.screen.PortUseScan;
import io.sallyport.tools.screen.PortUseScan.Destination;
import io.sallyport.tools.screen.PortUseScan.Host;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A look at all connections of a gateway, and what has changed since the one before.
 *
 * @param takenNs when it was taken, by {@link System#nanoTime}
 * @param found   what was found
 * @param before  connections of the busiest inside hosts at the look before
 * @param sinceNs when that was taken; the same when there was none
 */
record TableLook(long takenNs, PortUseScan.Result found, Map<Integer, Long> before, long sinceNs) {

    /** No connections at all. */
    static final TableLook NONE = new TableLook(0, new PortUseScan.Result(0, List.of(), List.of(), List.of()), Map.of(), 0);

    /** Hosts and destinations that are kept of a look. */
    static final int MOST = 256;

    /** The look after this one. */
    TableLook next(final long nowNs, final PortUseScan.Result nowFound) {
        final Map<Integer, Long> connections = new HashMap<>();
        hosts(found).forEach(host -> connections.put(host.insideAddress(), host.connections()));
        return new TableLook(nowNs, nowFound, connections, this == NONE ? nowNs : takenNs);
    }

    /** The busiest inside hosts, the busiest first. */
    List<HostUse> hosts(final HostOrder order, final int most) {
        return hosts(found).distinct().map(host -> new HostUse(host.insideAddress(), host.connections(), host.ports(), growth(host)))
            .sorted(Comparator.comparingDouble((HostUse use) -> use.measure(order)).thenComparingLong(HostUse::connections).reversed())
            .limit(most).toList();
    }

    /** By how many a host's connections became more, a second; 0 for one that was not among the busiest the last time. */
    private double growth(final Host host) {
        final Long earlier = before.get(host.insideAddress());
        return earlier == null || takenNs <= sinceNs ? 0 : (host.connections() - earlier) * 1e9 / (takenNs - sinceNs);
    }

    private static Stream<Host> hosts(final PortUseScan.Result found) {
        return Stream.concat(found.busiest().stream(), found.hosts().stream());
    }

    /**
     * The destinations closest to running out of ports, the closest first.
     *
     * @param exact those that the gateway itself names: it also knows of ports that cool down, and to whom the others belong
     */
    List<Destination> destinations(final List<DestinationUse> exact, final int most) {
        final List<Destination> all = new ArrayList<>();
        exact.forEach(use -> all.add(new Destination(use.protocol(), use.remoteAddress(), use.remotePort(), use.inUse(),
            use.capacity() == 0 ? 0 : (double) use.inUse() / use.capacity())));
        found.destinations().stream().filter(use -> all.stream().noneMatch(known -> isSame(known, use))).forEach(all::add);
        return all.stream().sorted(Comparator.comparingDouble(Destination::share).reversed()).limit(most).toList();
    }

    private static boolean isSame(final Destination one, final Destination other) {
        return one.protocol() == other.protocol() && one.remoteAddress() == other.remoteAddress() && one.remotePort() == other.remotePort();
    }
}
