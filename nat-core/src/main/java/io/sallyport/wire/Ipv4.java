package io.sallyport.wire;

import io.sallyport.memory.OffHeap;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * IPv4 header (RFC 791, section 3.1).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------+-------+---------------+-------------------------------+
 *  |Version|  IHL  |Type of service|         Total length          |
 *  +-------+-------+---------------+-----+-------------------------+
 *  |        Identification         |Flags|     Fragment offset     |
 *  +---------------+---------------+-----+-------------------------+
 *  | Time to live  |   Protocol    |        Header checksum        |
 *  +---------------+---------------+-------------------------------+
 *  |                        Source address                         |
 *  +---------------------------------------------------------------+
 *  |                      Destination address                      |
 *  +---------------------------------------------------------------+
 *  |                    Options (IHL &gt; 5) ...                       |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class Ipv4 {

    /** Offset of version and header length. */
    public static final int VERSION_OFFSET = 0;
    /** Offset of the type of service: DSCP and ECN. */
    public static final int TYPE_OF_SERVICE_OFFSET = 1;
    /** Offset of the total length. */
    public static final int TOTAL_LENGTH_OFFSET = 2;
    /** Offset of the identification. */
    public static final int IDENTIFICATION_OFFSET = 4;
    /** Offset of flags and fragment offset. */
    public static final int FRAGMENT_OFFSET = 6;
    /** Offset of the time to live. */
    public static final int TTL_OFFSET = 8;
    /** Offset of the protocol. */
    public static final int PROTOCOL_OFFSET = 9;
    /** Offset of the header checksum. */
    public static final int CHECKSUM_OFFSET = 10;
    /** Offset of the source address. */
    public static final int SOURCE_OFFSET = 12;
    /** Offset of the destination address. */
    public static final int DESTINATION_OFFSET = 16;
    /** Length of a header without options, in bytes. */
    public static final int MIN_HEADER_LENGTH = 20;

    /** Length of the longest packet, and of the longest datagram that fragments may make up, in bytes. */
    public static final int MAX_LENGTH = 0xFFFF;

    /** Protocol number of ICMP. */
    public static final int ICMP = 1;
    /** Protocol number of TCP. */
    public static final int TCP = 6;
    /** Protocol number of UDP. */
    public static final int UDP = 17;

    /** Protocol number of DCCP, whose checksum lies and counts like UDP's (RFC 4340, section 9). */
    public static final int DCCP = 33;
    /** Protocol number of UDP-Lite (RFC 3828). */
    public static final int UDP_LITE = 136;

    /** Flag "do not fragment", as it lies in {@link #fragment}. */
    public static final int DONT_FRAGMENT = 0x4000;
    /** Flag "more fragments", as it lies in {@link #fragment}. */
    public static final int MORE_FRAGMENTS = 0x2000;
    /** The fragment offset within {@link #fragment}, in units of 8 bytes. */
    public static final int FRAGMENT_OFFSET_MASK = 0x1FFF;

    private Ipv4() {
    }

    /** IP version. */
    public static int version(final UnsafeBuffer frames, final int l3) {
        return frames.getByte(l3 + VERSION_OFFSET) >>> 4 & 0xF;
    }

    /** Header length with options, in bytes, 0 to 60. */
    public static int headerLength(final UnsafeBuffer frames, final int l3) {
        return (frames.getByte(l3 + VERSION_OFFSET) & 0xF) << 2;
    }

    /** Length of header and payload, in bytes. */
    public static int totalLength(final OffHeap frames, final int l3) {
        return Short.reverseBytes(frames.getShort(l3 + TOTAL_LENGTH_OFFSET)) & 0xFFFF;
    }

    /** Length of header and payload, in bytes. */
    public static int totalLength(final UnsafeBuffer frames, final int l3) {
        return frames.getShort(l3 + TOTAL_LENGTH_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** Identification. */
    public static int identification(final UnsafeBuffer frames, final int l3) {
        return frames.getShort(l3 + IDENTIFICATION_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** Flags and fragment offset: see {@link #DONT_FRAGMENT}, {@link #MORE_FRAGMENTS}, {@link #FRAGMENT_OFFSET_MASK}. */
    public static int fragment(final UnsafeBuffer frames, final int l3) {
        return frames.getShort(l3 + FRAGMENT_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** Time to live, in hops. */
    public static int ttl(final OffHeap frames, final int l3) {
        return frames.getByte(l3 + TTL_OFFSET) & 0xFF;
    }

    /** Time to live, in hops. */
    public static int ttl(final UnsafeBuffer frames, final int l3) {
        return frames.getByte(l3 + TTL_OFFSET) & 0xFF;
    }

    /** Protocol of the payload. */
    public static int protocol(final UnsafeBuffer frames, final int l3) {
        return frames.getByte(l3 + PROTOCOL_OFFSET) & 0xFF;
    }

    /** Header checksum. */
    public static int checksum(final UnsafeBuffer frames, final int l3) {
        return frames.getShort(l3 + CHECKSUM_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** Source address. */
    public static int source(final UnsafeBuffer frames, final int l3) {
        return frames.getInt(l3 + SOURCE_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /** Destination address. */
    public static int destination(final UnsafeBuffer frames, final int l3) {
        return frames.getInt(l3 + DESTINATION_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /** Source and destination address as they lie in memory. */
    public static long rawAddresses(final UnsafeBuffer frames, final int l3) {
        return frames.getLong(l3 + SOURCE_OFFSET);
    }

    /** Writes source and destination address as they lie in memory. */
    public static void rawAddresses(final UnsafeBuffer frames, final int l3, final long rawAddresses) {
        frames.putLong(l3 + SOURCE_OFFSET, rawAddresses);
    }

    /** Writes the header checksum. */
    public static void checksum(final UnsafeBuffer frames, final int l3, final int checksum) {
        frames.putShort(l3 + CHECKSUM_OFFSET, (short) checksum, ByteOrder.BIG_ENDIAN);
    }

    /** Writes the total length. */
    public static void totalLength(final UnsafeBuffer frames, final int l3, final int lengthBytes) {
        frames.putShort(l3 + TOTAL_LENGTH_OFFSET, (short) lengthBytes, ByteOrder.BIG_ENDIAN);
    }

    /** Writes the identification. Gives the delta that the header checksum, which is left alone, needs. */
    public static int replaceIdentification(final UnsafeBuffer frames, final int l3, final int identification) {
        final int before = identification(frames, l3);
        frames.putShort(l3 + IDENTIFICATION_OFFSET, (short) identification, ByteOrder.BIG_ENDIAN);
        return Checksum.delta16(before, identification);
    }

    /** Writes flags and fragment offset. */
    public static void fragment(final UnsafeBuffer frames, final int l3, final int fragment) {
        frames.putShort(l3 + FRAGMENT_OFFSET, (short) fragment, ByteOrder.BIG_ENDIAN);
    }

    /** Whether the packet is a fragment, the first or a later one. */
    public static boolean isFragment(final UnsafeBuffer frames, final int l3) {
        return (fragment(frames, l3) & (MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) != 0;
    }

    /** Whether the packet is a fragment that is not the first: no transport header follows. */
    public static boolean isLaterFragment(final UnsafeBuffer frames, final int l3) {
        return (fragment(frames, l3) & FRAGMENT_OFFSET_MASK) != 0;
    }

    /**
     * Takes one hop off the time to live and updates the header checksum with it (RFC 1812, section 5.3.1; RFC 1624).
     * The time to live must be at least 1.
     */
    public static void decrementTtl(final UnsafeBuffer frames, final int l3) {
        frames.putByte(l3 + TTL_OFFSET, (byte) (ttl(frames, l3) - 1));
        checksum(frames, l3, Checksum.update(checksum(frames, l3), Checksum.TTL_DECREMENT_DELTA));
    }

    /** Writes a whole header without options, its checksum included. */
    public static void header(
        final UnsafeBuffer frames,
        final int l3,
        final int totalLength,
        final int identification,
        final int fragment,
        final int ttl,
        final int protocol,
        final int source,
        final int destination) {
        frames.putInt(l3 + VERSION_OFFSET, 0x4500_0000 | totalLength, ByteOrder.BIG_ENDIAN);
        frames.putInt(l3 + IDENTIFICATION_OFFSET, identification << 16 | fragment, ByteOrder.BIG_ENDIAN);
        frames.putInt(l3 + TTL_OFFSET, ttl << 24 | protocol << 16, ByteOrder.BIG_ENDIAN);
        frames.putInt(l3 + SOURCE_OFFSET, source, ByteOrder.BIG_ENDIAN);
        frames.putInt(l3 + DESTINATION_OFFSET, destination, ByteOrder.BIG_ENDIAN);
        checksum(frames, l3, Checksum.finish(Checksum.sum(frames, l3, MIN_HEADER_LENGTH)));
    }
}
