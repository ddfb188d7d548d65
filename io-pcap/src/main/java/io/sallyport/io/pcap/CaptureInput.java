package io.sallyport.io.pcap;

import io.sallyport.packet.PortException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A file as a stream of bytes with a window: what is asked for lies in the buffer in one piece, so that its fields can be read in
 * whichever byte order. Never reads past what the window was asked to hold.
 */
final class CaptureInput implements AutoCloseable {

    /** Longest piece that can be asked for: the longest record and what surrounds it. */
    static final int MAX_WINDOW_LENGTH = 1 << 20;

    private final Path file;
    private final InputStream stream;
    private final byte[] bytes = new byte[MAX_WINDOW_LENGTH];
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    private int start;
    private int end;
    private long offset;

    private CaptureInput(final Path file, final InputStream stream) {
        this.file = file;
        this.stream = stream;
    }

    /** Opens a file, or anything that can be read like one. */
    static CaptureInput open(final Path file) throws PortException {
        try {
            return new CaptureInput(file, Files.newInputStream(file));
        } catch (final IOException e) {
            throw FileProblem.unreadable(file, e);
        }
    }

    /** Tries to bring {@code length} bytes into the window, at most {@link #MAX_WINDOW_LENGTH}; false when the file ends before. */
    boolean has(final int length) throws PortException {
        if (end - start >= length) {
            return true;
        }
        System.arraycopy(bytes, start, bytes, 0, end - start);
        end -= start;
        start = 0;
        try {
            end += stream.readNBytes(bytes, end, length - end);
        } catch (final IOException e) {
            throw FileProblem.unreadable(file, e);
        }
        return end >= length;
    }

    /** Brings {@code length} bytes into the window, or reports that the file ends within {@code what}. */
    void require(final int length, final String what) throws PortException, PcapFormatException {
        if (!has(length)) {
            throw PcapFormatException.truncated(file, offset, what);
        }
    }

    /** Whether the file ends here. */
    boolean isAtEnd() throws PortException {
        return !has(1);
    }

    /** Passes over {@code length} bytes that lie in the window. */
    void consume(final int length) {
        start += length;
        offset += length;
    }

    /** Passes over any number of bytes. */
    void skip(final long length, final String what) throws PortException, PcapFormatException {
        final int inWindow = (int) Math.min(length, end - start);
        try {
            stream.skipNBytes(length - inWindow);
        } catch (final EOFException e) {
            throw PcapFormatException.truncated(file, offset, what);
        } catch (final IOException e) {
            throw FileProblem.unreadable(file, e);
        }
        start += inWindow;
        offset += length;
    }

    /** Offset of the window in the file. */
    long offset() {
        return offset;
    }

    /** The 32 bits at {@code at} bytes into the window. */
    int int32(final int at, final ByteOrder order) {
        return buffer.getInt(start + at, order);
    }

    /** The same as an unsigned number. */
    long unsigned32(final int at, final ByteOrder order) {
        return int32(at, order) & 0xFFFF_FFFFL;
    }

    /** The 16 bits at {@code at} bytes into the window, unsigned. */
    int unsigned16(final int at, final ByteOrder order) {
        return buffer.getShort(start + at, order) & 0xFFFF;
    }

    /** The 64 bits at {@code at} bytes into the window. */
    long int64(final int at, final ByteOrder order) {
        return buffer.getLong(start + at, order);
    }

    /** The byte at {@code at} bytes into the window, unsigned. */
    int unsigned8(final int at) {
        return bytes[start + at] & 0xFF;
    }

    /** Points {@code view} at {@code length} bytes in the window; they stay until the next {@link #has}. */
    void view(final int at, final int length, final UnsafeBuffer view) {
        view.wrap(bytes, start + at, length);
    }

    /** A complaint about what stands {@code at} bytes into the window. */
    PcapFormatException damaged(final int at, final String problem) {
        return PcapFormatException.damaged(file, offset + at, problem);
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (final IOException e) {
            // nothing was written
        }
    }
}
