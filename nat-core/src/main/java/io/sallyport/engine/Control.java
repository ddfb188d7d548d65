package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.Reconfiguration;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.neighbour.OwnAddresses;
import io.sallyport.translate.Connections;
import io.sallyport.translate.ConnectionBudget;
import io.sallyport.translate.HostQuotas;
import io.sallyport.translate.Openings;
import io.sallyport.translate.SegmentSizeClamp;
import io.sallyport.wire.AddressSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Changes what the stages go by while they run. A change is made here, as new {@link Rules}, and handed over whole: the capture
 * thread takes it up between two batches, and with its next batch all others do.
 *
 * <p>One thread at a time, which may be none of the stages'.
 */
public final class Control {

    /** Forwards that can come to those that there were at the start: the tables have room for them. */
    static final int MORE_FORWARDS = 4096;

    private static final int LINES_LOOKED_AT = 1 << 18;

    private final AtomicReference<Rules> rules;
    private final Parts parts;
    private final int mostConnections;
    private final int mostForwards;
    private List<Leaver> leavers = List.of();

    /**
     * What a control works on.
     *
     * @param mappings      of each worker
     * @param flows         of each worker
     * @param shardCapacity most connections of a worker
     * @param hostHash      shares out inside hosts
     * @param hashes        gives hashes with secrets of their own
     * @param budget        the limit of connections, shared
     * @param egress        the last stage
     */
    record Parts(
        List<Mappings> mappings,
        List<FlowTable> flows,
        int shardCapacity,
        SeededHash hostHash,
        Supplier<SeededHash> hashes,
        ConnectionBudget budget,
        Egress egress) {
    }

    Control(final Rules first, final Parts parts) {
        rules = new AtomicReference<>(first);
        this.parts = parts;
        mostConnections = first.config().nat().limits().connections();
        mostForwards = first.openings().forwards().size() + MORE_FORWARDS;
    }

    /** What the stages are to go by; for the first of them. Acquire: pairs with the release of the thread that changes them. */
    Rules rules() {
        return rules.getAcquire();
    }

    /** The configuration in force, with the interfaces' MAC addresses and MTUs filled in. */
    public GatewayConfig config() {
        return rules.get().config();
    }

    /** Whether all stages go by the latest change. */
    public boolean isInForce() {
        return parts.egress.adopted() == rules.get();
    }

    /**
     * Goes over to a configuration as far as that can be done without dropping a connection; what needs a restart stays as it is.
     *
     * @return what has changed, and what needs a restart
     * @throws IllegalArgumentException if the configuration has problems; nothing has changed then
     * @throws IllegalStateException    if the change before is not yet in force
     */
    public Reconfiguration reconfigure(final GatewayConfig wanted) {
        requireInForce();
        final GatewayConfig before = config();
        final Reconfiguration change = Reconfiguration.of(before, wanted.validated().withInterfaces(
                resolved(wanted.inside(), before.inside()), resolved(wanted.outside(), before.outside())),
            new Reconfiguration.Bounds(mostConnections, mostForwards, parts.mappings.getFirst().knowsRemotes()));
        if (!change.applied().isEmpty()) {
            leavers = leavers(change.effective());
            publish(next(change.effective(), rules.get().isDraining()));
            parts.budget.change(change.effective().nat().limits().connections() - before.nat().limits().connections());
        }
        return change;
    }

    /**
     * Opens no connections any more, or again; those that live go on.
     *
     * @throws IllegalStateException if the change before is not yet in force
     */
    public void drain(final boolean isDraining) {
        requireInForce();
        if (rules.get().isDraining() != isDraining) {
            publish(next(config(), isDraining));
        }
    }

    /**
     * Lets go of public addresses and ports that connections have used until now, although the configuration does not name them any more. To be
     * called now and then; a bounded amount of work.
     *
     * @return the number of connections looked at
     */
    public int tend(final long nowNs) {
        if (leavers.isEmpty() || !isInForce()) {
            return 0;
        }
        int looked = 0;
        for (final Leaver leaver : leavers) {
            looked += leaver.look(parts.flows, LINES_LOOKED_AT - looked, nowNs);
        }
        final long holdNs = config().nat().timeouts().portReuseNs();
        final List<Leaver> left = leavers.stream()
            .filter(leaver -> !leaver.isUnused(leaver.isAddress() ? 0 : holdNs, nowNs)).toList();
        if (left.size() < leavers.size()) {
            leavers = left;
            publish(next(config(), rules.get().isDraining()));
        }
        return looked;
    }

