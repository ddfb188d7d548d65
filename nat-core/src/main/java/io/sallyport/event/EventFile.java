package io.sallyport.event;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * The file of an event log, which is only ever added to, in whole lines. When it is renamed or removed, a new one is begun; it may rename
 * itself when it has become too long. What cannot be written, because the disk is full, is lost and counted, and the next lines are tried
 * again. Beside it lies its {@link EventIndex}.
 *
 * <p>One thread at a time.
 */
final class EventFile implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger(EventFile.class.getName());
    private static final DateTimeFormatter ROTATED = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");
    private static final int TEXT_LENGTH = 1 << 18;
    /** Most that is read of a log at the start to complete its index, in bytes; what is before it is left to the reader. */
    private static final long LONGEST_GAP_LENGTH = 64L << 20;
    /** How often the index is tried again. */
    private static final long INDEX_INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final Path path;
    private final Preamble preamble;
    private final EventText text = new EventText(TEXT_LENGTH);
    private final ByteBuffer bytes = ByteBuffer.wrap(text.memory());
    private long rotateLength;
    private FileChannel channel;
    private FileChannel reading;
    private Object fileKey;
    private EventIndex index;
    private long length;
    private int lineStart;
    private int events;
    private long written;
    private long lost;
    private boolean failing;
    private boolean indexFailing;
    private long nextIndexNs;

    private EventFile(final Path path, final long rotateLength, final Preamble preamble) {
        this.path = path;
        this.rotateLength = rotateLength;
        this.preamble = preamble;
    }

    /** What a file begins with. */
    @FunctionalInterface
    interface Preamble {
        /** Writes lines, each by {@link #begin} and {@link #end}. */
        void write(EventFile file, EventKind kind);
    }

    /**
     * Goes on with a file, or begins one.
     *
     * @param rotateLength length in bytes at which it is renamed; 0 for never
     * @throws IOException when it cannot be opened for writing
     */
    static EventFile append(final Path path, final long rotateLength, final Preamble preamble) throws IOException {
        final EventFile file = open(path, rotateLength, preamble);
        file.goOn(EventKind.STARTED);
        return file;
    }

    /** The same without writing anything before it is {@linkplain #start started}. */
    static EventFile open(final Path path, final long rotateLength, final Preamble preamble) throws IOException {
        final EventFile file = new EventFile(path, rotateLength, preamble);
        file.open();
        return file;
    }

    /** Goes on with a file that was opened. */
    void start() {
        try {
            goOn(EventKind.STARTED);
        } catch (final IOException failure) {
            closeFiles();
            failed(failure);
        }
    }

    /** Renames the file at another length from now on; 0 for never. */
    void rotateAt(final long newLength) {
        rotateLength = newLength;
    }

    /**
     * Begins a file anew.
     *
     * @param writer what must have written a file that is there; another's is not overwritten
     * @throws IOException when it cannot be opened for writing, or is another's
     */
    static EventFile replace(final Path path, final String writer, final Preamble preamble) throws IOException {
        if (Files.exists(path) && Files.size(path) > 0) {
            forget(path, writer);
        }
        return append(path, 0, preamble);
    }

    private static void forget(final Path path, final String writer) throws IOException {
        try (FileChannel old = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final byte[] line = EventScan.firstLine(old);
            if (!new String(line, StandardCharsets.ISO_8859_1).contains(EventText.writtenBy(writer))) {
                throw new IOException(path + " was not written by a " + writer + ", which therefore does not overwrite it");
            }
            Files.deleteIfExists(EventIndex.fileOf(path, EventIndex.identity(line, line.length)));
            old.truncate(0);
        }
    }

    /** Where the next line goes: between {@link #begin} and {@link #end}. */
    EventText text() {
        return text;
    }

    /** A line comes. */
    void begin() {
        if (text.isFull()) {
            flush();
        }
        lineStart = text.length();
    }

    /**
     * The line is whole.
     *
     * @param key    what it is found by
     * @param timeNs its time, in ns since 1970
     */
    void end(final int key, final long timeNs) {
        if (index != null) {
            index.add(key, length + lineStart, timeNs);
        }
        events += EventIndex.isEvent(key) ? 1 : 0;
    }

    /** Events that are in the file. */
    long written() {
        return written;
    }

    /** Events that could not be written. */
    long lost() {
        return lost;
    }

    /**
     * Writes the lines so far.
     *
     * @return false when that is not possible; then they are lost
     */
    boolean flush() {
        if (text.length() == 0) {
            return !failing;
        }
        if (channel == null) {
            drop(0);
            return false;
        }
        bytes.limit(text.length()).position(0);
        try {
            final boolean isOnlyWriter = channel.size() == length;
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            written += events;
            events = 0;
            if (isOnlyWriter) {
                length += text.length();
                seal(false);
            } else {
                indexOthers();
            }
            text.clear();
            recovered();
            return true;
        } catch (final IOException failure) {
            failed(failure);
            drop(wholeLines(bytes.position()));
            return false;
        }
    }

    /** While one gateway takes over from another, both write: what is new in the file is found out by reading it. */
    private void indexOthers() throws IOException {
        if (index != null) {
            index.forgetFrom(length);
            seal(true);
        }
        if (channel.size() > length) {
            length = channel.size();
            catchUp();
        }
    }

    /** Begins a new file when this one has been renamed, removed, shortened or has become too long; right after {@link #flush}. */
    void check() {
        try {
            final BasicFileAttributes found = channel == null ? null : Files.readAttributes(path, BasicFileAttributes.class);
            if (found == null || !found.fileKey().equals(fileKey) || found.size() < length) {
                reopen();
            } else if (found.size() > length) {
                indexOthers();
            } else if (rotateLength > 0 && length >= rotateLength) {
                Files.move(path, rotatedName());
                reopen();
            } else if (index == null && System.nanoTime() - nextIndexNs >= 0) {
                openIndex();
            }
        } catch (final NoSuchFileException renamed) {
            reopen();
        } catch (final IOException failure) {
            failed(failure);
        }
    }

    /** Writes what is left, with the index of all that is written. */
    @Override
    public void close() {
        flush();
        seal(true);
        closeFiles();
    }

    private void reopen() {
        try {
            seal(true);
            closeFiles();
            open();
            goOn(EventKind.CONTINUED);
        } catch (final IOException failure) {
            closeFiles();
            failed(failure);
        }
    }

    private void open() throws IOException {
        channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        try {
            reading = FileChannel.open(path, StandardOpenOption.READ);
            fileKey = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (final IOException failure) {
            closeFiles();
            throw failure;
        }
    }

    private void goOn(final EventKind kind) throws IOException {
        length = channel.size();
        final boolean isNew = length == 0;
        if (isNew) {
            preamble.write(this, kind);
            if (!flush()) {
                closeFiles();
                return;
            }
        } else {
            mendLastLine();
        }
        openIndex();
        if (!isNew) {
            preamble.write(this, kind);
            flush();
        }
        deleteOrphans();
    }

    /** A crash may have cut it. */
    private void mendLastLine() throws IOException {
        final ByteBuffer last = ByteBuffer.allocate(1);
        reading.read(last, length - 1);
        if (last.get(0) != '\n') {
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
            length++;
        }
    }

    /** Without lines that wait to be written. */
    private void openIndex() {
        nextIndexNs = System.nanoTime() + INDEX_INTERVAL_NS;
        try {
            final byte[] line = EventScan.firstLine(reading);
            final long identity = EventIndex.identity(line, line.length);
            index = EventIndex.open(EventIndex.fileOf(path, identity), identity, length);
            catchUp();
        } catch (final IOException failure) {
            indexFailed(failure);
        }
    }

    /** Indexes what is in the file already and in no run. */
    private void catchUp() {
        if (index == null) {
            return;
        }
        if (length - index.from() > LONGEST_GAP_LENGTH) {
            LOGGER.log(Level.WARNING, "{0}: {1} MB of the event log are in no index and will be slow to search", path,
                Long.toString(length - index.from() >> 20));
            index.skipTo(length);
            return;
        }
        try {
            new EventScan(reading, index.from(), length).forEach((line, position, lineEnd) -> {
                index.add(EventKey.of(line), position, line.timeNs());
                if (index.isFull(position)) {
                    index.seal(lineEnd);
                }
            });
        } catch (final IOException failure) {
            indexFailed(failure);
        }
    }

    private void seal(final boolean now) {
        if (index != null && (now || index.isFull(length))) {
            sealAt(length);
        }
    }

    private void sealAt(final long position) {
        try {
            index.seal(position);
            indexFailing = false;
        } catch (final IOException failure) {
            indexFailed(failure);
        }
    }

    /** What was written up to the last whole line stays, the rest is lost. */
    private void drop(final int whole) {
        final int lostNow = index == null ? events : index.forgetFrom(length + whole);
        written += events - lostNow;
        lost += lostNow;
        events = 0;
        length += whole;
        text.clear();
        try {
            if (channel != null) {
                channel.truncate(length);
            }
        } catch (final IOException failure) {
            failed(failure);
        }
    }

    private int wholeLines(final int writtenLength) {
        int whole = writtenLength;
        while (whole > 0 && text.memory()[whole - 1] != '\n') {
            whole--;
        }
        return whole;
    }

    private Path rotatedName() {
        final String stamp = ROTATED.format(LocalDateTime.ofEpochSecond(
            TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()), 0, ZoneOffset.UTC));
        Path name = path.resolveSibling(path.getFileName() + "." + stamp);
        for (int number = 1; Files.exists(name); number++) {
            name = path.resolveSibling(path.getFileName() + "." + stamp + "-" + number);
        }
        return name;
    }

    private void deleteOrphans() {
        try {
            final List<Long> identities = new ArrayList<>();
            for (final Path log : EventSearch.filesOf(path)) {
                try (FileChannel other = FileChannel.open(log, StandardOpenOption.READ)) {
                    final byte[] line = EventScan.firstLine(other);
                    identities.add(EventIndex.identity(line, line.length));
                }
            }
            EventIndex.deleteOrphans(path, identities);
        } catch (final IOException failure) {
            LOGGER.log(Level.DEBUG, "old indexes stay", failure);
        }
    }

    private void indexFailed(final IOException failure) {
        if (!indexFailing) {
            indexFailing = true;
            LOGGER.log(Level.WARNING, "the event log has no index, which makes it slow to search: {0}", failure.getMessage());
        }
        closeIndex();
    }

    private void failed(final IOException failure) {
        if (!failing) {
            failing = true;
            LOGGER.log(Level.WARNING, "events are lost, the gateway goes on: {0}", failure.getMessage());
        }
    }

    private void recovered() {
        if (failing) {
            failing = false;
            LOGGER.log(Level.INFO, "events are written again; {0} were lost so far", Long.toString(lost));
        }
    }

    private void closeFiles() {
        CloseHelper.quietCloseAll(channel, reading);
        channel = null;
        reading = null;
        closeIndex();
    }

    private void closeIndex() {
        CloseHelper.quietClose(index);
        index = null;
    }
}
