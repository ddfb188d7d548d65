package io.sallyport.twin;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.OnExhaustion;
import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.config.NatConfig.TcpMss;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.packet.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A NAT gateway as {@code docs/decisions/003} describes it, section by section, with a list of connections. What the gateway may choose
 * freely (ports, identifications) is read from what it sent, judged, and adopted.
 */
final class Twin {

    private final Rules rules;
    private final Timeouts timeouts;
    private final Set<Feature> features;
    private final List<Connection> connections = new ArrayList<>();
    private final Own own;
    private final Ports ports;
    private final Quotas quotas;
    private final Fragments fragments;
    private final Identifications identifications = new Identifications();
    private long nowNs;
    private Choices choices = new Choices(List.of());

    /** Where a packet to a public endpoint leads: an inside endpoint, and the mapping that it is a guest of, or null. */
    private record Target(Endpoint inside, Mapping mapping) {
    }

    Twin(final GatewayConfig config, final Set<Feature> features) {
        this.rules = new Rules(config);
        this.timeouts = config.nat().timeouts();
        this.features = features;
        this.own = new Own(rules);
        this.ports = new Ports(rules, connections);
        this.quotas = new Quotas(config.nat().limits(), connections);
        this.fragments = new Fragments(timeouts.fragmentNs());
    }

    int connectionCount() {
        return connections.size();
    }

    long leastPorts() {
        return ports.least();
    }

    long mostPorts() {
        return ports.most();
    }

    int waitingFragments() {
        return fragments.waitingCount();
    }

    int lostFragments() {
        return fragments.lost();
    }

    // ---- time

    /** This time, or the next at which it is certain which timers have fired: they may be a second late. */
    long settled(final long wantedNs) {
        long settledNs = wantedNs;
        long before;
        do {
            before = settledNs;
            for (final Connection connection : connections) {
                settledNs = after(connection.deadlineNs(timeouts), connection.latestDeadlineNs(timeouts), settledNs);
            }
            settledNs = fragments.settled(settledNs);
        } while (settledNs != before);
        return settledNs;
    }

    static long after(final long earliestNs, final long latestNs, final long timeNs) {
        return earliestNs <= timeNs && timeNs <= latestNs + Ports.LATE_NS ? latestNs + Ports.LATE_NS + 1 : timeNs;
    }

    /** Lets time pass until a settled moment, and says what leaves meanwhile, in no order. */
    List<Out> pass(final long untilNs) {
        nowNs = untilNs;
        final List<Out> farewells = new ArrayList<>();
        final List<Connection> ending = connections.stream().filter(each -> each.deadlineNs(timeouts) < untilNs)
            .sorted(Comparator.comparingLong(each -> each.deadlineNs(timeouts))).toList();
        for (final Connection connection : ending) {
            final long fromNs = connection.deadlineNs(timeouts);
            final long latestNs = connection.latestDeadlineNs(timeouts) + Ports.LATE_NS;
            connections.remove(connection);
            ports.ended(connection, fromNs, latestNs);
            if (connection.isEstablished()) {
                farewells.addAll(farewells(connection, fromNs, latestNs));
            }
        }
        fragments.pass(untilNs);
        return farewells;
    }

    private List<Out> farewells(final Connection connection, final long fromNs, final long untilNs) {
        final List<Out> resets = new ArrayList<>();
        final int next = connection.tcp.next(true);
        final int nextBack = connection.tcp.next(false);
        resets.addAll(own.reset(connection.there.arrives(), connection.there.seen().reversed(), nextBack, next, true, fromNs, untilNs));
        resets.addAll(own.reset(connection.there.leaves(), connection.there.becomes(), next, nextBack, true, fromNs, untilNs));
        final OnIdle onIdle = rules.nat().onIdle();
        resets.removeIf(reset -> onIdle == OnIdle.OFF || onIdle == OnIdle.RESET_INSIDE && reset.side() == Side.OUTSIDE);
        return resets;
    }

    // ---- a packet

    /** Decides about a frame at a settled moment, given what the gateway sent on its account. */
    Verdict receive(final Side side, final byte[] frame, final Choices made) {
        choices = made;
        try {
            final Datagram datagram = Arrivals.datagram(rules, side, frame);
            if (datagram.offset() > 0) {
                return laterFragment(side, datagram);
            }
            return Verdict.passed(datagram.isIcmpError() ? error(side, datagram) : whole(side, datagram));
        } catch (final Dropped drop) {
            return Verdict.dropped(drop);
        }
    }

