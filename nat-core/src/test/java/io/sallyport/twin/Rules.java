package io.sallyport.twin;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Prefix;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The configuration, as questions. */
final class Rules {

    private static final List<Ipv4Prefix> NEVER_FORWARDED = List.of(Ipv4Prefix.parse("0.0.0.0/8"), Ipv4Prefix.parse("127.0.0.0/8"),
        Ipv4Prefix.parse("240.0.0.0/4"), Ipv4Prefix.parse("169.254.0.0/16"));
    private static final Ipv4Prefix MULTICAST = Ipv4Prefix.parse("224.0.0.0/4");

    private final GatewayConfig config;

    Rules(final GatewayConfig config) {
        this.config = config;
    }

    NatConfig nat() {
        return config.nat();
    }

    InterfaceConfig on(final Side side) {
        return side == Side.INSIDE ? config.inside() : config.outside();
    }

    int address(final Side side) {
        return on(side).address().address();
    }

    long mac(final Side side) {
        return on(side).mac().orElse(side == Side.INSIDE ? 0x0200_0000_0001L : 0x0200_0000_0002L);
    }

    int mtu(final Side side) {
        return on(side).mtu().orElse(1500);
    }

    boolean isInside(final int address) {
        return config.inside().address().contains(address);
    }

    boolean isPool(final int address) {
        return nat().pool().stream().anyMatch(range -> range.contains(address));
    }

    boolean isPublic(final int address) {
        return address == address(Side.OUTSIDE) || isPool(address)
            || nat().oneToOne().stream().anyMatch(entry -> entry.outside() == address)
            || nat().forwards().stream().anyMatch(forward -> forward.outsideAddress() == address);
    }

    boolean isExempt(final int destination) {
        return nat().exempt().stream().anyMatch(network -> network.contains(destination));
    }

    boolean isMulticast(final int address) {
        return MULTICAST.contains(address);
    }

    /** RFC 1812, sections 5.3.5 and 5.3.7; RFC 3927, section 2.7. */
    boolean isNeverForwarded(final int address) {
        return NEVER_FORWARDED.stream().anyMatch(network -> network.contains(address)) || isBroadcast(address);
    }

    boolean isBroadcast(final int address) {
        return config.inside().address().isNetworkOrBroadcast(address) || config.outside().address().isNetworkOrBroadcast(address);
    }

    /** Whether a packet with that source can come from that side (BCP 38). */
    boolean canComeFrom(final Side side, final int source) {
        if (isMulticast(source) || isNeverForwarded(source)) {
            return false;
        }
        return side == Side.INSIDE ? isInside(source) && source != address(Side.INSIDE) : !isInside(source) && !isPublic(source);
    }

    /** Where the route leads; routes behind other routers are not modelled. */
    Optional<Side> route(final int destination) {
        if (isInside(destination)) {
            return Optional.of(Side.INSIDE);
        }
        return config.outside().gateway().isPresent() || config.outside().address().contains(destination)
            ? Optional.of(Side.OUTSIDE) : Optional.empty();
    }

    /** The MAC address of the next hop, if there is a route: all are static neighbours. */
    OptionalLong nextHop(final Side side, final int destination) {
        if (!on(side).address().contains(destination) && on(side).gateway().isEmpty()) {
            return OptionalLong.empty();
        }
        final int hop = on(side).address().contains(destination) ? destination : on(side).gateway().getAsInt();
        return OptionalLong.of(on(side).neighbours().stream().filter(neighbour -> neighbour.address() == hop).findFirst().orElseThrow(
            () -> new AssertionError("the scenario has no neighbour " + new Endpoint(hop, 0))).mac());
    }

    Optional<NatConfig.OneToOne> oneToOneInside(final int address) {
        return nat().oneToOne().stream().filter(entry -> entry.inside() == address).findFirst();
    }

    Optional<NatConfig.OneToOne> oneToOneOutside(final int address) {
        return nat().oneToOne().stream().filter(entry -> entry.outside() == address).findFirst();
    }

    Optional<NatConfig.Forward> forwardInside(final int protocol, final Endpoint inside) {
        return nat().forwards().stream().filter(forward -> number(forward) == protocol
            && inside.equals(new Endpoint(forward.insideAddress(), forward.insidePort()))).findFirst();
    }

    Optional<NatConfig.Forward> forwardOutside(final int protocol, final Endpoint outside) {
        return nat().forwards().stream().filter(forward -> number(forward) == protocol
            && outside.equals(new Endpoint(forward.outsideAddress(), forward.outsidePort()))).findFirst();
    }

    static boolean allows(final List<Ipv4Prefix> allow, final int source) {
        return allow.isEmpty() || allow.stream().anyMatch(network -> network.contains(source));
    }

    private static int number(final NatConfig.Forward forward) {
        return forward.protocol() == NatConfig.Protocol.TCP ? Datagram.TCP : Datagram.UDP;
    }
}
