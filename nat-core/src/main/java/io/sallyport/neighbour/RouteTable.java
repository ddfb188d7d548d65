package io.sallyport.neighbour;

import io.sallyport.config.InterfaceConfig;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Prefix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a destination is reached: by longest-prefix match over the connected networks and routes of both sides and the default route
 * (RFC 1812, section 5.2.4.3). Immutable, for any thread.
 *
 * <p>Prefixes nest, so the longest match is the same over each interval between two neighbouring ends of prefixes. The table is
 * flattened to these intervals when it is made, and a look-up is a binary search for one of them.
 *
 * <p>A result is a {@code long}: {@link #NO_ROUTE}, or what {@link #side} and {@link #nextHop} take apart.
 *
 * <pre>
 *   63               34  33          32     31                       0
 *  +-------------------+-----------+------+---------------------------+
 *  |         0         | connected | side |    next hop's address     |
 *  +-------------------+-----------+------+---------------------------+
 * </pre>
 */
public final class RouteTable {

    /** The destination cannot be reached; the only negative result. */
    public static final long NO_ROUTE = -1;

    private static final int SIDE_SHIFT = 32;
    private static final int CONNECTED_SHIFT = 33;
    private static final long UNSIGNED = 0xFFFF_FFFFL;

    /** Lowest address of each interval with its highest bit flipped, so that signed comparison orders them; the first is 0.0.0.0. */
    private final int[] starts;
    /** What a look-up within the interval gives; the next hop of a connected network is filled in by the look-up. */
    private final long[] routes;
    /** Highest address of each interval, flipped like the lowest. */
    private final int[] ends;
    private final Ipv4Prefix insideNetwork;
    private final Ipv4Prefix outsideNetwork;

    private RouteTable(final TreeMap<Long, Long> intervals, final Ipv4Prefix insideNetwork, final Ipv4Prefix outsideNetwork) {
        starts = intervals.keySet().stream().mapToInt(start -> flip(start.intValue())).toArray();
        routes = intervals.values().stream().mapToLong(Long::longValue).toArray();
        ends = new int[starts.length];
        Arrays.setAll(ends, interval -> interval + 1 == starts.length ? Integer.MAX_VALUE : starts[interval + 1] - 1);
        this.insideNetwork = insideNetwork.network();
        this.outsideNetwork = outsideNetwork.network();
    }

    /**
     * The routes of both sides. Of two equal prefixes a connected network comes before a route, the inside before the outside, and
     * the one that the configuration names first before the other.
     */
    public static RouteTable of(final InterfaceConfig inside, final InterfaceConfig outside) {
        final List<Route> byPrecedence = new ArrayList<>();
        byPrecedence.add(Route.connected(inside.address(), Side.INSIDE));
        byPrecedence.add(Route.connected(outside.address(), Side.OUTSIDE));
        inside.routes().forEach(route -> byPrecedence.add(Route.via(route.to(), Side.INSIDE, route.via())));
        outside.routes().forEach(route -> byPrecedence.add(Route.via(route.to(), Side.OUTSIDE, route.via())));
        outside.gateway().ifPresent(gateway -> byPrecedence.add(Route.via(new Ipv4Prefix(0, 0), Side.OUTSIDE, gateway)));
        return new RouteTable(flatten(byPrecedence), inside.address(), outside.address());
    }

    /** Paints the prefixes over the address space, the shortest first; what shows in the end is the longest match. */
    private static TreeMap<Long, Long> flatten(final List<Route> byPrecedence) {
        final List<Route> paintingOrder = new ArrayList<>(byPrecedence);
        Collections.reverse(paintingOrder);
        paintingOrder.sort(Comparator.comparingInt(route -> route.to.length()));
        final TreeMap<Long, Long> intervals = new TreeMap<>(Map.of(0L, NO_ROUTE));
        for (final Route route : paintingOrder) {
            final long first = route.to.first() & UNSIGNED;
            final long end = (route.to.last() & UNSIGNED) + 1;
            final long behind = intervals.floorEntry(end).getValue();
            intervals.subMap(first, end).clear();
            intervals.put(first, route.packed);
            if (end <= UNSIGNED) {
                intervals.put(end, behind);
            }
        }
        return intervals;
    }

    /** Side and next hop of the way to {@code destination}, or {@link #NO_ROUTE}. */
    public long lookup(final int destination) {
        return route(interval(destination), destination);
    }

    /** Number of the interval that {@code destination} lies in; for a look-up that begins with the last one's. */
    int interval(final int destination) {
        final int key = flip(destination);
        int base = 0;
        int count = starts.length;
        while (count > 1) {
            final int half = count >>> 1;
            base = starts[base + half] <= key ? base + half : base;
            count -= half;
        }
        return base;
    }

    /** The interval that {@code destination} lies in, which may well be {@code guess}. */
    public int interval(final int destination, final int guess) {
        final int key = flip(destination);
        return starts[guess] <= key && key <= ends[guess] ? guess : interval(destination);
    }

    /** Side and next hop of the way to {@code destination}, which lies in an interval, or {@link #NO_ROUTE}. */
    public long route(final int interval, final int destination) {
        final long route = routes[interval];
        final long connectedMask = -(route >>> CONNECTED_SHIFT & 1);
        return route | destination & UNSIGNED & connectedMask;
    }

    /** Ordinal of the side that a result other than {@link #NO_ROUTE} leads to. */
    public static int sideOrdinal(final long route) {
        return (int) (route >>> SIDE_SHIFT) & 1;
    }

    /** The side that a result other than {@link #NO_ROUTE} leads to. */
    public static Side side(final long route) {
        return (route >>> SIDE_SHIFT & 1) == 0 ? Side.INSIDE : Side.OUTSIDE;
    }

    /** Side and next hop of a result other than {@link #NO_ROUTE}, as one number, 0 or more. */
    public static long hop(final long route) {
        return route & (1L << CONNECTED_SHIFT) - 1;
    }

    /** The next hop of a result other than {@link #NO_ROUTE}: the destination itself on connected networks. */
    public static int nextHop(final long route) {
        return (int) route;
    }

    /**
     * Whether the way to {@code source} leads inside: what BCP 38 asks of a packet that arrives there, and forbids of one that
     * arrives outside. Says nothing of addresses that no host has: the gateway's own, and {@link #isDirectedBroadcast}.
     */
    public boolean isInside(final int source) {
        return (lookup(source) >>> SIDE_SHIFT & 1) == Side.INSIDE.ordinal();
    }

    /** Whether {@code address} is the network or broadcast address of a connected network of either side (RFC 2644). */
    public boolean isDirectedBroadcast(final int address) {
        return insideNetwork.isNetworkOrBroadcast(address) || outsideNetwork.isNetworkOrBroadcast(address);
    }

    private static int flip(final int address) {
        return address ^ Integer.MIN_VALUE;
    }

    private record Route(Ipv4Prefix to, long packed) {

        static Route connected(final Ipv4Prefix network, final Side side) {
            return new Route(network, 1L << CONNECTED_SHIFT | (long) side.ordinal() << SIDE_SHIFT);
        }

        static Route via(final Ipv4Prefix network, final Side side, final int nextHop) {
            return new Route(network, (long) side.ordinal() << SIDE_SHIFT | nextHop & UNSIGNED);
        }
    }
}