    private List<Out> whole(final Side side, final Datagram datagram) {
        final Tuple tuple = Tuple.of(datagram);
        Connection connection = find(side, tuple);
        if (connection == null) {
            checkAddresses(side, datagram);
            if (datagram.destination() == rules.address(side) && datagram.protocol() == Datagram.ICMP
                && datagram.payload()[0] == Icmp.ECHO_REQUEST && !datagram.isFragment()) {
                return frames(side, Own.echoReply(datagram), Out.Free.IDENTIFICATION);
            }
            connection = side == Side.INSIDE ? fromInside(datagram, tuple) : fromOutside(datagram, tuple);
        } else {
            if (connection.isGuest && ports.anchors(connection.responderMapping).isEmpty()
                && connection.way(side, tuple) == connection.there) {
                throw new Dropped("unsolicited");
            }
            checkHop(side, datagram, connection.way(side, tuple).leaves());
        }
        final Way way = connection.way(side, tuple);
        note(connection, way, datagram);
        return send(connection, way, datagram);
    }

    private Connection find(final Side side, final Tuple tuple) {
        return connections.stream().filter(each -> each.way(side, tuple) != null).findFirst().orElse(null);
    }

    /** What refreshes, and what answers. */
    private void note(final Connection connection, final Way way, final Datagram datagram) {
        final boolean reset = connection.tcp != null && Segment.of(datagram).rst();
        if (connection.isGuest && way == connection.back && !reset) {
            connection.isGuest = false;
            connection.responderMapping.abandonedNs = Long.MAX_VALUE;
        }
        if (connection.tcp != null) {
            final TcpState.Phase before = connection.tcp.phase();
            connection.tcp.take(Segment.of(datagram), way == connection.there);
            if (connection.tcp.phase() == TcpState.Phase.RESET && before != TcpState.Phase.RESET) {
                connection.resetNs = nowNs;
            }
        }
        if (!reset || !features.contains(Feature.RESETS_REFRESH_NOTHING)) {
            connection.seenNs = nowNs;
        }
    }

    // ---- judgement

    private void checkAddresses(final Side side, final Datagram datagram) {
        if (!rules.canComeFrom(side, datagram.source())) {
            throw new Dropped("martian", "spoofed-source");
        }
        if (rules.isMulticast(datagram.destination())) {
            throw new Dropped("multicast");
        }
        if (rules.isNeverForwarded(datagram.destination())) {
            throw rules.isBroadcast(datagram.destination()) ? new Dropped() : new Dropped("martian");
        }
    }

    /** From inside, no connection yet: steps 2 to 8. */
    private Connection fromInside(final Datagram datagram, final Tuple tuple) {
        if (datagram.destination() == rules.address(Side.INSIDE)) {
            throw new Dropped("not-for-gateway");
        }
        final boolean hairpin = rules.isPublic(datagram.destination());
        final boolean targetFirst = features.contains(Feature.HAIRPIN_TARGET_FIRST) || !rules.nat().hairpinning();
        final Target early = hairpin && targetFirst ? hairpinTarget(tuple) : null;
        final Side exit = hairpin ? Side.INSIDE : rules.route(datagram.destination()).orElseThrow(() -> new Dropped(Set.of("no-route"),
            own.error(Side.INSIDE, datagram, Icmp.UNREACHABLE, Icmp.NETWORK_UNREACHABLE, 0, nowNs)));
        if (!hairpin && exit == Side.INSIDE) {
            throw new Dropped("same-side");
        }
        checkHop(Side.INSIDE, datagram, exit);
        if (!mayOpen(datagram)) {
            throw new Dropped(Set.of("no-connection"), datagram.protocol() == Datagram.TCP && features.contains(Feature.RESETS)
                ? own.reset(Side.INSIDE, datagram, nowNs) : List.of());
        }
        final Target target = early != null ? early : hairpin ? hairpinTarget(tuple) : new Target(tuple.destination(), null);
        final int host = datagram.source();
        final Optional<Datagram> chosen = choices.forwarded(exit, datagram.protocol(), target.inside().address());
        refuseIf(quotas.isAtLimit(host), "host-limit", datagram);
        refuseIf(quotas.isTooFast(host, chosen.isPresent(), nowNs), "host-rate", datagram);
        refuseIf(quotas.isFull(target.mapping() != null), "table-full", datagram);
        return open(datagram, tuple, target, exit, chosen);
    }

