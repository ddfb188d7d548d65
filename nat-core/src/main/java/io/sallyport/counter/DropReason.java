package io.sallyport.counter;

import java.util.Locale;

/**
 * Why a packet was not forwarded. The order is that of a packet's way through the gateway. New reasons go at the end of their group;
 * the ordinal is a position in the command-and-control file, whose version changes with this list.
 */
public enum DropReason {
    /** Frame shorter than the headers that it announces, or than its own length fields. */
    MALFORMED("a length field or header does not fit the frame"),
    /** EtherType other than IPv4 and ARP. */
    NOT_IPV4("neither IPv4 nor ARP"),
    /** VLAN-tagged frame. */
    VLAN_TAGGED("a VLAN tag"),
    /** IPv6 packet. */
    IPV6("IPv6"),
    /** Frame addressed to another station: the interface is in promiscuous mode, or a switch floods. */
    OTHER_STATION("the destination MAC address is another station's"),
    /** Frame that came as Ethernet broadcast or multicast (RFC 1812, section 5.3.4). */
    LINK_BROADCAST("came as Ethernet broadcast or multicast"),
    /** IPv4 header checksum is wrong (RFC 1812, section 5.2.2). */
    BAD_IP_CHECKSUM("wrong IPv4 header checksum"),
    /** Source or destination that no router forwards (RFC 1812, sections 5.3.5 and 5.3.7; RFC 3927, section 2.7). */
    MARTIAN("an address that is never forwarded"),
    /** Multicast destination. */
    MULTICAST("multicast is not forwarded"),
    /** Source address that cannot come from this side (BCP 38). */
    SPOOFED_SOURCE("the source address cannot come from this side"),
    /** Source route option (RFC 1812, section 4.2.2.1: refused by policy). */
    SOURCE_ROUTE("source routing is refused"),
    /** Fragment whose first did not come in time, or belongs to no connection; or of an ICMP message that must be whole. */
    FRAGMENT("fragment without its first, or of no known connection"),
    /** Protocol that the gateway cannot translate. */
    UNSUPPORTED_PROTOCOL("a protocol that is not translated"),
    /** The time to live ended here (RFC 1812, section 5.3.1). */
    TTL_EXPIRED("the time to live ended"),
    /** From outside, for a public address, and no connection: default deny. */
    UNSOLICITED("from outside, and no connection asks for it"),
    /** From outside, for a forward or one-to-one address whose allow list does not name the sender. */
    NOT_ALLOWED("the allow list does not name the sender"),
    /** From inside, no connection, and not a packet that may open one. */
    NO_CONNECTION("from inside, no connection, and it cannot open one"),
    /** Nothing but ARP, ping and translated traffic is for the gateway itself. */
    NOT_FOR_GATEWAY("addressed to the gateway, which serves nothing there"),
    /** From outside, for an address that is not the gateway's. */
    NOT_OURS("the destination address is not the gateway's"),
    /** No route to the destination. */
    NO_ROUTE("no route to the destination"),
    /** From inside and to the inside again, but not by hairpinning. */
    SAME_SIDE("would leave where it came from"),
    /** ICMP error about a packet that belongs to no connection (RFC 5508, REQ-4). */
    ICMP_UNRELATED("an ICMP error about no live connection"),
    /** ICMP message with a wrong checksum (RFC 5508, REQ-3). */
    BAD_ICMP_CHECKSUM("wrong ICMP checksum"),
    /** The connection table is full. */
    TABLE_FULL("the connection table is full"),
    /** No free port on the public address. */
    PORTS_EXHAUSTED("no free public port"),
    /** As many live connections as one inside host may have (RFC 6888, REQ-4). */
    HOST_LIMIT("the inside host has all the connections it may have"),
    /** More new connections than one inside host may open in a second (RFC 6888, REQ-4). */
    HOST_RATE("the inside host opens connections too fast"),
    /** The operator lets the connections come to an end, and no new ones begin; or, for some milliseconds, a change is under way. */
    DRAINING("the gateway drains and opens no connections"),
    /** Larger than the next link's MTU, and DF is set (RFC 1191). */
    TOO_BIG("larger than the next link allows, and DF is set"),
    /** The next hop did not answer ARP. */
    NEIGHBOUR_UNRESOLVED("the next hop does not answer ARP"),
    /** ARP packet that makes no sense, or comes from a group address (RFC 1812, section 3.3.2). */
    BAD_ARP("malformed or unacceptable ARP"),
    /** The kernel or NIC took no more frames. */
    TRANSMIT_FAILED("the interface took no more frames"),
    /** The gateway was stopping. */
    SHUTDOWN("the gateway was stopping");

    private static final DropReason[] VALUES = values();

    private final String label;
    private final String explanation;

    DropReason(final String explanation) {
        this.label = name().toLowerCase(Locale.ROOT).replace('_', '-');
        this.explanation = explanation;
    }

    /** The reason with that ordinal, without copying the array of all. */
    public static DropReason of(final int ordinal) {
        return VALUES[ordinal];
    }

    /** How many reasons there are. */
    public static int count() {
        return VALUES.length;
    }

    /** The name that metrics and tools show: lower case with hyphens. */
    public String label() {
        return label;
    }

    /** Half a sentence for people. */
    public String explanation() {
        return explanation;
    }
}
