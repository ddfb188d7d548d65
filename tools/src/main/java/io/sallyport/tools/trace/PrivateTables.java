package io.sallyport.tools.trace;

import io.sallyport.engine.Engine;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionReader.Legacy;
import io.sallyport.flow.ConnectionView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** Connection tables of a running gateway, copied into a directory of our own, which goes when this is closed or the process ends. */
final class PrivateTables implements AutoCloseable {

    private final Path directory;
    private final Thread hook = new Thread(this::remove, "sallyport-remove-tables");

    private PrivateTables(final Path directory) {
        this.directory = directory;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Copies the tables of a state directory as they are at this moment; what changes meanwhile may be seen or missed. */
    static PrivateTables copyOf(final Path stateDirectory) throws IOException {
        final PrivateTables tables = new PrivateTables(Files.createTempDirectory("sallyport-trace-" + ProcessHandle.current().pid() + "-"));
        try {
            for (final Path file : Engine.connectionFiles(stateDirectory)) {
                Files.copy(file, tables.directory.resolve(file.getFileName()));
            }
            return tables;
        } catch (final IOException | RuntimeException e) {
            tables.close();
            throw e;
        }
    }

    /** Where they lie: an engine with this state directory takes them over. */
    Path directory() {
        return directory;
    }

    /** The connection that a flow with this key belongs to, in the copy or in the tables of the engine that has taken it over. */
    Optional<Legacy> find(final long addressKey, final long portKey) throws IOException {
        final AtomicReference<Legacy> found = new AtomicReference<>();
        forEach(connection -> {
            if (connection.hasFlow(addressKey, portKey)) {
                found.set(connection);
            }
        });
        return Optional.ofNullable(found.get());
    }

    /** Whether a connection's inside endpoint has another under the same public endpoint. */
    boolean hasOtherOf(final ConnectionView one) throws IOException {
        final LongAdder sharing = new LongAdder();
        forEach(connection -> {
            final ConnectionView view = ConnectionReader.view(connection);
            if (view.protocol() == one.protocol() && view.insideAddress() == one.insideAddress() && view.insidePort() == one.insidePort()
                && view.publicAddress() == one.publicAddress() && view.publicPort() == one.publicPort()) {
                sharing.increment();
            }
        });
        return sharing.sum() > 1;
    }

    /** Number of connections. */
    long count() throws IOException {
        final LongAdder count = new LongAdder();
        forEach(connection -> count.increment());
        return count.sum();
    }

    private void forEach(final Consumer<Legacy> visitor) throws IOException {
        for (final Path file : Engine.connectionFiles(directory)) {
            try (ConnectionReader reader = new ConnectionReader(file)) {
                reader.bequeath(visitor);
            }
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException isEnding) {
            return;
        }
        remove();
    }

    private void remove() {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (final Path file : files) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot remove " + directory, e);
        }
    }
}
