package io.sallyport.tools.config;

import io.sallyport.config.AdminConfig;
import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.InterfaceConfig.Route;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.config.Profile;
import io.sallyport.config.StateConfig;
import io.sallyport.tools.config.Scalars.Endpoint;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import io.sallyport.wire.MacAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/** Knows which keys a configuration file has, what they hold, and what stands for a key that is not there. */
final class GatewayReader {

    private static final List<String> ROOT_KEYS = List.of("name", "inside", "outside", "nat", "io", "state", "admin", "events");
    private static final List<String> INSIDE_KEYS = List.of("interface", "address", "mac", "mtu", "routes", "neighbours");
    private static final List<String> OUTSIDE_KEYS = Stream.concat(INSIDE_KEYS.stream(), Stream.of("gateway")).toList();
    private static final List<String> NAT_KEYS = List.of("profile", "pool", "ports", "mapping", "filtering", "hairpinning", "exempt",
        "one-to-one", "forwards", "tcp-mss", "on-idle", "on-exhaustion", "timeouts", "limits");
    private static final List<String> TIMEOUT_KEYS = List.of("tcp-established", "tcp-transitory", "tcp-unsolicited-syn", "udp", "icmp",
        "fragment", "port-reuse");
    private static final List<String> LIMIT_KEYS = List.of("connections", "per-host", "per-host-new-per-second");
    private static final List<String> IO_KEYS = List.of("backend", "threading", "workers", "wait", "offload", "isolate");
    private static final List<String> BACKENDS = List.of("packet", "xdp", "pcap");

    /** Shortest MTU that IPv4 allows a link to have (RFC 791, section 3.2). */
    private static final int LOWEST_MTU = 68;

    private GatewayReader() {
    }

    /** The configuration, or empty when there is no making one; what is wrong goes to {@code problems}. */
    static Optional<GatewayConfig> read(final Node node, final Problems problems) {
        final Section root = Section.root(node, problems, ROOT_KEYS);
        final String name = root.read("name", "default", Function.identity());
        final Optional<InterfaceConfig> inside = readInterface(root.section("inside", INSIDE_KEYS));
        final Optional<InterfaceConfig> outside = readInterface(root.section("outside", OUTSIDE_KEYS));
        final Optional<NatConfig> nat = readNat(root.section("nat", NAT_KEYS), outside.map(side -> side.address().address()));
        final IoConfig io = readIo(root.section("io", IO_KEYS));
        final StateConfig state = readState(root.section("state", List.of("directory", "keep")));
        final AdminConfig admin = new AdminConfig(root.section("admin", List.of("listen"))
            .read("listen", Optional.empty(), orOff(Function.identity())));
        final EventsConfig events = readEvents(root.section("events", List.of("file", "destinations", "rotate-bytes", "ipfix")));
        if (inside.isEmpty() || outside.isEmpty() || nat.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new GatewayConfig(name, inside.get(), outside.get(), nat.get(), io, state, admin, events));
    }

    private static Optional<InterfaceConfig> readInterface(final Section side) {
        final String name = side.require("interface", GatewayReader::parseInterfaceName);
        final Ipv4Prefix address = side.require("address", Ipv4Prefix::parse);
        final OptionalInt gateway = side.read("gateway", OptionalInt.empty(), text -> OptionalInt.of(Ipv4Address.parse(text)));
        final OptionalLong mac = side.read("mac", OptionalLong.empty(),
            text -> text.equals("auto") ? OptionalLong.empty() : OptionalLong.of(MacAddress.parse(text)));
        final OptionalInt mtu = side.read("mtu", OptionalInt.empty(),
            text -> text.equals("auto") ? OptionalInt.empty() : OptionalInt.of(Scalars.integer(LOWEST_MTU, 65535).apply(text)));
        final List<Route> routes = side.sections("routes", List.of("to", "via"), GatewayReader::readRoute);
        final List<Neighbour> neighbours = side.sections("neighbours", List.of("address", "mac"), GatewayReader::readNeighbour);
        return side.isWhole() ? Optional.of(new InterfaceConfig(name, address, gateway, mac, mtu, routes, neighbours)) : Optional.empty();
    }

    private static Optional<Route> readRoute(final Section item) {
        final Ipv4Prefix to = item.require("to", Ipv4Prefix::parse);
        final Integer via = item.require("via", Ipv4Address::parse);
        return item.isWhole() ? Optional.of(new Route(to, via)) : Optional.empty();
    }

    private static Optional<Neighbour> readNeighbour(final Section item) {
        final Integer address = item.require("address", Ipv4Address::parse);
        final Long mac = item.require("mac", MacAddress::parse);
        return item.isWhole() ? Optional.of(new Neighbour(address, mac)) : Optional.empty();
    }

    private static Optional<NatConfig> readNat(final Section nat, final Optional<Integer> outsideAddress) {
        final Profile profile = nat.read("profile", Profile.RFC, Scalars.word(Profile.class));
        final NatConfig defaults = NatConfig.defaults(outsideAddress.orElse(0));
        final Optional<List<AddressRange>> pool = nat.list("pool", Scalars::parseAddressRange);
        final NatConfig read = new NatConfig(
            profile,
            pool.orElse(defaults.pool()),
            nat.read("ports", defaults.ports(), Scalars::parsePortRange),
            nat.read("mapping", profile.mapping(), Scalars.word(NatConfig.Mapping.class)),
            nat.read("filtering", defaults.filtering(), Scalars.word(NatConfig.Filtering.class)),
            nat.read("hairpinning", defaults.hairpinning(), Scalars::parseBoolean),
            nat.list("exempt", Ipv4Prefix::parse).orElse(List.of()),
            nat.sections("one-to-one", List.of("outside", "inside", "allow"), GatewayReader::readOneToOne),
            nat.sections("forwards", List.of("protocol", "outside", "inside", "allow"), GatewayReader::readForward),
            nat.read("tcp-mss", defaults.tcpMss(), Scalars::parseTcpMss),
            nat.read("on-idle", profile.onIdle(), Scalars.word(NatConfig.OnIdle.class)),
            nat.read("on-exhaustion", defaults.onExhaustion(), Scalars.word(NatConfig.OnExhaustion.class)),
            readTimeouts(nat.section("timeouts", TIMEOUT_KEYS), profile.timeouts()),
            readLimits(nat.section("limits", LIMIT_KEYS)));
        return outsideAddress.isPresent() ? Optional.of(read) : Optional.empty();
    }

