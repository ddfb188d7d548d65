package io.sallyport.wire;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * ARP packet for IPv4 over Ethernet (RFC 826), directly behind the Ethernet header.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |       Hardware type (1)       |    Protocol type (0x0800)     |
 *  +---------------+---------------+-------------------------------+
 *  | HW length (6) | Pr length (4) |           Operation           |
 *  +---------------+---------------+-------------------------------+
 *  |                  Sender hardware address ...                  |
 *  +-------------------------------+-------------------------------+
 *  |              ...              |   Sender protocol address ... |
 *  +-------------------------------+-------------------------------+
 *  |              ...              |   Target hardware address ... |
 *  +-------------------------------+-------------------------------+
 *  |                              ...                              |
 *  +---------------------------------------------------------------+
 *  |                    Target protocol address                    |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class Arp {

    /** Offset of hardware type, protocol type and both lengths, as one 64-bit field with the operation. */
    public static final int FORMAT_OFFSET = 0;
    /** Offset of the operation. */
    public static final int OPERATION_OFFSET = 6;
    /** Offset of the sender's MAC address. */
    public static final int SENDER_MAC_OFFSET = 8;
    /** Offset of the sender's IPv4 address. */
    public static final int SENDER_ADDRESS_OFFSET = 14;
    /** Offset of the target's MAC address. */
    public static final int TARGET_MAC_OFFSET = 18;
    /** Offset of the target's IPv4 address. */
    public static final int TARGET_ADDRESS_OFFSET = 24;
    /** Length of the packet, in bytes. */
    public static final int LENGTH = 28;

    /** Operation: who has the target address? */
    public static final int REQUEST = 1;
    /** Operation: the sender has the sender address. */
    public static final int REPLY = 2;

    private static final long ETHERNET_IPV4_FORMAT = 0x0001_0800_0604_0000L;

    private Arp() {
    }

    /** Whether the packet is about IPv4 over Ethernet; only then do the other accessors make sense. */
    public static boolean isEthernetIpv4(final UnsafeBuffer frames, final int arp) {
        return (frames.getLong(arp + FORMAT_OFFSET, ByteOrder.BIG_ENDIAN) & ~0xFFFFL) == ETHERNET_IPV4_FORMAT;
    }

    /** {@link #REQUEST}, {@link #REPLY}, or another operation that we do not know. */
    public static int operation(final UnsafeBuffer frames, final int arp) {
        return frames.getShort(arp + OPERATION_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** MAC address of the sender. */
    public static long senderMac(final UnsafeBuffer frames, final int arp) {
        return Ethernet.mac(frames, arp + SENDER_MAC_OFFSET);
    }

    /** IPv4 address of the sender. */
    public static int senderAddress(final UnsafeBuffer frames, final int arp) {
        return frames.getInt(arp + SENDER_ADDRESS_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /** IPv4 address of the target. */
    public static int targetAddress(final UnsafeBuffer frames, final int arp) {
        return frames.getInt(arp + TARGET_ADDRESS_OFFSET, ByteOrder.BIG_ENDIAN);
    }

    /** Writes a whole packet. */
    public static void packet(
        final UnsafeBuffer frames,
        final int arp,
        final int operation,
        final long senderMac,
        final int senderAddress,
        final long targetMac,
        final int targetAddress) {
        frames.putLong(arp + FORMAT_OFFSET, ETHERNET_IPV4_FORMAT | operation, ByteOrder.BIG_ENDIAN);
        Ethernet.mac(frames, arp + SENDER_MAC_OFFSET, senderMac);
        frames.putInt(arp + SENDER_ADDRESS_OFFSET, senderAddress, ByteOrder.BIG_ENDIAN);
        Ethernet.mac(frames, arp + TARGET_MAC_OFFSET, targetMac);
        frames.putInt(arp + TARGET_ADDRESS_OFFSET, targetAddress, ByteOrder.BIG_ENDIAN);
    }
}
