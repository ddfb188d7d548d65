package io.sallyport.config;

import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Limits;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * How a running gateway goes over from one configuration to another: what it can change without dropping a connection, and what needs a
 * restart.
 *
 * @param effective   the configuration that is in force then: the wanted one, but for what needs a restart
 * @param applied     what changes now
 * @param needRestart what stays as it is until the gateway is started again
 */
public record Reconfiguration(GatewayConfig effective, List<Change> applied, List<Change> needRestart) {

    /** What needs a restart: what is opened, allocated or divided up at the start. */
    private static final List<Key> FIXED = List.of(
        new Key("name", GatewayConfig::name),
        new Key("inside.interface", config -> config.inside().interfaceName()),
        new Key("inside.address", config -> config.inside().address()),
        new Key("inside.gateway", config -> config.inside().gateway()),
        new Key("inside.mac", config -> config.inside().mac()),
        new Key("inside.mtu", config -> config.inside().mtu()),
        new Key("inside.routes", config -> config.inside().routes()),
        new Key("inside.neighbours", config -> config.inside().neighbours()),
        new Key("outside.interface", config -> config.outside().interfaceName()),
        new Key("outside.address", config -> config.outside().address()),
        new Key("outside.gateway", config -> config.outside().gateway()),
        new Key("outside.mac", config -> config.outside().mac()),
        new Key("outside.mtu", config -> config.outside().mtu()),
        new Key("outside.routes", config -> config.outside().routes()),
        new Key("outside.neighbours", config -> config.outside().neighbours()),
        new Key("nat.ports", config -> config.nat().ports()),
        new Key("nat.mapping", config -> config.nat().mapping()),
        new Key("io.backend", config -> config.io().backend()),
        new Key("io.threading", config -> config.io().threading()),
        new Key("io.workers", config -> config.io().workers()),
        new Key("io.wait", config -> config.io().waiting()),
        new Key("io.offload", config -> config.io().offload()),
        new Key("io.isolate", config -> config.io().isolate()),
        new Key("state.directory", config -> config.state().directory()),
        new Key("state.keep", config -> config.state().keep()),
        new Key("admin.listen", config -> config.admin().listen()));

    /** What changes while the gateway runs. */
    private static final List<Key> LIVE = List.of(
        new Key("nat.pool", config -> addresses(config.nat().pool())),
        new Key("nat.filtering", config -> config.nat().filtering()),
        new Key("nat.hairpinning", config -> config.nat().hairpinning()),
        new Key("nat.exempt", config -> config.nat().exempt()),
        new Key("nat.one-to-one", config -> config.nat().oneToOne()),
        new Key("nat.forwards", config -> config.nat().forwards()),
        new Key("nat.tcp-mss", config -> config.nat().tcpMss()),
        new Key("nat.on-idle", config -> config.nat().onIdle()),
        new Key("nat.on-exhaustion", config -> config.nat().onExhaustion()),
        new Key("nat.timeouts.tcp-established", config -> config.nat().timeouts().tcpEstablishedNs()),
        new Key("nat.timeouts.tcp-transitory", config -> config.nat().timeouts().tcpTransitoryNs()),
        new Key("nat.timeouts.tcp-unsolicited-syn", config -> config.nat().timeouts().tcpUnsolicitedSynNs()),
        new Key("nat.timeouts.udp", config -> config.nat().timeouts().udpNs()),
        new Key("nat.timeouts.icmp", config -> config.nat().timeouts().icmpNs()),
        new Key("nat.timeouts.fragment", config -> config.nat().timeouts().fragmentNs()),
        new Key("nat.timeouts.port-reuse", config -> config.nat().timeouts().portReuseNs()),
        new Key("nat.limits.connections", config -> config.nat().limits().connections()),
        new Key("nat.limits.per-host", config -> config.nat().limits().perHost()),
        new Key("nat.limits.per-host-new-per-second", config -> config.nat().limits().perHostNewPerSecond()),
        new Key("events.file", config -> config.events().file()),
        new Key("events.destinations", config -> config.events().destinations()),
        new Key("events.rotate-bytes", config -> config.events().rotateLength()),
        new Key("events.ipfix", config -> config.events().collector()));

