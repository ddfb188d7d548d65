package io.sallyport.flow;

import java.nio.ByteOrder;

/**
 * The key of a flow, in two longs that a parser loads from the packet without turning a byte.
 *
 * <pre>
 *  addressKey    bytes 0-3   source address, as in the packet
 *                bytes 4-7   destination address, as in the packet
 *  portKey       bytes 0-1   source port, as in the packet
 *                bytes 2-3   destination port, as in the packet
 *                byte  4     protocol; never 0
 *                byte  5     side of arrival: 0 inside, 1 outside
 *                bytes 6-7   zero
 * </pre>
 *
 * <p>An ICMP query has its identifier in place of the source port. In place of the destination port stands the side of the asker, 0
 * for inside and 1 for outside, so that a query and the answers to it go under one key each way and never meet another's.
 *
 * <p><em>Raw</em> values are in the packet's byte order, seen by a little-endian machine.
 */
public final class FlowKey {

    /** Bits of the port key that hold both ports. */
    public static final long PORTS_MASK = 0xFFFF_FFFFL;

    private static final int PROTOCOL_SHIFT = 32;
    private static final int SIDE_SHIFT = 40;

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException("Sallyport's tables need a little-endian machine");
        }
    }

    private FlowKey() {
    }

    /** The address key of raw addresses. */
    public static long addressKey(final int rawSource, final int rawDestination) {
        return rawSource & 0xFFFF_FFFFL | (long) rawDestination << 32;
    }

    /** The port key of raw ports (source in the low half). */
    public static long portKey(final int rawPorts, final int protocol, final int sideOrdinal) {
        return rawPorts & 0xFFFF_FFFFL | (long) protocol << PROTOCOL_SHIFT | (long) sideOrdinal << SIDE_SHIFT;
    }

    /** Both ports, raw, source in the low half. */
    public static int rawPorts(final int rawSourcePort, final int rawDestinationPort) {
        return rawSourcePort & 0xFFFF | rawDestinationPort << 16;
    }

    /** Raw source address of an address key. */
    public static int rawSource(final long addressKey) {
        return (int) addressKey;
    }

    /** Raw destination address of an address key. */
    public static int rawDestination(final long addressKey) {
        return (int) (addressKey >>> 32);
    }

    /** Raw source port, or ICMP identifier, of a port key or of raw ports. */
    public static int rawSourcePort(final long portKey) {
        return (int) portKey & 0xFFFF;
    }

    /** Raw destination port of a port key or of raw ports. */
    public static int rawDestinationPort(final long portKey) {
        return (int) portKey >>> 16;
    }

    /** Protocol of a port key. */
    public static int protocol(final long portKey) {
        return (int) (portKey >>> PROTOCOL_SHIFT) & 0xFF;
    }

    /** Side of arrival of a port key. */
    public static int sideOrdinal(final long portKey) {
        return (int) (portKey >>> SIDE_SHIFT) & 1;
    }

    /** The same addresses seen from the other end. */
    public static long reverseAddresses(final long addressKey) {
        return Long.rotateLeft(addressKey, 32);
    }

    /** Source and destination port exchanged, the rest as it was. Not for ICMP, whose "ports" do not turn. */
    public static long reversePorts(final long portKey) {
        return portKey & ~PORTS_MASK | Integer.rotateLeft((int) portKey, 16) & PORTS_MASK;
    }

    /** A numeric address as it lies in a packet, and back. */
    public static int rawAddress(final int address) {
        return Integer.reverseBytes(address);
    }

    /** A numeric port as it lies in a packet, and back. */
    public static int rawPort(final int port) {
        return Integer.reverseBytes(port) >>> 16;
    }
}
