package io.sallyport.translate;

import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionTimers;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.PortAllocator;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.packet.PacketBatch;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ipv4;

/**
 * The life of the connections of one worker: opened with a mapping, a public port, two flow entries and a timer; ended by silence, when all
 * of that is returned.
 *
 * <p>Owned by one worker.
 */
public final class Connections {

    /** {@link #open}: no room for a connection. */
    public static final int TABLE_FULL = -1;
    /** {@link #open}: no public port is free. */
    public static final int PORTS_EXHAUSTED = -2;

    private static final int ACTIVE_PROTOCOLS = 3;

    private final FlowTable flows;
    private final ConnectionTimers timers;
    private final MappingTable mappings;
    private final PublicAddresses publicAddresses;
    private final PortAllocator ports;
    private final ConnectionBudget budget;
    private final SeededHash pairing;
    private final Timeouts timeouts;
    private final IdleResets resets;
    private final CounterBlock counters;
    private final int[] active = new int[ACTIVE_PROTOCOLS];
    private final ConnectionTimers.Handler onTimer = this::onTimer;

    /**
     * No connections yet.
     *
     * @param flows           the worker's flow table, empty
     * @param mappings        the worker's mappings, empty
     * @param publicAddresses the pool, shared
     * @param ports           the worker's ports
     * @param budget          the limit, shared
     * @param pairing         chooses the public address of an inside host (RFC 4787, REQ-2: always the same)
     * @param timeouts        how long silence lasts
     * @param resets          tells the ends of an established connection that it has idled out
     * @param counters        the worker's counters
     */
    public Connections(
        final FlowTable flows,
        final MappingTable mappings,
        final PublicAddresses publicAddresses,
        final PortAllocator ports,
        final ConnectionBudget budget,
        final SeededHash pairing,
        final Timeouts timeouts,
        final IdleResets resets,
        final CounterBlock counters) {
        this.flows = flows;
        this.timers = new ConnectionTimers(flows);
        this.mappings = mappings;
        this.publicAddresses = publicAddresses;
        this.ports = ports;
        this.budget = budget;
        this.pairing = pairing;
        this.timeouts = timeouts;
        this.resets = resets;
        this.counters = counters;
    }

    /** Says what time it is; before the first connection. */
    public void start(final long nowNs) {
        timers.start(nowNs);
        ports.start(nowNs);
    }

    /** Index of a protocol among TCP, UDP and ICMP. */
    public static int protocolIndex(final int protocol) {
        return protocol == Ipv4.TCP ? PublicAddresses.TCP : protocol == Ipv4.UDP ? PublicAddresses.UDP : PublicAddresses.ICMP;
    }

    /**
     * Opens a connection from inside to outside, which the table does not hold.
     *
     * @param addressKey key of its first packet
     * @param portKey    key of its first packet
     * @return the initiator's flow entry, or {@link #TABLE_FULL} or {@link #PORTS_EXHAUSTED}
     */
    public int open(final long addressKey, final long portKey, final long nowNs) {
        if (!budget.take()) {
            return TABLE_FULL;
        }
        final int inside = FlowKey.rawAddress(FlowKey.rawSource(addressKey));
        final int insidePort = FlowKey.rawPort(FlowKey.rawSourcePort(portKey));
        final int protocol = protocolIndex(FlowKey.protocol(portKey));
        int mapping = mappings.find(inside, insidePort, protocol);
        if (mapping == MappingTable.NONE) {
            final int position = pairedPosition(inside);
            final int publicPort = ports.take(position, protocol, insidePort);
            if (publicPort == PortAllocator.NONE) {
                budget.giveBack();
                return PORTS_EXHAUSTED;
            }
            mapping = mappings.add(inside, insidePort, protocol, position, publicPort);
            if (mapping == MappingTable.NONE) {
                ports.giveBack(position, protocol, publicPort, nowNs);
                budget.giveBack();
                return TABLE_FULL;
            }
        }
        final byte state = protocol == PublicAddresses.TCP ? ConnectionState.SYN_SENT : ConnectionState.NEW;
        final int entry = link(addressKey, portKey, mapping, state, nowNs, nowNs);
        if (entry == TABLE_FULL) {
            endMappingIfUnused(mapping, nowNs);
            budget.giveBack();
        }
        return entry;
    }

