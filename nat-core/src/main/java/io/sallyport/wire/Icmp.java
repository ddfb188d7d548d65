package io.sallyport.wire;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * ICMP header (RFC 792).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     Type      |     Code      |           Checksum            |
 *  +---------------+---------------+-------------------------------+
 *  |  Identifier (query), unused   |  Sequence, next-hop MTU (3/4) |
 *  +-------------------------------+-------------------------------+
 *  |  Data (query), or the IP header and the first bytes of the    |
 *  |  packet that the error is about ...                           |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class Icmp {

    /** Offset of the type. */
    public static final int TYPE_OFFSET = 0;
    /** Offset of the code. */
    public static final int CODE_OFFSET = 1;
    /** Offset of the checksum, which covers the whole message and no pseudo-header. */
    public static final int CHECKSUM_OFFSET = 2;
    /** Offset of a query's identifier. */
    public static final int IDENTIFIER_OFFSET = 4;
    /** Offset of a query's sequence number. */
    public static final int SEQUENCE_OFFSET = 6;
    /** Offset of the next-hop MTU in a "fragmentation needed" message (RFC 1191, section 4). */
    public static final int NEXT_HOP_MTU_OFFSET = 6;
    /** Length of the header, in bytes; an error's quoted packet follows it. */
    public static final int HEADER_LENGTH = 8;

    /** Type: answer to an echo request. */
    public static final int ECHO_REPLY = 0;
    /** Type: destination unreachable. */
    public static final int UNREACHABLE = 3;
    /** Type: source quench (deprecated by RFC 6633). */
    public static final int SOURCE_QUENCH = 4;
    /** Type: redirect. */
    public static final int REDIRECT = 5;
    /** Type: echo request. */
    public static final int ECHO_REQUEST = 8;
    /** Type: time exceeded. */
    public static final int TIME_EXCEEDED = 11;
    /** Type: parameter problem. */
    public static final int PARAMETER_PROBLEM = 12;
    /** Type: timestamp request. */
    public static final int TIMESTAMP_REQUEST = 13;
    /** Type: answer to a timestamp request. */
    public static final int TIMESTAMP_REPLY = 14;

    /** Code of {@link #UNREACHABLE}: no route to the network. */
    public static final int CODE_NETWORK_UNREACHABLE = 0;
    /** Code of {@link #UNREACHABLE}: the host does not answer ARP. */
    public static final int CODE_HOST_UNREACHABLE = 1;
    /** Code of {@link #UNREACHABLE}: no such port. */
    public static final int CODE_PORT_UNREACHABLE = 3;
    /** Code of {@link #UNREACHABLE}: too big, and DF is set. */
    public static final int CODE_FRAGMENTATION_NEEDED = 4;
    /** Code of {@link #UNREACHABLE}: communication administratively prohibited (RFC 1812, section 5.2.7.1). */
    public static final int CODE_PROHIBITED = 13;
    /** Code of {@link #TIME_EXCEEDED}: in transit. */
    public static final int CODE_TTL_EXCEEDED = 0;

    private Icmp() {
    }

    /** Type of the message. */
    public static int type(final UnsafeBuffer frames, final int l4) {
        return frames.getByte(l4 + TYPE_OFFSET) & 0xFF;
    }

    /** Code of the message. */
    public static int code(final UnsafeBuffer frames, final int l4) {
        return frames.getByte(l4 + CODE_OFFSET) & 0xFF;
    }

    /** Checksum of the message. */
    public static int checksum(final UnsafeBuffer frames, final int l4) {
        return frames.getShort(l4 + CHECKSUM_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** Writes the checksum of the message. */
    public static void checksum(final UnsafeBuffer frames, final int l4, final int checksum) {
        frames.putShort(l4 + CHECKSUM_OFFSET, (short) checksum, ByteOrder.BIG_ENDIAN);
    }

    /** Whether {@code type} quotes the packet that it is about (RFC 1122, section 3.2.2). */
    public static boolean isError(final int type) {
        return type == UNREACHABLE || type == TIME_EXCEEDED || type == PARAMETER_PROBLEM
            || type == SOURCE_QUENCH || type == REDIRECT;
    }

    /** Whether {@code type} is an error that a NAT passes on: all but the obsolete source quench (RFC 5508, REQ-10; RFC 6633). */
    public static boolean isTranslatedError(final int type) {
        return isError(type) && type != SOURCE_QUENCH;
    }

    /** Whether {@code type} asks for an answer that carries the same identifier. */
    public static boolean isQueryRequest(final int type) {
        return type == ECHO_REQUEST || type == TIMESTAMP_REQUEST;
    }

    /** Whether {@code type} answers a query. */
    public static boolean isQueryReply(final int type) {
        return type == ECHO_REPLY || type == TIMESTAMP_REPLY;
    }
}
