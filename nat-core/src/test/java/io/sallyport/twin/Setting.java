package io.sallyport.twin;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OnExhaustion;
import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.config.NatConfig.TcpMss;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Configurations: small, so that everything in them runs out, and short-lived. */
final class Setting {

    static final int PICKS = 20;

    static final int[] HOSTS = addresses("10.77.0.2", "10.77.0.3", "10.77.0.4", "10.77.0.5");
    static final int[] REMOTES = addresses("203.0.113.5", "198.51.100.77", "203.0.113.6", "192.0.2.80");
    static final int INSIDE = Ipv4Address.parse("10.77.0.1");
    static final int OUTSIDE = Ipv4Address.parse("198.51.100.1");
    static final int ONE_TO_ONE = Ipv4Address.parse("198.51.100.50");
    static final int FORWARDED_TCP = 2003;
    static final int FORWARDED_UDP = 2004;
    static final long HOST_MAC = 0x0200_0000_0A00L;
    static final long ROUTER_MAC = 0x0200_0000_0B01L;
    static final long ON_LINK_MAC = 0x0200_0000_0B02L;

    private static final int ROUTER = Ipv4Address.parse("198.51.100.2");
    private static final int SECOND = Ipv4Address.parse("198.51.100.8");
    private static final List<Ipv4Prefix> SOME = List.of(Ipv4Prefix.parse("203.0.113.5/32"));

    private final Picks picks;
    private final Set<Feature> features;

    private Setting(final Picks picks, final Set<Feature> features) {
        this.picks = picks;
        this.features = features;
    }

    /** The configuration that the picks stand for, without features that are not there. */
    static GatewayConfig of(final Picks picks, final Set<Feature> features) {
        return new Setting(picks, features).config();
    }

    private GatewayConfig config() {
        final InterfaceConfig inside = mtu(InterfaceConfig.of("l0", "10.77.0.1/24").withNeighbours(List.of(
            new Neighbour(HOSTS[0], HOST_MAC), new Neighbour(HOSTS[1], HOST_MAC + 1), new Neighbour(HOSTS[2], HOST_MAC + 2),
            new Neighbour(HOSTS[3], HOST_MAC + 3))),
            has(Feature.SIZE_FIRST) ? picks.oneOf(10, 1500, 1500, 1500, 600, 900) : 1500);
        final InterfaceConfig outside = mtu(InterfaceConfig.of("w0", "198.51.100.1/24").withNeighbours(List.of(
            new Neighbour(ROUTER, ROUTER_MAC), new Neighbour(REMOTES[1], ON_LINK_MAC))),
            has(Feature.SIZE_FIRST) ? picks.oneOf(9, 1500, 600) : 1500);
        final GatewayConfig config = GatewayConfig.of(inside, picks.rarely(17, 8) ? outside : outside.withGateway(ROUTER));
        return config.withNat(nat(config.nat())).validated();
    }

    private NatConfig nat(final NatConfig defaults) {
        final Mapping mapping = has(Feature.ENDPOINT_DEPENDENT_MAPPING)
            ? picks.oneOf(0, Mapping.ENDPOINT_INDEPENDENT, Mapping.ENDPOINT_DEPENDENT) : Mapping.ENDPOINT_INDEPENDENT;
        final Filtering filtering = has(Feature.WIDE_FILTERING) ? picks.oneOf(1, Filtering.values()) : Filtering.ENDPOINT_DEPENDENT;
        return new NatConfig(defaults.profile(), pool(), ports(), mapping, filtering,
            has(Feature.HAIRPINNING) && !picks.rarely(2, 4),
            has(Feature.EXEMPT) && picks.rarely(13, 3) ? List.of(Ipv4Prefix.parse("192.0.2.0/24")) : List.of(),
            has(Feature.ONE_TO_ONE) ? oneToOne() : List.of(), has(Feature.FORWARDS) ? forwards() : List.of(),
            has(Feature.SEGMENT_SIZE) ? segmentSize() : TcpMss.OFF,
            picks.oneOf(14, OnIdle.RESET_BOTH, OnIdle.RESET_INSIDE, OnIdle.OFF),
            picks.rarely(15, 4) ? OnExhaustion.DROP : OnExhaustion.ICMP, timeouts(defaults.timeouts()), limits(filtering));
    }

    private List<AddressRange> pool() {
        return picks.oneOf(3, List.of(new AddressRange(OUTSIDE, OUTSIDE)), List.of(new AddressRange(SECOND, SECOND)),
            List.of(new AddressRange(OUTSIDE, OUTSIDE), new AddressRange(SECOND, SECOND)),
            List.of(new AddressRange(SECOND, SECOND + 1)));
    }

    private PortRange ports() {
        return picks.oneOf(4, new PortRange(1024, 1150), new PortRange(2000, 2007), new PortRange(2000, 2003), new PortRange(2001, 2008),
            new PortRange(2040, 2055));
    }

    private Timeouts timeouts(final Timeouts defaults) {
        return picks.oneOf(6, seconds(60, 20, 6, 30, 10, 2, 15), defaults, seconds(40, 5, 3, 7, 6, 2, 0));
    }

    private Limits limits(final Filtering filtering) {
        final int connections = filtering == Filtering.ENDPOINT_DEPENDENT && !has(Feature.HAIRPINNING)
            ? picks.oneOf(5, 1024, 4, 9, 50) : picks.oneOf(5, 1024, 8, 16, 48);
        return has(Feature.QUOTAS) ? new Limits(connections, picks.oneOf(7, 0, 0, 2, 4), picks.oneOf(8, 0, 0, 1, 3))
            : new Limits(connections, 0, 0);
    }

    private List<OneToOne> oneToOne() {
        return picks.oneOf(12, List.of(), List.of(new OneToOne(ONE_TO_ONE, HOSTS[3], List.of())),
            List.of(new OneToOne(ONE_TO_ONE, HOSTS[3], SOME)));
    }

    private List<Forward> forwards() {
        final List<Ipv4Prefix> allow = picks.oneOf(11, List.of(), List.of(), SOME);
        return picks.below(3, 11) == 0 ? List.of() : List.of(
            new Forward(Protocol.TCP, OUTSIDE, FORWARDED_TCP, HOSTS[2], 5000, allow),
            new Forward(Protocol.UDP, OUTSIDE, FORWARDED_UDP, HOSTS[2], 5001, allow));
    }

    private TcpMss segmentSize() {
        return picks.oneOf(16, TcpMss.OFF, new TcpMss(TcpMss.Mode.CLAMP, OptionalInt.empty()),
            new TcpMss(TcpMss.Mode.FIXED, OptionalInt.of(500)));
    }

    private boolean has(final Feature feature) {
        return features.contains(feature);
    }

    private static InterfaceConfig mtu(final InterfaceConfig config, final int mtu) {
        return new InterfaceConfig(config.interfaceName(), config.address(), config.gateway(), OptionalLong.empty(), OptionalInt.of(mtu),
            config.routes(), config.neighbours());
    }

    private static Timeouts seconds(
        final int established, final int transitory, final int syn, final int udp, final int icmp, final int fragment, final int reuse) {
        return new Timeouts(ns(established), ns(transitory), ns(syn), ns(udp), ns(icmp), ns(fragment), ns(reuse));
    }

    private static long ns(final int seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    private static int[] addresses(final String... texts) {
        return java.util.Arrays.stream(texts).mapToInt(Ipv4Address::parse).toArray();
    }
}
