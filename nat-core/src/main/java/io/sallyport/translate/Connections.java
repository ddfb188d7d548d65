package io.sallyport.translate;

import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionTimers;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.RecordTable;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.MappingTable.Part;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.packet.PacketBatch;
import io.sallyport.wire.Ipv4;

/**
 * The life of the connections of one worker: opened with two flows, a timer and a part in the mappings of the inside endpoints;
 * ended by silence, when all of that is returned.
 *
 * <p>Owned by one worker.
 */
public final class Connections {

    /** {@link #open}: no room for a connection. */
    public static final int TABLE_FULL = -1;
    /** {@link #open}: no public port is free. */
    public static final int PORTS_EXHAUSTED = -2;
    /** {@link #open}: the inside host has as many connections as it may have. */
    public static final int HOST_LIMIT = -3;
    /** {@link #open}: the inside host opens connections too fast. */
    public static final int HOST_RATE = -4;
    /** {@link #open}: an endpoint that talks to itself. */
    public static final int OWN_ANSWER = -5;
    /** {@link #open}: no connection is opened while the gateway drains. */
    public static final int DRAINING = -6;

    /** Guests take at most one in so many of the connections that a worker has room for. */
    private static final int GUEST_SHARE = 8;
    /** Ports that turn out to be in use by a guest, for that destination, before a connection is refused. */
    private static final int MOST_COLLISIONS = 8;

    private final FlowTable flows;
    private final ConnectionTimers timers;
    private final Mappings mappings;
    private final Sources sources;
    private final Linking linking;
    private final ConnectionBudget budget;
    private final HostQuotas quotas;
    private final IdleResets resets;
    private final CounterBlock counters;
    private final int mostGuests;
    private final ConnectionEvents events;
    private final int[] active = new int[Protocols.COUNT];
    private final ConnectionTimers.Handler onTimer = this::onTimer;
    private Timeouts timeouts;
    private boolean isDraining;
    private int guests;
    /** The line whose timer is set anew next, after timeouts have become shorter; none when it is {@link Integer#MAX_VALUE}. */
    private int timersSetAnew = Integer.MAX_VALUE;

    /**
     * No connections yet.
     *
     * @param flows    the worker's flow table, empty
     * @param capacity most connections that it is made for
     * @param mappings the worker's mappings
     * @param sources  chooses the public endpoints of connections from inside
     * @param budget   the limit, shared
     * @param quotas   what one inside host may have
     * @param timeouts how long silence lasts
     * @param resets   tells the ends of an established connection that it has idled out
     * @param counters the worker's counters
     */
    public Connections(
        final FlowTable flows,
        final int capacity,
        final Mappings mappings,
        final Sources sources,
        final ConnectionBudget budget,
        final HostQuotas quotas,
        final Timeouts timeouts,
        final IdleResets resets,
        final CounterBlock counters) {
        this.flows = flows;
        this.timers = new ConnectionTimers(flows);
        this.mappings = mappings;
        this.sources = sources;
        this.linking = new Linking(flows);
        this.budget = budget;
        this.quotas = quotas;
        this.timeouts = timeouts;
        this.resets = resets;
        this.counters = counters;
        this.mostGuests = Math.max(1, capacity / GUEST_SHARE);
        this.events = new ConnectionEvents(flows, mappings, sources);
    }

    /** Says at what time events happen from now on; at the beginning of each duty cycle. */
    public void time(final long nowNs) {
        mappings.time(nowNs);
    }

    /**
     * What of the configuration the life of connections follows.
     *
     * @param timeouts   how long silence lasts
     * @param onIdle     who is told when a connection idles out
     * @param limits     how many there may be, and what one inside host may have
     * @param isDraining whether no connections are opened
     */
    public record Terms(Timeouts timeouts, OnIdle onIdle, Limits limits, boolean isDraining) {
    }

