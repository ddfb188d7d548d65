package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** How many connections one public address carries. */
class PortCapacityTest {

    private static final int ALL_PORTS = 64_512;
    private static final int BURST = 256;

    /** The clouds' gateways promise 55,000 to each unique destination. */
    @Test
    void rfc7857_3_allPortsForEachUniqueDestination() {
        final GatewayConfig small = Lab.small(3 * ALL_PORTS);
        try (Lab lab = Lab.of(small.withNat(small.nat().withMapping(Mapping.ENDPOINT_DEPENDENT)))) {
            for (final String destination : List.of(OUT1, OUT2)) {
                assertEquals(ALL_PORTS, open(lab, destination, 0, ALL_PORTS));
            }
            assertEquals(2L * ALL_PORTS, lab.count(Counter.ACTIVE_CONNECTIONS_UDP));
            assertEquals(ALL_PORTS, lab.count(Counter.PORTS_IN_USE_UDP));
            assertEquals(0, lab.count(DropReason.PORTS_EXHAUSTED));
            assertEquals(0, open(lab, OUT1, ALL_PORTS, BURST));
            assertTrue(lab.count(DropReason.PORTS_EXHAUSTED) >= BURST);
            assertEquals(1, open(lab, "203.0.113.77", 0, 1), "a third destination");
        }
    }

    @Test
    void rfc4787_03_endpointIndependentMappingSharesNoPort() {
        try (Lab lab = Lab.of(Lab.small(3 * ALL_PORTS))) {
            assertEquals(ALL_PORTS, open(lab, OUT1, 0, ALL_PORTS));
            assertEquals(0, open(lab, OUT2, ALL_PORTS, BURST));
        }
    }

    /** Opens connections from as many inside endpoints as it takes; gives how many left, all from different ports. */
    private static int open(final Lab lab, final String destination, final int firstEndpoint, final int count) {
        final BitSet taken = new BitSet();
        int opened = 0;
        for (int first = 0; first < count; first += BURST) {
            final byte[][] frames = new byte[Math.min(BURST, count - first)][];
            for (int i = 0; i < frames.length; i++) {
                final int endpoint = firstEndpoint + first + i;
                frames[i] = udp(endpoint % 2 == 0 ? Lab.IN1 : Lab.IN2, 1024 + endpoint / 2 % 64_000, destination, 53, 1);
            }
            for (final Lab.Sent sent : lab.fromInside(frames)) {
                if (sent.side() == io.sallyport.packet.Side.OUTSIDE) {
                    assertFalse(taken.get(sourcePort(sent.frame())), "one port, one destination, two connections");
                    taken.set(sourcePort(sent.frame()));
                    opened++;
                }
            }
        }
        return opened;
    }
}
