package io.sallyport.tools.system;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** tcpdump on a host's interface. */
final class Sniffer implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final BackgroundProcess process;
    private final Path file;

    private Sniffer(final BackgroundProcess process, final Path file) {
        this.process = process;
        this.file = file;
    }

    /** Starts it, and returns once it captures. */
    static Sniffer start(final Namespace host, final String interfaceName, final Path file, final String... filter) {
        final List<String> words = new ArrayList<>(List.of("tcpdump", "-i", interfaceName, "-n", "-U", "--immediate-mode",
            "--time-stamp-precision=nano", "-Z", "root", "-s", "0", "-w", file.toString()));
        words.addAll(List.of(filter));
        final BackgroundProcess process = host.start(words);
        process.awaitErrorLine("listening on", LIMIT);
        return new Sniffer(process, file);
    }

    /** Stops it, and returns the packets that it captured. */
    List<PcapFile.Frame> stop() {
        process.stop();
        try {
            return PcapFile.read(Files.readAllBytes(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
