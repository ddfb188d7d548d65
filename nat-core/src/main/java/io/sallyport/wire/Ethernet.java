package io.sallyport.wire;

import io.sallyport.memory.OffHeap;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Ethernet II header (IEEE 802.3, clause 3.2).
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                      Destination address                      |
 *  +                               +-------------------------------+
 *  |                               |                               |
 *  +-------------------------------+                               +
 *  |                        Source address                         |
 *  +-------------------------------+-------------------------------+
 *  |           EtherType           |
 *  +-------------------------------+
 * </pre>
 */
public final class Ethernet {

    /** Offset of the destination MAC address. */
    public static final int DESTINATION_OFFSET = 0;
    /** Offset of the source MAC address. */
    public static final int SOURCE_OFFSET = 6;
    /** Offset of the EtherType. */
    public static final int TYPE_OFFSET = 12;
    /** Length of the header, in bytes. */
    public static final int HEADER_LENGTH = 14;
    /** Shortest frame on the wire without its check sequence, in bytes. */
    public static final int MIN_FRAME_LENGTH = 60;

    /** EtherType of IPv4 (RFC 894). */
    public static final int TYPE_IPV4 = 0x0800;
    /** EtherType of ARP (RFC 826). */
    public static final int TYPE_ARP = 0x0806;
    /** EtherType of a VLAN tag (IEEE 802.1Q). */
    public static final int TYPE_VLAN = 0x8100;
    /** EtherType of a service VLAN tag (IEEE 802.1ad). */
    public static final int TYPE_SERVICE_VLAN = 0x88A8;
    /** EtherType of IPv6 (RFC 2464). */
    public static final int TYPE_IPV6 = 0x86DD;

    /** The address of every station on the link. */
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    /** The bytes of {@link #rawMac} in eight bytes of a frame. */
    public static final long RAW_MAC_MASK = BROADCAST;

    private static final long GROUP_BIT = 0x0100_0000_0000L;

    private Ethernet() {
    }

    /** Destination MAC address. */
    public static long destination(final UnsafeBuffer frames, final int frame) {
        return mac(frames, frame + DESTINATION_OFFSET);
    }

    /** Source MAC address. */
    public static long source(final UnsafeBuffer frames, final int frame) {
        return mac(frames, frame + SOURCE_OFFSET);
    }

    /** EtherType, 0 to 65535. */
    public static int type(final UnsafeBuffer frames, final int frame) {
        return frames.getShort(frame + TYPE_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** Writes destination and source, leaving the EtherType alone. */
    public static void addresses(final UnsafeBuffer frames, final int frame, final long destination, final long source) {
        mac(frames, frame + DESTINATION_OFFSET, destination);
        mac(frames, frame + SOURCE_OFFSET, source);
    }

    /** A MAC address as a little-endian machine sees it in a frame. */
    public static long rawMac(final long mac) {
        return Long.reverseBytes(mac) >>> 16;
    }

    /** Writes destination and source, given as {@link #rawMac}, leaving the EtherType alone. */
    public static void rawAddresses(final OffHeap frames, final int frame, final long rawDestination, final long rawSource) {
        frames.putLong(frame, rawDestination | rawSource << 48);
        frames.putInt(frame + Long.BYTES, (int) (rawSource >>> 16));
    }

    /** Writes a whole header. */
    public static void header(
        final UnsafeBuffer frames, final int frame, final long destination, final long source, final int type) {
        addresses(frames, frame, destination, source);
        frames.putShort(frame + TYPE_OFFSET, (short) type, ByteOrder.BIG_ENDIAN);
    }

    /** Reads the MAC address at {@code offset}. */
    public static long mac(final UnsafeBuffer frames, final int offset) {
        return (long) (frames.getShort(offset, ByteOrder.BIG_ENDIAN) & 0xFFFF) << 32
            | frames.getInt(offset + 2, ByteOrder.BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /** Writes a MAC address at {@code offset}. */
    public static void mac(final UnsafeBuffer frames, final int offset, final long mac) {
        frames.putShort(offset, (short) (mac >>> 32), ByteOrder.BIG_ENDIAN);
        frames.putInt(offset + 2, (int) mac, ByteOrder.BIG_ENDIAN);
    }

    /** Whether {@code mac} addresses a group of stations: multicast or broadcast. */
    public static boolean isGroup(final long mac) {
        return (mac & GROUP_BIT) != 0;
    }
}
