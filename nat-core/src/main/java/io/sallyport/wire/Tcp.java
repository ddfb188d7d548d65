package io.sallyport.wire;

import io.sallyport.memory.OffHeap;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * TCP header (RFC 9293, section 3.1).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |          Source port          |       Destination port        |
 *  +-------------------------------+-------------------------------+
 *  |                        Sequence number                        |
 *  +---------------------------------------------------------------+
 *  |                    Acknowledgement number                     |
 *  +-------+-------+---------------+-------------------------------+
 *  | Offset|       |C E U A P R S F|            Window             |
 *  +-------+-------+---------------+-------------------------------+
 *  |           Checksum            |        Urgent pointer         |
 *  +-------------------------------+-------------------------------+
 *  |                        Options ...                            |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class Tcp {

    /** Offset of the source port. */
    public static final int SOURCE_PORT_OFFSET = 0;
    /** Offset of the destination port. */
    public static final int DESTINATION_PORT_OFFSET = 2;
    /** Offset of the sequence number. */
    public static final int SEQUENCE_OFFSET = 4;
    /** Offset of the acknowledgement number. */
    public static final int ACKNOWLEDGEMENT_OFFSET = 8;
    /** Offset of the data offset. */
    public static final int DATA_OFFSET_OFFSET = 12;
    /** Offset of the flags. */
    public static final int FLAGS_OFFSET = 13;
    /** Offset of the window. */
    public static final int WINDOW_OFFSET = 14;
    /** Offset of the checksum. */
    public static final int CHECKSUM_OFFSET = 16;
    /** Offset of the urgent pointer. */
    public static final int URGENT_OFFSET = 18;
    /** Length of a header without options, in bytes. */
    public static final int MIN_HEADER_LENGTH = 20;

    /** Option: maximum segment size (RFC 9293, section 3.2). */
    public static final int OPTION_SEGMENT_SIZE = 2;
    /** Length of {@link #OPTION_SEGMENT_SIZE}, in bytes. */
    public static final int OPTION_SEGMENT_SIZE_LENGTH = 4;
    /** Option: window scale (RFC 7323, section 2.2). */
    public static final int OPTION_WINDOW_SCALE = 3;
    /** Length of {@link #OPTION_WINDOW_SCALE}, in bytes. */
    public static final int OPTION_WINDOW_SCALE_LENGTH = 3;

    private static final int OPTION_END = 0;
    private static final int OPTION_NO_OPERATION = 1;

    /** Flag: no more data from the sender. */
    public static final int FIN = 0x01;
    /** Flag: synchronise sequence numbers. */
    public static final int SYN = 0x02;
    /** Flag: reset the connection. */
    public static final int RST = 0x04;
    /** Flag: push. */
    public static final int PSH = 0x08;
    /** Flag: the acknowledgement field counts. */
    public static final int ACK = 0x10;

    private Tcp() {
    }

    /** Sequence number, as a 32-bit ring: compare by the sign of the difference. */
    public static int sequence(final OffHeap frames, final int l4) {
        return Integer.reverseBytes(frames.getInt(l4 + SEQUENCE_OFFSET));
    }

    /** Sequence number, as a 32-bit ring: compare by the sign of the difference. */
    public static int sequence(final UnsafeBuffer frames, final int l4) {
        return frames.getInt(l4 + SEQUENCE_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /** Acknowledgement number; of meaning only with {@link #ACK}. */
    public static int acknowledgement(final OffHeap frames, final int l4) {
        return Integer.reverseBytes(frames.getInt(l4 + ACKNOWLEDGEMENT_OFFSET));
    }

    /** Acknowledgement number; of meaning only with {@link #ACK}. */
    public static int acknowledgement(final UnsafeBuffer frames, final int l4) {
        return frames.getInt(l4 + ACKNOWLEDGEMENT_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /** Header length with options, in bytes, 0 to 60. */
    public static int headerLength(final OffHeap frames, final int l4) {
        return (frames.getByte(l4 + DATA_OFFSET_OFFSET) & 0xF0) >>> 2;
    }

    /** Header length with options, in bytes, 0 to 60. */
    public static int headerLength(final UnsafeBuffer frames, final int l4) {
        return (frames.getByte(l4 + DATA_OFFSET_OFFSET) & 0xF0) >>> 2;
    }

    /** The eight flags. */
    public static int flags(final OffHeap frames, final int l4) {
        return frames.getByte(l4 + FLAGS_OFFSET) & 0xFF;
    }

    /** The eight flags. */
    public static int flags(final UnsafeBuffer frames, final int l4) {
        return frames.getByte(l4 + FLAGS_OFFSET) & 0xFF;
    }

    /** Window, unscaled. */
    public static int window(final OffHeap frames, final int l4) {
        return Short.reverseBytes(frames.getShort(l4 + WINDOW_OFFSET)) & 0xFFFF;
    }

    /** Window, unscaled. */
    public static int window(final UnsafeBuffer frames, final int l4) {
        return frames.getShort(l4 + WINDOW_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /**
     * Where the value of an option lies.
     *
     * @param kind         the option
     * @param optionLength its only right length, with kind and length byte
     * @return the offset in {@code frames}, or -1 when the option is not there or has another length
     */
    public static int option(final OffHeap frames, final int l4, final int kind, final int optionLength) {
        final int end = l4 + headerLength(frames, l4);
        int option = l4 + MIN_HEADER_LENGTH;
        while (option < end) {
            final int found = frames.getByte(option) & 0xFF;
            if (found == OPTION_END) {
                return -1;
            }
            if (found == OPTION_NO_OPERATION) {
                option++;
                continue;
            }
            final int length = option + 1 < end ? frames.getByte(option + 1) & 0xFF : 0;
            if (length < 2 || option + length > end) {
                return -1;
            }
            if (found == kind && length == optionLength) {
                return option + 2;
            }
            option += length;
        }
        return -1;
    }

    /** Checksum. */
    public static int checksum(final UnsafeBuffer frames, final int l4) {
        return frames.getShort(l4 + CHECKSUM_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** Writes the checksum. */
    public static void checksum(final UnsafeBuffer frames, final int l4, final int checksum) {
        frames.putShort(l4 + CHECKSUM_OFFSET, (short) checksum, ByteOrder.BIG_ENDIAN);
    }

    /** Writes a whole header without options; the checksum is left 0 for the caller, who knows the payload. */
    public static void header(
        final UnsafeBuffer frames,
        final int l4,
        final int sourcePort,
        final int destinationPort,
        final int sequence,
        final int acknowledgement,
        final int flags,
        final int window) {
        frames.putInt(l4 + SOURCE_PORT_OFFSET, sourcePort << 16 | destinationPort, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + SEQUENCE_OFFSET, sequence, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + ACKNOWLEDGEMENT_OFFSET, acknowledgement, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + DATA_OFFSET_OFFSET, 0x5000_0000 | flags << 16 | window, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + CHECKSUM_OFFSET, 0);
    }
}
