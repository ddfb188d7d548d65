package io.sallyport.io.pcap;

import io.sallyport.packet.PortException;
import java.nio.ByteOrder;

/**
 * The classic file format (draft-ietf-opsawg-pcap), in the byte order of the machine that wrote it.
 *
 * <pre>
 *  file header, 24 bytes                      record header, 16 bytes
 *  +-----------------------------------+      +-----------------------------------+
 *  | 0   magic number                  |      | 0   seconds since 1970            |
 *  | 4   version: major, minor (short) |      | 4   microseconds or nanoseconds   |
 *  | 8   reserved                      |      | 8   captured length               |
 *  | 16  snapshot length               |      | 12  original length               |
 *  | 20  link type, in the low 16 bits |      +-----------------------------------+
 *  +-----------------------------------+
 * </pre>
 */
final class ClassicPcap implements CaptureFormat {

    /** Magic number of a file with microseconds. */
    static final int MAGIC_MICROSECONDS = 0xA1B2C3D4;
    /** Magic number of a file with nanoseconds. */
    static final int MAGIC_NANOSECONDS = 0xA1B23C4D;

    static final int FILE_HEADER_LENGTH = 24;
    static final int RECORD_HEADER_LENGTH = 16;
    static final int MAJOR_VERSION = 2;
    static final int MINOR_VERSION = 4;
    static final int MAJOR_VERSION_OFFSET = 4;
    static final int MINOR_VERSION_OFFSET = 6;
    static final int SNAPSHOT_LENGTH_OFFSET = 16;
    static final int LINK_TYPE_OFFSET = 20;
    static final int FRACTION_OFFSET = 4;
    static final int CAPTURED_LENGTH_OFFSET = 8;
    static final int ORIGINAL_LENGTH_OFFSET = 12;

    static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int NS_PER_MICROSECOND = 1_000;

    private final ByteOrder order;
    private final int fractionNs;

    private ClassicPcap(final ByteOrder order, final int fractionNs) {
        this.order = order;
        this.fractionNs = fractionNs;
    }

    /** Reads the file header, the magic number of which was recognised in {@code order}. */
    static ClassicPcap open(final CaptureInput input, final ByteOrder order) throws PortException, PcapFormatException {
        input.require(FILE_HEADER_LENGTH, "the file header");
        final int fractionNs = input.int32(0, order) == MAGIC_NANOSECONDS ? 1 : NS_PER_MICROSECOND;
        final int version = input.unsigned16(MAJOR_VERSION_OFFSET, order);
        if (version != MAJOR_VERSION) {
            throw input.damaged(MAJOR_VERSION_OFFSET, "version " + version + " of the pcap format is not known");
        }
        final int linkType = input.unsigned16(linkTypeAt(order), order);
        if (linkType != CaptureRecord.LINK_TYPE_ETHERNET) {
            throw input.damaged(LINK_TYPE_OFFSET, "link type " + linkType + "; only captures of Ethernet (1) can be used");
        }
        input.consume(FILE_HEADER_LENGTH);
        return new ClassicPcap(order, fractionNs);
    }

    /** The upper 16 bits of the word may tell the length of a frame check sequence. */
    private static int linkTypeAt(final ByteOrder order) {
        return order == ByteOrder.LITTLE_ENDIAN ? LINK_TYPE_OFFSET : LINK_TYPE_OFFSET + Short.BYTES;
    }

    @Override
    public boolean next(final CaptureInput input, final CaptureRecord target) throws PortException, PcapFormatException {
        if (input.isAtEnd()) {
            return false;
        }
        input.require(RECORD_HEADER_LENGTH, "a record header");
        final long captured = input.unsigned32(CAPTURED_LENGTH_OFFSET, order);
        target.lengths(input, CAPTURED_LENGTH_OFFSET, captured, input.unsigned32(ORIGINAL_LENGTH_OFFSET, order));
        final int length = (int) captured;
        input.require(RECORD_HEADER_LENGTH + length, "a record");
        target.timestampNs = input.unsigned32(0, order) * NS_PER_SECOND + input.unsigned32(FRACTION_OFFSET, order) * fractionNs;
        input.view(RECORD_HEADER_LENGTH, length, target.data);
        input.consume(RECORD_HEADER_LENGTH + length);
        return true;
    }
}
