package io.sallyport.engine;

import io.sallyport.flow.ConnectionFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The files that the connections of an engine lie in, one for each worker. They are made on a thread of their own, beside the rest of the
 * engine: to write their zeros takes as long as all other tables together. Control path.
 */
final class ConnectionFiles implements AutoCloseable {

    private final List<FutureTask<ConnectionFile>> files = new ArrayList<>();

    private ConnectionFiles() {
    }

    /** No files: the connections lie in anonymous memory. */
    static ConnectionFiles none() {
        return new ConnectionFiles();
    }

    /**
     * Begins to make the files.
     *
     * @param directory   where nothing may lie under their names
     * @param workers     number of files
     * @param capacity    connections in each
     * @param hostSecrets the two secrets of the hash that shares hosts out
     * @param nowNs       time in the gateway's clock
     */
    static ConnectionFiles making(
        final Path directory, final int workers, final int capacity, final long[] hostSecrets, final long nowNs) {
        final ConnectionFiles made = new ConnectionFiles();
        for (int worker = 0; worker < workers; worker++) {
            final Path path = StateTakeover.file(directory, worker);
            made.files.add(new FutureTask<>(
                () -> ConnectionFile.create(path, capacity, hostSecrets, nowNs, System.currentTimeMillis())));
        }
        Thread.ofPlatform().daemon().name("sallyport-start-files").start(() -> made.files.forEach(FutureTask::run));
        return made;
    }

    /**
     * The file of a worker, as soon as it is made; null when there are none.
     *
     * @throws IOException if it cannot be made
     */
    ConnectionFile file(final int worker) throws IOException {
        if (files.isEmpty()) {
            return null;
        }
        try {
            return files.get(worker).get();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while making the tables of connections", e);
        } catch (final ExecutionException e) {
            switch (e.getCause()) {
                case final IOException failure -> throw failure;
                case final RuntimeException failure -> throw failure;
                case final Error failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    /** Unmaps them, once they are made; they stay. */
    @Override
    public void close() {
        for (final FutureTask<ConnectionFile> file : files) {
            try {
                file.get().close();
            } catch (final ExecutionException wasNotMade) {
                // then there is nothing to unmap
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
