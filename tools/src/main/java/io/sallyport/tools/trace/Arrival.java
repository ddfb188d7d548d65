package io.sallyport.tools.trace;

import io.sallyport.packet.Side;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A packet that is to be traced.
 *
 * @param side      where it arrives
 * @param frame     the Ethernet frame
 * @param isWrapped whether the Ethernet header was put in front of what was given
 */
record Arrival(Side side, byte[] frame, boolean isWrapped) {

    /** MAC address of whoever has no known one: it is reserved for documentation (RFC 7042, section 2.1.2). */
    static final long STAND_IN_MAC = 0x0000_5E00_5301L;

    /**
     * Takes bytes for an IPv4 packet if they begin and end like one, and puts an Ethernet header in front; else for a frame.
     *
     * @param gatewayMac MAC address of the gateway's interface on that side
     */
    static Arrival of(final Side side, final byte[] bytes, final long gatewayMac) {
        if (!isBarePacket(new UnsafeBuffer(bytes))) {
            return new Arrival(side, bytes.clone(), false);
        }
        final byte[] frame = new byte[Ethernet.HEADER_LENGTH + bytes.length];
        System.arraycopy(bytes, 0, frame, Ethernet.HEADER_LENGTH, bytes.length);
        Ethernet.header(new UnsafeBuffer(frame), 0, gatewayMac, STAND_IN_MAC, Ethernet.TYPE_IPV4);
        return new Arrival(side, frame, true);
    }

    /** A MAC address may begin with a 4, too; then the EtherType tells, or that the length makes no sense. */
    private static boolean isBarePacket(final UnsafeBuffer bytes) {
        if (bytes.capacity() < Ipv4.MIN_HEADER_LENGTH || Ipv4.version(bytes, 0) != 4
            || Ipv4.headerLength(bytes, 0) < Ipv4.MIN_HEADER_LENGTH) {
            return false;
        }
        final int totalLength = Ipv4.totalLength(bytes, 0);
        return totalLength == bytes.capacity()
            || totalLength >= Ipv4.headerLength(bytes, 0) && totalLength < bytes.capacity() && !isEtherType(Ethernet.type(bytes, 0));
    }

    private static boolean isEtherType(final int type) {
        return type == Ethernet.TYPE_IPV4 || type == Ethernet.TYPE_ARP || type == Ethernet.TYPE_IPV6 || type == Ethernet.TYPE_VLAN
            || type == Ethernet.TYPE_SERVICE_VLAN;
    }
}
