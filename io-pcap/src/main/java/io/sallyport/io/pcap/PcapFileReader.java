package io.sallyport.io.pcap;

import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads a capture of Ethernet frames record by record, without loading the file: classic pcap with microseconds or nanoseconds, and
 * pcapng, each in either byte order.
 *
 * <p>The file is hostile input. Every length is checked; nothing but the two checked exceptions is ever thrown, a
 * {@link PortException} when the file cannot be read at all and a {@link PcapFormatException} when its content makes no sense. Of a
 * truncated file every whole record is delivered first. After an exception the reader is of no further use.
 *
 * <p>Frames are delivered as they were captured. On veth that means super-frames and partial checksums, which
 * {@link io.sallyport.io.SoftwareOffload} finds and completes.
 */
public final class PcapFileReader implements AutoCloseable {

    private static final int GZIP_MAGIC = 0x8B1F;

    private final CaptureInput input;
    private final CaptureFormat format;
    private final CaptureRecord current = new CaptureRecord();

    private PcapFileReader(final CaptureInput input, final CaptureFormat format) {
        this.input = input;
        this.format = format;
    }

    /** Opens a file and reads its header. */
    public static PcapFileReader open(final Path file) throws PortException, PcapFormatException {
        final CaptureInput input = CaptureInput.open(file);
        try {
            return new PcapFileReader(input, recognise(input));
        } catch (final PortException | PcapFormatException e) {
            input.close();
            throw e;
        }
    }

    private static CaptureFormat recognise(final CaptureInput input) throws PortException, PcapFormatException {
        if (input.isAtEnd()) {
            throw input.damaged(0, "the file is empty, not a capture");
        }
        input.require(Integer.BYTES, "the file header");
        final int magic = input.int32(0, ByteOrder.LITTLE_ENDIAN);
        return switch (magic) {
            case ClassicPcap.MAGIC_MICROSECONDS, ClassicPcap.MAGIC_NANOSECONDS -> ClassicPcap.open(input, ByteOrder.LITTLE_ENDIAN);
            case NextGenerationPcap.SECTION_HEADER -> new NextGenerationPcap();
            default -> {
                final int swapped = Integer.reverseBytes(magic);
                if (swapped == ClassicPcap.MAGIC_MICROSECONDS || swapped == ClassicPcap.MAGIC_NANOSECONDS) {
                    yield ClassicPcap.open(input, ByteOrder.BIG_ENDIAN);
                }
                throw input.damaged(0, (magic & 0xFFFF) == GZIP_MAGIC
                    ? "the file is compressed; unpack it with gunzip first" : "neither pcap nor pcapng");
            }
        };
    }

    /**
     * Moves to the next record.
     *
     * @return false at the end of the file
     * @throws PcapFormatException when the file is damaged, or ends within a record ({@link PcapFormatException#isTruncated})
     */
    public boolean next() throws PortException, PcapFormatException {
        return format.next(input, current);
    }

    /** Time of capture, in ns since 1970. */
    public long timestampNs() {
        return current.timestampNs;
    }

    /** How much of the frame was captured, in bytes, 0 to 262,144. */
    public int capturedLength() {
        return current.data.capacity();
    }

    /** Length of the frame on the wire, in bytes; more than {@link #capturedLength} when the capture cut it short. */
    public int originalLength() {
        return current.originalLength;
    }

    /** What was captured of the frame, from its Ethernet header on; until the next call of {@link #next}. */
    public UnsafeBuffer data() {
        return current.data;
    }

    /**
     * Adds what was captured of the frame to a batch that has memory of its own ({@link PacketBatch#owning}).
     *
     * @return its index, or -1 when the batch is full or the frame too long for it
     */
    public int claim(final PacketBatch batch) {
        final int i = batch.claim(capturedLength());
        if (i >= 0) {
            batch.frames().putBytes(batch.offset(i), current.data, 0, capturedLength());
        }
        return i;
    }

    @Override
    public void close() {
        input.close();
    }
}
