package io.sallyport.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.wire.Ipv4Address;
import java.util.Arrays;

/** What the tests of the checks share: a good configuration and a way to say what is wrong with another. */
final class Problem {

    static final GatewayConfig GOOD = GatewayConfig.of(
        InterfaceConfig.of("l0", "10.77.0.1/24"),
        InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(Ipv4Address.parse("198.51.100.2")));

    private Problem() {
    }

    /** Asserts that exactly these are found, in this order, as {@code key: message}. */
    static void assertProblems(final GatewayConfig config, final String... expected) {
        assertEquals(String.join("\n", Arrays.asList(expected)),
            String.join("\n", config.problems().stream().map(ConfigProblem::toString).toList()));
    }
}
