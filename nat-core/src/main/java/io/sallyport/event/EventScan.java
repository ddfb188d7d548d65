package io.sallyport.event;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/** Reads a part of an event log line by line. Lines that are not understood are passed over. */
final class EventScan {

    private static final int BLOCK_LENGTH = 1 << 18;

    private final FileChannel channel;
    private final long from;
    private final long to;
    private final EventLine line = new EventLine();

    /** The lines that begin at {@code from} or later and end before {@code to}, positions in the file. */
    EventScan(final FileChannel channel, final long from, final long to) {
        this.channel = channel;
        this.from = from;
        this.to = to;
    }

    /** Receives lines, which are only good during the call. */
    @FunctionalInterface
    interface Handler {
        /**
         * A line.
         *
         * @param position where it begins in the file
         * @param end      where the next one begins
         */
        void onLine(EventLine line, long position, long end) throws IOException;
    }

    void forEach(final Handler handler) throws IOException {
        final byte[] block = new byte[BLOCK_LENGTH];
        long at = from;
        while (at < to) {
            final int length = read(channel, block, at, to);
            final int used = lines(block, length, at, handler);
            if (length <= 0 || used == 0 && length < BLOCK_LENGTH) {
                return;
            }
            // what has no line break in a whole block is no line
            at += used == 0 ? length : used;
        }
    }

    private int lines(final byte[] block, final int length, final long blockAt, final Handler handler) throws IOException {
        int start = 0;
        for (int at = 0; at < length; at++) {
            if (block[at] == '\n') {
                if (line.read(block, start, at)) {
                    handler.onLine(line, blockAt + start, blockAt + at + 1);
                }
                start = at + 1;
            }
        }
        return start;
    }

    /** The first line of a log, without its line break; empty when it has none that is whole. */
    static byte[] firstLine(final FileChannel channel) throws IOException {
        final byte[] start = new byte[EventText.LONGEST_LINE_LENGTH];
        final int length = read(channel, start, 0, start.length);
        for (int at = 0; at < length; at++) {
            if (start[at] == '\n') {
                return Arrays.copyOf(start, at);
            }
        }
        return new byte[0];
    }

    /** Reads the line that begins at a place; false when there is none that is understood. */
    static boolean readLine(final FileChannel channel, final byte[] memory, final long position, final EventLine line) throws IOException {
        final int length = read(channel, memory, position, Long.MAX_VALUE);
        for (int at = 0; at < length; at++) {
            if (memory[at] == '\n') {
                return line.read(memory, 0, at);
            }
        }
        return false;
    }

    private static int read(final FileChannel channel, final byte[] block, final long position, final long end) throws IOException {
        final ByteBuffer buffer = ByteBuffer.wrap(block, 0, (int) Math.min(block.length, end - position));
        while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {
            // until the block is full or the file ends
        }
        return buffer.position();
    }
}
