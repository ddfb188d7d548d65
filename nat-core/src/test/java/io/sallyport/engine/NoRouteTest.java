package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import java.util.List;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Without a default route there are destinations that cannot be reached. */
class NoRouteTest {

    @Test
    void rfc1812_5271_theHostIsToldThatThereIsNoRoute() {
        final GatewayConfig config = GatewayConfig.of(Lab.config().inside(), InterfaceConfig.of("w0", "198.51.100.1/24"));
        try (Lab lab = Lab.of(config)) {
            final List<Lab.Sent> sent = lab.fromInside(udp(IN1, 5000, OUT1, 53, 1));
            assertEquals(1, sent.size());
            assertEquals(Side.INSIDE, sent.getFirst().side());
            final byte[] error = sent.getFirst().frame();
            assertEquals("10.77.0.1", Packets.source(error));
            assertEquals(IN1, Packets.destination(error));
            assertEquals(3, error[34]);
            assertEquals(0, error[35]);
            Packets.assertChecksums(error);
            assertEquals(1, lab.count(DropReason.NO_ROUTE));
        }
    }
}
