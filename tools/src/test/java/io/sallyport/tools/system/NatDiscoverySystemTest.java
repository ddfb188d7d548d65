package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Network;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A STUN client finds out how the gateway maps and filters (RFC 5780), and says what the configuration says. */
@Privileged
class NatDiscoverySystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String OTHER_ADDRESS = "198.51.100.3";
    private static final Executor TASKS = task -> Thread.ofVirtual().start(task);

    private static final Map<Configuration, CompletableFuture<Void>> RUNS = new LinkedHashMap<>();

    /**
     * What is asked about.
     *
     * @param mapping   as in the file
     * @param filtering as in the file
     */
    private record Configuration(String mapping, String filtering) {
    }

    static Stream<Configuration> configurations() {
        return Stream.of("endpoint-independent", "endpoint-dependent").flatMap(mapping ->
            Stream.of("endpoint-independent", "address-dependent", "endpoint-dependent")
                .map(filtering -> new Configuration(mapping, filtering)));
    }

    /** The client takes its time, in which it waits for what does not come: so all are asked at once. */
    @BeforeAll
    static void start() {
        configurations().forEach(each -> RUNS.put(each, CompletableFuture.runAsync(() -> run(each), TASKS)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void rfc5780_client_names_mapping_and_filtering(final Configuration configuration) {
        RUNS.get(configuration).join();
    }

    private static void run(final Configuration configuration) {
        try (Network network = Network.create("sp-stun"); Servers servers = Servers.create()) {
            network.outside().run("ip", "address", "add", OTHER_ADDRESS + "/24", "dev", Network.HOST_INTERFACE);
            servers.startStun(network.outside(), Network.OUTSIDE_HOST, OTHER_ADDRESS);
            try (GatewayUnderTest gateway = GatewayUnderTest.start(network, new Variant("packet", "inline"),
                    "nat: { mapping: %s, filtering: %s }".formatted(configuration.mapping, configuration.filtering))) {
                final CompletableFuture<String> mapping = ask(network, "-m");
                final CompletableFuture<String> filtering = ask(network, "-f");
                final CompletableFuture<String> hairpinning = ask(network, "-H");
                assertEquals("NAT with " + name(configuration.mapping) + " Mapping!", verdict(mapping.join(), "Mapping!"));
                assertEquals("NAT with " + name(configuration.filtering) + " Filtering!", verdict(filtering.join(), "Filtering!"));
                assertTrue(hairpinning.join().contains("successful hairpinning"), hairpinning::join);
                gateway.assertEveryPacketAccountedFor();
            }
        }
    }

    private static CompletableFuture<String> ask(final Network network, final String question) {
        return CompletableFuture.supplyAsync(() -> network.inside().tryRun(LIMIT, "turnutils_natdiscovery", question,
            "-p", "3478", Network.OUTSIDE_HOST).orThrow().out(), TASKS);
    }

    private static String name(final String behaviour) {
        return switch (behaviour) {
            case "endpoint-independent" -> "Endpoint Independent";
            case "address-dependent" -> "Address Dependent";
            default -> "Address and Port Dependent";
        };
    }

    private static String verdict(final String answer, final String end) {
        return answer.lines().filter(line -> line.endsWith(end)).findFirst().orElse(answer);
    }
}
