package io.sallyport.config;

import static io.sallyport.config.Problem.GOOD;
import static io.sallyport.config.Problem.assertProblems;

import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.InterfaceConfig.Route;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import io.sallyport.wire.MacAddress;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InterfaceChecksTest {

    @Test
    void theSmallestGatewayIsGood() {
        assertProblems(GOOD);
    }

    @Test
    void interfaceNameMustBeThere() {
        assertProblems(inside(InterfaceConfig.of("", "10.77.0.1/24")), "inside.interface: the name of the interface is missing");
    }

    @Test
    void interfaceNameFitsTheKernel() {
        assertProblems(inside(InterfaceConfig.of("abcdefghijklmno", "10.77.0.1/24")));
        assertProblems(inside(InterfaceConfig.of("abcdefghijklmnop", "10.77.0.1/24")),
            "inside.interface: \"abcdefghijklmnop\" is longer than the 15 bytes of an interface's name");
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "a/b", "a b", "a:1", "a\u0007"})
    void interfaceNameIsOneForTheKernel(final String name) {
        assertProblems(inside(InterfaceConfig.of(name, "10.77.0.1/24")),
            "inside.interface: \"" + name + "\" is not the name of an interface");
    }

    @Test
    void theSidesHaveAnInterfaceEach() {
        assertProblems(inside(InterfaceConfig.of("w0", "10.77.0.1/24")), "outside.interface: \"w0\" is the inside interface already");
    }

    @ParameterizedTest
    @CsvSource({
        "10.77.0.0/24, 10.77.0.0 is the network address of 10.77.0.0/24",
        "10.77.0.255/24, 10.77.0.255 is the broadcast address of 10.77.0.0/24",
        "10.77.0.3/30, 10.77.0.3 is the broadcast address of 10.77.0.0/30",
        "127.0.0.1/24, 127.0.0.1 is not a host's address: 127.0.0.0/8 is for loopback",
        "0.1.2.3/24, 0.1.2.3 is not a host's address: 0.0.0.0/8 is of \"this network\"",
        "169.254.3.4/16, 169.254.3.4 is not a host's address: 169.254.0.0/16 is link-local",
        "224.0.0.9/24, 224.0.0.9 is not a host's address: 224.0.0.0/4 is for multicast",
        "255.255.255.255/24, 255.255.255.255 is not a host's address: 240.0.0.0/4 is reserved",
        "10.77.0.1/32, '10.77.0.1/32 is not a network of one link: its prefix is not within /8-/31'",
        "10.77.0.1/7, '10.77.0.1/7 is not a network of one link: its prefix is not within /8-/31'"})
    void addressIsOneOfAStation(final String address, final String message) {
        assertProblems(inside(InterfaceConfig.of("l0", address)), "inside.address: " + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.77.0.0/31", "10.77.0.1/31", "10.77.0.1/30", "10.0.0.1/8"})
    void shortAndLongNetworksAreGood(final String address) {
        assertProblems(inside(InterfaceConfig.of("l0", address)));
    }

    @Test
    void gatewayIsAnotherStationOfTheOutsideNetwork() {
        assertProblems(gateway("198.51.101.2"), "outside.gateway: 198.51.101.2 is not in 198.51.100.0/24");
        assertProblems(gateway("198.51.100.255"), "outside.gateway: 198.51.100.255 is the broadcast address of 198.51.100.0/24");
        final InterfaceConfig own = GOOD.outside().withGateway(Ipv4Address.parse("198.51.100.1"));
        assertProblems(outside(own), "outside.gateway: 198.51.100.1 is the gateway's own address");
    }

    @Test
    void insideHasNoGateway() {
        assertProblems(inside(GOOD.inside().withGateway(Ipv4Address.parse("10.77.0.2"))),
            "inside.gateway: only the outside has a default route; for private networks behind a router use inside.routes");
    }

    @ParameterizedTest
    @CsvSource({
        "01:00:5e:00:00:01, 01:00:5e:00:00:01 is a multicast MAC address",
        "ff:ff:ff:ff:ff:ff, ff:ff:ff:ff:ff:ff is a multicast MAC address",
        "00:00:00:00:00:00, 00:00:00:00:00:00 is no station's MAC address"})
    void macIsUnicast(final String mac, final String message) {
        final InterfaceConfig in = GOOD.inside();
        assertProblems(inside(new InterfaceConfig(in.interfaceName(), in.address(), in.gateway(), OptionalLong.of(MacAddress.parse(mac)),
            in.mtu(), in.routes(), in.neighbours())), "inside.mac: " + message);
        assertProblems(outside(GOOD.outside().withNeighbours(
            List.of(new Neighbour(Ipv4Address.parse("198.51.100.9"), MacAddress.parse(mac))))), "outside.neighbours[0].mac: " + message);
    }

    @Test
    void macHasSixBytes() {
        assertProblems(outside(GOOD.outside().withNeighbours(
            List.of(new Neighbour(Ipv4Address.parse("198.51.100.9"), 0x0102_0000_0000_0001L)))),
            "outside.neighbours[0].mac: 0x102000000000001 is longer than a MAC address");
    }

    @ParameterizedTest
    @CsvSource({"67, false", "68, true", "65535, true", "65536, false"})
    void mtuIsOneOfAnIpLink(final int mtu, final boolean good) {
        final InterfaceConfig out = GOOD.outside();
        final GatewayConfig config = outside(new InterfaceConfig(out.interfaceName(), out.address(), out.gateway(), out.mac(),
            OptionalInt.of(mtu), out.routes(), out.neighbours()));
        if (good) {
            assertProblems(config);
        } else {
            assertProblems(config, "outside.mtu: " + mtu + " is not within 68-65535");
        }
    }

    @Test
    void rfc4787_07_conflictingNetworksAreRefused() {
        assertProblems(inside(InterfaceConfig.of("l0", "198.51.0.1/16")),
            "outside.address: 198.51.100.0/24 overlaps the inside network 198.51.0.0/16 (inside.address)");
        assertProblems(outside(GOOD.outside().withRoutes(List.of(route("10.0.0.0/8", "198.51.100.9")))),
            "outside.routes[0].to: 10.0.0.0/8 overlaps the inside network 10.77.0.0/24 (inside.address)");
        assertProblems(inside(GOOD.inside().withRoutes(List.of(route("198.51.100.64/26", "10.77.0.9")))),
            "outside.address: 198.51.100.0/24 overlaps the inside network 198.51.100.64/26 (inside.routes[0].to)");
    }

    @Test
    void insideHasNoDefaultRoute() {
        assertProblems(inside(GOOD.inside().withRoutes(List.of(route("0.0.0.0/0", "10.77.0.9")))),
            "inside.routes[0].to: 0.0.0.0/0 covers the outside too; the default route is outside.gateway");
    }

    @Test
    void outsideHasOneDefaultRoute() {
        final List<Route> all = List.of(route("0.0.0.0/0", "198.51.100.9"));
        assertProblems(outside(GOOD.outside().withRoutes(all)),
            "outside.routes[0].to: 0.0.0.0/0 is what outside.gateway already stands for");
        assertProblems(outside(InterfaceConfig.of("w0", "198.51.100.1/24").withRoutes(all)));
    }

    @Test
    void routesLeadToNetworksThroughNeighbours() {
        assertProblems(inside(GOOD.inside().withRoutes(List.of(
            route("10.88.0.0/16", "10.77.0.254"),
            route("10.89.1.0/16", "10.77.0.254"),
            route("224.1.0.0/16", "10.77.0.254"),
            route("10.90.0.0/16", "10.78.0.254"),
            route("10.91.0.0/16", "10.77.0.1"),
            route("10.77.0.0/24", "10.77.0.254")))),
            "inside.routes[1].to: 10.89.1.0/16 has bits set behind its prefix; the network is 10.89.0.0/16",
            "inside.routes[2].to: 224.1.0.0/16 is never routed: 224.0.0.0/4 is for multicast",
            "inside.routes[3].via: 10.78.0.254 is not in 10.77.0.0/24",
            "inside.routes[4].via: 10.77.0.1 is the gateway's own address",
            "inside.routes[5].to: 10.77.0.0/24 is the interface's own network");
    }

    @Test
    void routesAreDistinct() {
        assertProblems(inside(GOOD.inside().withRoutes(List.of(
            route("10.88.0.0/16", "10.77.0.254"), route("10.88.0.0/16", "10.77.0.254"), route("10.88.0.0/16", "10.77.0.253"),
            route("10.88.1.0/24", "10.77.0.253")))),
            "inside.routes[1].to: 10.88.0.0/16 is listed twice: also in inside.routes[0]",
            "inside.routes[2].to: 10.88.0.0/16 has another next hop in inside.routes[0]");
    }

    @Test
    void neighboursAreStationsOfTheLink() {
        assertProblems(inside(GOOD.inside().withNeighbours(List.of(
            neighbour("10.77.0.2"), neighbour("10.77.0.2"), neighbour("10.78.0.2"), neighbour("10.77.0.1"), neighbour("10.77.0.255")))),
            "inside.neighbours[1].address: 10.77.0.2 is listed twice: also in inside.neighbours[0]",
            "inside.neighbours[2].address: 10.78.0.2 is not in 10.77.0.0/24",
            "inside.neighbours[3].address: 10.77.0.1 is the gateway's own address",
            "inside.neighbours[4].address: 10.77.0.255 is the broadcast address of 10.77.0.0/24");
    }

    private static Route route(final String to, final String via) {
        return new Route(Ipv4Prefix.parse(to), Ipv4Address.parse(via));
    }

    private static Neighbour neighbour(final String address) {
        return new Neighbour(Ipv4Address.parse(address), MacAddress.parse("02:00:00:00:00:02"));
    }

    private static GatewayConfig inside(final InterfaceConfig inside) {
        return GOOD.withInterfaces(inside, GOOD.outside());
    }

    private static GatewayConfig outside(final InterfaceConfig outside) {
        return GOOD.withInterfaces(GOOD.inside(), outside);
    }

    private static GatewayConfig gateway(final String address) {
        return outside(GOOD.outside().withGateway(Ipv4Address.parse(address)));
    }
}