    /**
     * Goes on on other terms. Timeouts count from when a connection was last seen, for those that live already, too.
     *
     * @param hosts an empty table for the first quotas; null where there are none, or were some already
     */
    public void adopt(final Terms terms, final RecordTable hosts) {
        if (isAnyShorter(terms.timeouts)) {
            timersSetAnew = 0;
        }
        timeouts = terms.timeouts;
        isDraining = terms.isDraining;
        resets.adopt(terms.onIdle);
        budget.limit(terms.limits.connections());
        quotas.adopt(terms.limits, hosts);
    }

    private boolean isAnyShorter(final Timeouts next) {
        return next.tcpEstablishedNs() < timeouts.tcpEstablishedNs() || next.tcpTransitoryNs() < timeouts.tcpTransitoryNs()
            || next.tcpUnsolicitedSynNs() < timeouts.tcpUnsolicitedSynNs() || next.udpNs() < timeouts.udpNs()
            || next.icmpNs() < timeouts.icmpNs();
    }

    /** Asks for huge pages for the mappings. Any thread. */
    public void adviseHugePages() {
        mappings.adviseHugePages();
    }

    /** Says what time it is; before the first connection. */
    public void start(final long nowNs) {
        timers.start(nowNs);
        mappings.start(nowNs);
    }

    /**
     * Opens a connection, which the table does not hold.
     *
     * @param opening its first packet and destination; one from inside gets its source here
     * @return the initiator's flow entry, or why not: {@link #TABLE_FULL}, {@link #PORTS_EXHAUSTED}, {@link #HOST_LIMIT},
     *     {@link #HOST_RATE}, {@link #OWN_ANSWER}, {@link #DRAINING}
     */
    public int open(final Opening opening, final long nowNs) {
        final int entry = isDraining ? DRAINING : openWithinQuotas(opening, nowNs);
        if (entry < 0 && events.isOn()) {
            events.refused(opening, entry);
        }
        return entry;
    }

    private int openWithinQuotas(final Opening opening, final long nowNs) {
        // only what a host opens itself counts: strangers must not use up its quota
        final int host = opening.isFromInside() ? quotas.admit(opening.insideHost(), nowNs) : HostQuotas.UNLIMITED;
        if (host < 0) {
            return host == HostQuotas.HOST_LIMIT ? HOST_LIMIT : host == HostQuotas.HOST_RATE ? HOST_RATE : TABLE_FULL;
        }
        final int entry = opening.isGuest() && guests == mostGuests || !budget.take() ? TABLE_FULL : openWithinLimits(opening, nowNs);
        if (entry < 0) {
            quotas.refused(host, nowNs);
        } else {
            quotas.opened(host, nowNs);
            flows.countsForQuota(entry, host != HostQuotas.UNLIMITED);
        }
        return entry;
    }

    /** Opens a connection that the budget was charged for, or returns that. */
    private int openWithinLimits(final Opening opening, final long nowNs) {
        int entry = PORTS_EXHAUSTED;
        for (int collisions = 0; entry == PORTS_EXHAUSTED && collisions < MOST_COLLISIONS; collisions++) {
            final int chosen = opening.isFromInside() ? sources.choose(opening, nowNs) : Sources.CHOSEN;
            if (chosen != Sources.CHOSEN) {
                entry = chosen;
                break;
            }
            if (opening.isItsOwnAnswer()) {
                entry = OWN_ANSWER;
            } else if (linking.isTaken(opening) || opening.isFromItsTarget()) {
                entry = PORTS_EXHAUSTED;
                collisions = opening.ownsPort() ? collisions : MOST_COLLISIONS;
            } else {
                entry = link(opening, opening.protocol() == Ipv4.TCP ? ConnectionState.SYN_SENT : ConnectionState.NEW, nowNs, nowNs);
            }
            if (entry < 0) {
                sources.release(opening, nowNs);
            }
        }
        if (entry < 0) {
            budget.giveBack();
        }
        return entry;
    }

