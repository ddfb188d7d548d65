package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs that everyone uses, on the inside, and servers that everyone uses, on the outside. */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("variants")
class RealClientsSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long FILE_BYTES = 8L << 20;
    private static final long SEED = 21;
    /** More than two fragments each way on a link with an MTU of 1500. */
    private static final int BIG_PING_BYTES = 4_000;

    private static Network network;
    private static GatewayUnderTest gateway;
    private static Servers servers;
    private static Path ftp;

    @Parameter
    private Variant variant;

    static Stream<Variant> variants() {
        return Stream.of(new Variant("packet", "pipeline"), new Variant("packet", "inline"), new Variant("pcap", "pipeline"));
    }

    @BeforeParameterizedClassInvocation
    static void start(final Variant variant) throws IOException {
        gateway = null;
        network = null;
        servers = null;
        if (!Program.isRoot()) {
            return;
        }
        network = Network.create("sp-clients");
        servers = Servers.create();
        servers.startDns(network.outside());
        ftp = servers.startFtp(network.outside());
        try (OutputStream file = Files.newOutputStream(ftp.resolve("file"))) {
            new SeededStream(SEED, FILE_BYTES).transferTo(file);
        }
        gateway = GatewayUnderTest.start(network, variant);
    }

    @AfterParameterizedClassInvocation
    static void stop() throws Exception {
        GatewayUnderTest.closeAll(gateway, servers, gateway, network);
    }

    @ParameterizedTest
    @ValueSource(strings = {Network.OUTSIDE_HOST, Network.FAR_HOST, Network.GATEWAY_INSIDE})
    void ping_that_is_sent_and_answered_in_fragments(final String address) {
        Traffic.ping(network.inside(), address, 5, BIG_PING_BYTES);
    }

    @Test
    void ping_in_fragments_from_outside_to_the_gateway() {
        Traffic.ping(network.outside(), Network.GATEWAY_OUTSIDE, 5, BIG_PING_BYTES);
    }

    @Test
    void ping_that_fills_a_packet_and_forbids_fragments() {
        final Command.Result result = inside("ping", "-n", "-c", "3", "-i", "0.05", "-w", "10", "-M", "do", "-s", "1472", Network.FAR_HOST);
        assertEquals(0, result.exitCode(), result::toString);
    }

    @Test
    void tracepath_shows_the_gateway_and_the_mtu() {
        final Command.Result result = inside("tracepath", "-n", Network.FAR_HOST);
        assertTrue(result.out().contains(" " + Network.GATEWAY_INSIDE + " ") && result.out().contains("reached"), result::toString);
        assertTrue(result.out().contains("Resume: pmtu 1500 hops 2 back 2"), result::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"+notcp", "+tcp"})
    void dns_over_udp_and_tcp(final String transport) {
        assertEquals(Servers.SMALL_ADDRESS, dig(Servers.SMALL_NAME, "A", transport, "+short").strip());
    }

    @Test
    void dns_answer_that_is_cut_short_comes_by_tcp() {
        final String answer = dig(Servers.BIG_NAME, "TXT", "+bufsize=1232");
        assertTrue(answer.contains("Truncated, retrying in TCP mode") && answer.contains("ANSWER: " + Servers.BIG_COUNT), answer);
    }

    @Test
    void dns_answer_in_fragments() {
        final String answer = dig(Servers.BIG_NAME, "TXT", "+bufsize=4096", "+notcp", "+ignore");
        assertTrue(answer.contains("(UDP)") && answer.contains("ANSWER: " + Servers.BIG_COUNT) && !answer.contains(" tc"), answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--disable-epsv", "--no-styled-output"})
    void ftp_in_passive_mode(final String option) throws IOException {
        final String address = "ftp://" + Network.OUTSIDE_HOST;
        final String expected = SeededStream.sha256(SEED, FILE_BYTES);
        final List<String> download = network.inside().command("curl", "-sS", option, address + "/file");
        assertEquals(expected, Command.read(LIMIT, download, SeededStream::sha256));
        final Command.Result result = inside("curl", "-sS", option, "-T", ftp.resolve("file").toString(), address + "/incoming/" + option);
        assertEquals(0, result.exitCode(), result::toString);
        try (InputStream file = Files.newInputStream(ftp.resolve("incoming").resolve(option))) {
            assertEquals(expected, SeededStream.sha256(file));
        }
        assertEquals(List.of("file", "incoming"),
            inside("curl", "-sS", option, "-l", address + "/").orThrow().out().lines().sorted().toList());
    }

    /** The kernel of the receiver checks the checksum, which covers the addresses (RFC 3828, section 3.1). */
    @Test
    void udp_lite_there_and_back() {
        final String options = ",so-prototype=136";
        servers.start(network.outside(), List.of(9), List.of("socat", "UDP4-RECVFROM:9,fork" + options, "EXEC:cat"));
        final Command.Result result = Command.write(Duration.ofSeconds(10),
            network.inside().command("socat", "-t", "10", "-,ignoreeof", "UDP4:" + Network.OUTSIDE_HOST + ":9" + options + ",readbytes=5"),
            input -> {
                input.write("lite\n".getBytes());
                return null;
            });
        assertEquals("lite\n", result.out());
    }

    @Test
    void gre_tunnel() {
        final Namespace inside = network.inside();
        assumeTrue(inside.tryRun(LIMIT, "ip", "link", "add", "tunnel", "type", "gre", "local", Network.INSIDE_HOST,
            "remote", Network.OUTSIDE_HOST).exitCode() == 0, "the kernel of this machine has no GRE");
        final Namespace outside = network.outside();
        outside.run("ip", "link", "add", "tunnel", "type", "gre", "local", Network.OUTSIDE_HOST, "remote", Network.GATEWAY_OUTSIDE);
        inside.run("ip", "address", "add", "172.31.0.1/30", "dev", "tunnel");
        outside.run("ip", "address", "add", "172.31.0.2/30", "dev", "tunnel");
        inside.run("ip", "link", "set", "tunnel", "up");
        outside.run("ip", "link", "set", "tunnel", "up");
        Traffic.ping(inside, "172.31.0.2", 5, 56);
    }

    @Test
    void sctp_transfer() {
        assumeTrue(Files.exists(Path.of("/proc/sys/net/sctp")), "the kernel of this machine has no SCTP");
        Figures.print("SCTP", "out", new Traffic(network).iperf("--sctp"));
    }

    private static Command.Result inside(final String... words) {
        return network.inside().tryRun(LIMIT, words);
    }

    private static String dig(final String name, final String type, final String... options) {
        return inside(Stream.concat(Stream.of("dig", "@" + Network.FAR_HOST, name, type, "+tries=1", "+time=5"), Stream.of(options))
            .toArray(String[]::new)).orThrow().out();
    }
}
