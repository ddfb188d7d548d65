package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.IN2;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Lab.PUBLIC;
import static io.sallyport.engine.Packets.ACK;
import static io.sallyport.engine.Packets.SYN;
import static io.sallyport.engine.Packets.assertChecksums;
import static io.sallyport.engine.Packets.destination;
import static io.sallyport.engine.Packets.destinationPort;
import static io.sallyport.engine.Packets.echo;
import static io.sallyport.engine.Packets.source;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.tcp;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** The ways in that the operator or the filtering opens, and the way from one inside host to another. */
class OpenedPortsTest {

    private static final String OWN = "198.51.100.50";
    private static final NatConfig NAT = Lab.config().nat();
    private static final Forward BASTION = new Forward(Protocol.TCP, Ipv4Address.parse(PUBLIC), 2222, Ipv4Address.parse(IN2), 22,
        List.of(Ipv4Prefix.parse(OUT1 + "/32")));

    @ParameterizedTest
    @EnumSource(Mapping.class)
    void aForwardLetsInWhomItNames(final Mapping mapping) {
        try (Lab lab = lab(nat -> nat.withMapping(mapping).withForwards(List.of(BASTION)))) {
            final byte[] in = only(lab.fromOutside(tcp(OUT1, 4000, PUBLIC, 2222, SYN, 100, 0, 0)), Side.INSIDE);
            assertEquals(IN2 + ":22", destination(in) + ":" + destinationPort(in));
            assertChecksums(in);
            final byte[] back = only(lab.fromInside(tcp(IN2, 22, OUT1, 4000, SYN | ACK, 900, 101, 0)), Side.OUTSIDE);
            assertEquals(PUBLIC + ":2222", source(back) + ":" + sourcePort(back));
            assertChecksums(back);
            assertEquals(List.of(), lab.fromOutside(tcp(OUT2, 4000, PUBLIC, 2222, SYN, 100, 0, 0)));
            assertEquals(1, lab.count(DropReason.NOT_ALLOWED));
            final byte[] own = only(lab.fromInside(tcp(IN2, 22, OUT2, 80, SYN, 1, 0, 0)), Side.OUTSIDE);
            assertEquals(2222, sourcePort(own), "the endpoint's own traffic");
            assertIdle(lab);
        }
    }

    @Test
    void aOneToOneHostIsItsAddress() {
        try (Lab lab = lab(nat -> nat.withOneToOne(
            List.of(new OneToOne(Ipv4Address.parse(OWN), Ipv4Address.parse(IN2), List.of()))))) {
            final byte[] out = only(lab.fromInside(udp(IN2, 5000, OUT1, 53, 1)), Side.OUTSIDE);
            assertEquals(OWN + ":5000", source(out) + ":" + sourcePort(out));
            assertChecksums(out);
            final byte[] in = only(lab.fromOutside(tcp(OUT2, 5, OWN, 443, SYN, 1, 0, 0)), Side.INSIDE);
            assertEquals(IN2 + ":443", destination(in) + ":" + destinationPort(in));
            assertChecksums(in);
            final byte[] ping = only(lab.fromOutside(echo(OUT1, OWN, 8, 77)), Side.INSIDE);
            assertEquals(IN2, destination(ping));
            final byte[] pong = only(lab.fromInside(echo(IN2, OUT1, 0, 77)), Side.OUTSIDE);
            assertEquals(OWN, source(pong));
            assertChecksums(pong);
            final byte[] hairpin = only(lab.fromInside(echo(IN1, OWN, 8, 9)), Side.INSIDE);
            assertEquals(PUBLIC + " " + IN2, source(hairpin) + " " + destination(hairpin));
            final byte[] answer = only(lab.fromInside(echo(IN2, PUBLIC, 0, Packets.identifier(hairpin))), Side.INSIDE);
            assertEquals(OWN + " " + IN1, source(answer) + " " + destination(answer));
            assertEquals(9, Packets.identifier(answer));
            assertChecksums(answer);
            assertIdle(lab);
        }
    }

    @ParameterizedTest
    @EnumSource(Mapping.class)
    void rfc4787_09_hairpinning(final Mapping mapping) {
        try (Lab lab = lab(nat -> nat.withMapping(mapping))) {
            final int port = sourcePort(only(lab.fromInside(udp(IN2, 6000, OUT1, 53, 1)), Side.OUTSIDE));
            final byte[] packet = only(lab.fromInside(udp(IN1, 5000, PUBLIC, port, 9)), Side.INSIDE);
            assertEquals(PUBLIC + " " + IN2 + ":6000", source(packet) + " " + destination(packet) + ":" + destinationPort(packet));
            assertEquals(63, Packets.ttl(packet));
            assertChecksums(packet);
            final byte[] back = only(lab.fromInside(udp(IN2, 6000, PUBLIC, sourcePort(packet), 9)), Side.INSIDE);
            assertEquals(PUBLIC + ":" + port + " " + IN1 + ":5000",
                source(back) + ":" + sourcePort(back) + " " + destination(back) + ":" + destinationPort(back));
            assertChecksums(back);
            assertIdle(lab);
        }
    }

