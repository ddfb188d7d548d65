package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.IN2;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Lab.PUBLIC;
import static io.sallyport.engine.Packets.ACK;
import static io.sallyport.engine.Packets.FIN;
import static io.sallyport.engine.Packets.RST;
import static io.sallyport.engine.Packets.SYN;
import static io.sallyport.engine.Packets.assertChecksums;
import static io.sallyport.engine.Packets.destination;
import static io.sallyport.engine.Packets.destinationPort;
import static io.sallyport.engine.Packets.echo;
import static io.sallyport.engine.Packets.icmpError;
import static io.sallyport.engine.Packets.identifier;
import static io.sallyport.engine.Packets.source;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.tcp;
import static io.sallyport.engine.Packets.ttl;
import static io.sallyport.engine.Packets.udp;
import static io.sallyport.engine.Packets.withTtl;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the engine does to packets, seen from both sides. */
class TranslationTest {

    private final Lab lab = Lab.of(Lab.config());

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void rfc4787_01_udpLeavesUnderThePublicAddressAndAnswersComeBack() {
        final byte[] out = only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 33)), Side.OUTSIDE);
        assertEquals(PUBLIC, source(out));
        assertEquals(OUT1, destination(out));
        assertEquals(53, destinationPort(out));
        assertEquals(63, ttl(out));
        assertChecksums(out);
        assertEquals(5000 & 1, sourcePort(out) & 1, "parity");
        assertTrue(sourcePort(out) >= 1024);

        final byte[] back = only(lab.fromOutside(udp(OUT1, 53, PUBLIC, sourcePort(out), 120)), Side.INSIDE);
        assertEquals(OUT1, source(back));
        assertEquals(IN1, destination(back));
        assertEquals(53, sourcePort(back));
        assertEquals(5000, destinationPort(back));
        assertChecksums(back);
        assertEquals(1, lab.count(Counter.CONNECTIONS_ESTABLISHED_UDP));
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
    }

    @Test
    void rfc4787_01_theMappingIsTheSameForEveryDestination() {
        final int port = sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE));
        assertEquals(port, sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT2, 99, 1)), Side.OUTSIDE)));
        assertNotEquals(port, sourcePort(only(lab.fromInside(udp(IN2, 5000, OUT1, 53, 1)), Side.OUTSIDE)));
        assertEquals(2, lab.count(Counter.ACTIVE_MAPPINGS));
        assertEquals(3, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
    }

    @Test
    void rfc4787_08_onlyTheEndpointThatWasTalkedToMayAnswer() {
        final int port = sourcePort(only(lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)), Side.OUTSIDE));
        assertEquals(List.of(), lab.fromOutside(udp(OUT1, 54, PUBLIC, port, 1), udp(OUT2, 53, PUBLIC, port, 1),
            tcp(OUT1, 53, PUBLIC, port, SYN, 1, 0, 0)));
        assertEquals(3, lab.count(DropReason.UNSOLICITED));
    }

    @Test
    void udpWithoutChecksumStaysWithoutOne() {
        final byte[] packet = udp(IN1, 5000, OUT1, 53, 20);
        packet[40] = 0;
        packet[41] = 0;
        final byte[] out = only(lab.fromInside(packet), Side.OUTSIDE);
        assertEquals(0, out[40] | out[41]);
    }

    @Test
    void rfc5382_02_tcpIsFollowedFromHandshakeToEnd() {
        final byte[] syn = only(lab.fromInside(tcp(IN1, 4000, OUT1, 80, SYN, 100, 0, 0)), Side.OUTSIDE);
        assertChecksums(syn);
        final int port = sourcePort(syn);
        assertChecksums(only(lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, SYN | ACK, 900, 101, 0)), Side.INSIDE));
        assertEquals(0, lab.count(Counter.CONNECTIONS_ESTABLISHED_TCP));
        only(lab.fromInside(tcp(IN1, 4000, OUT1, 80, ACK, 101, 901, 0)), Side.OUTSIDE);
        assertEquals(1, lab.count(Counter.CONNECTIONS_ESTABLISHED_TCP));
        lab.pass(2, TimeUnit.HOURS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_TCP), "established connections live 2 h 4 min");
        only(lab.fromInside(tcp(IN1, 4000, OUT1, 80, FIN | ACK, 101, 901, 0)), Side.OUTSIDE);
        only(lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, FIN | ACK, 901, 102, 0)), Side.INSIDE);
        only(lab.fromInside(tcp(IN1, 4000, OUT1, 80, ACK, 102, 902, 0)), Side.OUTSIDE);
        lab.pass(239, TimeUnit.SECONDS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_TCP));
        lab.pass(2, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_TCP));
        assertEquals(0, lab.count(Counter.IDLE_TIMEOUTS_TCP), "closed, not idled out");
    }

    @Test
    void aResetOutsideTheWindowEndsNothing() {
        final int port = establish();
        only(lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, RST, 0x7000_0000L, 0, 0)), Side.INSIDE);
        lab.pass(1, TimeUnit.HOURS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_TCP), "forged");
        only(lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, RST, 901, 0, 0)), Side.INSIDE);
        lab.pass(241, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_TCP), "real");
    }

    @Test
    void anEstablishedConnectionThatIdlesOutTellsBothEnds() {
        final int port = establish();
        only(lab.fromInside(tcp(IN1, 4000, OUT1, 80, ACK, 101, 901, 50)), Side.OUTSIDE);
        only(lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, ACK, 901, 151, 700)), Side.INSIDE);
        lab.sent.clear();
        lab.pass(7441, TimeUnit.SECONDS);
        assertEquals(2, lab.sent.size());
        assertReset(lab.sent.get(0), Side.INSIDE, tcp(OUT1, 80, IN1, 4000, RST | ACK, 1601, 151, 0));
        assertReset(lab.sent.get(1), Side.OUTSIDE, tcp(PUBLIC, port, OUT1, 80, RST | ACK, 151, 1601, 0));
        assertEquals(2, lab.count(Counter.ORIGINATED_RESETS));
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_TCP));
    }

    /** All behind the IP header is as expected, but for the window, which means nothing in a RST. */
    private static void assertReset(final Lab.Sent sent, final Side side, final byte[] expected) {
        assertEquals(side, sent.side());
        assertChecksums(sent.frame());
        assertEquals(source(expected) + " " + destination(expected), source(sent.frame()) + " " + destination(sent.frame()));
        assertArrayEquals(java.util.Arrays.copyOfRange(expected, 34, 48), java.util.Arrays.copyOfRange(sent.frame(), 34, 48));
    }

    @Test
    void aSegmentWithoutConnectionIsRefusedInsideAndIgnoredOutside() {
        assertReset(lab.fromInside(tcp(IN1, 4000, OUT1, 80, ACK, 1, 77, 10)).get(0), Side.INSIDE,
            tcp(OUT1, 80, IN1, 4000, RST, 77, 0, 0));
        assertReset(lab.fromInside(tcp(IN1, 4000, OUT1, 80, FIN, 5, 0, 10)).get(0), Side.INSIDE,
            tcp(OUT1, 80, IN1, 4000, RST | ACK, 0, 16, 0));
        assertEquals(List.of(), lab.fromInside(tcp(IN1, 4000, OUT1, 80, RST, 1, 0, 0)));
        assertEquals(3, lab.count(DropReason.NO_CONNECTION));
        assertEquals(List.of(), lab.fromOutside(tcp(OUT1, 80, PUBLIC, 4000, ACK, 1, 77, 10)));
        assertEquals(2, lab.count(Counter.ORIGINATED_RESETS));
    }

    @Test
    void rfc5508_01_pingsAreTranslatedByTheirIdentifier() {
        final byte[] out = only(lab.fromInside(echo(IN1, OUT1, 8, 777)), Side.OUTSIDE);
        assertEquals(PUBLIC, source(out));
        assertChecksums(out);
        final byte[] back = only(lab.fromOutside(echo(OUT1, PUBLIC, 0, identifier(out))), Side.INSIDE);
        assertEquals(IN1, destination(back));
        assertEquals(777, identifier(back));
        assertChecksums(back);
    }

    @Test
    void theGatewayAnswersPingsOfItsOwnAddressOnEachSide() {
        final byte[] inside = only(lab.fromInside(echo(IN1, "10.77.0.1", 8, 5)), Side.INSIDE);
        assertEquals("10.77.0.1", source(inside));
        assertChecksums(inside);
        assertEquals(PUBLIC, source(only(lab.fromOutside(echo(OUT1, PUBLIC, 8, 5)), Side.OUTSIDE)));
        assertEquals(List.of(), lab.fromInside(echo(IN1, PUBLIC, 8, 5)));
        assertEquals(2, lab.count(Counter.CONSUMED));
        assertEquals(2, lab.count(Counter.ORIGINATED_ECHO_REPLIES));
    }

    @Test
    void rfc1812_5_3_1_theGatewayIsAHop() {
        final byte[] error = only(lab.fromInside(withTtl(udp(IN1, 5000, OUT1, 33434, 8), 1)), Side.INSIDE);
        assertEquals("10.77.0.1", source(error));
        assertEquals(IN1, destination(error));
        assertEquals(11, error[34]);
        assertChecksums(error);
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
        assertEquals(1, lab.count(DropReason.TTL_EXPIRED));
    }

    @Test
    void rfc5508_04_errorsFromOutsideReachTheHostWithItsOwnPacketQuoted() {
        final byte[] packet = udp(IN1, 5000, OUT1, 33434, 8);
        final byte[] out = only(lab.fromInside(packet.clone()), Side.OUTSIDE);
        final byte[] error = only(lab.fromOutside(icmpError("192.0.2.9", PUBLIC, 11, 0, out)), Side.INSIDE);
        assertEquals("192.0.2.9", source(error));
        assertEquals(IN1, destination(error));
        assertChecksums(error);
        final byte[] quoted = java.util.Arrays.copyOfRange(error, 14 + 28, 14 + 28 + 28);
        final byte[] expected = java.util.Arrays.copyOfRange(withTtl(packet, 63), 14, 14 + 28);
        assertArrayEquals(expected, quoted, "the quote is what the host sent, a hop later");
        assertEquals(List.of(), lab.fromOutside(icmpError("192.0.2.9", PUBLIC, 11, 0, udp(PUBLIC, 9, OUT1, 9, 8))));
        assertEquals(1, lab.count(DropReason.ICMP_UNRELATED));
    }

    @Test
    void anErrorUnderTheGatewaysOwnAddressIsRefused() {
        final var config = Lab.config();
        final int other = io.sallyport.wire.Ipv4Address.parse("198.51.100.9");
        try (Lab pooled = Lab.of(config.withNat(config.nat().withPool(
            List.of(new io.sallyport.config.NatConfig.AddressRange(other, other)), config.nat().ports())))) {
            final byte[] out = pooled.fromInside(udp(IN1, 5000, OUT1, 33434, 8)).get(0).frame();
            assertEquals(List.of(), pooled.fromOutside(icmpError(PUBLIC, "198.51.100.9", 11, 0, out),
                icmpError("198.51.100.9", "198.51.100.9", 11, 0, out)));
            assertEquals(2, pooled.count(DropReason.SPOOFED_SOURCE));
        }
    }

    @Test
    void nothingComesInUnasked() {
        assertEquals(List.of(), lab.fromOutside(tcp(OUT1, 4444, PUBLIC, 22, SYN, 1, 0, 0), udp(OUT1, 53, PUBLIC, 53, 10),
            echo(OUT1, PUBLIC, 0, 9), tcp(OUT1, 80, PUBLIC, 5000, RST, 1, 0, 0)));
        assertEquals(4, lab.count(DropReason.UNSOLICITED));
        assertEquals(List.of(), lab.fromOutside(udp(OUT1, 53, "198.51.100.77", 53, 10), udp(OUT1, 53, IN1, 53, 10)));
        assertEquals(2, lab.count(DropReason.NOT_OURS));
    }

    @Test
    void sourcesThatCannotComeFromTheirSideAreRefused() {
        assertEquals(List.of(), lab.fromInside(udp("10.78.0.2", 1, OUT1, 53, 10)));
        assertEquals(1, lab.count(DropReason.SPOOFED_SOURCE));
        final byte[] spoofed = udp(OUT1, 1, PUBLIC, 53, 10);
        java.nio.ByteBuffer.wrap(spoofed).putInt(26, io.sallyport.wire.Ipv4Address.parse(PUBLIC));
        assertEquals(List.of(), lab.fromOutside(Packets.withChecksums(spoofed)));
        assertEquals(2, lab.count(DropReason.SPOOFED_SOURCE));
    }

    @Test
    void aSilentUdpConnectionEndsAndItsPortCoolsDown() {
        lab.fromInside(udp(IN1, 5000, OUT1, 53, 1));
        lab.pass(299, TimeUnit.SECONDS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
        lab.pass(2, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
        assertEquals(0, lab.count(Counter.ACTIVE_MAPPINGS));
        assertEquals(0, lab.count(Counter.PORTS_IN_USE_UDP));
        assertEquals(1, lab.count(Counter.PORTS_COOLING));
        assertEquals(1, lab.count(Counter.IDLE_TIMEOUTS_UDP));
        lab.fromInside(udp(IN1, 5001, OUT1, 53, 1));
        lab.pass(121, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.PORTS_COOLING));
    }

    @Test
    void packetsOfOneBatchShareTheConnectionThatTheFirstOpens() {
        final List<Lab.Sent> sent = lab.fromInside(
            udp(IN1, 5000, OUT1, 53, 1), udp(IN1, 5000, OUT1, 53, 2), udp(IN1, 5000, OUT1, 53, 3));
        assertEquals(3, sent.size());
        assertEquals(1, sent.stream().map(packet -> sourcePort(packet.frame())).distinct().count());
        assertEquals(1, lab.count(Counter.CONNECTION_ATTEMPTS_UDP));
    }

    private int establish() {
        final int port = sourcePort(only(lab.fromInside(tcp(IN1, 4000, OUT1, 80, SYN, 100, 0, 0)), Side.OUTSIDE));
        only(lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, SYN | ACK, 900, 101, 0)), Side.INSIDE);
        only(lab.fromInside(tcp(IN1, 4000, OUT1, 80, ACK, 101, 901, 0)), Side.OUTSIDE);
        return port;
    }

    private static byte[] only(final List<Lab.Sent> sent, final Side side) {
        assertEquals(1, sent.size(), "packets that left");
        assertEquals(side, sent.get(0).side());
        return sent.get(0).frame();
    }
}
