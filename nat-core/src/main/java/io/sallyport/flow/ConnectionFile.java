package io.sallyport.flow;

import io.sallyport.memory.OffHeap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The file that holds one worker's connections, mapped into memory: the gateway works in it, other processes read it, and the next gateway
 * takes over what it finds. Everything in it is position-independent.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |                 Magic "SALLYCON" (8 bytes)                    |   stored last
 *  +---------------------------------------------------------------+  8
 *  |                       Layout version                          |
 *  +---------------------------------------------------------------+ 12
 *  |                       Number of lines                         |
 *  +---------------------------------------------------------------+ 16
 *  |          Heartbeat, ns of the gateway's clock (8 bytes)       |
 *  +---------------------------------------------------------------+ 24
 *  |          Heartbeat, ms since the epoch (8 bytes)              |
 *  +---------------------------------------------------------------+ 32
 *  |      Secrets of the hash that shares hosts out (16 bytes)     |
 *  +---------------------------------------------------------------+ 48
 *  |       Number of lines that have ever been used, from the first|
 *  +---------------------------------------------------------------+ 52
 *  |       The same, all bits inverted                             |
 *  +---------------------------------------------------------------+ 56
 *  |                         (reserved) ...                        |
 *  +---------------------------------------------------------------+ 4096
 *  |             Lines of the connections, see {@link FlowTable} ...           |
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>The heartbeats let a reader turn the lines' times, which only the gateway's clock knows, into ages. The secrets let the next gateway
 * share the inside hosts out among workers and public addresses as this one did. The number of used lines spares it to
 * look at all those that never were: most of them, in most gateways.
 */
public final class ConnectionFile implements AutoCloseable {

    /** Version of this layout and of the lines'. */
    public static final int LAYOUT_VERSION = 5;

    private static final long MAGIC = 0x4E4F_4359_4C4C_4153L;
    private static final int VERSION_OFFSET = 8;
    private static final int LINES_OFFSET = 12;
    private static final int HEARTBEAT_NS_OFFSET = 16;
    private static final int HEARTBEAT_EPOCH_MS_OFFSET = 24;
    private static final int HOST_SECRETS_OFFSET = 32;
    private static final int USED_OFFSET = 48;
    private static final int HEADER_LENGTH = 4096;
    private static final int FILL_LENGTH = 1 << 20;

    private final MappedByteBuffer mapped;
    private final UnsafeBuffer header;
    private final OffHeap lines;
    private final OffHeap used;
    private final int capacity;

    private ConnectionFile(final MappedByteBuffer mapped, final int capacity) {
        this.mapped = mapped;
        this.capacity = capacity;
        header = new UnsafeBuffer(mapped, 0, HEADER_LENGTH);
        used = OffHeap.of(new UnsafeBuffer(mapped, USED_OFFSET, FlowTable.USED_LENGTH));
        lines = OffHeap.of(new UnsafeBuffer(mapped, HEADER_LENGTH, Math.toIntExact(FlowTable.memoryLength(capacity))));
    }

    /**
     * Makes an empty file.
     *
     * @param capacity    number of lines
     * @param hostSecrets the two secrets of the hash that shares hosts out
     * @param nowNs       the first heartbeat, in ns of the gateway's clock: a gateway may be killed before its first duty cycle
     * @param epochMs     the same in ms since the epoch
     * @throws IOException if the file exists or cannot be made
     */
    public static ConnectionFile create(
        final Path path, final int capacity, final long[] hostSecrets, final long nowNs, final long epochMs) throws IOException {
        final long length = HEADER_LENGTH + FlowTable.memoryLength(capacity);
        try (FileChannel channel = FileChannel.open(path,
            StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            fill(channel, length);
            final ConnectionFile file = new ConnectionFile(channel.map(FileChannel.MapMode.READ_WRITE, 0, length), capacity);
            file.header.putInt(VERSION_OFFSET, LAYOUT_VERSION);
            file.header.putInt(LINES_OFFSET, capacity);
            file.header.putLong(HOST_SECRETS_OFFSET, hostSecrets[0]);
            file.header.putLong(HOST_SECRETS_OFFSET + Long.BYTES, hostSecrets[1]);
            file.beat(nowNs, epochMs);
            file.header.putLongRelease(0, MAGIC);
            return file;
        }
    }

    /**
     * Maps a file for reading.
     *
     * @throws IOException with a message for the user if it is missing, truncated, not such a file, or of another version
     */
    public static ConnectionFile open(final Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() < HEADER_LENGTH) {
                throw new IOException(path + " is not a connection table: it is too short");
            }
            final long size = Math.min(channel.size(), Integer.MAX_VALUE);
            final UnsafeBuffer head = new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_ONLY, 0, HEADER_LENGTH));
            if (head.getLongAcquire(0) != MAGIC) {
                throw new IOException(path + " is not a connection table");
            }
            if (head.getInt(VERSION_OFFSET) != LAYOUT_VERSION) {
                throw new IOException(path + " has layout version " + head.getInt(VERSION_OFFSET) + ", this program knows "
                    + LAYOUT_VERSION);
            }
            final int capacity = head.getInt(LINES_OFFSET);
            if (capacity < 0 || HEADER_LENGTH + FlowTable.memoryLength(capacity) > size) {
                throw new IOException(path + " is truncated");
            }
            final long length = HEADER_LENGTH + FlowTable.memoryLength(capacity);
            return new ConnectionFile(channel.map(FileChannel.MapMode.READ_ONLY, 0, length), capacity);
        }
    }

    /** Writes zeros, so that a full file system is an error here and not a bus error under a packet. */
    private static void fill(final FileChannel channel, final long length) throws IOException {
        final ByteBuffer zeros = ByteBuffer.allocateDirect(FILL_LENGTH);
        long position = 0;
        while (position < length) {
            zeros.clear().limit((int) Math.min(FILL_LENGTH, length - position));
            position += channel.write(zeros, position);
        }
    }

    /** Memory of the lines. */
    public OffHeap lines() {
        return lines;
    }

    /** Memory of the number of lines that have ever been used; see {@link FlowTable#used}. */
    public OffHeap used() {
        return used;
    }

    /** Number of lines. */
    public int capacity() {
        return capacity;
    }

    /** Says what time it is; the owning worker. */
    public void beat(final long nowNs, final long epochMs) {
        header.putLongRelease(HEARTBEAT_EPOCH_MS_OFFSET, epochMs);
        header.putLongRelease(HEARTBEAT_NS_OFFSET, nowNs);
    }

    /** The two secrets of the hash that shares hosts out. */
    public long[] hostSecrets() {
        return new long[] {header.getLong(HOST_SECRETS_OFFSET), header.getLong(HOST_SECRETS_OFFSET + Long.BYTES)};
    }

    /** Last heartbeat in ns of the gateway's clock. */
    public long heartbeatNs() {
        return header.getLongAcquire(HEARTBEAT_NS_OFFSET);
    }

    /** Last heartbeat in ms since the epoch. */
    public long heartbeatEpochMs() {
        return header.getLongAcquire(HEARTBEAT_EPOCH_MS_OFFSET);
    }

    /** Writes nothing and unmaps; the file stays. */
    @Override
    public void close() {
        BufferUtil.free(mapped);
    }
}
