package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.counter.Counter;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.IN2;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Lab.PUBLIC;
import static io.sallyport.engine.Packets.ACK;
import static io.sallyport.engine.Packets.SYN;
import static io.sallyport.engine.Packets.echo;
import static io.sallyport.engine.Packets.identifier;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.tcp;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Connections of every kind go on in the next gateway: what leaves it is what would have left the one before. */
class TakeoverOfEveryKindTest {

    private static final String OWN = "198.51.100.50";
    private static final String EXEMPT = "192.0.2.7";
    private static final byte[] NOTHING = new byte[30];

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"ENDPOINT_INDEPENDENT, 1", "ENDPOINT_DEPENDENT, 1", "ENDPOINT_INDEPENDENT, 3", "ENDPOINT_DEPENDENT, 3"})
    void allOfThem(final Mapping mapping, final int workers) {
        final GatewayConfig config = config(mapping, workers);
        final List<Packet> packets = new ArrayList<>();
        final List<String> before;
        final long active;
        try (Lab first = Lab.of(config, Optional.of(directory))) {
            open(first, packets);
            before = play(first, packets);
            active = active(first);
            first.nat.beat(first.nowNs, System.currentTimeMillis());
        }
        try (Lab successor = Lab.of(config, Optional.of(directory))) {
            assertEquals(before, play(successor, packets));
            assertEquals(active, active(successor));
            successor.pass(3, TimeUnit.HOURS);
            for (final Counter gauge : Counter.values()) {
                if (gauge.kind() == Counter.Kind.GAUGE) {
                    assertEquals(0, successor.count(gauge), gauge.label());
                }
            }
        }
    }

    private record Packet(Side side, byte[] frame) {
    }

    /** Opens a connection of each kind; packets of both directions of each go into the list. */
    private static void open(final Lab lab, final List<Packet> packets) {
        final int tcpPort = sourcePort(first(lab.fromInside(tcp(IN1, 4000, OUT1, 80, SYN, 100, 0, 0))));
        lab.fromOutside(tcp(OUT1, 80, PUBLIC, tcpPort, SYN | ACK, 900, 101, 0));
        both(packets, tcp(IN1, 4000, OUT1, 80, ACK, 101, 901, 5), tcp(OUT1, 80, PUBLIC, tcpPort, ACK, 901, 106, 5));
        final int pingId = identifier(first(lab.fromInside(echo(IN1, OUT1, 8, 7))));
        both(packets, echo(IN1, OUT1, 8, 7), echo(OUT1, PUBLIC, 0, pingId));
        first(lab.fromOutside(tcp(OUT2, 4000, PUBLIC, 2222, SYN, 100, 0, 0)));
        lab.fromInside(tcp(IN2, 22, OUT2, 4000, SYN | ACK, 900, 101, 0));
        both(packets, tcp(IN2, 22, OUT2, 4000, ACK, 901, 101, 5), tcp(OUT2, 4000, PUBLIC, 2222, ACK, 101, 901, 5));
        first(lab.fromOutside(udp(OUT2, 4000, OWN, 500, 5)));
        both(packets, udp("10.77.0.4", 500, OUT2, 4000, 5), udp(OUT2, 4000, OWN, 500, 5));
        first(lab.fromInside(udp(IN1, 4001, EXEMPT, 53, 5)));
        both(packets, udp(IN1, 4001, EXEMPT, 53, 5), udp(EXEMPT, 53, IN1, 4001, 5));
        first(lab.fromInside(Packets.ip(IN1, OUT1, 47, NOTHING.clone(), 64)));
        both(packets, Packets.ip(IN1, OUT1, 47, NOTHING.clone(), 64), Packets.ip(OUT1, PUBLIC, 47, NOTHING.clone(), 64));
        final int udpPort = sourcePort(first(lab.fromInside(udp(IN2, 6000, OUT1, 53, 5))));
        both(packets, udp(IN2, 6000, OUT1, 53, 5), udp(OUT1, 53, PUBLIC, udpPort, 5));
        if (lab.count(Counter.ACTIVE_MAPPINGS) > 0) {
            final byte[] hairpin = first(lab.fromInside(udp(IN1, 5000, PUBLIC, 3333, 5)));
            first(lab.fromInside(udp(IN2, 33, PUBLIC, sourcePort(hairpin), 5)));
            packets.add(new Packet(Side.INSIDE, udp(IN1, 5000, PUBLIC, 3333, 5)));
            packets.add(new Packet(Side.INSIDE, udp(IN2, 33, PUBLIC, sourcePort(hairpin), 5)));
        }
    }

    private static void both(final List<Packet> packets, final byte[] fromInside, final byte[] fromOutside) {
        packets.add(new Packet(Side.INSIDE, fromInside));
        packets.add(new Packet(Side.OUTSIDE, fromOutside));
    }

    private static List<String> play(final Lab lab, final List<Packet> packets) {
        return packets.stream().map(packet -> {
            final List<Lab.Sent> sent = lab.receive(packet.side(), packet.frame().clone());
            assertEquals(1, sent.size(), () -> Packets.hex(packet.frame()));
            return sent.get(0).side() + " " + Packets.hex(sent.get(0).frame());
        }).toList();
    }

    private static long active(final Lab lab) {
        return lab.count(Counter.ACTIVE_CONNECTIONS_TCP) + lab.count(Counter.ACTIVE_CONNECTIONS_UDP)
            + lab.count(Counter.ACTIVE_CONNECTIONS_ICMP) + lab.count(Counter.ACTIVE_CONNECTIONS_OTHER);
    }

    private static GatewayConfig config(final Mapping mapping, final int workers) {
        final GatewayConfig small = Lab.small(1000);
        final var inside = small.inside().withNeighbours(List.of(
            new io.sallyport.config.InterfaceConfig.Neighbour(Ipv4Address.parse(IN1), Lab.INSIDE_HOST_MAC),
            new io.sallyport.config.InterfaceConfig.Neighbour(Ipv4Address.parse(IN2), Lab.INSIDE_HOST_MAC + 1),
            new io.sallyport.config.InterfaceConfig.Neighbour(Ipv4Address.parse("10.77.0.4"), Lab.INSIDE_HOST_MAC + 2)));
        final NatConfig nat = small.nat().withMapping(mapping).withFiltering(Filtering.ENDPOINT_INDEPENDENT)
            .withExempt(List.of(Ipv4Prefix.parse("192.0.2.0/24")))
            .withForwards(List.of(
                new Forward(Protocol.TCP, Ipv4Address.parse(PUBLIC), 2222, Ipv4Address.parse(IN2), 22, List.of()),
                new Forward(Protocol.UDP, Ipv4Address.parse(PUBLIC), 3333, Ipv4Address.parse(IN2), 33, List.of())))
            .withOneToOne(List.of(new OneToOne(Ipv4Address.parse(OWN), Ipv4Address.parse("10.77.0.4"), List.of())));
        final IoConfig io = small.io();
        return small.withNat(nat).withInterfaces(inside, small.outside())
            .withIo(new IoConfig(io.backend(), io.threading(), workers, io.waiting(), io.offload(), io.isolate()));
    }

    private static byte[] first(final List<Lab.Sent> sent) {
        assertEquals(1, sent.size(), "packets that left");
        return sent.get(0).frame();
    }
}