    /**
     * Goes on with a connection of a gateway that ran before, under the public endpoint that it had.
     *
     * @param opening       its first packet and destination
     * @param publicAddress the public address that it had if it is from inside, numeric
     * @param publicPort    the public port, numeric
     * @param state         its state
     * @param lastSeenNs    when it was last seen, in this gateway's clock
     * @return the initiator's flow entry, or negative when this gateway has no place for it
     */
    public int adopt(
        final Opening opening, final int publicAddress, final int publicPort, final byte state, final long lastSeenNs, final long nowNs) {
        if (linking.isKnown(opening) || !budget.take()) {
            giveUpDestination(opening, nowNs);
            return TABLE_FULL;
        }
        int entry = PORTS_EXHAUSTED;
        if (!opening.isFromInside() || sources.adopt(opening, publicAddress, publicPort, nowNs)) {
            entry = linking.isTaken(opening) ? PORTS_EXHAUSTED : link(opening, state, lastSeenNs, nowNs);
            if (entry < 0) {
                sources.release(opening, nowNs);
            }
        }
        if (entry < 0) {
            giveUpDestination(opening, nowNs);
            budget.giveBack();
        } else {
            flows.countsForQuota(entry, opening.isFromInside() && quotas.adopted(opening.insideHost(), nowNs));
        }
        return entry;
    }

    private void giveUpDestination(final Opening opening, final long nowNs) {
        if (opening.destinationMapping() != MappingTable.NONE) {
            mappings.release(opening.destinationMapping(), nowNs);
        }
    }

    /** Puts both flows into the table, arms the timer, and takes the parts in the mappings. */
    private int link(final Opening opening, final byte state, final long lastSeenNs, final long nowNs) {
        final int entry = linking.link(opening, state, lastSeenNs);
        if (entry < 0) {
            return TABLE_FULL;
        }
        if (opening.sourceMapping() != MappingTable.NONE) {
            sources.pairing().began(opening.insideHost());
            mappings.join(opening.sourceMapping(), opening.sharesPort() ? Part.OTHER : Part.CONNECTION, opening.remoteAddress());
        }
        if (opening.destinationMapping() != MappingTable.NONE) {
            mappings.join(opening.destinationMapping(), opening.isGuest() ? Part.GUEST : Part.CONNECTION,
                FlowKey.rawAddress(opening.newSourceAddress()));
        }
        guests += opening.isGuest() ? 1 : 0;
        if (events.isOn()) {
            events.opened(entry, flows.partner(entry), opening.isGuest());
        }
        active[Protocols.index(opening.protocol())]++;
        timers.arm(entry, Math.max(nowNs + 1, lastSeenNs + timeoutNs(entry, state)));
        return entry;
    }

    /** Whether a guest may still knock: the mapping is kept alive by its host, or by the operator. */
    public boolean admitsGuest(final int entry) {
        return mappings.table().isAlive(flows.mapping(flows.isInitiator(entry) ? flows.partner(entry) : entry));
    }

    /** The responder, whose entry this is, answers: its guest becomes a connection like any other (RFC 4787, REQ-6). */
    public void answered(final int entry, final int partner, final long nowNs) {
        final int mapping = flows.mapping(entry);
        final int remote = FlowKey.rawAddress(FlowKey.rawDestination(flows.addressKey(entry)));
        if (events.isOn()) {
            events.answered(entry, partner);
        }
        flows.guest(entry, false);
        guests--;
        mappings.join(mapping, Part.CONNECTION, remote);
        mappings.leave(mapping, Part.GUEST, remote, nowNs);
    }

