package io.sallyport.wire;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * UDP header (RFC 768).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |          Source port          |       Destination port        |
 *  +-------------------------------+-------------------------------+
 *  |            Length             |           Checksum            |
 *  +-------------------------------+-------------------------------+
 * </pre>
 */
public final class Udp {

    /** Offset of the source port. */
    public static final int SOURCE_PORT_OFFSET = 0;
    /** Offset of the destination port. */
    public static final int DESTINATION_PORT_OFFSET = 2;
    /** Offset of the length of header and payload. */
    public static final int LENGTH_OFFSET = 4;
    /** Offset of the checksum; 0 means that the sender made none. */
    public static final int CHECKSUM_OFFSET = 6;
    /** Length of the header, in bytes. */
    public static final int HEADER_LENGTH = 8;

    private Udp() {
    }

    /** Length of header and payload, in bytes. */
    public static int length(final UnsafeBuffer frames, final int l4) {
        return frames.getShort(l4 + LENGTH_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }
}
