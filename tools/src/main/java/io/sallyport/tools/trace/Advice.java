package io.sallyport.tools.trace;

import io.sallyport.counter.DropReason;

/** Where to look when a packet is dropped: the keys of the configuration that decide about it, or what else does. */
final class Advice {

    private Advice() {
    }

    /** What to look at, for people; all reasons stand in docs/counters.md, the order of judgement in docs/decisions/003. */
    static String on(final DropReason reason) {
        return switch (reason) {
            case OTHER_STATION, LINK_BROADCAST -> "the MAC address that the sender has for the gateway: its ARP table";
            case MALFORMED, BAD_IP_CHECKSUM, BAD_ICMP_CHECKSUM -> "the fields below; a sender's checksum offload leaves captures like this";
            case NOT_IPV4, IPV6, VLAN_TAGGED -> "the gateway forwards IPv4, untagged";
            case SPOOFED_SOURCE, SAME_SIDE, NO_ROUTE -> "inside.address, inside.routes, outside.routes, outside.gateway";
            case UNSOLICITED -> "nat.forwards, nat.one-to-one, nat.filtering; README.md, \"A way in\"";
            case NOT_ALLOWED -> "allow of nat.forwards and nat.one-to-one";
            case NO_CONNECTION -> "nat.timeouts: the connection ended, or never was";
            case NOT_FOR_GATEWAY -> "nat.hairpinning, nat.forwards: no one stands behind that address and port";
            case NOT_OURS -> "nat.pool, outside.address";
            case TABLE_FULL -> "nat.limits.connections";
            case PORTS_EXHAUSTED -> "nat.pool, nat.ports, nat.mapping, nat.timeouts; sallyport top has the ports in use";
            case HOST_LIMIT -> "nat.limits.per-host";
            case HOST_RATE -> "nat.limits.per-host-new-per-second";
            case TTL_EXPIRED -> "the sender: traceroute does that, and loops do";
            case TOO_BIG -> "inside.mtu, outside.mtu, nat.tcp-mss";
            case ICMP_UNRELATED -> "the quoted packet: no connection sends it, or not with that sequence number";
            case FRAGMENT -> "nat.timeouts.fragment";
            case NEIGHBOUR_UNRESOLVED -> "inside.neighbours, outside.neighbours";
            default -> "docs/counters.md";
        };
    }
}