    /**
     * Goes on with a connection of a gateway that ran before, under the public endpoint that it had.
     *
     * @param addressKey    key of the initiator's direction
     * @param portKey       key of the initiator's direction
     * @param publicAddress the public address, numeric
     * @param publicPort    the public port, numeric
     * @param state         its state
     * @param lastSeenNs    when it was last seen, in this gateway's clock
     * @return the initiator's flow entry, or negative when this gateway has no place for it
     */
    public int adopt(
        final long addressKey,
        final long portKey,
        final int publicAddress,
        final int publicPort,
        final byte state,
        final long lastSeenNs,
        final long nowNs) {
        final int position = publicAddresses.position(publicAddress);
        if (position < 0 || !budget.take()) {
            return TABLE_FULL;
        }
        final int inside = FlowKey.rawAddress(FlowKey.rawSource(addressKey));
        final int insidePort = FlowKey.rawPort(FlowKey.rawSourcePort(portKey));
        final int protocol = protocolIndex(FlowKey.protocol(portKey));
        int mapping = mappings.find(inside, insidePort, protocol);
        if (mapping == MappingTable.NONE && ports.takeKnown(position, protocol, publicPort)) {
            mapping = mappings.add(inside, insidePort, protocol, position, publicPort);
            if (mapping == MappingTable.NONE) {
                ports.giveBack(position, protocol, publicPort, nowNs);
            }
        }
        if (mapping == MappingTable.NONE
            || mappings.position(mapping) != position || mappings.publicPort(mapping) != publicPort
            || flows.find(flows.hash(addressKey, portKey), addressKey, portKey) >= 0) {
            budget.giveBack();
            return PORTS_EXHAUSTED;
        }
        final int entry = link(addressKey, portKey, mapping, state, lastSeenNs, nowNs);
        if (entry == TABLE_FULL) {
            endMappingIfUnused(mapping, nowNs);
            budget.giveBack();
        }
        return entry;
    }

    /** Puts both flow entries into the table and arms the timer. */
    private int link(
        final long addressKey,
        final long portKey,
        final int mapping,
        final byte state,
        final long lastSeenNs,
        final long nowNs) {
        final int rawPublic = FlowKey.rawAddress(publicAddresses.address(mappings.position(mapping)));
        final int rawPublicPort = FlowKey.rawPort(mappings.publicPort(mapping));
        final boolean icmp = FlowKey.protocol(portKey) == Ipv4.ICMP;
        final long newAddresses = FlowKey.addressKey(rawPublic, FlowKey.rawDestination(addressKey));
        final int newPorts = FlowKey.rawPorts(rawPublicPort, FlowKey.rawDestinationPort(portKey));
        final long backAddressKey = FlowKey.reverseAddresses(newAddresses);
        final long newPortKey = portKey & ~FlowKey.PORTS_MASK | newPorts & FlowKey.PORTS_MASK;
        final long backPortKey = (icmp ? newPortKey : FlowKey.reversePorts(newPortKey)) ^ FlowKey.portKey(0, 0, 1);
        final long backPorts = icmp ? portKey : FlowKey.reversePorts(portKey);

        final long hash = flows.hash(addressKey, portKey);
        final long backHash = flows.hash(backAddressKey, backPortKey);
        final int entry = flows.reserve(hash);
        final int back = entry < 0 ? -1 : flows.reserve(backHash);
        if (back < 0) {
            if (entry >= 0) {
                flows.abandon(hash, entry);
            }
            return TABLE_FULL;
        }
        final int addressDelta = Checksum.delta32(
            FlowKey.rawAddress(FlowKey.rawSource(addressKey)), FlowKey.rawAddress(rawPublic));
        final int portDelta = Checksum.delta16(
            FlowKey.rawPort(FlowKey.rawSourcePort(portKey)), FlowKey.rawPort(rawPublicPort));
        final int l4Delta = icmp ? portDelta : Checksum.combine(addressDelta, portDelta);
        final int egress = 1;
        flows.fill(entry, back, newAddresses, newPorts, addressDelta, l4Delta, egress, FlowTable.Role.INITIATOR);
        flows.fill(back, entry, FlowKey.reverseAddresses(addressKey), (int) backPorts,
            Checksum.inverse(addressDelta), Checksum.inverse(l4Delta), FlowKey.sideOrdinal(portKey), FlowTable.Role.RESPONDER);
        flows.mapping(entry, mapping);
        flows.state(entry, back, state);
        flows.publish(back, backAddressKey, backPortKey, lastSeenNs);
        flows.publish(entry, addressKey, portKey, lastSeenNs);
        mappings.countConnections(mapping, 1);
        active[mappings.protocol(mapping)]++;
        timers.arm(entry, Math.max(nowNs + 1, lastSeenNs + timeoutNs(entry, state)));
        return entry;
    }

