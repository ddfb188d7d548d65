package io.sallyport.io.linux;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The offload header that precedes a frame on a socket with PACKET_VNET_HDR ({@code struct virtio_net_hdr}, linux/virtio_net.h), in
 * the machine's byte order.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     Flags     | Segmentation  |         Header length         |
 *  +---------------+---------------+-------------------------------+
 *  |        Segment length         |        Checksum start         |
 *  +-------------------------------+-------------------------------+
 *  |        Checksum offset        |
 *  +-------------------------------+
 * </pre>
 */
final class VirtioHeader {

    /** Length of the header, in bytes. */
    static final int LENGTH = 10;
    /** Offset of the flags. */
    static final int FLAGS_OFFSET = 0;
    /** Offset of the kind of segmentation. */
    static final int SEGMENTATION_OFFSET = 1;
    /** Offset of the length of all headers. */
    static final int HEADER_LENGTH_OFFSET = 2;
    /** Offset of the payload length of each segment ({@code gso_size}). */
    static final int SEGMENT_LENGTH_OFFSET = 4;
    /** Offset of the place in the frame from which the checksum is to be made. */
    static final int CHECKSUM_START_OFFSET = 6;
    /** Offset of the distance from there to the checksum field. */
    static final int CHECKSUM_OFFSET_OFFSET = 8;

    /** Flag: the frame carries a partial checksum. */
    static final int NEEDS_CHECKSUM = 1;

    private VirtioHeader() {
    }

    /** Writes the header of a plain frame. */
    static void clear(final UnsafeBuffer frames, final int header) {
        frames.putLong(header, 0);
        frames.putShort(header + CHECKSUM_OFFSET_OFFSET, (short) 0);
    }

    /** Whether the frame's checksum is partial or the frame is a super-frame: it needs the header. */
    static boolean isOffload(final UnsafeBuffer frames, final int header) {
        return needsChecksum(frames, header) || frames.getByte(header + SEGMENTATION_OFFSET) != 0;
    }

    /** Whether the frame carries a partial checksum. */
    static boolean needsChecksum(final UnsafeBuffer frames, final int header) {
        return (frames.getByte(header + FLAGS_OFFSET) & NEEDS_CHECKSUM) != 0;
    }

    /** Payload length of each segment of a super-frame, in bytes; 0 for any other frame. */
    static int segmentLength(final UnsafeBuffer frames, final int header) {
        return frames.getByte(header + SEGMENTATION_OFFSET) == 0 ? 0 : unsigned(frames, header + SEGMENT_LENGTH_OFFSET);
    }

    /** From where the checksum is to be made, in bytes from the start of the frame. */
    static int checksumStart(final UnsafeBuffer frames, final int header) {
        return unsigned(frames, header + CHECKSUM_START_OFFSET);
    }

    /** Where the checksum field lies, in bytes from {@link #checksumStart}. */
    static int checksumOffset(final UnsafeBuffer frames, final int header) {
        return unsigned(frames, header + CHECKSUM_OFFSET_OFFSET);
    }

    /** Follows headers that grew by {@code bytes}. */
    static void shift(final UnsafeBuffer frames, final int header, final int bytes) {
        frames.putShort(header + HEADER_LENGTH_OFFSET, (short) (unsigned(frames, header + HEADER_LENGTH_OFFSET) + bytes));
        frames.putShort(header + CHECKSUM_START_OFFSET, (short) (checksumStart(frames, header) + bytes));
    }

    private static int unsigned(final UnsafeBuffer frames, final int offset) {
        return frames.getShort(offset) & 0xFFFF;
    }
}
