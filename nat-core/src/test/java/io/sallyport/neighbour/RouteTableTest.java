package io.sallyport.neighbour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.InterfaceConfig.Route;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RouteTableTest {

    private static final InterfaceConfig INSIDE = InterfaceConfig.of("l0", "10.77.0.1/24")
        .withRoutes(List.of(route("10.88.0.0/16", "10.77.0.254"), route("10.88.9.0/24", "10.77.0.253")));
    private static final InterfaceConfig OUTSIDE = InterfaceConfig.of("w0", "198.51.100.1/24")
        .withGateway(address("198.51.100.2")).withRoutes(List.of(route("192.0.2.128/25", "198.51.100.9")));

    @Test
    void connectedNetworkIsItsOwnNextHop() {
        final RouteTable table = RouteTable.of(INSIDE, OUTSIDE);
        assertRoute(table, "10.77.0.0", Side.INSIDE, "10.77.0.0");
        assertRoute(table, "10.77.0.200", Side.INSIDE, "10.77.0.200");
        assertRoute(table, "198.51.100.255", Side.OUTSIDE, "198.51.100.255");
    }

    @Test
    void longestPrefixWins() {
        final RouteTable table = RouteTable.of(INSIDE, OUTSIDE);
        assertRoute(table, "10.88.8.255", Side.INSIDE, "10.77.0.254");
        assertRoute(table, "10.88.9.0", Side.INSIDE, "10.77.0.253");
        assertRoute(table, "10.88.10.0", Side.INSIDE, "10.77.0.254");
        assertRoute(table, "192.0.2.127", Side.OUTSIDE, "198.51.100.2");
        assertRoute(table, "192.0.2.128", Side.OUTSIDE, "198.51.100.9");
        assertRoute(table, "0.0.0.0", Side.OUTSIDE, "198.51.100.2");
        assertRoute(table, "255.255.255.255", Side.OUTSIDE, "198.51.100.2");
    }

    @Test
    void withoutGatewayTheRestIsUnreachable() {
        final RouteTable table = RouteTable.of(InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"));
        assertEquals(RouteTable.NO_ROUTE, table.lookup(address("0.0.0.0")));
        assertEquals(RouteTable.NO_ROUTE, table.lookup(address("10.77.1.0")));
        assertEquals(RouteTable.NO_ROUTE, table.lookup(address("255.255.255.255")));
        assertFalse(table.isInside(address("192.0.2.1")));
    }

    @Test
    void bcp38_sourcesFromInside() {
        final RouteTable table = RouteTable.of(INSIDE, OUTSIDE);
        assertTrue(table.isInside(address("10.77.0.5")));
        assertTrue(table.isInside(address("10.88.1.1")));
        assertFalse(table.isInside(address("10.89.1.1")));
        assertFalse(table.isInside(address("198.51.100.1")));
    }

    @Test
    void rfc2644_directedBroadcast() {
        final RouteTable table = RouteTable.of(InterfaceConfig.of("l0", "10.77.0.1/30"), InterfaceConfig.of("w0", "198.51.100.1/31"));
        assertTrue(table.isDirectedBroadcast(address("10.77.0.0")));
        assertTrue(table.isDirectedBroadcast(address("10.77.0.3")));
        assertFalse(table.isDirectedBroadcast(address("10.77.0.2")));
        assertFalse(table.isDirectedBroadcast(address("10.77.0.255")));
        assertFalse(table.isDirectedBroadcast(address("198.51.100.0")));
        assertFalse(table.isDirectedBroadcast(address("198.51.100.1")));
    }

    /** The slow obvious twin: look at every prefix, keep the longest, the first of equals. */
    @Property(tries = 300)
    void agreesWithLinearScan(@ForAll("interfaces") final InterfaceConfig inside, @ForAll("interfaces") final InterfaceConfig outside,
        @ForAll final Random random) {
        final RouteTable table = RouteTable.of(inside, outside);
        for (final int destination : destinations(inside, outside, random)) {
            final long route = table.lookup(destination);
            final Twin expected = twin(inside, outside, destination);
            if (expected == null) {
                assertEquals(RouteTable.NO_ROUTE, route);
                assertFalse(table.isInside(destination));
            } else {
                assertEquals(expected.side, RouteTable.side(route));
                assertEquals(expected.nextHop, RouteTable.nextHop(route));
                assertEquals(expected.side == Side.INSIDE, table.isInside(destination));
            }
        }
    }

    /** Few distinct addresses, so that prefixes nest, touch and coincide. */
    @Provide
    Arbitrary<InterfaceConfig> interfaces() {
        final Arbitrary<Ipv4Prefix> prefixes = Combinators.combine(
            Arbitraries.of(0, 0x0A00_0000, 0x0A00_0001, 0x0A00_00FF, 0x0A00_0100, 0x7FFF_FFFF, 0x8000_0000, 0xC000_0200, -1),
            Arbitraries.integers().between(0, 32)).as(Ipv4Prefix::new);
        final Arbitrary<Route> routes = Combinators.combine(prefixes, Arbitraries.integers()).as(Route::new);
        return Combinators.combine(prefixes, routes.list().ofMaxSize(8), Arbitraries.integers().optional())
            .as((address, list, gateway) -> {
                final InterfaceConfig config = InterfaceConfig.of("eth", address.toString()).withRoutes(list);
                return gateway.map(config::withGateway).orElse(config);
            });
    }

    private record Twin(Side side, int nextHop, int length) {
    }

    private static Twin twin(final InterfaceConfig inside, final InterfaceConfig outside, final int destination) {
        Twin best = null;
        for (final Side side : Side.values()) {
            final Ipv4Prefix network = (side == Side.INSIDE ? inside : outside).address();
            if (network.contains(destination) && (best == null || network.length() > best.length)) {
                best = new Twin(side, destination, network.length());
            }
        }
        for (final Side side : Side.values()) {
            for (final Route route : (side == Side.INSIDE ? inside : outside).routes()) {
                if (route.to().contains(destination) && (best == null || route.to().length() > best.length)) {
                    best = new Twin(side, route.via(), route.to().length());
                }
            }
        }
        return best == null && outside.gateway().isPresent() ? new Twin(Side.OUTSIDE, outside.gateway().getAsInt(), 0) : best;
    }

    private static List<Integer> destinations(final InterfaceConfig inside, final InterfaceConfig outside, final Random random) {
        final List<Ipv4Prefix> prefixes = new ArrayList<>(List.of(inside.address(), outside.address()));
        inside.routes().forEach(route -> prefixes.add(route.to()));
        outside.routes().forEach(route -> prefixes.add(route.to()));
        final List<Integer> destinations = new ArrayList<>(List.of(0, -1, random.nextInt(), random.nextInt()));
        for (final Ipv4Prefix prefix : prefixes) {
            destinations.addAll(List.of(prefix.first() - 1, prefix.first(), prefix.last(), prefix.last() + 1));
        }
        return destinations;
    }

    private static void assertRoute(final RouteTable table, final String destination, final Side side, final String nextHop) {
        final long route = table.lookup(address(destination));
        assertTrue(route >= 0, destination);
        assertEquals(side, RouteTable.side(route), destination);
        assertEquals(nextHop, Ipv4Address.format(RouteTable.nextHop(route)), destination);
    }

    private static Route route(final String to, final String via) {
        return new Route(Ipv4Prefix.parse(to), address(via));
    }

    private static int address(final String text) {
        return Ipv4Address.parse(text);
    }
}
