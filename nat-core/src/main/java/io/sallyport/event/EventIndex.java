package io.sallyport.event;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the index beside an event log: for each part of the log, of some 65,536 lines, a <em>run</em> of its lines sorted by their
 * {@link EventKey}. Runs are only ever added, and none refers to another, so a crash costs the last one at most. What no run covers has to
 * be read line by line, so a log without an index is slower and nothing else.
 *
 * <pre>
 *   0 magic   8 identity of the log: a hash of its first line                                            16: head of the file
 *   0 magic   8 count   16 from   24 to (bytes of the log)   32 earliest   40 latest (ns since 1970)     48: head of a run
 *   8 × count: key (upper half), offset in the part (lower half), ascending
 * </pre>
 *
 * <p>All values are 8 bytes long, little-endian. One thread at a time.
 */
final class EventIndex implements AutoCloseable {

    static final String SUFFIX = ".index";
    static final int HEAD_LENGTH = 16;
    static final int RUN_HEAD_LENGTH = 48;

    private static final long MAGIC = 0x3130_5845_4E49_5053L;
    private static final long RUN_MAGIC = 0x3130_4E55_5249_5053L;
    private static final int RUN_LINES = 1 << 16;
    /** Lines of a block of text that may come on top. */
    private static final int MORE_LINES = 1 << 14;
    private static final long LONGEST_RUN_LENGTH = 1L << 30;

    private final FileChannel channel;
    private final long[] entries = new long[RUN_LINES + MORE_LINES];
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(RUN_HEAD_LENGTH + entries.length * Long.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN);
    private long end;
    private long from;
    private long earliestNs = Long.MAX_VALUE;
    private long latestNs = Long.MIN_VALUE;
    private int count;

    private EventIndex(final FileChannel channel) {
        this.channel = channel;
    }

    /**
     * A part of the log, and where its run lies.
     *
     * @param from       first byte of the log that it covers
     * @param to         first byte behind it
     * @param earliestNs earliest time in it
     * @param latestNs   latest time in it
     * @param position   where its entries lie in the index
     * @param count      how many there are
     */
    record Run(long from, long to, long earliestNs, long latestNs, long position, int count) {

        private long end() {
            return position + (long) count * Long.BYTES;
        }
    }

    /** Where the index of a log lies. */
    static Path fileOf(final Path log, final long identity) {
        return log.resolveSibling(log.getFileName() + suffix(identity));
    }

    /** How the name of an index ends. */
    static String suffix(final long identity) {
        return ".%016x".formatted(identity) + SUFFIX;
    }

    /** A log is known by its first line, whatever its name is. */
    static long identity(final byte[] text, final int lineLength) {
        long hash = lineLength;
        for (int i = 0; i < lineLength; i++) {
            hash = (hash ^ text[i]) * 0x0000_0100_0000_01B3L;
            hash ^= hash >>> 29;
        }
        return hash;
    }

