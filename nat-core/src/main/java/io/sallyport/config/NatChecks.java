package io.sallyport.config;

import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.config.NatConfig.TcpMss;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The checks of everything under {@code nat}. */
final class NatChecks {

    /**
     * Most public addresses. Each needs its 64 Ki ports for three protocols kept in memory, and announces itself by ARP at start; a /20
     * is more than a carrier gives to one gateway, and more is a slip in a prefix length.
     */
    static final int MOST_POOL_ADDRESSES = 4096;
    /** Ports that a worker claims at a time: PublicPorts.BLOCK_PORTS of the mapping package, which this one cannot see. */
    static final int PORT_BLOCK = 64;
    /** Most connections: what the workers of the largest gateway hold; a quota beyond it limits nothing. */
    static final int MOST_CONNECTIONS = 1 << 26;
    /** Longest timeout: three times as long as the longest in use (Linux keeps an established connection for five days). */
    static final long LONGEST_TIMEOUT_DAYS = 15;
    /** Least and most TCP segment size that can be asked for: RFC 9293, section 3.7.1, and what an IPv4 packet carries. */
    static final int LEAST_SEGMENT_SIZE = 88;
    static final int MOST_SEGMENT_SIZE = 65535 - 40;

    private final GatewayConfig config;
    private final NatConfig nat;
    private final Problems problems;
    private final Map<String, Ipv4Prefix> insideNetworks;

    private NatChecks(final GatewayConfig config, final Problems problems) {
        this.config = config;
        this.nat = config.nat();
        this.problems = problems;
        this.insideNetworks = InterfaceChecks.networks("inside", config.inside());
    }

    static void check(final GatewayConfig config, final Problems problems) {
        final NatChecks checks = new NatChecks(config, problems);
        checks.pool();
        checks.ports(config.nat().ports());
        checks.exempt();
        checks.oneToOne();
        checks.forwards();
        checks.tcpMss(config.nat().tcpMss());
        checks.timeouts(config.nat().timeouts());
        checks.limits(config.nat().limits());
    }

    private void pool() {
        if (nat.pool().isEmpty()) {
            problems.add("nat.pool", "there is no public address");
        }
        long count = 0;
        for (int i = 0; i < nat.pool().size(); i++) {
            final AddressRange range = nat.pool().get(i);
            final String key = "nat.pool[" + i + "]";
            if (Integer.compareUnsigned(range.first(), range.last()) > 0) {
                problems.add(key, format(range) + " ends before it begins");
                continue;
            }
            count += range.count();
            if (!isOutsideAddress(range)) {
                poolRange(key, range);
            }
            for (int j = 0; j < i; j++) {
                if (overlap(nat.pool().get(j), range)) {
                    problems.add(key, format(range) + " overlaps nat.pool[" + j + "], " + format(nat.pool().get(j)));
                    break;
                }
            }
        }
        if (count > MOST_POOL_ADDRESSES) {
            problems.add("nat.pool", count + " addresses are more than the " + MOST_POOL_ADDRESSES + " that a gateway manages");
        }
    }

    private void poolRange(final String key, final AddressRange range) {
        // Both ends suffice: each network that holds no hosts is larger than a whole pool may be.
        final Optional<String> first = AddressChecks.host(range.first());
        first.or(() -> AddressChecks.host(range.last())).ifPresent(reason -> problems.add(key, reason));
        insideNetworks.forEach((networkKey, network) -> {
            if (overlap(range, new AddressRange(network.first(), network.last()))) {
                problems.add(key, format(range) + " overlaps the inside network " + network + " (" + networkKey + ")");
            }
        });
        outsideStations().forEach((address, whose) -> {
            if (range.contains(address)) {
                problems.add(key, format(range) + " contains " + Ipv4Address.format(address) + ", which is " + whose);
            }
        });
    }

    /** Addresses of the outside network that belong to others, so that they cannot be public addresses of this gateway. */
    private Map<Integer, String> outsideStations() {
        final Map<Integer, String> stations = new LinkedHashMap<>();
        final InterfaceConfig outside = config.outside();
        final Ipv4Prefix network = outside.address();
        if (network.length() <= 30) {
            stations.put(network.first(), "the network address of " + network.network());
            stations.put(network.last(), "the broadcast address of " + network.network());
        }
        outside.gateway().ifPresent(address -> stations.put(address, "the next hop of the default route (outside.gateway)"));
        for (int i = 0; i < outside.routes().size(); i++) {
            stations.putIfAbsent(outside.routes().get(i).via(), "the next hop of outside.routes[" + i + "]");
        }
        for (int i = 0; i < outside.neighbours().size(); i++) {
            stations.putIfAbsent(outside.neighbours().get(i).address(), "the station of outside.neighbours[" + i + "]");
        }
        stations.remove(outside.address().address());
        return stations;
    }

