package io.sallyport.config;

import io.sallyport.wire.Ipv4Prefix;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One side of the gateway.
 *
 * @param interfaceName the network interface
 * @param address       the gateway's address there, with the length of the network's prefix
 * @param gateway       the next hop of the default route; on the outside only, empty for none
 * @param mac           MAC address to use, empty for the interface's own
 * @param mtu           longest IP packet in bytes, empty for the interface's own
 * @param routes        networks behind routers of this side
 * @param neighbours    static ARP entries
 */
public record InterfaceConfig(
    @Key(value = "interface", holds = "the name of an Ethernet interface", text = "Must be there. It is brought up if it is down.")
    String interfaceName,
    @Key(value = "address",
        holds = "address/length, /" + InterfaceChecks.SHORTEST_LINK_PREFIX + " to /" + InterfaceChecks.LONGEST_LINK_PREFIX,
        text = "Must be there. The gateway's address and network on this side. The gateway owns it, answers ARP and ping for it; "
            + "the kernel must not have it.")
    Ipv4Prefix address,
    @Key(value = "gateway", holds = "an address in the outside network",
        text = "Outside only: the next hop of the default route. Without it, only the outside network and `routes` are reachable.")
    OptionalInt gateway,
    @Key(value = "mac", holds = "`auto`, or a MAC address in quotes",
        text = "The MAC address that the gateway uses; `auto` is the interface's own.")
    OptionalLong mac,
    @Key(value = "mtu", holds = "`auto`, or " + InterfaceChecks.LEAST_MTU + "-" + InterfaceChecks.MOST_MTU,
        text = "Longest IP packet in bytes; `auto` is the interface's own.")
    OptionalInt mtu,
    @Key(value = "routes", text = "More networks behind routers of this side.")
    List<Route> routes,
    @Key(value = "neighbours", text = "Static ARP entries.")
    List<Neighbour> neighbours) {

    /** Copies the lists. */
    public InterfaceConfig {
        routes = List.copyOf(routes);
        neighbours = List.copyOf(neighbours);
    }

    /** An interface with an address and the defaults. */
    public static InterfaceConfig of(final String interfaceName, final String address) {
        return new InterfaceConfig(interfaceName, Ipv4Prefix.parse(address), OptionalInt.empty(), OptionalLong.empty(),
            OptionalInt.empty(), List.of(), List.of());
    }

    /** The same with a default route. */
    public InterfaceConfig withGateway(final int nextHop) {
        return new InterfaceConfig(interfaceName, address, OptionalInt.of(nextHop), mac, mtu, routes, neighbours);
    }

    /** The same with more routes. */
    public InterfaceConfig withRoutes(final List<Route> newRoutes) {
        return new InterfaceConfig(interfaceName, address, gateway, mac, mtu, newRoutes, neighbours);
    }

    /** The same with static ARP entries. */
    public InterfaceConfig withNeighbours(final List<Neighbour> newNeighbours) {
        return new InterfaceConfig(interfaceName, address, gateway, mac, mtu, routes, newNeighbours);
    }

    /** The same with a MAC address and an MTU instead of the interface's own, where those were to be found out. */
    public InterfaceConfig resolved(final long interfaceMac, final int interfaceMtu) {
        return new InterfaceConfig(interfaceName, address, gateway, OptionalLong.of(mac.orElse(interfaceMac)),
            OptionalInt.of(mtu.orElse(interfaceMtu)), routes, neighbours);
    }

    /**
     * A network behind a router.
     *
     * @param to  the network
     * @param via the router's address, in the interface's network
     */
    public record Route(
        @Key(value = "to", holds = "a network", text = "The network.")
        Ipv4Prefix to,
        @Key(value = "via", holds = "an address", text = "The router, in this side's own network.")
        int via) {
    }

    /**
     * A static ARP entry.
     *
     * @param address the neighbour's IPv4 address
     * @param mac     its MAC address
     */
    public record Neighbour(
        @Key(value = "address", holds = "an address", text = "The neighbour, in this side's own network.")
        int address,
        @Key(value = "mac", holds = "a MAC address in quotes", text = "Its MAC address.")
        long mac) {
    }
}