    /** Moves a connection to another state; a shorter timeout counts from now on. */
    public void state(final int entry, final int partner, final byte state, final long nowNs) {
        final byte before = flows.state(entry);
        flows.state(entry, state);
        if (hasEstablished(before, state)) {
            counters.increment(Counter.CONNECTIONS_ESTABLISHED_TCP.plus(Protocols.index(FlowKey.protocol(flows.portKey(entry)))));
        }
        if (state == ConnectionState.SYN_SENT || state == ConnectionState.SYN_RECEIVED && before != ConnectionState.SYN_SENT) {
            // opened anew under the same four-tuple
            counters.increment(Counter.CONNECTION_ATTEMPTS_TCP);
        }
        if (state == ConnectionState.RESET && !flows.isGuest(entry)) {
            // the time that is left counts from the RST, which is no sign of life otherwise (RFC 7857, section 2.2)
            flows.lastSeenNs(entry, nowNs);
        }
        final int connection = flows.isInitiator(entry) ? entry : partner;
        if (timeoutNs(connection, state) < timeoutNs(connection, before)) {
            timers.cancel(connection);
            timers.arm(connection, nowNs + timeoutNs(connection, state));
        }
    }

    /** The third segment of the handshake may be a FIN already. */
    private static boolean hasEstablished(final byte before, final byte state) {
        return state == ConnectionState.REPLIED || before == ConnectionState.SYN_RECEIVED
            && (state == ConnectionState.ESTABLISHED || state == ConnectionState.FIN_INITIATOR || state == ConnectionState.FIN_RESPONDER);
    }

    /**
     * Ends what has been silent too long, and frees ports that have cooled down.
     *
     * @param originated receives the resets; when it is full, the connections that are left wait for the next call
     * @param limit      most connections, and most ports, to look at
     * @return the number looked at
     */
    public int poll(final long nowNs, final PacketBatch originated, final int limit) {
        int looked = 0;
        int share = Math.min(limit, resets.begin(originated));
        while (share > 0) {
            final int now = timers.poll(nowNs, onTimer, share);
            looked += now;
            // few of those looked at end with a reset: there may be room for more
            share = now < share ? 0 : Math.min(limit - looked, resets.begin(originated));
        }
        return looked + setTimersAnew(nowNs, limit) + (events.isOn() ? events.retell() : 0) + mappings.poll(nowNs, limit);
    }

