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
    PACKETS_IN_FROM_SOURCE(Kind.TOTAL, "packets that arrived on the inside"),
    BYTES_IN_FROM_SOURCE(Kind.TOTAL, "bytes that arrived on the inside, Ethernet header included"),
    PACKETS_OUT_TO_DESTINATION(Kind.TOTAL, "packets forwarded to the outside"),
    BYTES_OUT_TO_DESTINATION(Kind.TOTAL, "bytes forwarded to the outside"),
    PACKETS_IN_FROM_DESTINATION(Kind.TOTAL, "packets that arrived on the outside"),
    BYTES_IN_FROM_DESTINATION(Kind.TOTAL, "bytes that arrived on the outside"),
    PACKETS_OUT_TO_SOURCE(Kind.TOTAL, "packets forwarded to the inside"),
    BYTES_OUT_TO_SOURCE(Kind.TOTAL, "bytes forwarded to the inside"),
    CONSUMED(Kind.TOTAL, "packets for the gateway itself: ARP, ping"),
    HELD(Kind.GAUGE, "packets that wait: for ARP to find their next hop, or, fragments, for the first of their datagram"),
    ORIGINATED_ARP(Kind.TOTAL, "ARP requests, replies and announcements sent"),
    ORIGINATED_ECHO_REPLIES(Kind.TOTAL, "echo replies sent for the gateway's own addresses"),
    ORIGINATED_ICMP_ERRORS(Kind.TOTAL, "ICMP errors sent"),
    ORIGINATED_RESETS(Kind.TOTAL, "TCP resets sent"),
    ORIGINATED_FRAGMENTS(Kind.TOTAL, "pieces sent of forwarded packets that were too long for the link"),
    ORIGINATED_LOST(Kind.TOTAL, "own packets that found no room, no neighbour or no route"),
    ICMP_ERRORS_WITHHELD(Kind.TOTAL, "ICMP errors that were not sent because of the rate limit (RFC 1812, section 4.3.2.8)"),
    CONNECTION_ATTEMPTS_TCP(Kind.TOTAL, "first packets that asked for a TCP connection, let in or not"),
    CONNECTION_ATTEMPTS_UDP(Kind.TOTAL, "first packets that asked for a UDP connection"),
    CONNECTION_ATTEMPTS_ICMP(Kind.TOTAL, "first packets that asked for an ICMP query connection"),
    CONNECTION_ATTEMPTS_OTHER(Kind.TOTAL, "first packets that asked for a connection of another protocol"),
    CONNECTIONS_ESTABLISHED_TCP(Kind.TOTAL, "TCP connections whose handshake ended"),
    CONNECTIONS_ESTABLISHED_UDP(Kind.TOTAL, "UDP connections that saw a packet each way"),
    CONNECTIONS_ESTABLISHED_ICMP(Kind.TOTAL, "ICMP query connections that saw a packet each way"),
    CONNECTIONS_ESTABLISHED_OTHER(Kind.TOTAL, "connections of other protocols that saw a packet each way"),
    IDLE_TIMEOUTS_TCP(Kind.TOTAL, "TCP connections ended by silence"),
    IDLE_TIMEOUTS_UDP(Kind.TOTAL, "UDP connections ended by silence"),
    IDLE_TIMEOUTS_ICMP(Kind.TOTAL, "ICMP query connections ended by silence"),
    IDLE_TIMEOUTS_OTHER(Kind.TOTAL, "connections of other protocols ended by silence"),
    ACTIVE_CONNECTIONS_TCP(Kind.GAUGE, "live TCP connections"),
    ACTIVE_CONNECTIONS_UDP(Kind.GAUGE, "live UDP connections"),
    ACTIVE_CONNECTIONS_ICMP(Kind.GAUGE, "live ICMP query connections"),
    ACTIVE_CONNECTIONS_OTHER(Kind.GAUGE, "live connections of other protocols"),
    ACTIVE_MAPPINGS(Kind.GAUGE, "live mappings of an inside endpoint to a public one"),
    PORT_ALLOCATION_ERRORS(Kind.TOTAL, "connections refused because no public port was free"),
    PORTS_IN_USE_TCP(Kind.GAUGE, "public TCP ports in use"),
    PORTS_IN_USE_UDP(Kind.GAUGE, "public UDP ports in use"),
    PORTS_IN_USE_ICMP(Kind.GAUGE, "public ICMP query identifiers in use"),
    PORTS_COOLING(Kind.GAUGE, "ports that cool down before they can be used again, all protocols"),
    RECEIVE_RING_DROPS_INSIDE(Kind.TOTAL, "frames that the inside receive ring could not take: lost before the gateway saw them"),
    RECEIVE_RING_DROPS_OUTSIDE(Kind.TOTAL, "frames that the outside receive ring could not take"),
    EVENTS_WRITTEN(Kind.TOTAL, "events of mappings that are in the event log"),
    EVENTS_LOST(Kind.TOTAL, "events that are missing there: they came too fast, or the file could not be written"),
    EVENTS_EXPORTED(Kind.TOTAL, "events sent to the IPFIX collector"),
    EVENTS_NOT_EXPORTED(Kind.TOTAL, "events that could not be sent to it");

    private static final Counter[] VALUES = values();

    private final Kind kind;
    private final String label;
    private final String explanation;

    Counter(final Kind kind, final String explanation) {
        this.kind = kind;
        this.explanation = explanation;
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

    /** The counter {@code offset} places behind this one; used for the runs by protocol: TCP, UDP, ICMP and, for connections, others. */
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

    /** Half a sentence for people. */
    public String explanation() {
        return explanation;
    }
}
