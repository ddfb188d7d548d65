package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A public address with a hundred ports runs short of them: the log says so before it hurts, and observers see who has them. */
@Privileged
class PortUseSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int PORTS = 100;
    /** Sockets get random ports: of so many some may get the same, so that no mapping is needed for them. */
    private static final int NEARLY_ALL = 93;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "endpoint-independent | public address 198.51.100.1: | public address 198.51.100.1: all 100 udp ports are taken",
        "endpoint-dependent | destination 203.0.113.10:9: | destination 203.0.113.10:9: all 100 udp ports of public address 198.51.100.1",
    })
    void ports_that_run_short_are_told_of(final String mapping, final String warning, final String exhausted) throws Exception {
        try (Network network = Network.create("sp-ports");
            GatewayUnderTest gateway = GatewayUnderTest.start(network, new Variant("packet", "pipeline"),
                "nat: { mapping: %s, ports: 2000-2099 }".formatted(mapping))) {
            new Traffic(network).ping(Network.FAR_HOST, 100, 56);
            sendFromSockets(network, NEARLY_ALL);
            final String line = gateway.process().awaitErrorLine(warning, LIMIT);
            assertTrue(line.contains(" warning: " + warning + " ") && line.contains(" of 100 udp ports ("), line);
            sendFromSockets(network, 3 * PORTS);
            gateway.process().awaitErrorLine(exhausted, LIMIT);
            assertEquals(
                List.of(1L, 1L), List.of(count(gateway, " of 100 udp ports ("), count(gateway, exhausted)), gateway.process().err());

            final Map<String, Object> status = json(gateway, "status");
            assertEquals(Map.of("publicAddress", "198.51.100.1", "protocol", "udp", "inUse", PORTS, "cooling", 0, "capacity", PORTS),
                ((List<?>) status.get("portUse")).get(1));
            final Map<?, ?> latency = (Map<?, ?>) status.get("translationLatencySeconds");
            assertTrue((int) latency.get("count") >= 200, latency::toString);
            final double medianSeconds = (double) latency.get("p50");
            assertTrue(medianSeconds > 1e-6 && medianSeconds < 0.1, latency::toString);

            final Map<String, Object> connections = json(gateway, "connections", "--remote", "203.0.113.10:9", "--public", "198.51.100.1",
                "--sort", "public", "--offset", "98", "--limit", "10");
            assertEquals(PORTS, connections.get("matching"));
            assertEquals(List.of("198.51.100.1:2098", "198.51.100.1:2099"), ((List<?>) connections.get("connections")).stream()
                .<Object>map(connection -> ((Map<?, ?>) connection).get("public")).toList());
            gateway.assertEveryPacketAccountedFor();
        }
    }

    /** A datagram to a port that no one listens at, from so many sockets one after the other. */
    private static void sendFromSockets(final Network network, final int count) {
        network.inside().run("bash", "-c", "for i in $(seq " + count + "); do echo > /dev/udp/" + Network.FAR_HOST + "/9; done; true");
    }

    private static long count(final GatewayUnderTest gateway, final String words) {
        return gateway.process().err().lines().filter(line -> line.contains(words)).count();
    }

    private static Map<String, Object> json(
        final GatewayUnderTest gateway, final String command, final String... options) throws IOException {
        final String[] words = new String[options.length + 4];
        System.arraycopy(new String[] {command, "--json", "--state", gateway.state() + "/"}, 0, words, 0, 4);
        System.arraycopy(options, 0, words, 4, options.length);
        return JSON.std.mapFrom(Program.run(words).orThrow().out());
    }
}