    private Connection open(
        final Datagram datagram, final Tuple tuple, final Target target, final Side exit, final Optional<Datagram> chosen) {
        if (target.inside().equals(tuple.source()) && (ports.isEndpointIndependent() || chosen.isEmpty())) {
            throw new Dropped("not-for-gateway");
        }
        Mapping mapping = null;
        Endpoint outside = fixedEndpoint(tuple).orElse(null);
        if (outside == null && tuple.hasPorts()) {
            mapping = ports.take(tuple, exit, target.inside(), chosen.map(each -> Tuple.of(each).source()), nowNs).orElse(null);
            refuseIf(mapping == null, "ports-exhausted", datagram);
            outside = mapping.outside;
        } else if (outside == null) {
            outside = ports.address(datagram.source(), chosen.map(Datagram::source)).map(address -> new Endpoint(address, 0)).orElse(null);
            refuseIf(outside == null || find(exit, new Tuple(tuple.protocol(), target.inside(), outside)) != null, "ports-exhausted",
                datagram);
        }
        final Tuple becomes = new Tuple(tuple.protocol(), outside, target.inside());
        refuseIf(isAmbiguous(exit, becomes), "ports-exhausted", datagram);
        quotas.opened(datagram.source(), nowNs);
        return add(new Connection(new Way(Side.INSIDE, tuple, exit, becomes),
            new Way(exit, becomes.reversed(), Side.INSIDE, tuple.reversed()), mapping, target.mapping(), features, nowNs));
    }

    /** Whether the answers to what a connection becomes could not be told from another connection's packets. */
    private boolean isAmbiguous(final Side exit, final Tuple becomes) {
        return becomes.protocol() != Datagram.ICMP && find(exit, becomes.reversed()) != null;
    }

    private Connection add(final Connection connection) {
        connections.add(connection);
        return connection;
    }

    /** The public endpoint of an outgoing connection, where it is not one of the pool. */
    private Optional<Endpoint> fixedEndpoint(final Tuple tuple) {
        final Endpoint inside = tuple.source();
        if (rules.isExempt(tuple.destination().address())) {
            return Optional.of(inside);
        }
        return rules.oneToOneInside(inside.address()).map(entry -> new Endpoint(entry.outside(), inside.port()))
            .or(() -> rules.forwardInside(tuple.protocol(), inside)
                .map(forward -> new Endpoint(forward.outsideAddress(), forward.outsidePort())));
    }

    /** From outside, no connection yet: steps 3 to 6. */
    private Connection fromOutside(final Datagram datagram, final Tuple tuple) {
        if (!rules.isPublic(datagram.destination())) {
            throw new Dropped("not-ours");
        }
        final Target target = allowedTarget(datagram, tuple);
        checkHop(Side.OUTSIDE, datagram, Side.INSIDE);
        if (quotas.isFull(target.mapping() != null)) {
            throw new Dropped("table-full");
        }
        final Tuple becomes = new Tuple(tuple.protocol(), tuple.source(), target.inside());
        if (isAmbiguous(Side.INSIDE, becomes)) {
            throw new Dropped("unsolicited");
        }
        return add(new Connection(new Way(Side.OUTSIDE, tuple, Side.INSIDE, becomes),
            new Way(Side.INSIDE, becomes.reversed(), Side.OUTSIDE, tuple.reversed()), null, target.mapping(), features, nowNs));
    }

    private Target allowedTarget(final Datagram datagram, final Tuple tuple) {
        final Endpoint destination = tuple.destination();
        final var oneToOne = rules.oneToOneOutside(destination.address());
        final var forward = rules.forwardOutside(tuple.protocol(), destination);
        if (oneToOne.isPresent() || forward.isPresent()) {
            final boolean allowed = Rules.allows(oneToOne.isPresent() ? oneToOne.get().allow() : forward.get().allow(), datagram.source());
            if (!allowed || !mayOpen(datagram)) {
                throw allowed ? new Dropped("unsolicited") : mayOpen(datagram) ? new Dropped("not-allowed")
                    : new Dropped("not-allowed", "unsolicited");
            }
            return new Target(oneToOne.map(entry -> new Endpoint(entry.inside(), destination.port()))
                .orElseGet(() -> new Endpoint(forward.get().insideAddress(), forward.get().insidePort())), null);
        }
        final Mapping mapping = ports.holding(tuple.protocol(), destination);
        if (mapping == null || !letsIn(mapping, datagram.source()) || !mayBeGuest(datagram)) {
            // the rest of a ping for the gateway would be answered
            throw datagram.isFragment() && datagram.protocol() == Datagram.ICMP ? new Dropped("unsolicited", "fragment")
                : new Dropped("unsolicited");
        }
        return new Target(mapping.inside, mapping);
    }