    /** Sets the timers of connections that were armed for longer than they have now. */
    private int setTimersAnew(final long nowNs, final int limit) {
        if (timersSetAnew == Integer.MAX_VALUE) {
            return 0;
        }
        final int end = Math.min(timersSetAnew + limit, flows.usedLines());
        final int looked = end - timersSetAnew;
        while (timersSetAnew < end) {
            final int connection = timersSetAnew++ << 1;
            if (flows.isLive(connection)) {
                timers.cancel(connection);
                timers.arm(connection, Math.max(nowNs + 1, flows.lastSeenNs(connection) + timeoutNs(connection, flows.state(connection))));
            }
        }
        if (end == flows.usedLines()) {
            timersSetAnew = Integer.MAX_VALUE;
        }
        return looked;
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs() {
        return timersSetAnew == Integer.MAX_VALUE && !mappings.events().retelling().isPending()
            ? Math.min(timers.nextNs(), mappings.nextNs()) : Long.MIN_VALUE;
    }

    /** Stores the gauges. */
    public void publishGauges() {
        for (int protocol = 0; protocol < Protocols.COUNT; protocol++) {
            counters.set(Counter.ACTIVE_CONNECTIONS_TCP.plus(protocol), active[protocol]);
        }
        for (int protocol = 0; protocol < PublicAddresses.PROTOCOLS; protocol++) {
            counters.set(Counter.PORTS_IN_USE_TCP.plus(protocol), mappings.inUse(protocol));
        }
        counters.set(Counter.ACTIVE_MAPPINGS, mappings.table().dynamic());
        counters.set(Counter.PORTS_COOLING, mappings.cooling());
        mappings.publishPortUse();
    }

    private void onTimer(final int connection, final long nowNs) {
        final int partner = flows.partner(connection);
        final long lastSeenNs = flows.lastSeenNs(connection);
        final long deadlineNs = lastSeenNs + timeoutNs(connection, flows.state(connection));
        if (deadlineNs > nowNs) {
            timers.arm(connection, deadlineNs);
        } else {
            end(connection, partner, nowNs);
        }
    }

    private void end(final int connection, final int partner, final long nowNs) {
        final byte state = flows.state(connection);
        final int protocol = Protocols.index(FlowKey.protocol(flows.portKey(connection)));
        final boolean isGuest = flows.isGuest(connection);
        if (state != ConnectionState.FIN_BOTH && state != ConnectionState.RESET && !isGuest) {
            counters.increment(Counter.IDLE_TIMEOUTS_TCP.plus(protocol));
        }
        if (state == ConnectionState.ESTABLISHED && !isGuest) {
            resets.tell(flows, connection, partner);
        }
        if (flows.countsForQuota(connection)) {
            quotas.ended(initiator(connection), nowNs);
        }
        if (events.isOn()) {
            events.ended(connection, partner, isGuest);
        }
        leaveSource(connection, nowNs);
        leaveDestination(partner, isGuest, nowNs);
        flows.remove(connection);
        active[protocol]--;
        guests -= isGuest ? 1 : 0;
        budget.giveBack();
    }

    private void leaveSource(final int connection, final long nowNs) {
        final int mapping = flows.mapping(connection);
        if (mapping != MappingTable.NONE) {
            sources.pairing().ended(initiator(connection));
            final int remote = FlowKey.rawAddress(FlowKey.rawDestination(flows.addressKey(connection)));
            if (flows.ownsPort(connection)) {
                mappings.giveBackPort(mapping, remote, remotePort(connection), nowNs);
            }
            mappings.leave(mapping, flows.shares(connection) ? Part.OTHER : Part.CONNECTION, remote, nowNs);
        }
    }

    private void leaveDestination(final int partner, final boolean isGuest, final long nowNs) {
        final int mapping = flows.mapping(partner);
        if (mapping != MappingTable.NONE) {
            final int remote = FlowKey.rawAddress(FlowKey.rawDestination(flows.addressKey(partner)));
            if (!isGuest && mappings.isPortOfConnection(mapping)) {
                mappings.coolDown(mapping, remote, remotePort(partner), nowNs);
            }
            mappings.leave(mapping, isGuest ? Part.GUEST : Part.CONNECTION, remote, nowNs);
        }
    }

    /** Numeric address of the end that opened a connection. */
    private int initiator(final int connection) {
        return FlowKey.rawAddress(FlowKey.rawSource(flows.addressKey(connection)));
    }

    /** Numeric port that packets of an entry are sent to; 0 for ICMP. */
    private int remotePort(final int entry) {
        final long portKey = flows.portKey(entry);
        return FlowKey.protocol(portKey) == Ipv4.ICMP ? 0 : FlowKey.rawPort(FlowKey.rawDestinationPort(portKey));
    }

    private long timeoutNs(final int connection, final byte state) {
        return timeoutNs(timeouts, FlowKey.protocol(flows.portKey(connection)), state, flows.isGuest(connection));
    }

    /**
     * How long a connection lives without a packet, in ns.
     *
     * @param protocol IP protocol number
     * @param state    one of the values of {@link ConnectionState}
     * @param isGuest  whether its responder has not answered
     */
    public static long timeoutNs(final Timeouts timeouts, final int protocol, final byte state, final boolean isGuest) {
        if (isGuest) {
            return timeouts.tcpUnsolicitedSynNs();
        }
        return switch (state) {
            case ConnectionState.NEW, ConnectionState.REPLIED -> protocol == Ipv4.ICMP ? timeouts.icmpNs() : timeouts.udpNs();
            case ConnectionState.ESTABLISHED -> timeouts.tcpEstablishedNs();
            default -> timeouts.tcpTransitoryNs();
        };
    }
}
