package io.sallyport.bench.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The size of the kernel's table of connections, which all namespaces share: large enough during a run, as it was afterwards. */
final class KernelLimits implements AutoCloseable {

    private static final Path MOST = Path.of("/proc/sys/net/netfilter/nf_conntrack_max");
    private static final Path BUCKETS = Path.of("/proc/sys/net/netfilter/nf_conntrack_buckets");
    private static final int MOST_DIGITS = 32;
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
        final KernelLimits limits = new KernelLimits(read(MOST), read(BUCKETS));
        write(BUCKETS, WANTED_BUCKETS);
        write(MOST, WANTED_MOST);
        return limits;
    }

    /** With one read: a number of the kernel's has its first bytes only for whoever reads it in pieces, as Files.readString does. */
    private static String read(final Path file) {
        final ByteBuffer bytes = ByteBuffer.allocate(MOST_DIGITS);
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            channel.read(bytes);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final String value = new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
        if (!value.endsWith("\n")) {
            throw new IllegalStateException(file + ": read in part, it could not be restored: " + value);
        }
        return value.strip();
    }

    /** Says so where a value is not what it was. */
    private static void restore(final Path file, final String value) {
        write(file, value);
        if (!read(file).equals(value)) {
            System.err.println("compare: " + file + " was " + value + " and is now " + read(file));
        }
    }

    private void restore() {
        if (!most.isEmpty()) {
            restore(BUCKETS, buckets);
            restore(MOST, most);
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
