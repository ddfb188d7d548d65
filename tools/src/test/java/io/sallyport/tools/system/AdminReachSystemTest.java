package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Network;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From where the listener can be reached, and that it ends with its gateway. */
@Privileged
class AdminReachSystemTest {

    private static final Variant VARIANT = new Variant("packet", "inline");
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Network network;

    @BeforeEach
    void start() {
        network = Network.create("sp-reach");
        network.gateway().run("ip", "link", "add", "m0", "type", "veth", "peer", "name", "m1");
        network.gateway().run("ip", "address", "add", "192.168.77.1/24", "dev", "m0");
        network.gateway().run("ip", "link", "set", "m0", "up");
    }

    @AfterEach
    void stop() {
        network.close();
    }

    @Test
    void loopback_is_not_reached_by_another_address() {
        try (GatewayUnderTest gateway = GatewayUnderTest.start(network, VARIANT, "admin: { listen: 127.0.0.1:9479 }")) {
            gateway.process().awaitErrorLine("http://127.0.0.1:9479/", LIMIT);
            assertEquals("200", status("http://127.0.0.1:9479/metrics"));
            assertEquals("000", status("http://192.168.77.1:9479/metrics"));
            assertEquals("421", status("http://127.0.0.1:9479/metrics", "-H", "Host: rebound.example"));
            assertEquals(0, gateway.process().stop(), gateway.process()::err);
            assertEquals("000", status("http://127.0.0.1:9479/metrics"));
            assertTrue(!gateway.process().err().contains("warning"), gateway.process()::err);
        }
    }

    @Test
    void wider_is_told() {
        try (GatewayUnderTest gateway = GatewayUnderTest.start(network, VARIANT, "admin: { listen: 0.0.0.0:9479 }")) {
            gateway.process().awaitErrorLine("warning: admin.listen: who can reach 0.0.0.0:9479", LIMIT);
            gateway.process().awaitErrorLine(":9479/", LIMIT);
            assertEquals("200", status("http://192.168.77.1:9479/metrics"));
            assertEquals(0, gateway.process().stop(), gateway.process()::err);
        }
    }

    private String status(final String url, final String... options) {
        final String[] words = new String[options.length + 7];
        System.arraycopy(new String[] {"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url}, 0, words, 0, 7);
        System.arraycopy(options, 0, words, 7, options.length);
        return network.gateway().tryRun(LIMIT, words).out();
    }
}
