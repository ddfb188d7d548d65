package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OnExhaustion;
import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.config.Reconfiguration;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.IN2;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Lab.PUBLIC;
import static io.sallyport.engine.Packets.ACK;
import static io.sallyport.engine.Packets.SYN;
import static io.sallyport.engine.Packets.destination;
import static io.sallyport.engine.Packets.destinationPort;
import static io.sallyport.engine.Packets.source;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.tcp;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** What the operator changes while the gateway runs: the new rule is in force with the next packet, and what lives goes on. */
class LiveChangeTest {

    private static final String OWN = "198.51.100.50";
    private static final Forward SSH = forward(PUBLIC, 2222, IN2);

    private GatewayConfig config = Lab.small(1000);
    private Lab lab;

    @AfterEach
    void nothingIsLeftAfterALongSilence() {
        if (lab == null) {
            return;
        }
        lab.pass(30, TimeUnit.HOURS);
        for (final Counter gauge : Counter.values()) {
            if (gauge.kind() == Counter.Kind.GAUGE) {
                assertEquals(0, lab.count(gauge), gauge.label());
            }
        }
        lab.close();
    }

    @Test
    void exemptDestinationsComeAndGo() {
        start(nat -> nat);
        final int port = sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE));
        assertApplied("nat.exempt (1 added, 0 removed)", nat -> nat.withExempt(List.of(Ipv4Prefix.parse("203.0.113.0/24"))));
        assertEquals(port, sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE)), "the connection that lived");
        assertEquals(IN1, source(only(lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)), Side.OUTSIDE)), "a new one");
        assertApplied("nat.exempt (0 added, 1 removed)", nat -> nat.withExempt(List.of()));
        assertEquals(IN1, source(only(lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)), Side.OUTSIDE)), "the connection that lived");
        assertEquals(PUBLIC, source(only(lab.fromInside(udp(IN1, 5002, OUT1, 53, 1)), Side.OUTSIDE)), "a new one");
    }

    @Test
    void aShorterTimeoutCountsForThoseThatLive() {
        start(nat -> nat);
        for (int port = 0; port < 600; port++) {
            lab.fromInside(udp(IN1, 1000 + port, OUT1, 53, 1));
        }
        lab.pass(100, TimeUnit.SECONDS);
        lab.fromInside(udp(IN1, 1000, OUT1, 53, 1));
        assertApplied("nat.timeouts.udp", nat -> nat.withTimeouts(udpTimeout(nat, 60)));
        lab.pass(1, TimeUnit.SECONDS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_UDP), "only the one that was seen within a minute");
        lab.pass(58, TimeUnit.SECONDS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
        lab.pass(2, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
    }

    @Test
    void aLongerTimeoutCountsForThoseThatLive() {
        start(nat -> nat.withTimeouts(udpTimeout(nat, 60)));
        lab.fromInside(udp(IN1, 5000, OUT1, 53, 1));
        lab.pass(50, TimeUnit.SECONDS);
        assertApplied("nat.timeouts.udp", nat -> nat.withTimeouts(udpTimeout(nat, 600)));
        lab.pass(540, TimeUnit.SECONDS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
        lab.pass(11, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
    }

    @Test
    void aLowerLimitRefusesNewOnesOnly() {
        start(nat -> nat.withLimits(new Limits(3, 0, 0)));
        for (int port = 0; port < 3; port++) {
            only(lab.fromInside(udp(IN1, 5000 + port, OUT1, 53, 1)), Side.OUTSIDE);
        }
        assertApplied("nat.limits.connections", nat -> nat.withLimits(new Limits(1, 0, 0)));
        for (int port = 0; port < 3; port++) {
            only(lab.fromInside(udp(IN1, 5000 + port, OUT1, 53, 1)), Side.OUTSIDE);
        }
        only(lab.fromInside(udp(IN1, 5003, OUT1, 53, 1)), Side.INSIDE);
        assertEquals(1, lab.count(DropReason.TABLE_FULL));
        assertApplied("nat.limits.connections", nat -> nat.withLimits(new Limits(3, 0, 0)));
        lab.fromInside(udp(IN1, 5003, OUT1, 53, 1));
        assertEquals(2, lab.count(DropReason.TABLE_FULL));
        final Reconfiguration change = change(nat -> nat.withLimits(new Limits(4, 0, 0)));
        assertEquals("[] [nat.limits.connections (there is memory for 3)]", change.applied() + " " + change.needRestart());
    }

    @Test
    void quotasComeAndGo() {
        start(nat -> nat);
        only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE);
        assertApplied("nat.limits.per-host", nat -> nat.withLimits(new Limits(1000, 2, 0)));
        only(lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)), Side.OUTSIDE);
        only(lab.fromInside(udp(IN1, 5002, OUT1, 53, 1)), Side.OUTSIDE);
        lab.fromInside(udp(IN1, 5003, OUT1, 53, 1));
        assertEquals(1, lab.count(DropReason.HOST_LIMIT), "those that lived before do not count");
        lab.pass(299, TimeUnit.SECONDS);
        only(lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)), Side.OUTSIDE);
        only(lab.fromInside(udp(IN1, 5002, OUT1, 53, 1)), Side.OUTSIDE);
        lab.pass(2, TimeUnit.SECONDS);
        assertEquals(2, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
        lab.fromInside(udp(IN1, 5003, OUT1, 53, 1));
        assertEquals(2, lab.count(DropReason.HOST_LIMIT), "that one of them has ended does not count either");
        assertApplied("nat.limits.per-host", nat -> nat.withLimits(new Limits(1000, 0, 0)));
        only(lab.fromInside(udp(IN1, 5003, OUT1, 53, 1)), Side.OUTSIDE);
        assertApplied("nat.limits.per-host", nat -> nat.withLimits(new Limits(1000, 3, 0)));
        lab.fromInside(udp(IN1, 5004, OUT1, 53, 1));
        assertEquals(3, lab.count(DropReason.HOST_LIMIT), "all three were counted on");
    }

    @ParameterizedTest
    @MethodSource("mappingsAndWorkers")
    void aForwardComesAndGoesAndItsConnectionsGoOn(final Mapping mapping, final int workers, final int seed) {
        start(workers, seed, nat -> nat.withMapping(mapping));
        assertEquals(List.of(), lab.fromOutside(tcp(OUT1, 4000, PUBLIC, 2222, SYN, 100, 0, 0)));
        assertApplied("nat.forwards (1 added, 0 removed)", nat -> nat.withForwards(List.of(SSH)));
        establish(OUT1, 4000, PUBLIC, 2222, IN2);
        assertEquals(2222, sourcePort(only(lab.fromInside(tcp(IN2, 22, OUT2, 80, SYN, 1, 0, 0)), Side.OUTSIDE)), "its own traffic");
        assertApplied("nat.forwards (0 added, 1 removed)", nat -> nat.withForwards(List.of()));
        assertLives(OUT1, 4000, PUBLIC, 2222, IN2);
        assertEquals(List.of(), lab.fromOutside(tcp(OUT2, 4000, PUBLIC, 2222, SYN, 100, 0, 0)), "no new ones");
        assertNotEquals(2222, sourcePort(only(lab.fromInside(tcp(IN2, 22, OUT2, 81, SYN, 1, 0, 0)), Side.OUTSIDE)));
        lab.nat.tend(lab.nowNs);
        assertLives(OUT1, 4000, PUBLIC, 2222, IN2);
        assertApplied("nat.forwards (1 added, 0 removed)", nat -> nat.withForwards(List.of(SSH)));
        assertLives(OUT1, 4000, PUBLIC, 2222, IN2);
        establish(OUT2, 4000, PUBLIC, 2222, IN2);
    }

    @ParameterizedTest
    @MethodSource("mappingsAndWorkers")
    void aForwardMovesToAnotherHost(final Mapping mapping, final int workers, final int seed) {
        start(workers, seed, nat -> nat.withMapping(mapping).withForwards(List.of(SSH)));
        establish(OUT1, 4000, PUBLIC, 2222, IN2);
        assertApplied("nat.forwards (1 added, 1 removed)", nat -> nat.withForwards(List.of(forward(PUBLIC, 2222, IN1))));
        assertLives(OUT1, 4000, PUBLIC, 2222, IN2);
        establish(OUT1, 4001, PUBLIC, 2222, IN1);
        assertApplied("nat.forwards (0 added, 1 removed)", nat -> nat.withForwards(List.of()));
        assertLives(OUT1, 4000, PUBLIC, 2222, IN2);
        assertLives(OUT1, 4001, PUBLIC, 2222, IN1);
    }

    @ParameterizedTest
    @MethodSource("mappingsAndWorkers")
    void aForwardTakesAPortThatIsInUse(final Mapping mapping, final int workers, final int seed) {
        start(workers, seed, nat -> nat.withMapping(mapping));
        final int port = sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE));
        final Forward taking = new Forward(Protocol.UDP, Ipv4Address.parse(PUBLIC), port, Ipv4Address.parse(IN2), 53, List.of());
        assertApplied("nat.forwards (1 added, 0 removed)", nat -> nat.withForwards(List.of(taking)));
        assertEquals(IN1, destination(only(lab.fromOutside(udp(OUT1, 53, PUBLIC, port, 1)), Side.INSIDE)), "the connection that lived");
        assertEquals(IN2, destination(only(lab.fromOutside(udp(OUT2, 53, PUBLIC, port, 1)), Side.INSIDE)), "through the forward");
        assertNotEquals(port, sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT2, 53, 1)), Side.OUTSIDE)), "a new one");
        assertApplied("nat.forwards (0 added, 1 removed)", nat -> nat.withForwards(List.of()));
        assertEquals(IN1, destination(only(lab.fromOutside(udp(OUT1, 53, PUBLIC, port, 1)), Side.INSIDE)));
        assertEquals(IN2, destination(only(lab.fromOutside(udp(OUT2, 53, PUBLIC, port, 1)), Side.INSIDE)));
    }

    /** Nobody has the port of a forward that has gone, so that any worker can claim the block around it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void aConnectionOfAForwardThatHasGoneKeepsItsWorkerWhateverTheOthersClaim(final int seed) {
        start(3, seed, nat -> nat.withPool(nat.pool(), new NatConfig.PortRange(2176, 2367)).withForwards(List.of(SSH))
            .withOnExhaustion(OnExhaustion.DROP));
        establish(OUT1, 4000, PUBLIC, 2222, IN2);
        change(nat -> nat.withForwards(List.of()));
        for (int host = 20; host < 60; host++) {
            lab.fromInside(tcp("10.77.0." + host, 5000, OUT1, 80, SYN, 1, 0, 0));
        }
        assertLives(OUT1, 4000, PUBLIC, 2222, IN2);
    }

    /** One port of two is a forward's: the other goes to a connection; when the forward has gone and cooled down, both do. */
    @ParameterizedTest
    @EnumSource(Mapping.class)
    void thePortOfAForwardComesBackToThePool(final Mapping mapping) {
        start(nat -> nat.withMapping(mapping).withPool(nat.pool(), new NatConfig.PortRange(2222, 2223)).withForwards(List.of(SSH)));
        establish(OUT1, 4000, PUBLIC, 2222, IN2);
        assertApplied("nat.forwards (0 added, 1 removed)", nat -> nat.withForwards(List.of()));
        assertEquals(2223, sourcePort(only(lab.fromInside(tcp(IN1, 5000, OUT1, 80, SYN, 1, 0, 0)), Side.OUTSIDE)));
        lab.fromInside(tcp(IN1, 5001, OUT1, 80, SYN, 1, 0, 0));
        lab.nat.tend(lab.nowNs);
        lab.fromInside(tcp(IN1, 5001, OUT1, 80, SYN, 1, 0, 0));
        assertEquals(2, lab.count(DropReason.PORTS_EXHAUSTED), "its connection lives");
        lab.pass(3, TimeUnit.HOURS);
        lab.nat.tend(lab.nowNs);
        lab.fromInside(tcp(IN1, 5001, OUT1, 80, SYN, 1, 0, 0));
        lab.pass(3, TimeUnit.MINUTES);
        lab.nat.tend(lab.nowNs);
        only(lab.fromInside(tcp(IN1, 5002, OUT1, 80, SYN, 1, 0, 0)), Side.OUTSIDE);
        lab.pass(7, TimeUnit.MINUTES);
        only(lab.fromInside(tcp(IN1, 5003, OUT1, 80, SYN, 1, 0, 0)), Side.OUTSIDE);
        only(lab.fromInside(tcp(IN1, 5004, OUT1, 80, SYN, 1, 0, 0)), Side.OUTSIDE);
    }

    @Test
    void anAllowListChanges() {
        start(nat -> nat.withForwards(List.of(SSH)));
        establish(OUT2, 4000, PUBLIC, 2222, IN2);
        assertApplied("nat.forwards (1 added, 1 removed)", nat -> nat.withForwards(List.of(new Forward(
            Protocol.TCP, SSH.outsideAddress(), 2222, SSH.insideAddress(), 22, List.of(Ipv4Prefix.parse(OUT1 + "/32"))))));
        assertEquals(List.of(), lab.fromOutside(tcp(OUT2, 4001, PUBLIC, 2222, SYN, 100, 0, 0)));
        assertEquals(1, lab.count(DropReason.NOT_ALLOWED));
        establish(OUT1, 4001, PUBLIC, 2222, IN2);
        assertLives(OUT2, 4000, PUBLIC, 2222, IN2);
    }

    /** Of several forwards to one endpoint it sends by the first, whenever they came. */
    @Test
    void anEndpointSendsByTheFirstOfItsForwards() {
        final Forward other = forward(PUBLIC, 3333, IN2);
        start(nat -> nat.withForwards(List.of(SSH)));
        change(nat -> nat.withForwards(List.of(other, SSH)));
        assertEquals(3333, sourcePort(only(lab.fromInside(tcp(IN2, 22, OUT2, 80, SYN, 1, 0, 0)), Side.OUTSIDE)));
        assertApplied("nat.forwards (other order)", nat -> nat.withForwards(List.of(SSH, other)));
        assertEquals(2222, sourcePort(only(lab.fromInside(tcp(IN2, 22, OUT2, 81, SYN, 1, 0, 0)), Side.OUTSIDE)));
        change(nat -> nat.withForwards(List.of(other)));
        assertEquals(3333, sourcePort(only(lab.fromInside(tcp(IN2, 22, OUT2, 82, SYN, 1, 0, 0)), Side.OUTSIDE)));
    }

    @ParameterizedTest
    @MethodSource("mappingsAndWorkers")
    void aHostGetsAnAddressOfItsOwnAndLosesIt(final Mapping mapping, final int workers, final int seed) {
        start(workers, seed, nat -> nat.withMapping(mapping));
        final int port = sourcePort(only(lab.fromInside(udp(IN2, 5000, OUT1, 53, 1)), Side.OUTSIDE));
        assertEquals(List.of(), askForMac(OWN));
        assertApplied("nat.one-to-one (1 added, 0 removed)",
            nat -> nat.withOneToOne(List.of(new OneToOne(Ipv4Address.parse(OWN), Ipv4Address.parse(IN2), List.of()))));
        assertEquals(1, askForMac(OWN).size(), "answered by ARP");
        establish(OUT1, 4000, OWN, 22, IN2);
        assertEquals(port, sourcePort(only(lab.fromInside(udp(IN2, 5000, OUT1, 53, 1)), Side.OUTSIDE)), "the connection that lived");
        assertEquals(OWN, source(only(lab.fromInside(udp(IN2, 5001, OUT1, 53, 1)), Side.OUTSIDE)), "a new one");
        assertApplied("nat.one-to-one (0 added, 1 removed)", nat -> nat.withOneToOne(List.of()));
        assertLives(OUT1, 4000, OWN, 22, IN2);
        assertEquals(PUBLIC, source(only(lab.fromInside(udp(IN2, 5002, OUT1, 53, 1)), Side.OUTSIDE)));
        assertEquals(List.of(), lab.fromOutside(tcp(OUT1, 4001, OWN, 22, SYN, 100, 0, 0)));
        assertEquals(1, lab.count(DropReason.UNSOLICITED), "still ours");
        lab.nat.tend(lab.nowNs);
        assertEquals(1, askForMac(OWN).size(), "answered as long as a connection uses it");
        lab.pass(3, TimeUnit.HOURS);
        lab.nat.tend(lab.nowNs);
        assertEquals(List.of(), askForMac(OWN));
        lab.fromOutside(tcp(OUT1, 4001, OWN, 22, SYN, 100, 0, 0));
        assertEquals(1, lab.count(DropReason.NOT_OURS));
    }

    @Test
    void aNewAddressIsAnnounced() {
        start(nat -> nat);
        lab.pass(10, TimeUnit.SECONDS);
        change(nat -> nat.withOneToOne(List.of(new OneToOne(Ipv4Address.parse(OWN), Ipv4Address.parse(IN2), List.of()))));
        final long before = lab.count(Counter.ORIGINATED_ARP);
        lab.pass(10, TimeUnit.SECONDS);
        assertEquals(before + 4, lab.count(Counter.ORIGINATED_ARP), "twice, and twice the inside address");
    }

    @Test
    void smallKeysChange() {
        start(nat -> nat.withLimits(new Limits(1, 0, 0)));
        lab.fromInside(udp(IN1, 5000, OUT1, 53, 1));
        only(lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)), Side.INSIDE);
        assertApplied("nat.on-exhaustion", nat -> nat.withOnExhaustion(OnExhaustion.DROP));
        assertEquals(List.of(), lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)));
        assertApplied("nat.hairpinning", nat -> nat.withHairpinning(false));
        assertApplied("nat.on-idle", nat -> nat.withOnIdle(OnIdle.OFF));
        assertApplied("nat.tcp-mss", nat -> nat.withTcpMss(
            new NatConfig.TcpMss(NatConfig.TcpMss.Mode.FIXED, java.util.OptionalInt.of(1000))));
        assertApplied("nat.filtering", nat -> nat.withFiltering(Filtering.ENDPOINT_INDEPENDENT));
        final Reconfiguration change = change(nat -> nat.withFiltering(Filtering.ADDRESS_DEPENDENT));
        assertEquals("[] [nat.filtering (address-dependent from the start only)]", change.applied() + " " + change.needRestart());
    }

    @Test
    void filteringIsWidenedAndNarrowed() {
        start(nat -> nat);
        final int port = sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE));
        assertEquals(List.of(), lab.fromOutside(udp(OUT2, 99, PUBLIC, port, 4)));
        change(nat -> nat.withFiltering(Filtering.ENDPOINT_INDEPENDENT));
        only(lab.fromOutside(udp(OUT2, 99, PUBLIC, port, 4)), Side.INSIDE);
        change(nat -> nat.withFiltering(Filtering.ENDPOINT_DEPENDENT));
        assertEquals(List.of(), lab.fromOutside(udp(OUT2, 98, PUBLIC, port, 4)));
    }

    @Test
    void aBadConfigurationChangesNothing() {
        start(nat -> nat.withForwards(List.of(SSH)));
        final GatewayConfig bad = config.withNat(config.nat()
            .withForwards(List.of(SSH, SSH)).withLimits(new Limits(0, 0, 0)).withExempt(List.of(Ipv4Prefix.parse("203.0.113.0/24"))));
        final IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> lab.nat.reconfigure(bad, lab.nowNs));
        assertEquals(bad.problems().size(), refused.getMessage().lines().count());
        assertEquals(2, bad.problems().size());
        assertEquals(PUBLIC, source(only(lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)), Side.OUTSIDE)));
        establish(OUT1, 4000, PUBLIC, 2222, IN2);
    }

    @Test
    void whatNeedsARestartIsNamedAndTheRestIsApplied() {
        start(nat -> nat);
        final GatewayConfig wanted = config
            .withIo(new IoConfig("xdp", config.io().threading(), 4, config.io().waiting(), config.io().offload(), true))
            .withNat(config.nat().withMapping(Mapping.ENDPOINT_DEPENDENT).withExempt(List.of(Ipv4Prefix.parse("203.0.113.0/24"))));
        final Reconfiguration change = lab.nat.reconfigure(wanted, lab.nowNs);
        assertEquals("[nat.mapping, io.backend, io.workers]", change.needRestart().toString());
        assertEquals("[nat.exempt (1 added, 0 removed)]", change.applied().toString());
        assertEquals(IN1, source(only(lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)), Side.OUTSIDE)));
        assertEquals("[nat.mapping, io.backend, io.workers]", lab.nat.reconfigure(wanted, lab.nowNs).needRestart().toString());
    }

    /** A forward into a network that comes with a restart only. */
    @Test
    void whatFitsOnlyTogetherWaitsForTheRestart() {
        start(nat -> nat);
        final GatewayConfig wanted = config
            .withInterfaces(config.inside().withRoutes(List.of(new io.sallyport.config.InterfaceConfig.Route(
                Ipv4Prefix.parse("10.88.0.0/16"), Ipv4Address.parse(IN1)))), config.outside())
            .withNat(config.nat().withForwards(List.of(forward(PUBLIC, 2222, "10.88.0.1"))));
        final Reconfiguration change = lab.nat.reconfigure(wanted, lab.nowNs);
        assertEquals(List.of(), change.applied());
        assertEquals("[inside.routes, nat.forwards (only together with the others)]", change.needRestart().toString());
    }

    @Test
    void drainingTakesNoNewConnections() {
        start(nat -> nat.withForwards(List.of(SSH)));
        establish(OUT1, 4000, PUBLIC, 2222, IN2);
        lab.nat.drain(true, lab.nowNs);
        assertLives(OUT1, 4000, PUBLIC, 2222, IN2);
        final byte[] told = only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.INSIDE);
        assertEquals("3 13", told[34] + " " + told[35]);
        assertEquals(List.of(), lab.fromOutside(tcp(OUT1, 4001, PUBLIC, 2222, SYN, 100, 0, 0)));
        only(lab.fromInside(tcp(IN1, 5000, PUBLIC, 2222, SYN, 100, 0, 0)), Side.INSIDE);
        assertEquals(3, lab.count(DropReason.DRAINING));
        lab.nat.drain(false, lab.nowNs);
        only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE);
    }

    /** With several workers the two hosts belong to one of them by some secrets, and to two by others. */
    static Stream<Arguments> mappingsAndWorkers() {
        return Stream.of(Mapping.values()).flatMap(mapping -> Stream.of(
            Arguments.of(mapping, 1, 1), Arguments.of(mapping, 3, 1), Arguments.of(mapping, 3, 2), Arguments.of(mapping, 3, 3),
            Arguments.of(mapping, 3, 4)));
    }

    private void start(final UnaryOperator<NatConfig> initial) {
        start(1, 1, initial);
    }

    private void start(final int workers, final int seed, final UnaryOperator<NatConfig> initial) {
        final IoConfig io = config.io();
        config = config.withNat(initial.apply(config.nat()))
            .withIo(new IoConfig(io.backend(), io.threading(), workers, io.waiting(), io.offload(), io.isolate()));
        lab = Lab.of(config, Optional.empty(), EngineOptions.Secrets.seeded(seed));
    }

    private Reconfiguration change(final UnaryOperator<NatConfig> change) {
        final GatewayConfig wanted = config.withNat(change.apply(config.nat()));
        final Reconfiguration done = lab.nat.reconfigure(wanted, lab.nowNs);
        config = config.withNat(done.effective().nat());
        return done;
    }

    private void assertApplied(final String keys, final UnaryOperator<NatConfig> change) {
        final Reconfiguration done = change(change);
        assertEquals("[" + keys + "] []", done.applied() + " " + done.needRestart());
    }

    /** A remote host's connection to a public endpoint arrives at port 22 of an inside host, and is answered. */
    private void establish(
        final String remote, final int remotePort, final String publicAddress, final int publicPort, final String inside) {
        final byte[] in = only(lab.fromOutside(tcp(remote, remotePort, publicAddress, publicPort, SYN, 100, 0, 0)), Side.INSIDE);
        assertEquals(inside + ":22", destination(in) + ":" + destinationPort(in));
        final byte[] back = only(lab.fromInside(tcp(inside, 22, remote, remotePort, SYN | ACK, 900, 101, 0)), Side.OUTSIDE);
        assertEquals(publicAddress + ":" + publicPort, source(back) + ":" + sourcePort(back));
        only(lab.fromOutside(tcp(remote, remotePort, publicAddress, publicPort, ACK, 101, 901, 0)), Side.INSIDE);
    }

    /** A connection that was established that way carries data both ways. */
    private void assertLives(
        final String remote, final int remotePort, final String publicAddress, final int publicPort, final String inside) {
        final byte[] in = only(lab.fromOutside(tcp(remote, remotePort, publicAddress, publicPort, ACK, 101, 901, 0)), Side.INSIDE);
        assertEquals(inside + ":22", destination(in) + ":" + destinationPort(in));
        final byte[] back = only(lab.fromInside(tcp(inside, 22, remote, remotePort, ACK, 901, 101, 0)), Side.OUTSIDE);
        assertEquals(publicAddress + ":" + publicPort, source(back) + ":" + sourcePort(back));
    }

    /** The router asks for the MAC address of a public address; the answers. */
    private List<Lab.Sent> askForMac(final String address) {
        final ByteBuffer frame = ByteBuffer.allocate(42);
        frame.putShort((short) 0xFFFF).putInt(-1).put(mac(Lab.ROUTER_MAC)).putShort((short) 0x0806);
        frame.putShort((short) 1).putShort((short) 0x0800).put((byte) 6).put((byte) 4).putShort((short) 1);
        frame.put(mac(Lab.ROUTER_MAC)).putInt(Ipv4Address.parse("198.51.100.2")).put(new byte[6]).putInt(Ipv4Address.parse(address));
        return lab.fromOutside(frame.array());
    }

    private static byte[] mac(final long address) {
        return java.util.Arrays.copyOfRange(ByteBuffer.allocate(8).putLong(address).array(), 2, 8);
    }

    private static Forward forward(final String publicAddress, final int publicPort, final String inside) {
        return new Forward(Protocol.TCP, Ipv4Address.parse(publicAddress), publicPort, Ipv4Address.parse(inside), 22, List.of());
    }

    private static Timeouts udpTimeout(final NatConfig nat, final int seconds) {
        final Timeouts now = nat.timeouts();
        return new Timeouts(now.tcpEstablishedNs(), now.tcpTransitoryNs(), now.tcpUnsolicitedSynNs(), TimeUnit.SECONDS.toNanos(seconds),
            now.icmpNs(), now.fragmentNs(), now.portReuseNs());
    }

    private static byte[] only(final List<Lab.Sent> sent, final Side side) {
        assertEquals(1, sent.size(), "packets that left");
        assertEquals(side, sent.get(0).side());
        return sent.get(0).frame();
    }
}
