package io.sallyport.counter;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * The lock on a gateway's state directory. The kernel holds it for the process and takes it back when the process ends, however it
 * ends, so a lock that is held means a gateway that lives.
 *
 * <p>A process that closes any descriptor of a file loses all its POSIX locks on that file (fcntl(2)). So nothing in the process that
 * holds the lock may open the lock file again: {@link #HELD_HERE} is asked first, and all use of lock files is under its monitor.
 */
final class StateLock implements AutoCloseable {

    private static final Set<Path> HELD_HERE = new HashSet<>();
    /** An observer that looks whether a gateway lives holds the lock for some microseconds. */
    private static final int ATTEMPTS = 20;
    private static final long BETWEEN_ATTEMPTS_NS = 5_000_000;

    private final Path directory;
    private final FileChannel channel;

    private StateLock(final Path directory, final FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Takes the lock of an existing directory.
     *
     * @throws IOException with a message for the user when another gateway has it or the file cannot be made
     */
    static StateLock take(final Path directory) throws IOException {
        final Path real = directory.toRealPath();
        synchronized (HELD_HERE) {
            if (HELD_HERE.contains(real)) {
                throw new IOException("another gateway of this process uses " + directory);
            }
            final FileChannel channel = FileChannel.open(
                real.resolve(CommandControlLayout.LOCK_FILE_NAME), Set.of(CREATE, READ, WRITE, NOFOLLOW_LINKS));
            try {
                if (!tryExclusively(channel)) {
                    throw new IOException("another gateway uses " + directory + ", process " + ownerPid(channel));
                }
                channel.truncate(0);
                channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
            } catch (final IOException | RuntimeException failure) {
                channel.close();
                throw failure;
            }
            HELD_HERE.add(real);
            return new StateLock(real, channel);
        }
    }

    /**
     * Whether a process that lives holds the lock.
     *
     * @throws IOException when that cannot be found out
     */
    static boolean isHeld(final Path directory) throws IOException {
        synchronized (HELD_HERE) {
            if (!Files.isDirectory(directory)) {
                return false;
            }
            final Path real = directory.toRealPath();
            if (HELD_HERE.contains(real)) {
                return true;
            }
            try (FileChannel channel = FileChannel.open(real.resolve(CommandControlLayout.LOCK_FILE_NAME), READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
                return lock == null;
            } catch (final NoSuchFileException none) {
                return false;
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD_HERE) {
            if (HELD_HERE.remove(directory)) {
                channel.close();
            }
        }
    }

    private static boolean tryExclusively(final FileChannel channel) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                if (channel.tryLock() != null) {
                    return true;
                }
            } catch (final OverlappingFileLockException ofThisProcess) {
                return false;
            }
            LockSupport.parkNanos(BETWEEN_ATTEMPTS_NS);
        }
        return false;
    }

    private static String ownerPid(final FileChannel channel) throws IOException {
        final ByteBuffer text = ByteBuffer.allocate(20);
        channel.read(text, 0);
        final String pid = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
        return pid.matches("[0-9]{1,19}") ? pid : "unknown";
    }
}