    /** Moves a connection to another state; a shorter timeout counts from now on. */
    public void state(final int entry, final int partner, final byte state, final long nowNs) {
        final byte before = flows.state(entry);
        flows.state(entry, partner, state);
        if (state == ConnectionState.ESTABLISHED && before == ConnectionState.SYN_RECEIVED || state == ConnectionState.REPLIED) {
            counters.increment(Counter.CONNECTIONS_ESTABLISHED_TCP.plus(protocolIndex(FlowKey.protocol(flows.portKey(entry)))));
        }
        if (state == ConnectionState.SYN_SENT || state == ConnectionState.SYN_RECEIVED && before != ConnectionState.SYN_SENT) {
            // opened anew under the same four-tuple
            counters.increment(Counter.CONNECTION_ATTEMPTS_TCP);
        }
        final int connection = flows.isInitiator(entry) ? entry : partner;
        if (timeoutNs(connection, state) < timeoutNs(connection, before)) {
            timers.cancel(connection);
            timers.arm(connection, nowNs + timeoutNs(connection, state));
        }
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
        return looked + ports.poll(nowNs, limit);
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs() {
        return Math.min(timers.nextNs(), ports.nextNs());
    }

    /** Stores the gauges. */
    public void publishGauges() {
        for (int protocol = 0; protocol < ACTIVE_PROTOCOLS; protocol++) {
            counters.set(Counter.ACTIVE_CONNECTIONS_TCP.plus(protocol), active[protocol]);
            counters.set(Counter.PORTS_IN_USE_TCP.plus(protocol), ports.inUse(protocol));
        }
        counters.set(Counter.ACTIVE_MAPPINGS, mappings.size());
        counters.set(Counter.PORTS_COOLING, ports.cooling());
    }

    private void onTimer(final int connection, final long nowNs) {
        final int partner = flows.partner(connection);
        final long lastSeenNs = Math.max(flows.lastSeenNs(connection), flows.lastSeenNs(partner));
        final long deadlineNs = lastSeenNs + timeoutNs(connection, flows.state(connection));
        if (deadlineNs > nowNs) {
            timers.arm(connection, deadlineNs);
        } else {
            end(connection, partner, nowNs);
        }
    }

    private void end(final int connection, final int partner, final long nowNs) {
        final byte state = flows.state(connection);
        final int mapping = flows.mapping(connection);
        final int protocol = mappings.protocol(mapping);
        if (state != ConnectionState.FIN_BOTH && state != ConnectionState.RESET) {
            counters.increment(Counter.IDLE_TIMEOUTS_TCP.plus(protocol));
        }
        if (state == ConnectionState.ESTABLISHED) {
            resets.tell(flows, connection, partner);
        }
        flows.remove(connection);
        flows.remove(partner);
        active[protocol]--;
        mappings.countConnections(mapping, -1);
        endMappingIfUnused(mapping, nowNs);
        budget.giveBack();
    }

    private void endMappingIfUnused(final int mapping, final long nowNs) {
        if (mappings.countConnections(mapping, 0) == 0) {
            ports.giveBack(mappings.position(mapping), mappings.protocol(mapping), mappings.publicPort(mapping), nowNs);
            mappings.remove(mapping);
        }
    }

    private int pairedPosition(final int insideAddress) {
        final long hash = pairing.of(insideAddress);
        return (int) ((hash >>> 32) * publicAddresses.size() >>> 32);
    }

    private long timeoutNs(final int connection, final byte state) {
        return switch (state) {
            case ConnectionState.NEW, ConnectionState.REPLIED ->
                FlowKey.protocol(flows.portKey(connection)) == Ipv4.UDP ? timeouts.udpNs() : timeouts.icmpNs();
            case ConnectionState.ESTABLISHED -> timeouts.tcpEstablishedNs();
            default -> timeouts.tcpTransitoryNs();
        };
    }
}