    private boolean letsIn(final Mapping mapping, final int stranger) {
        return switch (rules.nat().filtering()) {
            case Filtering.ENDPOINT_DEPENDENT -> false;
            case Filtering.ADDRESS_DEPENDENT -> ports.anchors(mapping).stream().anyMatch(each ->
                (mapping == each.initiatorMapping ? each.there : each.back).seen().destination().address() == stranger);
            case Filtering.ENDPOINT_INDEPENDENT -> !ports.anchors(mapping).isEmpty();
        };
    }

    private Target hairpinTarget(final Tuple tuple) {
        final Endpoint destination = tuple.destination();
        Target target = null;
        if (rules.nat().hairpinning()) {
            final Mapping mapping = ports.holding(tuple.protocol(), destination);
            target = rules.oneToOneOutside(destination.address())
                .map(entry -> new Target(new Endpoint(entry.inside(), destination.port()), null))
                .or(() -> rules.forwardOutside(tuple.protocol(), destination)
                    .map(forward -> new Target(new Endpoint(forward.insideAddress(), forward.insidePort()), null)))
                .orElse(mapping == null || ports.anchors(mapping).isEmpty() ? null : new Target(mapping.inside, mapping));
        }
        if (target == null || target.inside().equals(tuple.source()) && features.contains(Feature.HAIRPIN_TARGET_FIRST)) {
            throw new Dropped("not-for-gateway");
        }
        return target;
    }

    private static boolean mayOpen(final Datagram datagram) {
        return switch (datagram.protocol()) {
            case Datagram.TCP -> Segment.of(datagram).opens();
            case Datagram.ICMP -> Icmp.isRequest(datagram.payload()[0]);
            default -> true;
        };
    }

    private static boolean mayBeGuest(final Datagram datagram) {
        return datagram.protocol() == Datagram.ICMP ? Icmp.isReply(datagram.payload()[0]) : mayOpen(datagram);
    }

    private void refuseIf(final boolean refused, final String reason, final Datagram datagram) {
        if (refused) {
            throw new Dropped(Set.of(reason), rules.nat().onExhaustion() == OnExhaustion.DROP ? List.of()
                : own.error(Side.INSIDE, datagram, Icmp.UNREACHABLE, Icmp.PROHIBITED, 0, nowNs));
        }
    }

    /** Time to live, then size. */
    private void checkHop(final Side side, final Datagram datagram, final Side exit) {
        if (datagram.ttl() <= 1) {
            throw new Dropped(Set.of("ttl-expired"), own.error(side, datagram, Icmp.TIME_EXCEEDED, 0, 0, nowNs));
        }
        if (datagram.length() > rules.mtu(exit) && datagram.dontFragment()) {
            throw new Dropped(Set.of("too-big"),
                own.error(side, datagram, Icmp.UNREACHABLE, Icmp.FRAGMENTATION_NEEDED, rules.mtu(exit), nowNs));
        }
    }

    // ---- ICMP errors

    private List<Out> error(final Side side, final Datagram error) {
        final Set<String> faults = new HashSet<>(Quotes.faults(error));
        if (!rules.canComeFrom(side, error.source())) {
            faults.addAll(Set.of("martian", "spoofed-source"));
        }
        final Datagram quoted = faults.contains("malformed") ? null : Quotes.quoted(error).orElse(null);
        final Connection connection = quoted == null ? null : find(side, Tuple.of(quoted).reversed());
        if (connection == null) {
            faults.addAll(Set.of("icmp-unrelated", "not-for-gateway", "not-ours", "martian", "multicast", "same-side"));
        }
        if (!faults.isEmpty()) {
            throw new Dropped(faults, List.of());
        }
        final Way answers = connection.way(side, Tuple.of(quoted).reversed());
        final Way asked = answers == connection.there ? connection.back : connection.there;
        final boolean passed = !choices.sent().isEmpty();
        if (connection.tcp != null
            && !connection.tcp.hasSent(asked == connection.there, Bytes.i32(quoted.payload(), 4)).orElse(passed)) {
            throw new Dropped("icmp-unrelated", "ttl-expired", "too-big");
        }
        checkHop(side, error, answers.leaves());
        final int destination = answers.becomes().destination().address();
        final boolean translated = !answers.seen().source().equals(answers.becomes().source());
        final int source = side == Side.INSIDE && translated ? answers.becomes().source().address() : error.source();
        final Datagram restored = Quotes.with(error, Rewriting.to(asked.seen(), quoted)).withAddresses(source, destination);
        return frames(answers.leaves(), identified(side, error, restored.withTtl(restored.ttl() - 1)), Out.Free.NOTHING);
    }

