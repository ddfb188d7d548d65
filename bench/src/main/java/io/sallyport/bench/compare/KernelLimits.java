package io.sallyport.bench.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The size of the kernel's table of connections, which all namespaces share: large enough during a run, as it was afterwards. */
final class KernelLimits implements AutoCloseable {

    private static final Path MOST = Path.of("/proc/sys/net/netfilter/nf_conntrack_max");
    private static final Path BUCKETS = Path.of("/proc/sys/net/netfilter/nf_conntrack_buckets");
    private static final String WANTED_MOST = "8388608";
    private static final String WANTED_BUCKETS = "4194304";

    private final String most;
    private final String buckets;
    private final Thread hook = new Thread(this::restore, "restore limits");

    private KernelLimits(final String most, final String buckets) {
        this.most = most;
        this.buckets = buckets;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Raises them. */
    static KernelLimits raise() {
        if (!Files.exists(MOST)) {
            return new KernelLimits("", "");
        }
        final KernelLimits limits = new KernelLimits(Machine.line(MOST.toString()), Machine.line(BUCKETS.toString()));
        write(BUCKETS, WANTED_BUCKETS);
        write(MOST, WANTED_MOST);
        return limits;
    }

    private void restore() {
        if (!most.isEmpty()) {
            write(BUCKETS, buckets);
            write(MOST, most);
        }
    }

    private static void write(final Path file, final String value) {
        try {
            Files.writeString(file, value);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(hook);
        restore();
    }
}