    private void ports(final PortRange ports) {
        if (!isPort(ports.first()) || !isPort(ports.last())) {
            problems.add("nat.ports", "\"" + ports.first() + "-" + ports.last() + "\" is not a range within 1-65535");
        } else if (ports.first() > ports.last()) {
            problems.add("nat.ports", "\"" + ports.first() + "-" + ports.last() + "\" ends before it begins");
        } else if (ports.last() / PORT_BLOCK - ports.first() / PORT_BLOCK + 1 < config.io().workers()) {
            problems.add("nat.ports", "\"" + ports.first() + "-" + ports.last() + "\" is too few ports for " + config.io().workers()
                + " workers: each needs a block of " + PORT_BLOCK);
        }
    }

    private void exempt() {
        for (int i = 0; i < nat.exempt().size(); i++) {
            final String key = "nat.exempt[" + i + "]";
            final Ipv4Prefix network = nat.exempt().get(i);
            refuse(key, AddressChecks.routedNetwork(network));
            final int at = nat.exempt().indexOf(network);
            if (at < i) {
                problems.add(key, network + " is listed twice: also in nat.exempt[" + at + "]");
            }
        }
    }

    private void oneToOne() {
        final Map<Integer, Integer> outsideSeen = new HashMap<>();
        final Map<Integer, Integer> insideSeen = new HashMap<>();
        for (int i = 0; i < nat.oneToOne().size(); i++) {
            final OneToOne entry = nat.oneToOne().get(i);
            final String key = "nat.one-to-one[" + i + "]";
            refuse(key + ".outside", publicAddress(entry.outside()));
            if (entry.outside() == config.outside().address().address()) {
                problems.add(key + ".outside", Ipv4Address.format(entry.outside()) + " is the gateway's own address");
            }
            if (inPool(entry.outside())) {
                problems.add(key + ".outside", Ipv4Address.format(entry.outside()) + " is in nat.pool, so its ports are others' too");
            }
            refuse(key + ".inside", insideHost(entry.inside()));
            allow(key + ".allow", entry.allow());
            duplicate(key + ".outside", Ipv4Address.format(entry.outside()), "nat.one-to-one", outsideSeen.putIfAbsent(entry.outside(), i));
            duplicate(key + ".inside", Ipv4Address.format(entry.inside()), "nat.one-to-one", insideSeen.putIfAbsent(entry.inside(), i));
        }
    }