    private static Optional<OneToOne> readOneToOne(final Section item) {
        final Integer outside = item.require("outside", Ipv4Address::parse);
        final Integer inside = item.require("inside", Ipv4Address::parse);
        final List<Ipv4Prefix> allow = readAllow(item);
        return item.isWhole() ? Optional.of(new OneToOne(outside, inside, allow)) : Optional.empty();
    }

    private static Optional<Forward> readForward(final Section item) {
        final NatConfig.Protocol protocol = item.require("protocol", Scalars.word(NatConfig.Protocol.class));
        final Endpoint outside = item.require("outside", Scalars::parseEndpoint);
        final Endpoint inside = item.require("inside", Scalars::parseEndpoint);
        final List<Ipv4Prefix> allow = readAllow(item);
        return item.isWhole()
            ? Optional.of(new Forward(protocol, outside.address(), outside.port(), inside.address(), inside.port(), allow))
            : Optional.empty();
    }

    /** A record without a list lets everyone in, so an empty list in the file, which looks like no one, is refused. */
    private static List<Ipv4Prefix> readAllow(final Section item) {
        final Optional<List<Ipv4Prefix>> allow = item.list("allow", Ipv4Prefix::parse);
        if (allow.isPresent() && allow.get().isEmpty()) {
            item.problem("allow", "lets no one in; leave the key out to let everyone in");
        }
        return allow.orElse(List.of());
    }

    private static Timeouts readTimeouts(final Section timeouts, final Timeouts preset) {
        return new Timeouts(
            timeouts.read("tcp-established", preset.tcpEstablishedNs(), Scalars::parseDuration),
            timeouts.read("tcp-transitory", preset.tcpTransitoryNs(), Scalars::parseDuration),
            timeouts.read("tcp-unsolicited-syn", preset.tcpUnsolicitedSynNs(), Scalars::parseDuration),
            timeouts.read("udp", preset.udpNs(), Scalars::parseDuration),
            timeouts.read("icmp", preset.icmpNs(), Scalars::parseDuration),
            timeouts.read("fragment", preset.fragmentNs(), Scalars::parseDuration),
            timeouts.read("port-reuse", preset.portReuseNs(), Scalars::parseDuration));
    }

    private static Limits readLimits(final Section limits) {
        return new Limits(
            limits.read("connections", Limits.DEFAULTS.connections(), Scalars::parseCount),
            limits.read("per-host", Limits.DEFAULTS.perHost(), Scalars::parseCount),
            limits.read("per-host-new-per-second", Limits.DEFAULTS.perHostNewPerSecond(), Scalars::parseCount));
    }

    private static IoConfig readIo(final Section io) {
        return new IoConfig(
            io.read("backend", IoConfig.DEFAULTS.backend(), GatewayReader::parseBackend),
            io.read("threading", IoConfig.DEFAULTS.threading(), Scalars.word(IoConfig.Threading.class)),
            io.read("workers", IoConfig.DEFAULTS.workers(), Scalars.integer(1, 128)),
            io.read("wait", IoConfig.DEFAULTS.waiting(), Scalars.word(IoConfig.Wait.class)),
            io.read("offload", IoConfig.DEFAULTS.offload(), Scalars.word(IoConfig.Offload.class)),
            io.read("isolate", IoConfig.DEFAULTS.isolate(), Scalars::parseBoolean));
    }

    private static StateConfig readState(final Section state) {
        return new StateConfig(
            state.read("directory", StateConfig.DEFAULTS.directory(), GatewayReader::parsePath),
            state.read("keep", StateConfig.DEFAULTS.keep(), Scalars::parseBoolean));
    }

    private static EventsConfig readEvents(final Section events) {
        return new EventsConfig(
            events.read("file", Optional.empty(), orOff(GatewayReader::parsePath)),
            events.read("destinations", false, Scalars::parseBoolean),
            events.read("rotate-bytes", 0L, text -> text.equals("off") ? 0L : Scalars.parseLength(text)),
            events.read("ipfix", Optional.empty(), orOff(text -> {
                final Endpoint collector = Scalars.parseEndpoint(text);
                return new EventsConfig.Collector(collector.address(), collector.port());
            })));
    }

    private static String parseInterfaceName(final String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(Scalars.quoted(text) + " is not the name of an interface");
        }
        return text;
    }

    private static String parseBackend(final String text) {
        if (!BACKENDS.contains(text)) {
            throw new IllegalArgumentException(Scalars.quoted(text) + " is none of " + String.join(", ", BACKENDS));
        }
        return text;
    }

    private static Path parsePath(final String text) {
        try {
            if (!text.isBlank()) {
                return Path.of(text);
            }
        } catch (final InvalidPathException notPath) {
            throw new IllegalArgumentException(Scalars.quoted(text) + " is not a path", notPath);
        }
        throw new IllegalArgumentException(Scalars.quoted(text) + " is not a path");
    }

    private static <T> Function<String, Optional<T>> orOff(final Function<String, T> parser) {
        return text -> text.equals("off") ? Optional.empty() : Optional.of(parser.apply(text));
    }
}