    @ParameterizedTest
    @EnumSource(Mapping.class)
    void rfc4787_08_endpointIndependentFilteringLetsStrangersInWhileTheMappingLives(final Mapping mapping) {
        try (Lab lab = lab(nat -> nat.withMapping(mapping).withFiltering(Filtering.ENDPOINT_INDEPENDENT))) {
            final int port = sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE));
            for (int second = 0; second < 310; second += 10) {
                lab.pass(10, TimeUnit.SECONDS);
                lab.fromOutside(udp(OUT2, 99, PUBLIC, port, 4));
            }
            assertEquals(1, lab.count(DropReason.UNSOLICITED), "only the last one, when the mapping had ended");
            final byte[] again = only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE);
            only(lab.fromOutside(udp(OUT2, 99, PUBLIC, sourcePort(again), 4)), Side.INSIDE);
            final byte[] answer = only(lab.fromInside(udp(IN1, 5000, OUT2, 99, 4)), Side.OUTSIDE);
            assertEquals(sourcePort(again), sourcePort(answer), "the answer comes from where the stranger sent to");
            assertIdle(lab);
        }
    }

    @ParameterizedTest
    @EnumSource(Mapping.class)
    void rfc4787_08_addressDependentFiltering(final Mapping mapping) {
        try (Lab lab = lab(nat -> nat.withMapping(mapping).withFiltering(Filtering.ADDRESS_DEPENDENT))) {
            final int port = sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE));
            only(lab.fromOutside(udp(OUT1, 99, PUBLIC, port, 4)), Side.INSIDE);
            assertEquals(List.of(), lab.fromOutside(udp(OUT2, 53, PUBLIC, port, 4)));
            assertIdle(lab);
        }
    }

    @Test
    void rfc7857_3_onePortServesManyDestinations() {
        final NatConfig few = NAT.withPool(NAT.pool(), new NatConfig.PortRange(2000, 2063)).withMapping(Mapping.ENDPOINT_DEPENDENT);
        try (Lab lab = lab(nat -> few)) {
            for (int destination = 1; destination <= 3; destination++) {
                for (int host = 0; host < 64; host++) {
                    assertEquals(1, lab.fromInside(udp(IN1, 3000 + host, "203.0.113." + destination, 53, 1)).size());
                }
                lab.fromInside(udp(IN1, 2999, "203.0.113." + destination, 53, 1));
                assertEquals(destination, lab.count(DropReason.PORTS_EXHAUSTED));
            }
            assertEquals(3 * 64, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
            assertEquals(64, lab.count(Counter.PORTS_IN_USE_UDP));
            lab.pass(301, TimeUnit.SECONDS);
            assertEquals(3 * 64, lab.count(Counter.PORTS_COOLING));
            assertIdle(lab);
        }
    }

    @Test
    void rfc6888_6_exemptDestinationsAreRoutedUntranslated() {
        try (Lab lab = lab(nat -> nat.withExempt(List.of(Ipv4Prefix.parse("203.0.113.0/24"))))) {
            final byte[] out = only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE);
            assertEquals(IN1 + ":5000", source(out) + ":" + sourcePort(out));
            assertChecksums(out);
            final byte[] answer = java.util.Arrays.copyOf(udp(OUT1, 53, IN1, 5000, 9), 14 + 28 + 9);
            final byte[] in = only(lab.fromOutside(answer), Side.INSIDE);
            assertEquals(IN1, destination(in));
            assertEquals(List.of(), lab.fromOutside(udp(OUT2, 53, IN1, 5000, 9)));
            assertEquals(0, lab.count(Counter.PORTS_IN_USE_UDP));
            assertIdle(lab);
        }
    }

    /** After a long silence nothing is left in any table. */
    private static void assertIdle(final Lab lab) {
        lab.pass(3, TimeUnit.HOURS);
        for (final Counter gauge : Counter.values()) {
            if (gauge.kind() == Counter.Kind.GAUGE) {
                assertEquals(0, lab.count(gauge), gauge.label());
            }
        }
    }

    private static Lab lab(final UnaryOperator<NatConfig> change) {
        final GatewayConfig config = Lab.small(1000);
        return Lab.of(config.withNat(change.apply(config.nat())));
    }

    private static byte[] only(final List<Lab.Sent> sent, final Side side) {
        assertEquals(1, sent.size(), "packets that left");
        assertEquals(side, sent.get(0).side());
        return sent.get(0).frame();
    }
}
