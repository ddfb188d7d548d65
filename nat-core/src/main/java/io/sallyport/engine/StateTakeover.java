package io.sallyport.engine;

import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionView;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.translate.Connections;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Takes over the connections that an earlier gateway left in the state directory, whether it stopped or was killed, and whatever its
 * number of workers or size of table was: its files are set aside, each connection in them is opened anew with its public endpoint, and
 * only then are the old files removed. If this gateway is killed before that, the next one begins again with the same old files.
 *
 * <p>What cannot be read is left aside under its name and does not stop the gateway.
 */
final class StateTakeover {

    private static final System.Logger LOGGER = System.getLogger(StateTakeover.class.getName());
    private static final String PREFIX = "connections-";
    private static final String SUFFIX = ".dat";
    private static final String OLD_SUFFIX = ".dat.old";

    private final List<Path> old;
    private int taken;
    private int left;

    private StateTakeover(final List<Path> old) {
        this.old = old;
    }

    /** Sets the old files aside. */
    static StateTakeover begin(final Optional<Path> stateDirectory) throws IOException {
        if (stateDirectory.isEmpty()) {
            return new StateTakeover(List.of());
        }
        final Path directory = stateDirectory.get();
        final List<Path> unfinished = list(directory, OLD_SUFFIX);
        for (final Path file : list(directory, SUFFIX)) {
            if (unfinished.isEmpty()) {
                Files.move(file, file.resolveSibling(file.getFileName() + ".old"), StandardCopyOption.REPLACE_EXISTING);
            } else {
                // half a takeover of the files that still lie aside
                Files.delete(file);
            }
        }
        return new StateTakeover(list(directory, OLD_SUFFIX));
    }

    /** Opens the old connections anew, and removes the old files. */
    void finish(
        final Sharding sharding, final List<Connections> connections, final List<FlowTable> tables, final long nowNs)
        throws IOException {
        for (final Path file : old) {
            try (ConnectionReader reader = new ConnectionReader(file)) {
                final long downNs = TimeUnit.MILLISECONDS.toNanos(
                    Math.max(0, System.currentTimeMillis() - reader.heartbeatEpochMs()));
                reader.bequeath((view, addressKey, portKey, entry) -> {
                    final int shard = sharding.ofInsideHost(FlowKey.rawSource(addressKey));
                    adopt(reader, view, addressKey, portKey, entry, connections.get(shard), tables.get(shard), nowNs, downNs);
                });
                Files.delete(file);
            } catch (final IOException e) {
                final Path aside = file.resolveSibling(file.getFileName() + ".unreadable");
                LOGGER.log(System.Logger.Level.WARNING, "{0}; left aside as {1}", e.getMessage(), aside);
                Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (taken + left > 0) {
            LOGGER.log(System.Logger.Level.INFO, "took over {0} connections, {1} have no place in this configuration",
                Integer.toString(taken), Integer.toString(left));
        }
    }

    private void adopt(
        final ConnectionReader reader,
        final ConnectionView view,
        final long addressKey,
        final long portKey,
        final int entry,
        final Connections connections,
        final FlowTable flows,
        final long nowNs,
        final long downNs) {
        final int adopted = connections.adopt(addressKey, portKey, view.publicAddress(), view.publicPort(), view.state(),
            nowNs - view.idleNs() - downNs, nowNs);
        if (adopted >= 0) {
            reader.copyTcpMarks(entry, flows, adopted);
            taken++;
        } else {
            left++;
        }
    }

    static Path file(final Path directory, final int shard) {
        return directory.resolve(PREFIX + shard + SUFFIX);
    }

    static List<Path> files(final Path directory) throws IOException {
        return list(directory, SUFFIX);
    }

    private static List<Path> list(final Path directory, final String suffix) throws IOException {
        final List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + suffix)) {
            files.forEach(found::add);
        }
        Collections.sort(found);
        return found;
    }
}
