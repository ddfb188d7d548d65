package io.sallyport.config;

import static io.sallyport.config.Problem.GOOD;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.InterfaceConfig.Route;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.config.NatConfig.TcpMss;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.mapping.PublicPorts;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NatChecksTest {

    private static final NatConfig NAT = GOOD.nat();

    @Test
    void poolIsNotEmpty() {
        assertProblems(pool(), "nat.pool: there is no public address");
    }

    @Test
    void poolRangesAreInOrderAndDisjoint() {
        assertProblems(pool("198.51.100.8-198.51.100.7"), "nat.pool[0]: 198.51.100.8-198.51.100.7 ends before it begins");
        assertProblems(pool("198.51.100.1-198.51.100.1", "198.51.100.8-198.51.100.15", "198.51.100.15-198.51.100.20"),
            "nat.pool[2]: 198.51.100.15-198.51.100.20 overlaps nat.pool[1], 198.51.100.8-198.51.100.15");
        assertProblems(pool("203.0.113.9-203.0.113.9", "203.0.113.9-203.0.113.9"),
            "nat.pool[1]: 203.0.113.9 overlaps nat.pool[0], 203.0.113.9");
    }

    @Test
    void rfc6888_03_poolMayBeSeveralDisjointRanges() {
        assertProblems(pool("198.51.100.1-198.51.100.1", "198.51.100.8-198.51.100.15", "203.0.113.0-203.0.113.255"));
    }

    @Test
    void poolHoldsPublicAddressesOfHosts() {
        assertProblems(pool("10.77.0.200-10.77.1.20"),
            "nat.pool[0]: 10.77.0.200-10.77.1.20 overlaps the inside network 10.77.0.0/24 (inside.address)");
        assertProblems(pool("127.0.0.1-127.0.0.1"),
            "nat.pool[0]: 127.0.0.1 is not a host's address: 127.0.0.0/8 is for loopback");
        assertProblems(pool("223.255.255.250-224.0.0.5"),
            "nat.pool[0]: 224.0.0.5 is not a host's address: 224.0.0.0/4 is for multicast");
    }

    @Test
    void poolHoldsNoAddressOfAnotherStation() {
        final InterfaceConfig outside = GOOD.outside()
            .withRoutes(List.of(new Route(Ipv4Prefix.parse("203.0.113.0/24"), address("198.51.100.30"))))
            .withNeighbours(List.of(new Neighbour(address("198.51.100.40"), 0x02_00_00_00_00_09L)));
        final GatewayConfig config = GOOD.withInterfaces(GOOD.inside(), outside)
            .withNat(NAT.withPool(List.of(range("198.51.100.0-198.51.100.255")), NAT.ports()));
        final String key = "nat.pool[0]: 198.51.100.0-198.51.100.255 contains ";
        Problem.assertProblems(config,
            key + "198.51.100.0, which is the network address of 198.51.100.0/24",
            key + "198.51.100.255, which is the broadcast address of 198.51.100.0/24",
            key + "198.51.100.2, which is the next hop of the default route (outside.gateway)",
            key + "198.51.100.30, which is the next hop of outside.routes[0]",
            key + "198.51.100.40, which is the station of outside.neighbours[0]");
    }

    @Test
    void poolHasABound() {
        assertProblems(pool("203.0.112.0-203.0.127.255"));
        assertProblems(pool("203.0.112.0-203.0.127.255", "198.51.100.1-198.51.100.1"),
            "nat.pool: 4097 addresses are more than the 4096 that a gateway manages");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 65535, '\"0-65535\" is not a range within 1-65535'",
        "70000, 80000, '\"70000-80000\" is not a range within 1-65535'",
        "1024, 65536, '\"1024-65536\" is not a range within 1-65535'",
        "2000, 1999, '\"2000-1999\" ends before it begins'"})
    void portsAreARange(final int first, final int last, final String message) {
        assertProblems(NAT.withPool(NAT.pool(), new PortRange(first, last)), "nat.ports: " + message);
    }

    @Test
    void portsMayBeFew() {
        assertProblems(NAT.withPool(NAT.pool(), new PortRange(40000, 40007)));
        assertProblems(NAT.withPool(NAT.pool(), new PortRange(1, 65535)));
    }

    @Test
    void exemptIsAListOfNetworks() {
        final List<Ipv4Prefix> exempt = List.of(Ipv4Prefix.parse("192.0.2.0/24"), Ipv4Prefix.parse("192.0.3.1/24"),
            Ipv4Prefix.parse("127.0.0.0/8"), Ipv4Prefix.parse("192.0.2.0/24"));
        assertProblems(with(exempt, List.of(), List.of(), TcpMss.OFF),
            "nat.exempt[1]: 192.0.3.1/24 has bits set behind its prefix; the network is 192.0.3.0/24",
            "nat.exempt[2]: 127.0.0.0/8 is never routed: 127.0.0.0/8 is for loopback",
            "nat.exempt[3]: 192.0.2.0/24 is listed twice: also in nat.exempt[0]");
    }

    @Test
    void oneToOneJoinsAFreePublicAddressAndAnInsideHost() {
        assertProblems(with(List.of(), List.of(
            oneToOne("198.51.100.50", "10.77.0.50"),
            oneToOne("198.51.100.50", "10.77.0.51"),
            oneToOne("198.51.100.52", "10.77.0.50"),
            oneToOne("198.51.100.2", "10.77.0.53"),
            oneToOne("198.51.100.54", "10.78.0.54"),
            oneToOne("198.51.100.55", "10.77.0.1"),
            oneToOne("198.51.100.56", "10.77.0.255"),
            oneToOne("10.77.0.57", "10.77.0.57"),
            oneToOne("198.51.100.1", "10.77.0.58"),
            new OneToOne(address("198.51.100.59"), address("10.77.0.59"), List.of(Ipv4Prefix.parse("192.0.2.9/24")))),
            List.of(), TcpMss.OFF),
            "nat.one-to-one[1].outside: 198.51.100.50 is listed twice: also in nat.one-to-one[0]",
            "nat.one-to-one[2].inside: 10.77.0.50 is listed twice: also in nat.one-to-one[0]",
            "nat.one-to-one[3].outside: 198.51.100.2 is the next hop of the default route (outside.gateway)",
            "nat.one-to-one[4].inside: 10.78.0.54 is in no inside network",
            "nat.one-to-one[5].inside: 10.77.0.1 is the gateway's own address",
            "nat.one-to-one[6].inside: 10.77.0.255 is the broadcast address of 10.77.0.0/24",
            "nat.one-to-one[7].outside: 10.77.0.57 is in the inside network 10.77.0.0/24 (inside.address)",
            "nat.one-to-one[8].outside: 198.51.100.1 is the gateway's own address",
            "nat.one-to-one[8].outside: 198.51.100.1 is in nat.pool, so its ports are others' too",
            "nat.one-to-one[9].allow[0]: 192.0.2.9/24 has bits set behind its prefix; the network is 192.0.2.0/24");
    }

    @Test
    void forwardsLeadFromDistinctPublicPortsToInsideHosts() {
        assertProblems(with(List.of(), List.of(oneToOne("198.51.100.50", "10.77.0.50")), List.of(
            forward(Protocol.TCP, "198.51.100.1", 2222, "10.77.0.9", 22),
            forward(Protocol.UDP, "198.51.100.1", 2222, "10.77.0.9", 22),
            forward(Protocol.TCP, "198.51.100.1", 2222, "10.77.0.8", 22),
            forward(Protocol.TCP, "198.51.100.50", 2222, "10.77.0.9", 22),
            forward(Protocol.TCP, "198.51.100.1", 0, "10.77.0.9", 65536),
            forward(Protocol.TCP, "198.51.100.1", 2223, "10.79.0.9", 22),
            forward(Protocol.TCP, "224.0.0.1", 2224, "10.77.0.9", 22)), TcpMss.OFF),
            "nat.forwards[2].outside: tcp 198.51.100.1:2222 is listed twice: also in nat.forwards[0]",
            "nat.forwards[3].outside: 198.51.100.50 belongs to one inside host already (nat.one-to-one)",
            "nat.forwards[4].outside: 0 is not a port within 1-65535",
            "nat.forwards[4].inside: 65536 is not a port within 1-65535",
            "nat.forwards[5].inside: 10.79.0.9 is in no inside network",
            "nat.forwards[6].outside: 224.0.0.1 is not a host's address: 224.0.0.0/4 is for multicast");
    }

    @Test
    void insideHostsMayBeBehindRouters() {
        final InterfaceConfig inside = GOOD.inside().withRoutes(List.of(new Route(Ipv4Prefix.parse("10.79.0.0/16"), address("10.77.0.9"))));
        final NatConfig nat = with(List.of(), List.of(), List.of(forward(Protocol.TCP, "198.51.100.1", 2223, "10.79.0.9", 22)), TcpMss.OFF);
        assertEquals(List.of(), semantic(GOOD.withInterfaces(inside, GOOD.outside()).withNat(nat)));
    }

    @Test
    void segmentSizeIsOneOfTcp() {
        assertProblems(mss(OptionalInt.of(1360)));
        assertProblems(mss(OptionalInt.of(87)), "nat.tcp-mss: 87 is not within 88-65495");
        assertProblems(mss(OptionalInt.empty()), "nat.tcp-mss: the segment size is missing");
    }

    @Test
    void timeoutsAreLongerThanNothing() {
        assertProblems(NAT.withTimeouts(new Timeouts(0, 0, 0, 0, 0, 0, 0)),
            "nat.timeouts.tcp-established: must be longer than 0",
            "nat.timeouts.tcp-transitory: must be longer than 0",
            "nat.timeouts.tcp-unsolicited-syn: must be longer than 0",
            "nat.timeouts.udp: must be longer than 0",
            "nat.timeouts.icmp: must be longer than 0",
            "nat.timeouts.fragment: must be longer than 0");
        assertProblems(NAT.withTimeouts(new Timeouts(1, 1, 1, 1, 1, 1, -1)), "nat.timeouts.port-reuse: must not be negative");
    }

    @Test
    void timeoutsHaveABound() {
        final long most = Duration.ofDays(15).toNanos();
        assertProblems(NAT.withTimeouts(new Timeouts(most, most, most, most, most, most, most)));
        assertProblems(NAT.withTimeouts(new Timeouts(most, most, most, most + 1, most, most, most)),
            "nat.timeouts.udp: is longer than 15 days");
    }

    @Test
    void limitsAreCounts() {
        assertProblems(NAT.withLimits(new Limits(0, 0, 0)), "nat.limits.connections: 0 is not within 1-16777216");
        assertProblems(NAT.withLimits(new Limits(1, -1, -1)),
            "nat.limits.per-host: -1 is not within 0-67108864",
            "nat.limits.per-host-new-per-second: -1 is not within 0-67108864");
        assertProblems(NAT.withLimits(new Limits(1, 0, 0)));
    }

    @ParameterizedTest
    @CsvSource({"1, 16777216", "2, 16777216", "3, 25165824", "64, 67108864"})
    void connectionsFitTheWorkersTables(final int workers, final int most) {
        final GatewayConfig config = withWorkers(workers);
        assertEquals(List.of(), semantic(config.withNat(NAT.withLimits(new Limits(most, 0, 0)))));
        assertEquals(List.of("nat.limits.connections: " + (most + 1) + " is not within 1-" + most),
            semantic(config.withNat(NAT.withLimits(new Limits(most + 1, 0, 0)))));
    }

    @Test
    void everyWorkerFindsABlockOfPorts() {
        assertEquals(PublicPorts.BLOCK_PORTS, NatChecks.PORT_BLOCK);
        final NatConfig twoBlocks = NAT.withPool(NAT.pool(), new PortRange(40063, 40064));
        assertEquals(List.of(), semantic(withWorkers(2).withNat(twoBlocks)));
        assertEquals(List.of("nat.ports: \"40063-40064\" is too few ports for 3 workers: each needs a block of 64"),
            semantic(withWorkers(3).withNat(twoBlocks)));
    }

    private static GatewayConfig withWorkers(final int workers) {
        final IoConfig io = IoConfig.DEFAULTS;
        return GOOD.withIo(new IoConfig(io.backend(), io.threading(), workers, io.waiting(), io.offload(), io.isolate()));
    }

    private static NatConfig pool(final String... ranges) {
        return NAT.withPool(Arrays.stream(ranges).map(NatChecksTest::range).toList(), NAT.ports());
    }

    private static NatConfig mss(final OptionalInt segmentSize) {
        return with(List.of(), List.of(), List.of(), new TcpMss(TcpMss.Mode.FIXED, segmentSize));
    }

    private static NatConfig with(
        final List<Ipv4Prefix> exempt, final List<OneToOne> oneToOne, final List<Forward> forwards, final TcpMss tcpMss) {
        return new NatConfig(NAT.profile(), NAT.pool(), NAT.ports(), NAT.mapping(), NAT.filtering(), NAT.hairpinning(), exempt, oneToOne,
            forwards, tcpMss, NAT.onIdle(), NAT.onExhaustion(), NAT.timeouts(), NAT.limits());
    }

    private static AddressRange range(final String text) {
        final String[] ends = text.split("-");
        return new AddressRange(address(ends[0]), address(ends[1]));
    }

    private static OneToOne oneToOne(final String outside, final String inside) {
        return new OneToOne(address(outside), address(inside), List.of());
    }

    private static Forward forward(
        final Protocol protocol, final String outside, final int outsidePort, final String inside, final int insidePort) {
        return new Forward(protocol, address(outside), outsidePort, address(inside), insidePort, List.of(Ipv4Prefix.parse("192.0.2.0/24")));
    }

    private static int address(final String text) {
        return Ipv4Address.parse(text);
    }

    /** What is wrong besides the use of features that are missing in this version. */
    private static List<String> semantic(final GatewayConfig config) {
        return config.problems().stream().map(ConfigProblem::toString)
            .filter(problem -> !problem.endsWith(" is not available in this version")).toList();
    }

    private static void assertProblems(final NatConfig nat, final String... expected) {
        assertEquals(String.join("\n", expected), String.join("\n", semantic(GOOD.withNat(nat))));
    }
}
