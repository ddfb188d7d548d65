package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.CommandException;
import io.sallyport.tools.demo.Counters;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** {@code sallyport run} in the gateway's namespace of a {@link Network}, with a configuration and a state directory of its own. */
final class GatewayUnderTest implements AutoCloseable {

    private static final Duration READY_LIMIT = Duration.ofSeconds(20);
    private static final Duration QUIET_LIMIT = Duration.ofSeconds(5);

    private final Network network;
    private final Path directory;
    private BackgroundProcess process;
    private String readyLine;

    private GatewayUnderTest(final Network network, final Path directory) {
        this.network = network;
        this.directory = directory;
    }

    /**
     * Starts one and waits until it forwards.
     *
     * @param moreYaml further lines of the configuration, top-level keys
     */
    static GatewayUnderTest start(final Network network, final Variant variant, final String... moreYaml) {
        try {
            final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "sallyport-test-");
            final GatewayUnderTest gateway = new GatewayUnderTest(network, directory);
            Files.writeString(gateway.configuration(), """
                inside:  { interface: %s, address: %s/24 }
                outside: { interface: %s, address: %s/24, gateway: %s }
                io:      { backend: %s, threading: %s }
                state:   { directory: %s }
                """.formatted(Network.INSIDE_INTERFACE, Network.GATEWAY_INSIDE, Network.OUTSIDE_INTERFACE, Network.GATEWAY_OUTSIDE,
                Network.OUTSIDE_HOST, variant.backend(), variant.threading(), gateway.state()) + String.join("\n", moreYaml) + "\n");
            try {
                gateway.restart();
                return gateway;
            } catch (final CommandException e) {
                gateway.deleteFiles();
                throw e;
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the program again, with the same configuration and state. */
    void restart() {
        restart(Program.words());
    }

    /** The same with another build of the program, which these words start. */
    void restart(final List<String> program) {
        final List<String> words = new ArrayList<>(program);
        words.addAll(List.of("run", "--config", configuration().toString()));
        process = network.gateway().start(words);
        try {
            readyLine = process.awaitLine("ready", READY_LIMIT);
        } catch (final CommandException e) {
            process.close();
            throw e;
        }
    }

    /** The configuration file. */
    Path configuration() {
        return directory.resolve("gateway.yaml");
    }

    /** The state directory. */
    Path state() {
        return directory.resolve("state");
    }

    /** The line that said that it forwards. */
    String readyLine() {
        return readyLine;
    }

    /** The process. */
    BackgroundProcess process() {
        return process;
    }

    /** What {@code sallyport counters} shows. */
    Counters counters() {
        final Command.Result result = Program.run("counters", "--json", "--state", state().toString());
        return Counters.parse(result.orThrow().out());
    }

    /**
     * Asserts that every packet is accounted for: what came in went out, was dropped, was for the gateway, or waits.
     *
     * <p>The hosts' kernels send now and then (ARP, neighbour discovery); two looks that are the same are a quiet moment.
     */
    void assertEveryPacketAccountedFor() {
        final long deadlineNs = System.nanoTime() + QUIET_LIMIT.toNanos();
        Counters before = counters();
        Counters now = counters();
        while ((!now.equals(before) || now.packetsIn() != now.packetsAccountedFor()) && System.nanoTime() < deadlineNs) {
            before = now;
            now = counters();
        }
        assertEquals(now.packetsIn(), now.packetsAccountedFor(), now::toString);
    }

    /**
     * Ends a test class: the accounts of its gateway are looked at, then everything is closed, in this order; what was not started is null.
     */
    static void closeAll(final GatewayUnderTest gateway, final AutoCloseable... others) throws Exception {
        try {
            if (gateway != null) {
                gateway.assertEveryPacketAccountedFor();
            }
        } finally {
            for (final AutoCloseable other : others) {
                if (other != null) {
                    other.close();
                }
            }
        }
    }

    @Override
    public void close() {
        process.close();
        deleteFiles();
    }

    private void deleteFiles() {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
