package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every mistake gets its one clear line and its exit code, and touches nothing. */
@Privileged
class UserErrorsSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String INSIDE = "inside: { interface: l0, address: 10.77.0.1/24 }\n";
    private static final String OUTSIDE = "outside: { interface: w0, address: 198.51.100.1/24, gateway: 198.51.100.2 }\n";

    @TempDir
    private Path directory;

    private Network network;

    @BeforeEach
    void start() {
        network = Network.create("sp-errors");
    }

    @AfterEach
    void stop() {
        try {
            assertEquals("", network.gateway().run("nft", "list", "ruleset").out(), "nothing was touched");
        } finally {
            network.close();
        }
    }

    @Test
    void no_such_interface() throws IOException {
        assertOneLine(1, run(INSIDE.replace("l0", "nosuch0") + OUTSIDE), "nosuch0");
        assertOneLine(1, run(INSIDE + OUTSIDE.replace("w0", "nosuch1")), "nosuch1");
    }

    @Test
    void not_root() throws IOException {
        final List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
            "--bounding-set=-all", "--inh-caps=-all"));
        words.addAll(Program.words("run", "--config", file("gateway.yaml", INSIDE + OUTSIDE
            + "state: { directory: " + Files.createDirectory(directory.resolve("nobody")) + " }\n").toString()));
        Command.run(LIMIT, "chmod", "-R", "a+rwX", directory.toString()).orThrow();
        assertOneLine(1, Command.run(LIMIT, network.gateway().command(words)), "root");
    }

    @Test
    void address_still_on_the_kernels_interface() throws IOException {
        network.gateway().run("ip", "address", "add", "198.51.100.1/24", "dev", "w0");
        assertOneLine(1, run(INSIDE + OUTSIDE), "198.51.100.1");
    }

    @Test
    void second_gateway_on_the_same_state() {
        try (GatewayUnderTest first = GatewayUnderTest.start(network, new Variant("packet", "inline"))) {
            assertOneLine(1, runFile(first.configuration()), "another gateway uses");
            new Traffic(network).ping(Network.GATEWAY_INSIDE, 2, 56);
            assertEquals(0, first.process().stop(), first.process()::err);
        }
    }

    @Test
    void interface_with_another_xdp_program() throws IOException {
        try (GatewayUnderTest first = GatewayUnderTest.start(network, new Variant("xdp", "inline"), "name: first")) {
            final String isolated = network.gateway().run("nft", "list", "ruleset").out();
            assertOneLine(1, run(INSIDE + OUTSIDE + "io: { backend: xdp }\n"), "has an XDP program of somebody else's");
            assertEquals(isolated, network.gateway().run("nft", "list", "ruleset").out());
            new Traffic(network).ping(Network.GATEWAY_INSIDE, 2, 56);
            assertEquals(0, first.process().stop(), first.process()::err);
        }
    }

    @Test
    void mtu_that_is_too_much_for_xdp() throws IOException {
        network.gateway().run("ip", "link", "set", "w0", "mtu", "9000");
        assertOneLine(1, run(INSIDE + OUTSIDE + "io: { backend: xdp }\n"), "MTU of 9000");
    }

    @Test
    void wrong_configurations() throws IOException {
        assertOneLine(2, run(INSIDE + OUTSIDE + "nat: { prots: 1-2 }\n"), "nat.prots");
        assertOneLine(2, run(INSIDE + OUTSIDE + "nat: { ports: 70000-80000 }\n"), "gateway.yaml:3: nat.ports");
        assertOneLine(2, run(INSIDE + OUTSIDE.replace("198.51.100.", "10.77.0.")), "outside.address: 10.77.0.0/24 overlaps");
        assertOneLine(2, run("inside: [\n"), "gateway.yaml:");
        assertOneLine(2, runFile(directory.resolve("missing.yaml")), "missing.yaml");
        assertOneLine(2, Program.run("run"), "--config");
        assertOneLine(2, Program.run("fly"), "fly");
    }

    @Test
    void captures_that_cannot_be_read() throws IOException {
        final String configuration = file("gateway.yaml", INSIDE + OUTSIDE).toString();
        assertOneLine(1, replay(configuration, directory.resolve("missing.pcap")), "missing.pcap");
        assertOneLine(1, replay(configuration, file("text.pcap", "this is not a capture\n")), "text.pcap");
        assertOneLine(1, replay(configuration, file("empty.pcap", "")), "empty.pcap");
        final Path truncated = directory.resolve("truncated.pcap");
        final byte[] whole = PcapFile.write(List.of(new PcapFile.Frame(1_000_000_000L, new byte[60])));
        Files.write(truncated, java.util.Arrays.copyOf(whole, whole.length - 10));
        final Command.Result result = replay(configuration, truncated);
        assertTrue(result.out().startsWith("replayed 0 packets"), "what came before the damage counts");
        assertOneLine(1, new Command.Result(result.words(), result.exitCode(), "", result.err()), "truncated.pcap");
    }

    @Test
    void no_running_gateway() {
        for (final String command : List.of("status", "connections", "counters")) {
            assertOneLine(3, Program.run(command, "--state", directory.toString()), "no ");
        }
    }

    private Command.Result run(final String yaml) throws IOException {
        final String state = yaml.endsWith("[\n") ? "" : "state: { directory: " + directory.resolve("state") + " }\n";
        return runFile(file("gateway.yaml", yaml + state));
    }

    private Command.Result runFile(final Path file) {
        return Command.run(LIMIT, network.gateway().command(Program.words("run", "--config", file.toString())));
    }

    private Command.Result replay(final String configuration, final Path inside) {
        return Program.run("replay", "--config", configuration, "--inside", inside.toString(),
            "--to-inside", directory.resolve("c.pcap").toString(), "--to-outside", directory.resolve("d.pcap").toString());
    }

    private Path file(final String name, final String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static void assertOneLine(final int exitCode, final Command.Result result, final String contained) {
        assertAll(result.toString(),
            () -> assertEquals(exitCode, result.exitCode()),
            () -> assertEquals("", result.out()),
            () -> assertEquals(1, result.err().lines().count(), "one line"),
            () -> assertTrue(result.err().startsWith("sallyport: "), "begins with sallyport:"),
            () -> assertTrue(result.err().contains(contained), "contains " + contained));
    }
}