    private void forwards() {
        final Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < nat.forwards().size(); i++) {
            final Forward forward = nat.forwards().get(i);
            final String key = "nat.forwards[" + i + "]";
            refuse(key + ".outside", publicAddress(forward.outsideAddress()));
            if (nat.oneToOne().stream().anyMatch(entry -> entry.outside() == forward.outsideAddress())) {
                problems.add(key + ".outside",
                    Ipv4Address.format(forward.outsideAddress()) + " belongs to one inside host already (nat.one-to-one)");
            }
            port(key + ".outside", forward.outsidePort());
            refuse(key + ".inside", insideHost(forward.insideAddress()));
            port(key + ".inside", forward.insidePort());
            allow(key + ".allow", forward.allow());
            final String endpoint = ConfigText.of(forward.protocol()) + " " + Ipv4Address.format(forward.outsideAddress()) + ":"
                + forward.outsidePort();
            duplicate(key + ".outside", endpoint, "nat.forwards", seen.putIfAbsent(endpoint, i));
        }
    }

    private void tcpMss(final TcpMss tcpMss) {
        if (tcpMss.mode() == TcpMss.Mode.FIXED) {
            tcpMss.segmentSize().ifPresentOrElse(
                size -> problems.addUnlessWithin("nat.tcp-mss", size, LEAST_SEGMENT_SIZE, MOST_SEGMENT_SIZE),
                () -> problems.add("nat.tcp-mss", "the segment size is missing"));
        }
    }

    private void timeouts(final Timeouts timeouts) {
        timeout("tcp-established", timeouts.tcpEstablishedNs(), 1);
        timeout("tcp-transitory", timeouts.tcpTransitoryNs(), 1);
        timeout("tcp-unsolicited-syn", timeouts.tcpUnsolicitedSynNs(), 1);
        timeout("udp", timeouts.udpNs(), 1);
        timeout("icmp", timeouts.icmpNs(), 1);
        timeout("fragment", timeouts.fragmentNs(), 1);
        timeout("port-reuse", timeouts.portReuseNs(), 0);
    }

    private void timeout(final String key, final long timeoutNs, final long leastNs) {
        if (timeoutNs < leastNs) {
            problems.add("nat.timeouts." + key, leastNs == 0 ? "must not be negative" : "must be longer than 0");
        } else if (timeoutNs > TimeUnit.DAYS.toNanos(LONGEST_TIMEOUT_DAYS)) {
            problems.add("nat.timeouts." + key, "is longer than " + LONGEST_TIMEOUT_DAYS + " days");
        }
    }

    private void limits(final Limits limits) {
        problems.addUnlessWithin("nat.limits.connections", limits.connections(), 1, mostConnections());
        problems.addUnlessWithin("nat.limits.per-host", limits.perHost(), 0, MOST_CONNECTIONS);
        problems.addUnlessWithin("nat.limits.per-host-new-per-second", limits.perHostNewPerSecond(), 0, MOST_CONNECTIONS);
    }

    /** Shards fill unevenly: of several workers, each has room for twice its share. */
    private long mostConnections() {
        final int workers = config.io().workers();
        return workers <= 1 ? Limits.MOST_PER_WORKER : Math.min(MOST_CONNECTIONS, (long) workers * Limits.MOST_PER_WORKER / 2);
    }

    /** Whether {@code address} can be a public address of this gateway. */
    private Optional<String> publicAddress(final int address) {
        for (final Map.Entry<String, Ipv4Prefix> entry : insideNetworks.entrySet()) {
            if (entry.getValue().contains(address)) {
                return Optional.of(
                    Ipv4Address.format(address) + " is in the inside network " + entry.getValue() + " (" + entry.getKey() + ")");
            }
        }
        return AddressChecks.host(address).or(() -> Optional.ofNullable(outsideStations().get(address))
            .map(whose -> Ipv4Address.format(address) + " is " + whose));
    }

    /** Whether {@code address} can be that of a host on the inside. */
    private Optional<String> insideHost(final int address) {
        final Ipv4Prefix link = config.inside().address();
        if (address == link.address()) {
            return Optional.of(Ipv4Address.format(address) + " is the gateway's own address");
        }
        if (link.contains(address)) {
            return AddressChecks.station(address, link);
        }
        if (insideNetworks.values().stream().noneMatch(network -> network.contains(address))) {
            return Optional.of(Ipv4Address.format(address) + " is in no inside network");
        }
        return AddressChecks.host(address);
    }

    private void allow(final String key, final List<Ipv4Prefix> allow) {
        for (int i = 0; i < allow.size(); i++) {
            refuse(key + "[" + i + "]", AddressChecks.network(allow.get(i)));
        }
    }

    private void port(final String key, final int port) {
        if (!isPort(port)) {
            problems.add(key, port + " is not a port within 1-65535");
        }
    }

    private void duplicate(final String key, final String what, final String list, final Integer earlier) {
        if (earlier != null) {
            problems.add(key, what + " is listed twice: also in " + list + "[" + earlier + "]");
        }
    }

    /** The default pool, of which everything is said under {@code outside.address}. */
    private boolean isOutsideAddress(final AddressRange range) {
        final int address = config.outside().address().address();
        return range.first() == address && range.last() == address;
    }

    private boolean inPool(final int address) {
        return nat.pool().stream().anyMatch(range -> range.contains(address));
    }

    private static boolean isPort(final int port) {
        return port >= 1 && port <= 65535;
    }

    private static boolean overlap(final AddressRange a, final AddressRange b) {
        return Integer.compareUnsigned(a.first(), b.last()) <= 0 && Integer.compareUnsigned(b.first(), a.last()) <= 0;
    }

    private static String format(final AddressRange range) {
        return range.first() == range.last() ? Ipv4Address.format(range.first())
            : Ipv4Address.format(range.first()) + "-" + Ipv4Address.format(range.last());
    }

    private void refuse(final String key, final Optional<String> reason) {
        reason.ifPresent(message -> problems.add(key, message));
    }
}
