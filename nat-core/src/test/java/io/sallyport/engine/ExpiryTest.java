package io.sallyport.engine;

import io.sallyport.counter.Counter;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Connections that end together are ended in bounded steps, and those that need no farewell do not wait for those that do. */
class ExpiryTest {

    private static final int CONNECTIONS = 1000;

    @Test
    void aDutyCycleEndsMoreConnectionsThanItHasRoomForResets() {
        try (Lab lab = Lab.of(Lab.config())) {
            for (int k = 0; k < CONNECTIONS; k++) {
                lab.fromInside(Packets.udp(IN1, 2000 + k, OUT1, 53, 1));
            }
            lab.nowNs += TimeUnit.MINUTES.toNanos(6);
            int polls = 0;
            while (lab.count(Counter.ACTIVE_CONNECTIONS_UDP) > 0) {
                lab.nat.poll(lab.nowNs, (batch, side) -> { });
                polls++;
            }
            assertEquals((CONNECTIONS + 255) / 256, polls);
        }
    }

    @Test
    void everyIdleTcpConnectionIsToldBothWays() {
        final int connections = 300;
        try (Lab lab = Lab.of(Lab.config())) {
            for (int k = 0; k < connections; k++) {
                final List<Lab.Sent> syn = lab.fromInside(Packets.tcp(IN1, 2000 + k, OUT1, 80, Packets.SYN, 100, 0, 0));
                final int port = Packets.sourcePort(syn.get(0).frame());
                lab.fromOutside(Packets.tcp(OUT1, 80, Lab.PUBLIC, port, Packets.SYN | Packets.ACK, 900, 101, 0));
                lab.fromInside(Packets.tcp(IN1, 2000 + k, OUT1, 80, Packets.ACK, 101, 901, 0));
            }
            lab.sent.clear();
            lab.pass(2, TimeUnit.HOURS);
            assertEquals(0, lab.sent.size());
            lab.pass(5, TimeUnit.MINUTES);
            assertEquals(2 * connections, lab.sent.size());
            lab.sent.forEach(sent -> Packets.assertChecksums(sent.frame()));
            assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_TCP));
            assertEquals(2 * connections, lab.count(Counter.ORIGINATED_RESETS));
        }
    }
}