    /**
     * The index of a log that has been written before, or a new one. The next run begins where the last one ends, or at 0.
     *
     * @param logLength length of the log; runs beyond it are forgotten
     * @return the index; null while another gateway, which this one takes over from, writes it
     */
    static EventIndex open(final Path file, final long identity, final long logLength) throws IOException {
        final FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            if (!lock(channel)) {
                channel.close();
                return null;
            }
            final EventIndex index = new EventIndex(channel);
            index.resume(runs(channel, identity, logLength), identity);
            return index;
        } catch (final IOException failure) {
            channel.close();
            throw failure;
        }
    }

    private static boolean lock(final FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (final OverlappingFileLockException withinThisProcess) {
            return false;
        }
    }

    private void resume(final List<Run> runs, final long identity) throws IOException {
        if (runs.isEmpty()) {
            writeHead(identity);
        } else {
            end = runs.getLast().end();
            from = runs.getLast().to();
        }
        channel.truncate(end);
    }

    /** The runs of an index, in the order of the log; empty when the file is none of this log. */
    static List<Run> runs(final FileChannel channel, final long identity, final long logLength) throws IOException {
        final ByteBuffer head = ByteBuffer.allocate(RUN_HEAD_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        final long length = channel.size();
        final List<Run> runs = new ArrayList<>();
        if (!read(channel, head.limit(HEAD_LENGTH), 0) || head.getLong(0) != MAGIC || head.getLong(8) != identity) {
            return runs;
        }
        long covered = 0;
        for (long at = HEAD_LENGTH; read(channel, head.clear(), at) && head.getLong(0) == RUN_MAGIC;) {
            final Run run = new Run(head.getLong(16), head.getLong(24), head.getLong(32), head.getLong(40), at + RUN_HEAD_LENGTH,
                (int) head.getLong(8));
            if (run.count < 0 || run.end() > length || run.from < covered || run.to < run.from || run.to > logLength) {
                break;
            }
            runs.add(run);
            covered = run.to;
            at = run.end();
        }
        return runs;
    }

    /** Where the next run begins. */
    long from() {
        return from;
    }

    /** Has the next run begin further on; before any line is added to it. */
    void skipTo(final long position) {
        from = position;
    }

    /** Notes a line; {@code position} is where it begins in the log. */
    void add(final int key, final long position, final long timeNs) {
        entries[count++] = (long) key << 32 | position - from;
        earliestNs = Math.min(earliestNs, timeNs);
        latestNs = Math.max(latestNs, timeNs);
    }

    /**
     * Forgets the lines from a place on, because they could not be written.
     *
     * @return how many of them were events, and not lines about the log
     */
    int forgetFrom(final long position) {
        int events = 0;
        while (count > 0 && from + (entries[count - 1] & 0xFFFF_FFFFL) >= position) {
            count--;
            events += isEvent((int) (entries[count] >>> 32)) ? 1 : 0;
        }
        return events;
    }

    /** Whether a key is that of something that a worker told. */
    static boolean isEvent(final int key) {
        return key >= EventKind.count() || switch (EventKind.of(key)) {
            case BLOCK_CLAIMED, BLOCK_RETURNED, REFUSED -> true;
            default -> false;
        };
    }

    /** Whether the next run is as long as it should become. */
    boolean isFull(final long position) {
        return count >= RUN_LINES || position - from >= LONGEST_RUN_LENGTH;
    }

    /** Writes the run of all lines so far, up to {@code position}: first its entries, then, when they are safe, its head. */
    void seal(final long position) throws IOException {
        if (count == 0) {
            from = position;
            return;
        }
        Arrays.sort(entries, 0, count);
        buffer.clear();
        buffer.putLong(RUN_MAGIC).putLong(count).putLong(from).putLong(position).putLong(earliestNs).putLong(latestNs);
        buffer.asLongBuffer().put(entries, 0, count);
        final int length = RUN_HEAD_LENGTH + count * Long.BYTES;
        write(buffer.limit(length).position(RUN_HEAD_LENGTH), end + RUN_HEAD_LENGTH);
        channel.force(false);
        write(buffer.limit(RUN_HEAD_LENGTH).position(0), end);
        end += length;
        from = position;
        count = 0;
        earliestNs = Long.MAX_VALUE;
        latestNs = Long.MIN_VALUE;
    }

    /** Closes the file; lines that no run has yet are left to be read one by one. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Deletes the indexes of logs that are gone. */
    static void deleteOrphans(final Path log, final List<Long> identities) throws IOException {
        final List<String> wanted = identities.stream().map(EventIndex::suffix).toList();
        final String name = log.getFileName().toString();
        try (DirectoryStream<Path> siblings = Files.newDirectoryStream(log.toAbsolutePath().getParent(), entry -> {
            final String other = entry.getFileName().toString();
            return other.startsWith(name + ".") && other.length() == name.length() + suffix(0).length() && other.endsWith(SUFFIX)
                && wanted.stream().noneMatch(other::endsWith);
        })) {
            for (final Path orphan : siblings) {
                Files.deleteIfExists(orphan);
            }
        }
    }

    private void writeHead(final long identity) throws IOException {
        buffer.clear();
        write(buffer.putLong(MAGIC).putLong(identity).flip(), 0);
        end = HEAD_LENGTH;
    }

    private void write(final ByteBuffer bytes, final long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    private static boolean read(final FileChannel channel, final ByteBuffer bytes, final long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            final int read = channel.read(bytes, at);
            if (read < 0) {
                return false;
            }
            at += read;
        }
        bytes.flip();
        return true;
    }
}
