package io.sallyport.event;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A file of a log that was compressed with gzip after it had been rotated. It has no index, so it is read from beginning to end. */
final class CompressedLog {

    private static final String SUFFIX = ".gz";
    private static final int BLOCK_LENGTH = 1 << 18;

    private final Path path;
    private final EventLine line = new EventLine();

    CompressedLog(final Path path) {
        this.path = path;
    }

    /** Whether a file is one by its name. */
    static boolean isOne(final Path path) {
        return path.toString().endsWith(SUFFIX);
    }

    /**
     * Whether what it was made of is still there, because it is just being compressed. A file of that name that begins at another time is
     * another, which was begun since.
     *
     * @param beginNs where this one begins
     */
    boolean isHalfDone(final long beginNs) throws IOException {
        final String name = path.getFileName().toString();
        try (FileChannel source = FileChannel.open(path.resolveSibling(name.substring(0, name.length() - SUFFIX.length())))) {
            final byte[] first = EventScan.firstLine(source);
            return line.read(first, 0, first.length) && line.timeNs() == beginNs;
        } catch (final NoSuchFileException done) {
            return false;
        }
    }

    /** Receives lines, which are only good during the call. */
    @FunctionalInterface
    interface Handler {
        /** A line; false when no more are wanted. */
        boolean onLine(EventLine line);
    }

    /**
     * Passes its lines on.
     *
     * @return false when it is damaged, or nothing that gzip has made
     */
    boolean forEach(final Handler handler) throws IOException {
        try (InputStream text = new GZIPInputStream(Files.newInputStream(path), BLOCK_LENGTH)) {
            final byte[] block = new byte[BLOCK_LENGTH];
            int length = 0;
            for (int read = text.read(block); read >= 0; read = text.read(block, length, BLOCK_LENGTH - length)) {
                length += read;
                final int used = lines(block, length, handler);
                if (used < 0) {
                    return true;
                }
                // what has no line break in a whole block is no line
                length = used == 0 && length == BLOCK_LENGTH ? 0 : length - used;
                System.arraycopy(block, used, block, 0, length);
            }
            return true;
        } catch (final ZipException | EOFException damaged) {
            return false;
        }
    }

    /** Returns where the rest begins, or -1 when no more lines are wanted. */
    private int lines(final byte[] block, final int length, final Handler handler) {
        int start = 0;
        for (int at = 0; at < length; at++) {
            if (block[at] == '\n') {
                if (line.read(block, start, at) && !handler.onLine(line)) {
                    return -1;
                }
                start = at + 1;
            }
        }
        return start;
    }

    /** Time of its first line that is understood; {@link Long#MAX_VALUE} when there is none. */
    long beginNs() throws IOException {
        final long[] beginNs = {Long.MAX_VALUE};
        forEach(first -> {
            beginNs[0] = first.timeNs();
            return false;
        });
        return beginNs[0];
    }
}
