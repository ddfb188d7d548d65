package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.IN2;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Everything has a capacity; full, it refuses what is new, says so, and what lives goes on. */
class ExhaustionTest {

    @Test
    void rfc6888_11_theTableIsFullAtExactlyItsLimit() {
        try (Lab lab = Lab.of(Lab.small(8))) {
            for (int port = 1; port <= 8; port++) {
                assertEquals(1, lab.fromInside(udp(IN1, 5000 + port, OUT1, 53, 1)).size());
            }
            final List<Lab.Sent> refusal = lab.fromInside(udp(IN2, 6000, OUT1, 53, 1));
            assertProhibited(refusal);
            assertEquals(1, lab.count(DropReason.TABLE_FULL));
            assertEquals(8, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
            assertEquals(1, lab.fromInside(udp(IN1, 5001, OUT1, 53, 1)).size(), "a live connection goes on");
            lab.pass(301, TimeUnit.SECONDS);
            assertEquals(1, lab.fromInside(udp(IN2, 6000, OUT1, 53, 1)).size(), "there is room again");
        }
    }

    @Test
    void rfc5508_08_whenNoPortIsFreeTheHostIsTold() {
        try (Lab lab = Lab.of(ports(2000, 2007))) {
            for (int port = 0; port < 8; port++) {
                assertEquals(1, lab.fromInside(udp(IN1, 5000 + port, OUT1, 53, 1)).size(), "port " + port);
            }
            assertProhibited(lab.fromInside(udp(IN1, 6000, OUT1, 53, 1)));
            assertEquals(1, lab.count(DropReason.PORTS_EXHAUSTED));
            assertEquals(1, lab.count(Counter.PORT_ALLOCATION_ERRORS));
            assertEquals(1, lab.fromInside(udp(IN1, 5000, Lab.OUT2, 53, 1)).size(), "a mapping serves every destination");
            lab.pass(301, TimeUnit.SECONDS);
            assertEquals(0, lab.count(Counter.PORTS_IN_USE_UDP));
            assertProhibited(lab.fromInside(udp(IN1, 6000, OUT1, 53, 1)));
            lab.pass(121, TimeUnit.SECONDS);
            assertEquals(1, lab.fromInside(udp(IN1, 6000, OUT1, 53, 1)).size(), "ports have cooled down");
        }
    }

    @Test
    void protocolsHavePortsOfTheirOwn() {
        try (Lab lab = Lab.of(ports(2000, 2000))) {
            assertEquals(1, lab.fromInside(udp(IN1, 5000, OUT1, 53, 1)).size());
            assertEquals(1, lab.fromInside(Packets.tcp(IN1, 5000, OUT1, 53, Packets.SYN, 1, 0, 0)).size());
            assertEquals(1, lab.fromInside(Packets.echo(IN1, OUT1, 8, 5)).size());
        }
    }

    private static void assertProhibited(final List<Lab.Sent> sent) {
        assertEquals(1, sent.size());
        assertEquals(Side.INSIDE, sent.get(0).side());
        assertEquals(3, sent.get(0).frame()[34]);
        assertEquals(13, sent.get(0).frame()[35]);
        Packets.assertChecksums(sent.get(0).frame());
    }

    private static GatewayConfig ports(final int first, final int last) {
        final GatewayConfig config = Lab.config();
        final int address = Ipv4Address.parse(Lab.PUBLIC);
        return config.withNat(config.nat().withPool(List.of(new AddressRange(address, address)), new PortRange(first, last)));
    }
}
