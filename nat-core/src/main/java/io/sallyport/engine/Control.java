package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.Reconfiguration;
import io.sallyport.counter.PortUseTable;
import io.sallyport.event.EventLog;
import io.sallyport.event.Telling;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.neighbour.OwnAddresses;
import io.sallyport.translate.Connections;
import io.sallyport.translate.HostQuotas;
import io.sallyport.translate.Openings;
import io.sallyport.translate.SegmentSizeClamp;
import io.sallyport.wire.AddressSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
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
    /** What the log goes over to later than was waited for; until then no worker tells anything. */
    private Optional<EventLog.Change> lateChange = Optional.empty();
    /** Whether the workers have tables for the quotas of hosts. */
    private boolean haveHosts;

    /**
     * What a control works on.
     *
     * @param mappings      of each worker
     * @param flows         of each worker
     * @param shardCapacity most connections of a worker
     * @param hostHash      shares out inside hosts
     * @param hashes        gives hashes with secrets of their own
     * @param egress        the last stage
     * @param portUse       where it is told which public addresses there are
     * @param events        the event log, if there can be one
     */
    record Parts(
        List<Mappings> mappings,
        List<FlowTable> flows,
        int shardCapacity,
        SeededHash hostHash,
        Supplier<SeededHash> hashes,
        Egress egress,
        Optional<PortUseTable> portUse,
        Optional<EventLog> events) {
    }

    Control(final Rules first, final Parts parts) {
        rules = new AtomicReference<>(first);
        this.parts = parts;
        mostConnections = first.config().nat().limits().connections();
        haveHosts = HostQuotas.areIn(first.config().nat().limits());
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
     * @param settle has all stages go by what was handed over, or throws an {@link IllegalStateException}
     * @return what has changed, and what needs a restart
     * @throws IllegalArgumentException if the configuration has problems, or its event log cannot be opened; nothing has changed then
     * @throws IllegalStateException    if the stages do not take the change up
     */
    public Reconfiguration reconfigure(final GatewayConfig wanted, final Runnable settle) {
        requireInForce();
        final GatewayConfig before = config();
        final Reconfiguration change = Reconfiguration.of(before, wanted.validated().withInterfaces(
                resolved(wanted.inside(), before.inside()), resolved(wanted.outside(), before.outside())),
            new Reconfiguration.Bounds(mostConnections, mostForwards, parts.mappings.getFirst().knowsRemotes()));
        if (!change.applied().isEmpty()) {
            final List<Leaver> leaving = leavers(change.effective());
            final Draft draft = draft(change.effective(), leaving);
            final Optional<EventLog.Change> events = parts.events.map(log -> log.prepare(before, change.effective()));
            new Passage(draft, events, settle).go();
            leavers = leaving;
            haveHosts |= draft.needsHosts;
            settle.run();
        }
        return change;
    }

    /**
     * Opens no connections any more, or again; those that live go on.
     *
     * @param settle as in {@link #reconfigure}
     * @throws IllegalStateException if the stages do not take the change up
     */
    public void drain(final boolean isDraining, final Runnable settle) {
        requireInForce();
        final Rules now = rules.get();
        if (now.isDraining() != isDraining) {
            handOver(finished(draft(config(), leavers).draining(isDraining), now.strays(), worker -> null));
            settle.run();
        }
    }

    /**
     * Lets go of public addresses and ports that connections have used until now, although the configuration does not name them any more,
     * and has the workers tell what a log wants to know that was late. To be called now and then; a bounded amount of work.
     *
     * @return the number of connections looked at
     */
    public int tend(final long nowNs) {
        final Rules now = rules.get();
        final boolean isLateOneMade = lateChange.isPresent() && lateChange.get().isMade();
        if (leavers.isEmpty() && now.strays().isEmpty() && !isLateOneMade || !isInForce()) {
            return 0;
        }
        int looked = 0;
        for (final Leaver leaver : leavers) {
            looked += leaver.look(parts.flows, LINES_LOOKED_AT - looked, nowNs);
        }
        final long holdNs = config().nat().timeouts().portReuseNs();
        final List<Leaver> left = leavers.stream()
            .filter(leaver -> !leaver.isUnused(leaver.isAddress() ? 0 : holdNs, nowNs)).toList();
        final Strays strays = now.strays().living(parts.flows);
        if (left.size() < leavers.size() || strays != now.strays() || isLateOneMade) {
            handOver(finished(draft(config(), left), strays, isLateOneMade ? tellings(lateChange) : worker -> null));
            leavers = left;
            lateChange = isLateOneMade ? Optional.empty() : lateChange;
        }
        return looked;
    }

    private void requireInForce() {
        if (!isInForce()) {
            throw new IllegalStateException("the change before is not yet in force");
        }
    }

    /** With several workers, whether packets from outside may go to another worker than before. */
    private boolean opensOtherwise(final NatConfig before, final NatConfig after) {
        return parts.flows.size() > 1 && !(before.forwards().equals(after.forwards()) && before.oneToOne().equals(after.oneToOne())
            && before.pool().equals(after.pool()));
    }

    /**
     * The way from the rules in force to others. Where nothing may happen between the two, the stages go by others in between, for some
     * milliseconds: no events are told while the log goes over to something else; then no connections are opened, so that the first packets
     * of new ones are dropped, while those are looked for that the new rules lead packets past.
     */
    private final class Passage {

        private final Draft draft;
        private final Optional<EventLog.Change> events;
        private final Runnable settle;
        private final GatewayConfig before = config();
        /** Where it goes when a step fails, for want of memory for instance; made before that. Null before the first step. */
        private Rules retreat;
        /** The log has gone over, or will, and does not go back. */
        private boolean isLogOver;

        Passage(final Draft draft, final Optional<EventLog.Change> events, final Runnable settle) {
            this.draft = draft;
            this.events = events;
            this.settle = settle;
        }

        void go() {
            try {
                final List<Rules.Room> rooms = rooms(draft.addresses, draft.needsHosts, tellings(events));
                final boolean isAnew = events.isPresent() && events.get().isAnew();
                final List<Rules.Room> told = isAnew ? goOverWithLog(events.get(), rooms) : rooms;
                final Strays strays = opensOtherwise(before.nat(), draft.config.nat()) ? strays() : rules.get().strays();
                final Rules last = of(rules.get().number() + 1, draft, strays, told);
                if (!isAnew) {
                    events.ifPresent(EventLog.Change::make);
                }
                handOver(last);
            } catch (final RuntimeException | Error e) {
                if (retreat != null) {
                    handOver(retreat);
                }
                if (!isLogOver) {
                    events.ifPresent(EventLog.Change::undo);
                }
                throw e;
            }
        }

        /**
         * Has the log go over while no worker tells anything.
         *
         * @param rooms with what workers tell then
         * @return with what they are to tell when the way ends: nothing, if the log is late
         */
        private List<Rules.Room> goOverWithLog(final EventLog.Change change, final List<Rules.Room> rooms) {
            final GatewayConfig after = before.withEvents(draft.config.events());
            final List<Rules.Room> untold = rooms.stream().map(room -> new Rules.Room(room.ports(), room.hosts(), null)).toList();
            final Rules silent = interim(before, false, worker -> Telling.NOTHING);
            final Rules silentAfter = interim(after, false, worker -> null);
            final Rules tellingAfter = interim(after, false, worker -> rooms.get(worker).telling());
            retreat = interim(before, false, worker -> lateChange.isPresent() ? null : parts.events.orElseThrow().telling(worker));
            handOver(silent);
            settle.run();
            final boolean isMade = change.make();
            isLogOver = true;
            lateChange = isMade ? Optional.empty() : events;
            retreat = isMade ? tellingAfter : silentAfter;
            return isMade ? rooms : untold;
        }

        /** The connections that are an exception. */
        private Strays strays() {
            retreat = retreat == null ? interim(before, false, worker -> null) : retreat;
            handOver(interim(retreat.config(), true, worker -> null));
            settle.run();
            return Strays.of(parts.flows, draft.sharding(), parts.hostHash);
        }
    }

    /** The rules in force but for the events, and whether connections are opened. */
    private Rules interim(final GatewayConfig config, final boolean isPaused, final IntFunction<Telling> tellings) {
        final Rules now = rules.get();
        final Connections.Terms terms = now.terms();
        return new Rules(now.number() + 1, config, now.isDraining(), now.publicAddresses(), now.openings(), now.sharding(), now.strays(),
            now.policy(), new Connections.Terms(terms.timeouts(), terms.onIdle(), terms.limits(), isPaused || now.isDraining()),
            now.clamp(), rooms(now.publicAddresses(), false, tellings), now.ownAddresses(), AddressSet.of(List.of()));
    }

    /** What each worker tells the log after a change of it, with room to note what it has told of all that lives. */
    private IntFunction<Telling> tellings(final Optional<EventLog.Change> events) {
        return worker -> events.map(made -> made.telling(
            worker, Math.max(parts.mappings.get(worker).table().slots(), parts.flows.get(worker).capacity()))).orElse(null);
    }

    private void handOver(final Rules next) {
        parts.portUse.ifPresent(use -> PublicSide.publishCapacities(next.publicAddresses(), use));
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

    /** Rules that are made, and lack what can be known only when they are about to be handed over. */
    private record Draft(
        GatewayConfig config, boolean isDraining, boolean needsHosts, PublicAddresses addresses, Openings openings, Sharding sharding,
        AddressSet own, AddressSet added) {

        Draft draining(final boolean draining) {
            return new Draft(config, draining, needsHosts, addresses, openings, sharding, own, added);
        }
    }

    private Draft draft(final GatewayConfig config, final List<Leaver> leaving) {
        final Rules before = rules.get();
        final int[] leavingAddresses = leaving.stream().filter(Leaver::isAddress).mapToInt(Leaver::address).toArray();
        final PublicAddresses addresses = before.publicAddresses().next(PublicSide.roles(config, leavingAddresses,
            leaving.stream().filter(leaver -> !leaver.isAddress()).map(Leaver::endpoint).toList()));
        final Openings openings = new Openings(config.nat(), addresses);
        return new Draft(config, before.isDraining(),
            !haveHosts && HostQuotas.areIn(config.nat().limits()), addresses, openings,
            new Sharding(addresses, openings, parts.hostHash, config.io().workers()), OwnAddresses.outside(config, leavingAddresses),
            added(before.publicAddresses(), addresses));
    }

    private Rules finished(final Draft draft, final Strays strays, final IntFunction<Telling> tellings) {
        return of(rules.get().number() + 1, draft, strays, rooms(draft.addresses, draft.needsHosts, tellings));
    }

    private List<Rules.Room> rooms(final PublicAddresses addresses, final boolean needHosts, final IntFunction<Telling> tellings) {
        return IntStream.range(0, parts.mappings.size()).mapToObj(worker -> new Rules.Room(
            parts.mappings.get(worker).roomFor(addresses),
            needHosts ? HostQuotas.table(parts.shardCapacity, parts.hashes.get()) : null, tellings.apply(worker))).toList();
    }

    private static AddressSet added(final PublicAddresses before, final PublicAddresses after) {
        return AddressSet.of(IntStream.range(0, after.size()).map(after::address)
            .filter(address -> after.position(address) >= 0 && before.position(address) < 0)
            .mapToObj(address -> new AddressSet.Range(address, address)).toList());
    }

    /** The rules that a gateway starts with. */
    static Rules first(final GatewayConfig config, final SeededHash hostHash) {
        final PublicAddresses addresses = PublicSide.addresses(config);
        final Openings openings = new Openings(config.nat(), addresses);
        final Sharding sharding = new Sharding(addresses, openings, hostHash, config.io().workers());
        return of(0, new Draft(config, false, false, addresses, openings, sharding, OwnAddresses.outside(config), AddressSet.of(List.of())),
            Strays.none(hostHash), List.of());
    }

    private static Rules of(final int number, final Draft draft, final Strays strays, final List<Rules.Room> rooms) {
        final GatewayConfig config = draft.config;
        final NatConfig nat = config.nat();
        return new Rules(number, config, draft.isDraining, draft.addresses, draft.openings, draft.sharding.with(strays), strays,
            new SlowPath.Policy(config.inside().address().address(), config.outside().address().address(), nat.onExhaustion(),
                nat.hairpinning()),
            new Connections.Terms(nat.timeouts(), nat.onIdle(), nat.limits(), draft.isDraining),
            new SegmentSizeClamp(nat.tcpMss(), Math.min(config.inside().mtu().getAsInt(), config.outside().mtu().getAsInt())),
            rooms, draft.own, draft.added);
    }

    private static InterfaceConfig resolved(final InterfaceConfig wanted, final InterfaceConfig before) {
        return wanted.resolved(before.mac().getAsLong(), before.mtu().getAsInt());
    }
}
