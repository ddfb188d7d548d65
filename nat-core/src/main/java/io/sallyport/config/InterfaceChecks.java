package io.sallyport.config;

import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.InterfaceConfig.Route;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The checks of the two interfaces, of their networks, and of these against each other. */
final class InterfaceChecks {

    /** Longest name of a network interface: IFNAMSIZ of linux/if.h, less the end mark. */
    private static final int LONGEST_INTERFACE_NAME_BYTES = 15;
    /** Shortest network of one link: the largest private one, 10.0.0.0/8; a shorter prefix is a slip of the finger. */
    static final int SHORTEST_LINK_PREFIX = 8;
    /** Longest network of one link that has room for the gateway and a neighbour. */
    static final int LONGEST_LINK_PREFIX = 31;
    /** Shortest MTU that every IPv4 link has (RFC 791, section 3.2). */
    static final int LEAST_MTU = 68;
    /** Longest IPv4 packet. */
    static final int MOST_MTU = 65535;

    private final InterfaceConfig inside;
    private final InterfaceConfig outside;
    private final Problems problems;

    private InterfaceChecks(final GatewayConfig config, final Problems problems) {
        this.inside = config.inside();
        this.outside = config.outside();
        this.problems = problems;
    }

    static void check(final GatewayConfig config, final Problems problems) {
        final InterfaceChecks checks = new InterfaceChecks(config, problems);
        checks.side("inside", checks.inside);
        checks.side("outside", checks.outside);
        checks.gateways();
        checks.twoInterfaces();
        checks.noSharedAddresses();
    }

    /** The networks that packets reach through {@code side}, each under its key; without the default route. */
    static Map<String, Ipv4Prefix> networks(final String key, final InterfaceConfig side) {
        final Map<String, Ipv4Prefix> networks = new LinkedHashMap<>();
        networks.put(key + ".address", side.address().network());
        for (int i = 0; i < side.routes().size(); i++) {
            final Ipv4Prefix to = side.routes().get(i).to();
            if (to.length() > 0) {
                networks.put(key + ".routes[" + i + "].to", to.network());
            }
        }
        return networks;
    }

    private void side(final String key, final InterfaceConfig side) {
        interfaceName(key + ".interface", side.interfaceName());
        final Ipv4Prefix address = side.address();
        if (address.length() < SHORTEST_LINK_PREFIX || address.length() > LONGEST_LINK_PREFIX) {
            problems.add(key + ".address", address + " is not a network of one link: its prefix is not within /"
                + SHORTEST_LINK_PREFIX + "-/" + LONGEST_LINK_PREFIX);
        }
        refuse(key + ".address", AddressChecks.station(address.address(), address));
        side.mac().ifPresent(mac -> refuse(key + ".mac", AddressChecks.unicastMac(mac)));
        side.mtu().ifPresent(mtu -> problems.addUnlessWithin(key + ".mtu", mtu, LEAST_MTU, MOST_MTU));
        routes(key + ".routes", side);
        neighbours(key + ".neighbours", side);
    }

    /** What the kernel accepts as a name ({@code dev_valid_name} in net/core/dev.c). */
    private void interfaceName(final String key, final String name) {
        if (name.isEmpty()) {
            problems.add(key, "the name of the interface is missing");
        } else if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST_INTERFACE_NAME_BYTES) {
            problems.add(key, "\"" + name + "\" is longer than the " + LONGEST_INTERFACE_NAME_BYTES + " bytes of an interface's name");
        } else if (".".equals(name) || "..".equals(name)
            || name.chars().anyMatch(c -> c == '/' || c == ':' || Character.isWhitespace(c) || Character.isISOControl(c))) {
            problems.add(key, "\"" + name + "\" is not the name of an interface");
        }
    }

    private void routes(final String key, final InterfaceConfig side) {
        final Map<Ipv4Prefix, Integer> seen = new HashMap<>();
        for (int i = 0; i < side.routes().size(); i++) {
            final Route route = side.routes().get(i);
            final String routeKey = key + "[" + i + "]";
            final Ipv4Prefix to = route.to();
            refuse(routeKey + ".to", AddressChecks.routedNetwork(to));
            refuse(routeKey + ".via", neighbour(route.via(), side));
            if (to.network().equals(side.address().network())) {
                problems.add(routeKey + ".to", to.network() + " is the interface's own network");
            }
            final Integer earlier = seen.putIfAbsent(to.network(), i);
            if (earlier != null) {
                final boolean same = side.routes().get(earlier).via() == route.via();
                problems.add(routeKey + ".to",
                    to.network() + (same ? " is listed twice: also in " : " has another next hop in ") + key + "[" + earlier + "]");
            }
        }
    }

    private void neighbours(final String key, final InterfaceConfig side) {
        final Map<Integer, Integer> seen = new HashMap<>();
        for (int i = 0; i < side.neighbours().size(); i++) {
            final Neighbour entry = side.neighbours().get(i);
            final String entryKey = key + "[" + i + "]";
            refuse(entryKey + ".address", neighbour(entry.address(), side));
            refuse(entryKey + ".mac", AddressChecks.unicastMac(entry.mac()));
            final Integer earlier = seen.putIfAbsent(entry.address(), i);
            if (earlier != null) {
                problems.add(entryKey + ".address",
                    Ipv4Address.format(entry.address()) + " is listed twice: also in " + key + "[" + earlier + "]");
            }
        }
    }

    private void gateways() {
        if (inside.gateway().isPresent()) {
            problems.add("inside.gateway", "only the outside has a default route; for private networks behind a router use inside.routes");
        }
        if (outside.gateway().isPresent()) {
            refuse("outside.gateway", neighbour(outside.gateway().getAsInt(), outside));
            for (int i = 0; i < outside.routes().size(); i++) {
                if (outside.routes().get(i).to().length() == 0) {
                    problems.add("outside.routes[" + i + "].to", "0.0.0.0/0 is what outside.gateway already stands for");
                }
            }
        }
    }

    private void twoInterfaces() {
        if (!inside.interfaceName().isEmpty() && inside.interfaceName().equals(outside.interfaceName())) {
            problems.add("outside.interface", "\"" + outside.interfaceName() + "\" is the inside interface already");
        }
    }

    /**
     * No address may be on both sides (RFC 4787, REQ-7: a gateway whose sides conflict must be told so, not guess). Longest-prefix
     * routing could tell some overlaps apart, but the hosts behind the shorter prefix would be cut off in silence; only the default
     * route may cover the inside.
     */
    private void noSharedAddresses() {
        networks("inside", inside).forEach((insideKey, insideNetwork) -> networks("outside", outside).forEach((outsideKey, network) -> {
            if (insideNetwork.overlaps(network)) {
                problems.add(outsideKey, network + " overlaps the inside network " + insideNetwork + " (" + insideKey + ")");
            }
        }));
        for (int i = 0; i < inside.routes().size(); i++) {
            if (inside.routes().get(i).to().length() == 0) {
                problems.add("inside.routes[" + i + "].to", "0.0.0.0/0 covers the outside too; the default route is outside.gateway");
            }
        }
    }

    /** Whether {@code address} can be that of another station on the link of {@code side}. */
    private static Optional<String> neighbour(final int address, final InterfaceConfig side) {
        if (address == side.address().address()) {
            return Optional.of(Ipv4Address.format(address) + " is the gateway's own address");
        }
        return AddressChecks.station(address, side.address());
    }

    private void refuse(final String key, final Optional<String> reason) {
        reason.ifPresent(message -> problems.add(key, message));
    }
}
