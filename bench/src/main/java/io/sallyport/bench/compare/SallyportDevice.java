package io.sallyport.bench.compare;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.CommandException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sallyport.
 *
 * @param root        the repository
 * @param scratch     a directory for configuration and state
 * @param backend     {@code io.backend}
 * @param threading   {@code io.threading}
 * @param waiting     {@code io.wait}
 * @param connections {@code nat.limits.connections}
 * @param cores       the cores that it may use, as taskset has them; empty for those of the gateway
 */
record SallyportDevice(Path root, Path scratch, String backend, String threading, String waiting, int connections, String cores)
    implements Device {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String CONFIGURATION = """
        inside:
          interface: l0
          address: 10.77.0.1/24
          routes: [ { to: 10.88.0.0/16, via: 10.77.0.2 } ]
          neighbours: [ { address: 10.77.0.2, mac: "02:00:00:00:00:02" } ]
        outside:
          interface: w0
          address: 198.51.100.1/24
          gateway: 198.51.100.2
          neighbours: [ { address: 198.51.100.2, mac: "02:00:00:00:01:02" } ]
        nat:
          pool: [ 198.18.0.0/25 ]
          limits: { connections: %d }
        io: { backend: %s, threading: %s, wait: %s }
        state: { directory: %s, keep: false }
        """;

    /** The same with tables for another number of connections. */
    SallyportDevice withConnections(final int number) {
        return new SallyportDevice(root, scratch, backend, threading, waiting, number, cores);
    }

    /** The same on other cores. */
    SallyportDevice withCores(final String list) {
        return new SallyportDevice(root, scratch, backend, threading, waiting, connections, list);
    }

    @Override
    public String name() {
        return backend + " " + threading + ", " + waiting;
    }

    @Override
    public String publicPrefix() {
        return "198.18.0.0/25";
    }

    @Override
    public boolean isCompiledBefore() {
        return false;
    }

    @Override
    public Running start(final Lab lab) {
        final Path file = scratch.resolve("gateway.yaml");
        try {
            Files.writeString(file, CONFIGURATION.formatted(connections, backend, threading, waiting, scratch.resolve("state")));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final List<String> words = new ArrayList<>(cores.isEmpty() ? Machine.onGatewayCores() : List.of("taskset", "-c", cores));
        words.addAll(List.of(root.resolve("tools/bin/sallyport").toString(), "run", "--config", file.toString()));
        final long startNs = System.nanoTime();
        final BackgroundProcess process = lab.gateway().start(words);
        try {
            process.awaitLine("ready", PATIENCE);
        } catch (final CommandException e) {
            process.close();
            final String said = process.err().strip().lines().reduce((first, last) -> last).orElse(e.getMessage());
            throw new UnavailableException(said.replaceFirst("^sallyport: ", "").replaceFirst("^\\S*gateway\\.yaml:\\d+: ", ""));
        }
        return new Running(process, (System.nanoTime() - startNs) / 1e6);
    }
}