    // ---- fragments and sending

    private Verdict laterFragment(final Side side, final Datagram fragment) {
        final Fragments.Key key = Fragments.Key.of(side, fragment);
        final Fragments.Known known = fragments.known(key);
        if (known == null && fragment.length() > Math.max(rules.mtu(Side.INSIDE), rules.mtu(Side.OUTSIDE))) {
            // no link carries it: the gateway has no room for such
            throw new Dropped("fragment");
        }
        if (known == null) {
            fragments.await(key, fragment, nowNs);
            return Verdict.waits();
        }
        return Verdict.passed(follow(key, known, fragment));
    }

    private List<Out> follow(final Fragments.Key key, final Fragments.Known known, final Datagram fragment) {
        checkHop(key.side(), fragment, known.way().leaves());
        fragments.used(key, nowNs);
        known.connection().perhapsSeenNs = nowNs;
        return frames(known.way().leaves(), Rewriting.to(known.way().becomes(), fragment).withTtl(fragment.ttl() - 1)
            .withIdentification(known.identification()), Out.Free.NOTHING);
    }

    private List<Out> send(final Connection connection, final Way way, final Datagram datagram) {
        final Datagram translated = Rewriting.to(way.becomes(), datagram).withTtl(datagram.ttl() - 1);
        final Datagram leaving = identified(way.arrives(), datagram, segmentSize().isEmpty() ? translated
            : Rewriting.withSegmentSizeAtMost(segmentSize().getAsInt(), translated));
        final List<Out> sent = new ArrayList<>(frames(way.leaves(), leaving, Out.Free.NOTHING));
        if (datagram.isFragment()) {
            final Fragments.Key key = Fragments.Key.of(way.arrives(), datagram);
            fragments.know(key, connection, way, leaving.identification(), nowNs);
            for (final Datagram waited : fragments.release(key)) {
                sent.addAll(follow(key, fragments.known(key), waited));
            }
        }
        return sent;
    }

    private OptionalInt segmentSize() {
        final TcpMss mss = rules.nat().tcpMss();
        return switch (mss.mode()) {
            case OFF -> OptionalInt.empty();
            case CLAMP -> OptionalInt.of(Math.min(rules.mtu(Side.INSIDE), rules.mtu(Side.OUTSIDE)) - 40);
            case FIXED -> mss.segmentSize();
        };
    }

    /** The gateway's own identification, for what is or may become a fragment and loses its sender's address. */
    private Datagram identified(final Side side, final Datagram arrived, final Datagram leaving) {
        final boolean atomic = arrived.dontFragment() && !arrived.isFragment();
        if (side == Side.OUTSIDE || atomic || arrived.source() == leaving.source() || !features.contains(Feature.FRAGMENTS)) {
            return leaving;
        }
        final int chosen = choices.sent().isEmpty() ? leaving.identification()
            : Datagram.inFrame(choices.sent().getFirst().frame()).identification();
        final Fragments.Known known = fragments.known(Fragments.Key.of(side, arrived));
        return leaving.withIdentification(
            known != null && known.identification() == chosen ? chosen : identifications.use(leaving.destination(), chosen));
    }

    private List<Out> frames(final Side exit, final Datagram datagram, final Out.Free free) {
        final List<Datagram> pieces = datagram.length() <= rules.mtu(exit) || datagram.dontFragment() ? List.of(datagram)
            : Rewriting.cut(datagram, rules.mtu(exit));
        return pieces.stream().flatMap(piece -> own.out(exit, piece, free, nowNs, nowNs).stream()).toList();
    }
}
