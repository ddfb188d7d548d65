package io.sallyport.io.pcap;

import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes a capture of Ethernet frames: classic pcap with nanoseconds, little-endian whatever the machine, so that the same records make
 * the same bytes. Layout: see {@code ClassicPcap}.
 */
public final class PcapFileWriter implements AutoCloseable {

    private static final int BUFFER_LENGTH = 1 << 20;
    private static final long MAX_SECONDS = 0xFFFF_FFFFL;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private final Path file;
    private final OutputStream stream;
    private final byte[] bytes = new byte[BUFFER_LENGTH];
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    private int used;

    private PcapFileWriter(final Path file, final OutputStream stream) {
        this.file = file;
        this.stream = stream;
    }

    /** Creates the file, or empties the one that is there, and writes the file header. */
    public static PcapFileWriter create(final Path file) throws PortException {
        try {
            final PcapFileWriter writer = new PcapFileWriter(file, Files.newOutputStream(file));
            writer.writeFileHeader();
            return writer;
        } catch (final IOException e) {
            throw FileProblem.unwritable(file, e);
        }
    }

    private void writeFileHeader() {
        buffer.putInt(0, ClassicPcap.MAGIC_NANOSECONDS, ORDER);
        buffer.putShort(ClassicPcap.MAJOR_VERSION_OFFSET, (short) ClassicPcap.MAJOR_VERSION, ORDER);
        buffer.putShort(ClassicPcap.MINOR_VERSION_OFFSET, (short) ClassicPcap.MINOR_VERSION, ORDER);
        buffer.putInt(ClassicPcap.SNAPSHOT_LENGTH_OFFSET, CaptureRecord.MAX_LENGTH, ORDER);
        buffer.putInt(ClassicPcap.LINK_TYPE_OFFSET, CaptureRecord.LINK_TYPE_ETHERNET, ORDER);
        used = ClassicPcap.FILE_HEADER_LENGTH;
    }

    /** Writes a packet of a batch. */
    public void write(final long timestampNs, final PacketBatch batch, final int i) throws PortException {
        write(timestampNs, batch.frames(), batch.offset(i), batch.length(i));
    }

    /**
     * Writes a whole frame.
     *
     * @param timestampNs ns since 1970, before the year 2106
     * @param frames      where it lies
     * @param offset      where its Ethernet header begins
     * @param length      its length in bytes, at most 262,144
     */
    public void write(final long timestampNs, final DirectBuffer frames, final int offset, final int length) throws PortException {
        final long seconds = Math.floorDiv(timestampNs, ClassicPcap.NS_PER_SECOND);
        if (seconds < 0 || seconds > MAX_SECONDS) {
            throw new PortException(file + ": cannot hold a frame of second " + seconds + " since 1970");
        }
        if (length > CaptureRecord.MAX_LENGTH) {
            throw new PortException(file + ": cannot hold a frame of " + length + " bytes");
        }
        if (used + ClassicPcap.RECORD_HEADER_LENGTH + length > BUFFER_LENGTH) {
            flush();
        }
        buffer.putInt(used, (int) seconds, ORDER);
        buffer.putInt(used + ClassicPcap.FRACTION_OFFSET, (int) Math.floorMod(timestampNs, ClassicPcap.NS_PER_SECOND), ORDER);
        buffer.putInt(used + ClassicPcap.CAPTURED_LENGTH_OFFSET, length, ORDER);
        buffer.putInt(used + ClassicPcap.ORIGINAL_LENGTH_OFFSET, length, ORDER);
        used += ClassicPcap.RECORD_HEADER_LENGTH;
        buffer.putBytes(used, frames, offset, length);
        used += length;
    }

    /** Hands what was written to the operating system. */
    public void flush() throws PortException {
        try {
            stream.write(bytes, 0, used);
            stream.flush();
            used = 0;
        } catch (final IOException e) {
            throw FileProblem.unwritable(file, e);
        }
    }

    @Override
    public void close() throws PortException {
        try (stream) {
            flush();
        } catch (final PortException e) {
            throw e;
        } catch (final IOException e) {
            throw FileProblem.unwritable(file, e);
        }
    }
}
