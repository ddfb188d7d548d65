package io.sallyport.tools.scenario;

import io.sallyport.packet.Side;

/** What packets have unless a scenario says otherwise: hops left, and the stations of the two networks. */
final class Standard {

    /** Time to live of a packet that a host sends. */
    static final int TTL = 64;
    /** Time to live of a packet that the gateway has forwarded. */
    static final int FORWARDED_TTL = TTL - 1;

    static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private static final long GATEWAY_INSIDE = 0x0200_0000_0001L;
    private static final long GATEWAY_OUTSIDE = 0x0200_0000_0002L;
    /** The last byte is that of the station's address. */
    private static final long INSIDE_STATIONS = 0x0200_0000_0A00L;
    private static final long OUTSIDE_STATIONS = 0x0200_0000_0B00L;
    private static final long INSIDE_NETWORK = 0x0A4D00;
    private static final long OUTSIDE_NETWORK = 0xC63364;
    private static final int INSIDE_ROUTER = 254;
    private static final int OUTSIDE_ROUTER = 2;

    private Standard() {
    }

    /** MAC address of the gateway on a side. */
    static long gateway(final Side side) {
        return side == Side.INSIDE ? GATEWAY_INSIDE : GATEWAY_OUTSIDE;
    }

    /** MAC address of a station on a side, or of the router to its network. */
    static long station(final Side side, final long address) {
        final boolean inside = side == Side.INSIDE;
        final boolean local = address >>> 8 == (inside ? INSIDE_NETWORK : OUTSIDE_NETWORK);
        return (inside ? INSIDE_STATIONS : OUTSIDE_STATIONS)
            | (local ? address & 0xFF : inside ? INSIDE_ROUTER : OUTSIDE_ROUTER);
    }

    /** The packet with the MAC addresses that it has on its way into the gateway, where it says none. */
    static Packet arriving(final Packet packet, final Side side) {
        packet.values().putIfAbsent(Field.FROM_MAC, station(side, source(packet)));
        packet.values().putIfAbsent(Field.TO_MAC, packet.form() == Form.ARP_REQUEST ? BROADCAST : gateway(side));
        return withArpStations(packet);
    }

    /** The packet with the MAC addresses that it has on its way out of the gateway, where it says none. */
    static Packet leaving(final Packet packet, final Side side) {
        packet.values().putIfAbsent(Field.FROM_MAC, gateway(side));
        packet.values().putIfAbsent(Field.TO_MAC, packet.form() == Form.ARP_REQUEST ? BROADCAST : station(side, destination(packet)));
        return withArpStations(packet);
    }

    private static Packet withArpStations(final Packet packet) {
        if (packet.form().layout() == Form.Layout.ARP) {
            packet.values().putIfAbsent(Field.SENDER_MAC, packet.values().get(Field.FROM_MAC));
            packet.values().putIfAbsent(Field.TARGET_MAC,
                packet.form() == Form.ARP_REQUEST ? 0 : packet.values().get(Field.TO_MAC));
        }
        return packet;
    }

    private static long source(final Packet packet) {
        return outermost(packet).get(Field.SOURCE, 0);
    }

    private static long destination(final Packet packet) {
        return outermost(packet).get(Field.DESTINATION, 0);
    }

    private static Packet outermost(final Packet packet) {
        return packet.form() == Form.FRAGMENT ? packet.inner().orElseThrow() : packet;
    }
}