    /** Copies the lists. */
    public Reconfiguration {
        applied = List.copyOf(applied);
        needRestart = List.copyOf(needRestart);
    }

    /**
     * A key whose value is another.
     *
     * @param key    as a user writes it
     * @param detail what is different, or why it needs a restart, as part of a sentence; may be empty
     */
    public record Change(String key, String detail) {
        @Override
        public String toString() {
            return detail.isEmpty() ? key : key + " (" + detail + ")";
        }
    }

    /**
     * What the running gateway has room for.
     *
     * @param connections  most connections
     * @param forwards     most forwards
     * @param knowsRemotes whether it knows whom its inside hosts talk to, which address-dependent filtering asks
     */
    public record Bounds(int connections, int forwards, boolean knowsRemotes) {
    }

    /** The way from one configuration that can be used to another. */
    public static Reconfiguration of(final GatewayConfig before, final GatewayConfig wanted, final Bounds bounds) {
        final List<Change> needRestart = new ArrayList<>();
        for (final Key key : FIXED) {
            if (key.isChanged(before, wanted)) {
                needRestart.add(new Change(key.name, ""));
            }
        }
        final GatewayConfig effective = before.withNat(bounded(before.nat(), wanted.nat(), bounds, needRestart))
            .withEvents(wanted.events());
        final List<Change> applied = new ArrayList<>();
        for (final Key key : LIVE) {
            if (key.isChanged(before, effective)) {
                applied.add(new Change(key.name, key.difference(before, effective)));
            }
        }
        return effective.problems().isEmpty()
            ? new Reconfiguration(effective, applied, needRestart) : onlyTogether(before, applied, needRestart);
    }

    /** What could change now does not fit what cannot: a forward into an inside network that comes with a restart. */
    private static Reconfiguration onlyTogether(
        final GatewayConfig before, final List<Change> applied, final List<Change> needRestart) {
        applied.forEach(change -> needRestart.add(new Change(change.key, "only together with the others")));
        return new Reconfiguration(before, List.of(), needRestart);
    }

    private static NatConfig bounded(
        final NatConfig before, final NatConfig wanted, final Bounds bounds, final List<Change> needRestart) {
        NatConfig nat = wanted.withMapping(before.mapping()).withPool(wanted.pool(), before.ports());
        if (nat.limits().connections() > bounds.connections) {
            needRestart.add(new Change("nat.limits.connections", "there is memory for " + bounds.connections));
            nat = nat.withLimits(
                new Limits(before.limits().connections(), nat.limits().perHost(), nat.limits().perHostNewPerSecond()));
        }
        if (nat.forwards().size() > bounds.forwards) {
            needRestart.add(new Change("nat.forwards", "there is room for " + bounds.forwards));
            nat = nat.withForwards(before.forwards());
        }
        if (nat.filtering() == Filtering.ADDRESS_DEPENDENT && !bounds.knowsRemotes) {
            needRestart.add(new Change("nat.filtering", "address-dependent from the start only"));
            nat = nat.withFiltering(before.filtering());
        }
        return nat;
    }

    private static Set<Integer> addresses(final List<NatConfig.AddressRange> pool) {
        final Set<Integer> addresses = new HashSet<>();
        pool.forEach(range -> {
            for (int offset = 0; offset < range.count(); offset++) {
                addresses.add(range.first() + offset);
            }
        });
        return addresses;
    }

    private record Key(String name, Function<GatewayConfig, Object> value) {

        boolean isChanged(final GatewayConfig before, final GatewayConfig after) {
            return !value.apply(before).equals(value.apply(after));
        }

        /** How many items come and go, for lists. */
        String difference(final GatewayConfig before, final GatewayConfig after) {
            return value.apply(before) instanceof final Collection<?> old && value.apply(after) instanceof final Collection<?> young
                ? difference(old, young) : "";
        }

        private static String difference(final Collection<?> before, final Collection<?> after) {
            final long added = after.stream().filter(item -> !before.contains(item)).count();
            final long removed = before.stream().filter(item -> !after.contains(item)).count();
            return Optional.of(added + " added, " + removed + " removed").filter(text -> added + removed > 0).orElse("other order");
        }
    }
}
