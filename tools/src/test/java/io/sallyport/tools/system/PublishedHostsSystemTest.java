package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Namespace;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Inside hosts that can be reached: SSH through a port forward, a host with a public address of its own, and both from the inside as well;
 * a network that is reached without translation.
 */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("variants")
class PublishedHostsSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long FILE_BYTES = 8L << 20;
    private static final long SEED = 22;
    private static final String INSIDE_HOST_2 = "10.77.0.3";
    private static final String OWN_ADDRESS = "198.51.100.50";
    private static final String STRANGER = "198.51.100.3";
    private static final String UNTRANSLATED = "192.0.2.10";
    private static final int SSH_TIMED_OUT = 255;

    private static Network network;
    private static Namespace inside2;
    private static GatewayUnderTest gateway;
    private static Servers servers;
    private static Path home;

    @Parameter
    private Variant variant;

    static Stream<Variant> variants() {
        return Stream.of(new Variant("packet", "pipeline"), new Variant("pcap", "inline"));
    }

    @BeforeParameterizedClassInvocation
    static void start(final Variant variant) throws IOException {
        gateway = null;
        network = null;
        servers = null;
        inside2 = null;
        if (!Program.isRoot()) {
            return;
        }
        network = Network.create("sp-published");
        addSecondInsideHost();
        final Namespace outside = network.outside();
        outside.run("ip", "address", "add", STRANGER + "/24", "dev", Network.HOST_INTERFACE);
        outside.run("ip", "address", "add", UNTRANSLATED + "/32", "dev", "lo");
        outside.run("ip", "route", "add", "10.77.0.0/24", "via", Network.GATEWAY_OUTSIDE);
        network.startFarEnd(Program.CLASS_PATH);
        servers = Servers.create();
        home = servers.startSsh(network.inside());
        servers.startSsh(inside2);
        gateway = GatewayUnderTest.start(network, variant, """
            nat:
              forwards:
                - { protocol: tcp, outside: "198.51.100.1:2222", inside: "10.77.0.2:22", allow: [ 198.51.100.2/32 ] }
              one-to-one:
                - { outside: 198.51.100.50, inside: 10.77.0.3 }
              exempt: [ 192.0.2.0/24 ]
            """);
    }

    /** A bridge takes the place of the first host's interface, and its name; the second host hangs on it. */
    private static void addSecondInsideHost() {
        final Namespace inside = network.inside();
        inside.run("ip", "link", "set", Network.HOST_INTERFACE, "down");
        inside.run("ip", "link", "set", Network.HOST_INTERFACE, "name", "uplink");
        inside.run("ip", "link", "add", Network.HOST_INTERFACE, "type", "bridge");
        inside.run("ip", "link", "set", "uplink", "master", Network.HOST_INTERFACE);
        inside.run("ip", "address", "flush", "dev", "uplink");
        inside2 = Namespace.create(inside.name() + "2");
        Namespace.join(inside, "port2", inside2, Network.HOST_INTERFACE);
        inside.run("ip", "link", "set", "port2", "master", Network.HOST_INTERFACE);
        inside.run("ip", "link", "set", "uplink", "up");
        inside.run("ip", "link", "set", Network.HOST_INTERFACE, "up");
        inside.run("ip", "address", "add", Network.INSIDE_HOST + "/24", "dev", Network.HOST_INTERFACE);
        inside2.run("ip", "address", "add", INSIDE_HOST_2 + "/24", "dev", Network.HOST_INTERFACE);
        for (final Namespace host : List.of(inside, inside2)) {
            host.run("ip", "route", "replace", "default", "via", Network.GATEWAY_INSIDE);
        }
    }

    @AfterParameterizedClassInvocation
    static void stop() throws Exception {
        GatewayUnderTest.closeAll(gateway, servers, gateway, inside2, network);
    }

    @Test
    void forward_lets_an_allowed_host_in() {
        assertEquals(Network.OUTSIDE_HOST + " > " + Network.INSIDE_HOST, shell(network.outside(), Network.GATEWAY_OUTSIDE, 2_222));
    }

    @Test
    void forward_is_silent_to_others_and_counts_them() {
        final long before = gateway.counters().drops("not-allowed");
        final Command.Result result = Command.run(LIMIT, network.outside().command(servers.ssh("ssh", "-b", STRANGER, "-p", "2222",
            "root@" + Network.GATEWAY_OUTSIDE, "true")));
        assertEquals(SSH_TIMED_OUT, result.exitCode(), result::toString);
        assertTrue(result.err().contains("timed out"), result::toString);
        assertTrue(gateway.counters().drops("not-allowed") >= before + 2, "the SYN and its repetition");
    }

    @Test
    void forward_says_nothing_about_other_ports() {
        final Traffic traffic = new Traffic(network);
        assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, 22));
        assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, 2_223));
    }

    @Test
    void files_arrive_through_the_forward() throws IOException {
        final Path file = servers.directory().resolve("file");
        try (OutputStream stream = Files.newOutputStream(file)) {
            new SeededStream(SEED, FILE_BYTES).transferTo(stream);
        }
        final String remote = "root@" + Network.GATEWAY_OUTSIDE + ":file";
        final Path back = servers.directory().resolve("back");
        Command.run(LIMIT, network.outside().command(servers.ssh("scp", "-P", "2222", file.toString(), remote))).orThrow();
        assertEquals(SeededStream.sha256(SEED, FILE_BYTES), sha256(home.resolve("file")));
        Command.run(LIMIT, network.outside().command(servers.ssh("scp", "-P", "2222", remote, back.toString()))).orThrow();
        assertEquals(SeededStream.sha256(SEED, FILE_BYTES), sha256(back));
    }

    @Test
    void hairpin_to_a_forward_comes_from_the_senders_public_address() {
        assertEquals(OWN_ADDRESS + " > " + Network.INSIDE_HOST, shell(inside2, Network.GATEWAY_OUTSIDE, 2_222));
    }

    @Test
    void hairpin_to_a_host_with_an_address_of_its_own() {
        assertEquals(Network.GATEWAY_OUTSIDE + " > " + INSIDE_HOST_2, shell(network.inside(), OWN_ADDRESS, 22));
        Traffic.ping(network.inside(), OWN_ADDRESS, 3, 56);
    }

    @Test
    void host_with_an_address_of_its_own_is_reached_by_it() {
        assertEquals(Network.OUTSIDE_HOST + " > " + INSIDE_HOST_2, shell(network.outside(), OWN_ADDRESS, 22));
        Traffic.ping(network.outside(), OWN_ADDRESS, 3, 56);
        Traffic.ping(network.outside(), OWN_ADDRESS, 3, 4_000);
    }

    @Test
    void host_with_an_address_of_its_own_reaches_out_by_it() {
        final String port = "45678";
        assertEquals(OWN_ADDRESS + ":" + port, inside2.run("curl", "-sS", "--local-port", port,
            "http://" + Network.FAR_HOST + "/whoami").out().strip());
        Traffic.ping(inside2, Network.FAR_HOST, 3, 56);
    }

    @Test
    void exempt_network_is_reached_untranslated_and_opens_nothing() {
        assertEquals(Network.INSIDE_HOST + ":45679", network.inside().run("curl", "-sS", "--local-port", "45679",
            "http://" + UNTRANSLATED + "/whoami").out().strip());
        assertTrue(new Traffic(network).seenAs().startsWith(Network.GATEWAY_OUTSIDE + ":"));
        assertEquals("timeout", new Traffic(network).knock(Network.INSIDE_HOST, 22));
    }

    /** Runs a command by ssh that tells whom the server sees, and by which of its own addresses. */
    private static String shell(final Namespace from, final String address, final int port) {
        return Command.run(LIMIT, from.command(servers.ssh("ssh", "-p", Integer.toString(port), "root@" + address,
            "set -- $SSH_CONNECTION; echo \"$1 > $3\""))).orThrow().out().strip();
    }

    private static String sha256(final Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return SeededStream.sha256(stream);
        }
    }
}
