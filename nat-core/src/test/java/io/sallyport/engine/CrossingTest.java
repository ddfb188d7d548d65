package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.counter.Counter;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.PUBLIC;
import static io.sallyport.engine.Packets.ACK;
import static io.sallyport.engine.Packets.SYN;
import static io.sallyport.engine.Packets.assertChecksums;
import static io.sallyport.engine.Packets.destination;
import static io.sallyport.engine.Packets.destinationPort;
import static io.sallyport.engine.Packets.echo;
import static io.sallyport.engine.Packets.icmpError;
import static io.sallyport.engine.Packets.source;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.tcp;
import static io.sallyport.engine.Packets.ttl;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Hairpinning between inside hosts whose connections belong to different workers, or to the same: no one sees a difference. */
class CrossingTest {

    private static final int WORKERS = 3;
    private static final int HOSTS = 8;
    private static final String SERVER = host(0);
    private static final String OWN = "198.51.100.50";

    private Lab lab;

    @AfterEach
    void nothingIsLeft() {
        lab.pass(3, TimeUnit.HOURS);
        for (final Counter gauge : Counter.values()) {
            if (gauge.kind() == Counter.Kind.GAUGE) {
                assertEquals(0, lab.count(gauge), gauge.label());
            }
        }
        lab.close();
    }

    @ParameterizedTest
    @EnumSource(Mapping.class)
    void rfc4787_09_everyPairOfHosts(final Mapping mapping) {
        lab = lab(mapping);
        for (int a = 2; a < HOSTS; a++) {
            final int port = sourcePort(only(lab.fromInside(udp(host(a), 6000, OUT1, 53, 1)), Side.OUTSIDE));
            for (int b = 2; b < HOSTS; b++) {
                if (a != b) {
                    final byte[] in = only(lab.fromInside(udp(host(b), 5000, PUBLIC, port, 9)), Side.INSIDE);
                    assertEquals(PUBLIC + " " + host(a) + ":6000", source(in) + " " + destination(in) + ":" + destinationPort(in));
                    assertEquals(63, ttl(in));
                    assertChecksums(in);
                    final byte[] back = only(lab.fromInside(udp(host(a), 6000, PUBLIC, sourcePort(in), 9)), Side.INSIDE);
                    assertEquals(PUBLIC + ":" + port + " " + host(b) + ":5000",
                        source(back) + ":" + sourcePort(back) + " " + destination(back) + ":" + destinationPort(back));
                    assertEquals(63, ttl(back));
                    assertChecksums(back);
                    final byte[] error = only(lab.fromInside(icmpError(host(a), PUBLIC, 3, 3, in)), Side.INSIDE);
                    assertEquals(PUBLIC + " " + host(b), source(error) + " " + destination(error));
                    assertChecksums(error);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Mapping.class)
    void rfc5382_08_aForwardFromEveryHost(final Mapping mapping) {
        lab = lab(mapping);
        for (int a = 1; a < HOSTS; a++) {
            final byte[] syn = only(lab.fromInside(tcp(host(a), 4000, PUBLIC, 2222, SYN, 100, 0, 0)), Side.INSIDE);
            assertEquals(SERVER + ":22", destination(syn) + ":" + destinationPort(syn));
            final byte[] back = only(lab.fromInside(tcp(SERVER, 22, source(syn), sourcePort(syn), SYN | ACK, 900, 101, 0)), Side.INSIDE);
            assertEquals(PUBLIC + ":2222 " + host(a) + ":4000",
                source(back) + ":" + sourcePort(back) + " " + destination(back) + ":" + destinationPort(back));
            assertChecksums(back);
            assertChecksums(only(lab.fromInside(tcp(host(a), 4000, PUBLIC, 2222, ACK, 101, 901, 10)), Side.INSIDE));
        }
    }

    @Test
    void rfc5508_07_pingsOfAOneToOneHostFromEveryHost() {
        lab = lab(Mapping.ENDPOINT_INDEPENDENT);
        for (int a = 2; a < HOSTS; a++) {
            final byte[] ping = only(lab.fromInside(echo(host(a), OWN, 8, 77)), Side.INSIDE);
            assertEquals(PUBLIC + " " + host(1), source(ping) + " " + destination(ping));
            final byte[] pong = only(lab.fromInside(echo(host(1), PUBLIC, 0, Packets.identifier(ping))), Side.INSIDE);
            assertEquals(OWN + " " + host(a) + " 77", source(pong) + " " + destination(pong) + " " + Packets.identifier(pong));
            assertChecksums(pong);
        }
    }

    @Test
    void whatNoOneAnswersForGoesNowhere() {
        lab = lab(Mapping.ENDPOINT_INDEPENDENT);
        for (int a = 2; a < HOSTS; a++) {
            assertEquals(List.of(), lab.fromInside(udp(host(a), 6000, PUBLIC, 4000, 1)));
        }
    }

    private static String host(final int number) {
        return "10.77.0." + (10 + number);
    }

    private static Lab lab(final Mapping mapping) {
        final GatewayConfig small = Lab.small(10_000);
        final List<InterfaceConfig.Neighbour> hosts = new ArrayList<>();
        for (int number = 0; number < HOSTS; number++) {
            hosts.add(new InterfaceConfig.Neighbour(Ipv4Address.parse(host(number)), Lab.INSIDE_HOST_MAC + number));
        }
        final NatConfig nat = small.nat().withMapping(mapping)
            .withForwards(List.of(new Forward(Protocol.TCP, Ipv4Address.parse(PUBLIC), 2222, Ipv4Address.parse(SERVER), 22,
                List.of(Ipv4Prefix.parse("192.0.2.0/24")))))
            .withOneToOne(List.of(new OneToOne(Ipv4Address.parse(OWN), Ipv4Address.parse(host(1)), List.of())));
        final IoConfig io = small.io();
        return Lab.of(small.withNat(nat).withInterfaces(small.inside().withNeighbours(hosts), small.outside())
            .withIo(new IoConfig(io.backend(), io.threading(), WORKERS, io.waiting(), io.offload(), io.isolate())));
    }

    private static byte[] only(final List<Lab.Sent> sent, final Side side) {
        assertEquals(1, sent.size(), "packets that left");
        assertEquals(side, sent.get(0).side());
        return sent.get(0).frame();
    }
}