    /** Public addresses that connections still use, although the configuration does not name them. */
    public int leavingAddresses() {
        return (int) leavers.stream().filter(Leaver::isAddress).count();
    }

    private void requireInForce() {
        if (!isInForce()) {
            throw new IllegalStateException("the change before is not yet in force");
        }
    }

    private void publish(final Rules next) {
        // release: pairs with the acquire in rules()
        rules.setRelease(next);
    }

    /** Those that leave already and are not named again, and those that the configuration does not name any more. */
    private List<Leaver> leavers(final GatewayConfig config) {
        final Set<Integer> named = PublicSide.named(config);
        final Set<PublicAddresses.Endpoint> open = config.nat().forwards().stream().map(PublicSide::endpoint).collect(Collectors.toSet());
        final List<Leaver> next = new ArrayList<>();
        leavers.stream()
            .filter(leaver -> leaver.isAddress() ? !named.contains(leaver.address()) : !open.contains(leaver.endpoint()))
            .forEach(next::add);
        PublicSide.named(config()).stream().filter(address -> !named.contains(address)).map(Leaver::of).forEach(next::add);
        config().nat().forwards().stream().map(PublicSide::endpoint).filter(endpoint -> !open.contains(endpoint)).map(Leaver::of)
            .forEach(next::add);
        return List.copyOf(next);
    }

    private Rules next(final GatewayConfig config, final boolean isDraining) {
        final Rules before = rules.get();
        final NatConfig nat = config.nat();
        final int[] leaving = leavers.stream().filter(Leaver::isAddress).mapToInt(Leaver::address).toArray();
        final PublicAddresses addresses = before.publicAddresses().next(PublicSide.roles(config, leaving,
            leavers.stream().filter(leaver -> !leaver.isAddress()).map(Leaver::endpoint).toList()));
        final boolean needsHosts = !HostQuotas.areIn(before.config().nat().limits()) && HostQuotas.areIn(nat.limits());
        final List<Rules.Room> rooms = parts.mappings.stream().map(mappings -> new Rules.Room(mappings.roomFor(addresses),
            needsHosts ? HostQuotas.Table.of(parts.shardCapacity, parts.hashes.get()) : null)).toList();
        return of(before.number() + 1, config, isDraining, addresses, parts.hostHash, rooms,
            OwnAddresses.outside(config, leaving), added(before.publicAddresses(), addresses));
    }

    private static AddressSet added(final PublicAddresses before, final PublicAddresses after) {
        return AddressSet.of(IntStream.range(0, after.size()).map(after::address)
            .filter(address -> after.position(address) >= 0 && before.position(address) < 0)
            .mapToObj(address -> new AddressSet.Range(address, address)).toList());
    }

    /** The rules that a gateway starts with. */
    static Rules first(final GatewayConfig config, final SeededHash hostHash) {
        return of(0, config, false, PublicSide.addresses(config), hostHash, List.of(), OwnAddresses.outside(config), AddressSet.of(List.of()));
    }

    private static Rules of(
        final int number,
        final GatewayConfig config,
        final boolean isDraining,
        final PublicAddresses addresses,
        final SeededHash hostHash,
        final List<Rules.Room> rooms,
        final AddressSet own,
        final AddressSet added) {
        final NatConfig nat = config.nat();
        final Openings openings = new Openings(nat, addresses);
        return new Rules(number, config, isDraining, addresses, openings,
            new Sharding(addresses, openings, hostHash, config.io().workers()),
            new SlowPath.Policy(config.inside().address().address(), config.outside().address().address(), nat.onExhaustion(),
                nat.hairpinning()),
            new Connections.Terms(nat.timeouts(), nat.onIdle(), nat.limits(), isDraining),
            new SegmentSizeClamp(nat.tcpMss(), Math.min(config.inside().mtu().getAsInt(), config.outside().mtu().getAsInt())),
            rooms, own, added);
    }

    private static InterfaceConfig resolved(final InterfaceConfig wanted, final InterfaceConfig before) {
        return wanted.resolved(before.mac().getAsLong(), before.mtu().getAsInt());
    }
}
