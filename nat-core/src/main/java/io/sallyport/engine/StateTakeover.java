package io.sallyport.engine;

import io.sallyport.flow.ConnectionReader;
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
 * only then are the old files removed. A gateway may be killed at any step; two marker files tell the next one where to go on:
 *
 * <pre>
 *   no marker          set aside what is not yet: every table, aside or not, is an earlier gateway's
 *   takeover           the tables aside are an earlier gateway's, the others half a takeover of them
 *   takeover.done      the tables aside are of no use any more
 * </pre>
 *
 * <p>Inside hosts stay with their worker. Where the number of workers is another one, they do not, and of the connections whose public
 * ports lie in one block only those of one worker have a place.
 *
 * <p>What cannot be read is left aside under its name and does not stop the gateway.
 */
final class StateTakeover {

    private static final System.Logger LOGGER = System.getLogger(StateTakeover.class.getName());
    private static final String PREFIX = "connections-";
    private static final String SUFFIX = ".dat";
    private static final String OLD_SUFFIX = ".dat.old";
    private static final String BEGUN = "takeover";
    private static final String DONE = "takeover.done";
    /** Longer than every timeout. */
    private static final long LONGEST_DOWN_MS = TimeUnit.DAYS.toMillis(30);

    private final Optional<Path> stateDirectory;
    private final List<Path> old;
    private int taken;
    private int left;

    private StateTakeover(final Optional<Path> stateDirectory, final List<Path> old) {
        this.stateDirectory = stateDirectory;
        this.old = old;
    }

    /** Sets the old files aside. */
    static StateTakeover begin(final Optional<Path> stateDirectory) throws IOException {
        if (stateDirectory.isEmpty()) {
            return new StateTakeover(stateDirectory, List.of());
        }
        final Path directory = stateDirectory.get();
        if (Files.exists(directory.resolve(DONE))) {
            delete(list(directory, OLD_SUFFIX));
            Files.delete(directory.resolve(DONE));
        } else if (Files.exists(directory.resolve(BEGUN))) {
            delete(list(directory, SUFFIX));
        }
        for (final Path file : list(directory, SUFFIX)) {
            Files.move(file, file.resolveSibling(file.getFileName() + ".old"), StandardCopyOption.REPLACE_EXISTING);
        }
        final List<Path> old = list(directory, OLD_SUFFIX);
        if (!old.isEmpty() && !Files.exists(directory.resolve(BEGUN))) {
            Files.createFile(directory.resolve(BEGUN));
        }
        return new StateTakeover(stateDirectory, old);
    }

    /** The secrets by which the earlier gateway shared its hosts out; {@code otherwise} where there was none. */
    long[] hostSecrets(final long[] otherwise) {
        for (final Path file : old) {
            try (ConnectionReader reader = new ConnectionReader(file)) {
                return reader.hostSecrets();
            } catch (final IOException e) {
                LOGGER.log(System.Logger.Level.DEBUG, "no secrets", e);
            }
        }
        return otherwise;
    }

    /** Opens the old connections anew, and removes the old files. */
    void finish(final Sharding sharding, final List<Heir> heirs, final long nowNs) throws IOException {
        for (final Path file : old) {
            try (ConnectionReader reader = new ConnectionReader(file)) {
                reader.requireSound();
                final long downNs = TimeUnit.MILLISECONDS.toNanos(
                    Math.clamp(System.currentTimeMillis() - reader.heartbeatEpochMs(), 0, LONGEST_DOWN_MS));
                reader.bequeath(legacy -> {
                    final Heir heir = heirs.get(sharding.ofConnection(legacy.addressKey(), legacy.portKey(), legacy.newAddresses()));
                    final int adopted = legacy.isGuest() ? -1 : heir.adopt(legacy, nowNs - legacy.idleNs() - downNs, nowNs);
                    if (adopted >= 0) {
                        reader.copyTcpMarks(legacy.line(), heir.flows(), adopted);
                        taken++;
                    } else {
                        left++;
                    }
                });
            } catch (final IOException e) {
                final Path aside = file.resolveSibling(file.getFileName() + ".unreadable");
                LOGGER.log(System.Logger.Level.WARNING, "{0}; left aside as {1}", e.getMessage(), aside);
                Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (!old.isEmpty()) {
            final Path directory = stateDirectory.orElseThrow();
            Files.move(directory.resolve(BEGUN), directory.resolve(DONE), StandardCopyOption.ATOMIC_MOVE);
            delete(list(directory, OLD_SUFFIX));
            Files.delete(directory.resolve(DONE));
        }
        if (taken + left > 0) {
            LOGGER.log(System.Logger.Level.INFO, "took over {0} connections, {1} have no place in this configuration",
                Integer.toString(taken), Integer.toString(left));
        }
    }

    /** Removes what an earlier gateway left, whole or half taken over. */
    static void forget(final Path directory) throws IOException {
        delete(list(directory, OLD_SUFFIX));
        delete(list(directory, SUFFIX));
        Files.deleteIfExists(directory.resolve(BEGUN));
        Files.deleteIfExists(directory.resolve(DONE));
    }

    private static void delete(final List<Path> files) throws IOException {
        for (final Path file : files) {
            Files.delete(file);
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
