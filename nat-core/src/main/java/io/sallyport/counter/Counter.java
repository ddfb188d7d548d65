package io.sallyport.counter;

import java.util.Locale;

/**
 * Every counter but the drops, which {@link DropReason} names. Each stage of the gateway counts in its own block of longs; a reader
 * adds the stages up. Every packet that enters is accounted for:
 *
 * <pre>
 *   PACKETS_IN_FROM_SOURCE + PACKETS_IN_FROM_DESTINATION
 *     = PACKETS_OUT_TO_DESTINATION + PACKETS_OUT_TO_SOURCE + CONSUMED + HELD + sum of all drops
 * </pre>
 *
 * <p>What the gateway makes itself is counted apart, in the {@code ORIGINATED_…} counters.
 */
public enum Counter {
    /** Packets that arrived on the inside. */
    PACKETS_IN_FROM_SOURCE(Kind.TOTAL),
    /** Bytes of the same, Ethernet header included. */
    BYTES_IN_FROM_SOURCE(Kind.TOTAL),
    /** Packets forwarded to the outside. */
    PACKETS_OUT_TO_DESTINATION(Kind.TOTAL),
    /** Bytes of the same. */
    BYTES_OUT_TO_DESTINATION(Kind.TOTAL),
    /** Packets that arrived on the outside. */
    PACKETS_IN_FROM_DESTINATION(Kind.TOTAL),
    /** Bytes of the same. */
    BYTES_IN_FROM_DESTINATION(Kind.TOTAL),
    /** Packets forwarded to the inside. */
    PACKETS_OUT_TO_SOURCE(Kind.TOTAL),
    /** Bytes of the same. */
    BYTES_OUT_TO_SOURCE(Kind.TOTAL),
    /** Packets for the gateway itself: ARP, ping. */
    CONSUMED(Kind.TOTAL),
    /** Packets that wait for ARP to find their next hop. */
    HELD(Kind.GAUGE),
    /** ARP requests, replies and announcements sent. */
    ORIGINATED_ARP(Kind.TOTAL),
    /** Echo replies sent for the gateway's own addresses. */
    ORIGINATED_ECHO_REPLIES(Kind.TOTAL),
    /** ICMP errors sent. */
    ORIGINATED_ICMP_ERRORS(Kind.TOTAL),
    /** TCP resets sent. */
    ORIGINATED_RESETS(Kind.TOTAL),
    /** Own packets that found no room, no neighbour or no route. */
    ORIGINATED_LOST(Kind.TOTAL),
    /** ICMP errors that were not sent because of the rate limit (RFC 1812, section 4.3.2.8). */
    ICMP_ERRORS_WITHHELD(Kind.TOTAL),
    /** First packets that asked for a TCP connection, let in or not. */
    CONNECTION_ATTEMPTS_TCP(Kind.TOTAL),
    /** First packets that asked for a UDP connection. */
    CONNECTION_ATTEMPTS_UDP(Kind.TOTAL),
    /** First packets that asked for an ICMP query connection. */
    CONNECTION_ATTEMPTS_ICMP(Kind.TOTAL),
    /** TCP connections whose handshake ended. */
    CONNECTIONS_ESTABLISHED_TCP(Kind.TOTAL),
    /** UDP connections that saw a packet each way. */
    CONNECTIONS_ESTABLISHED_UDP(Kind.TOTAL),
    /** ICMP query connections that saw a packet each way. */
    CONNECTIONS_ESTABLISHED_ICMP(Kind.TOTAL),
    /** TCP connections ended by silence. */
    IDLE_TIMEOUTS_TCP(Kind.TOTAL),
    /** UDP connections ended by silence. */
    IDLE_TIMEOUTS_UDP(Kind.TOTAL),
    /** ICMP query connections ended by silence. */
    IDLE_TIMEOUTS_ICMP(Kind.TOTAL),
    /** Live TCP connections. */
    ACTIVE_CONNECTIONS_TCP(Kind.GAUGE),
    /** Live UDP connections. */
    ACTIVE_CONNECTIONS_UDP(Kind.GAUGE),
    /** Live ICMP query connections. */
    ACTIVE_CONNECTIONS_ICMP(Kind.GAUGE),
    /** Live mappings of an inside endpoint to a public one. */
    ACTIVE_MAPPINGS(Kind.GAUGE),
    /** Connections refused because no public port was free. */
    PORT_ALLOCATION_ERRORS(Kind.TOTAL),
    /** Public TCP ports in use. */
    PORTS_IN_USE_TCP(Kind.GAUGE),
    /** Public UDP ports in use. */
    PORTS_IN_USE_UDP(Kind.GAUGE),
    /** Public ICMP query identifiers in use. */
    PORTS_IN_USE_ICMP(Kind.GAUGE),
    /** Ports that cool down before they can be used again, all protocols. */
    PORTS_COOLING(Kind.GAUGE),
    /** Frames that the inside receive ring could not take: lost before the gateway saw them. */
    RECEIVE_RING_DROPS_INSIDE(Kind.GAUGE),
    /** Frames that the outside receive ring could not take. */
    RECEIVE_RING_DROPS_OUTSIDE(Kind.GAUGE);

    private static final Counter[] VALUES = values();

    private final Kind kind;
    private final String label;

    Counter(final Kind kind) {
        this.kind = kind;
        this.label = name().toLowerCase(Locale.ROOT);
    }

    /** How a counter moves. */
    public enum Kind {
        /** Only grows. */
        TOTAL,
        /** Grows and shrinks. */
        GAUGE
    }

    /** How many counters there are. */
    public static int count() {
        return VALUES.length;
    }

    /** The counter {@code offset} places behind this one; used for the runs by protocol, TCP, UDP, ICMP. */
    public Counter plus(final int offset) {
        return VALUES[ordinal() + offset];
    }

    /** How it moves. */
    public Kind kind() {
        return kind;
    }

    /** The name that tools show: lower case with underscores. */
    public String label() {
        return label;
    }
}
