package io.sallyport.mapping;

import io.sallyport.counter.PortUseBlock;
import io.sallyport.event.MappingEvents;
import io.sallyport.event.Retelling;
import io.sallyport.event.Telling;
import io.sallyport.mapping.MappingTable.Part;

/**
 * The public endpoints of one worker's inside endpoints, by the configured mapping behaviour (RFC 4787, section 4.1):
 *
 * <ul>
 * <li>endpoint-independent: an inside endpoint has one mapping, with a port of its own, for all destinations;
 * <li>endpoint-dependent: each connection has a port chosen for its destination, which others may use for other destinations. The mapping
 * of such a port speaks for the endpoint that took it first, toward strangers.
 * </ul>
 *
 * <p>In both, the inside endpoint of a forward has the forward's public endpoint.
 *
 * <p>Owned by one worker.
 */
public final class Mappings {

    /** {@link #acquire}: no public port is free. */
    public static final int PORTS_EXHAUSTED = -2;
    /** {@link #acquire}: no room for a mapping. */
    public static final int TABLE_FULL = -3;

    private final MappingTable table;
    private final PortAllocator ports;
    private final OverlappingPorts overlapping;
    private final AddressPermissions permissions;
    private final PortCounts counts;
    private final MappingEvents events;
    private PublicAddresses addresses;

    /**
     * Mappings of which there are none but the forwards that the table holds.
     *
     * @param table       the worker's records
     * @param addresses   the public addresses, shared
     * @param ports       the worker's ports, for endpoint-independent mapping; else null
     * @param overlapping the worker's ports, for endpoint-dependent mapping; else null
     * @param permissions for address-dependent filtering; else null
     * @param use         where observers see how many ports are taken
     * @param events      for the event log
     */
    public Mappings(
        final MappingTable table,
        final PublicAddresses addresses,
        final PortAllocator ports,
        final OverlappingPorts overlapping,
        final AddressPermissions permissions,
        final PortUseBlock use,
        final MappingEvents events) {
        this.table = table;
        this.addresses = addresses;
        this.ports = ports;
        this.overlapping = overlapping;
        this.permissions = permissions;
        counts = ports == null ? new PortCounts(use, addresses.size() * PublicAddresses.PROTOCOLS) : ports.counts();
        this.events = events;
    }

    /**
     * Memory that a worker needs for a successor of its public addresses; one of the first two is null.
     *
     * @param ports      for endpoint-independent mapping
     * @param capacities for endpoint-dependent mapping
     * @param counts     for the counts of ports in use
     */
    public record Room(PortAllocator.Room ports, int[] capacities, PortCounts.Room counts) {
    }

    /** Room for a successor of the addresses. Any thread, while the worker {@linkplain #adopt adopts} nothing. */
    public Room roomFor(final PublicAddresses next) {
        final PortCounts.Room forCounts = counts.roomFor(next.size() * PublicAddresses.PROTOCOLS);
        return overlapping == null
            ? new Room(ports.roomFor(next), null, forCounts) : new Room(null, overlapping.capacitiesOf(next), forCounts);
    }

    /** Goes on with other addresses, and another cool-down of ports. */
    public void adopt(final PublicAddresses next, final Room room, final long reuseNs) {
        addresses = next;
        counts.adopt(room.counts);
        if (overlapping == null) {
            ports.adopt(next, room.ports, reuseNs);
        } else {
            overlapping.adopt(next, room.capacities, reuseNs);
        }
    }

    /** Whether it can be asked whom a mapping's host {@linkplain #talksTo talks to}. */
    public boolean knowsRemotes() {
        return permissions != null;
    }

    /**
     * Opens a public endpoint toward an inside one, whoever has it so far: what goes on there goes on.
     *
     * @param forward the forward's number
     * @return its mapping, or {@link MappingTable#NONE} when there is no room for it
     */
    public int openForward(
        final int insideAddress, final int insidePort, final int protocol, final int position, final int publicPort, final int forward) {
        int mapping = table.findPublic(position, protocol, publicPort);
        if (mapping == MappingTable.NONE) {
            mapping = table.addForOne(insideAddress, insidePort, protocol, position, publicPort);
        } else {
            tellEnd(mapping);
        }
        if (mapping != MappingTable.NONE) {
            table.toForward(mapping, insideAddress, insidePort, forward);
        }
        return mapping;
    }

    /** Closes the mapping of a public endpoint, if it has one: it goes on for who has a part in it. */
    public void close(final int protocol, final int position, final int publicPort, final long nowNs) {
        final int mapping = table.findPublic(position, protocol, publicPort);
        if (mapping != MappingTable.NONE) {
            tellEnd(mapping);
            table.close(mapping);
            release(mapping, nowNs);
        }
    }

    /** The records. */
    public MappingTable table() {
        return table;
    }

    /** Asks for huge pages for the tables. Any thread. */
    public void adviseHugePages() {
        table.adviseHugePages();
        if (overlapping != null) {
            overlapping.adviseHugePages();
        }
    }

    /** Whether there is an event for each mapping; else there is one for each connection, or none. */
    private boolean tellsOfMappings() {
        return events.isOn() && overlapping == null && !events.withDestinations();
    }

    /** Whether there is an event for each connection, because its mapping does not tell who has a port. */
    public boolean isToldByConnections() {
        return events.isOn() && !tellsOfMappings();
    }

    /** The worker's events. */
    public MappingEvents events() {
        return events;
    }

    /** Says at what time events happen from now on. */
    public void time(final long nowNs) {
        events.time(nowNs);
    }

    /** Tells the event log something else from now on. */
    public void tell(final Telling telling) {
        events.adopt(telling);
        if (overlapping == null) {
            ports.beginRetelling();
        }
    }

    /**
     * Tells a log that was begun while they lived of blocks of ports, and of mappings if they are what is told of.
     *
     * @param limit most of them to look at
     * @return the number looked at
     */
    public int retell(final int limit) {
        final int looked = overlapping == null ? ports.retellBlocks(limit) : 0;
        return looked > 0 || !tellsOfMappings() ? looked : retellMappings(limit);
    }

    private int retellMappings(final int limit) {
        final Retelling retelling = events.retelling();
        final int first = retelling.next();
        final int end = Math.min(first + limit, table.slots());
        for (int mapping = first; mapping < end; mapping++) {
            if (table.isTaken(mapping) && table.isDynamic(mapping) && !table.isUnused(mapping)) {
                retellIfUntold(mapping);
            }
        }
        retelling.reached(end, table.slots());
        return end - first;
    }

    /** When its turn has come, or it ends. */
    private void retellIfUntold(final int mapping) {
        if (events.retelling().isUntold(mapping)) {
            events.retelling().told(mapping);
            events.retold(table.protocol(mapping), table.insideAddress(mapping), table.insidePort(mapping),
                addresses.address(table.position(mapping)), table.publicPort(mapping), 0, 0);
        }
    }

    /** Says what time it is; before the first port is returned. */
    public void start(final long nowNs) {
        time(nowNs);
        if (overlapping == null) {
            ports.start(nowNs);
        } else {
            overlapping.start(nowNs);
        }
    }

    /**
     * The mapping that an inside endpoint has, or gets, toward a remote one. Whoever acquires it takes {@link #join a part} in it or
     * gives it {@link #release up}.
     *
     * @param position      position of the address that the inside host is paired with
     * @param remoteAddress the destination
     * @param remotePort    its port; 0 for ICMP
     * @return the mapping, {@link #PORTS_EXHAUSTED} or {@link #TABLE_FULL}
     */
    public int acquire(
        final int insideAddress,
        final int insidePort,
        final int protocol,
        final int position,
        final int remoteAddress,
        final int remotePort,
        final long nowNs) {
        final int known = table.find(insideAddress, insidePort, protocol);
        if (known != MappingTable.NONE) {
            if (table.isForward(known) || addresses.isPooled(table.position(known))) {
                return known;
            }
            // its address is leaving: it goes on for the connections that it has
            table.hide(known);
        }
        final int port = overlapping == null
            ? ports.take(position, protocol, insidePort)
            : overlapping.take(position, protocol, insidePort, remoteAddress, remotePort);
        if (port < 0) {
            return port == OverlappingPorts.FULL ? TABLE_FULL : PORTS_EXHAUSTED;
        }
        final int mapping = record(insideAddress, insidePort, protocol, position, port);
        if (mapping == MappingTable.NONE) {
            giveBack(position, protocol, port, remoteAddress, remotePort, nowNs);
            return TABLE_FULL;
        }
        return mapping;
    }

    /**
     * The port that {@link #acquire} will most likely take for an inside endpoint without a mapping, or negative; changes nothing.
     *
     * @param ahead how many ports are taken before
     */
    public int likelyPort(
        final int position, final int protocol, final int insidePort, final int remoteAddress, final int remotePort, final int ahead) {
        return overlapping == null
            ? ports.likely(position, protocol, insidePort, ahead)
            : overlapping.likely(position, protocol, insidePort, remoteAddress, remotePort, ahead);
    }

    /**
     * The mapping of a connection that is taken over from a gateway that ran before.
     *
     * @return the mapping, or negative when that endpoint is not to be had
     */
    public int adopt(
        final int insideAddress,
        final int insidePort,
        final int protocol,
        final int position,
        final int publicPort,
        final int remoteAddress,
        final int remotePort,
        final long nowNs) {
        final int known = table.find(insideAddress, insidePort, protocol);
        if (known != MappingTable.NONE && table.position(known) == position && table.publicPort(known) == publicPort) {
            return known;
        }
        final int inForward = table.findPublic(position, protocol, publicPort);
        if (inForward != MappingTable.NONE && table.isForward(inForward)) {
            return table.isHolder(inForward, insideAddress, insidePort) ? inForward : PORTS_EXHAUSTED;
        }
        if (known != MappingTable.NONE || !addresses.isPooled(position)) {
            return PORTS_EXHAUSTED;
        }
        final boolean taken = overlapping == null
            ? ports.takeKnown(position, protocol, publicPort)
            : overlapping.takeKnown(position, protocol, publicPort, remoteAddress, remotePort);
        if (!taken) {
            return PORTS_EXHAUSTED;
        }
        final int mapping = record(insideAddress, insidePort, protocol, position, publicPort);
        if (mapping == MappingTable.NONE) {
            giveBack(position, protocol, publicPort, remoteAddress, remotePort, nowNs);
            return TABLE_FULL;
        }
        return mapping;
    }

    /**
     * The mapping that speaks for an inside endpoint at a public one toward strangers, for a connection that is taken over and that the
     * inside endpoint had answered.
     *
     * @return the mapping, or negative when that endpoint is not to be had
     */
    public int adoptForStrangers(
        final int insideAddress, final int insidePort, final int protocol, final int position, final int publicPort) {
        final int known = table.findPublic(position, protocol, publicPort);
        if (known != MappingTable.NONE) {
            return table.isHolder(known, insideAddress, insidePort) ? known : PORTS_EXHAUSTED;
        }
        final boolean canBeTaken = overlapping == null && addresses.isPooled(position)
            && table.find(insideAddress, insidePort, protocol) == MappingTable.NONE
            && ports.takeKnown(position, protocol, publicPort);
        return canBeTaken ? record(insideAddress, insidePort, protocol, position, publicPort) : PORTS_EXHAUSTED;
    }

    private int record(final int insideAddress, final int insidePort, final int protocol, final int position, final int port) {
        if (overlapping == null) {
            final int added = table.add(insideAddress, insidePort, protocol, position, port);
            if (added != MappingTable.NONE) {
                table.tookPoolPort(added);
            }
            return added;
        }
        int mapping = table.findPublic(position, protocol, port);
        if (mapping == MappingTable.NONE) {
            mapping = table.addForOne(insideAddress, insidePort, protocol, position, port);
            if (mapping != MappingTable.NONE) {
                table.tookPoolPort(mapping);
                counts.taken(space(position, protocol));
            }
        } else if (table.isVacant(mapping)) {
            table.holder(mapping, insideAddress, insidePort);
        }
        return mapping;
    }

    /** Whether a connection that acquired a mapping has its port for its destination alone, and returns it when it ends. */
    public boolean isPortOfConnection(final int mapping) {
        return overlapping != null && table.isDynamic(mapping);
    }

    /** Whether an inside endpoint only shares the port of a mapping that speaks for another. */
    public boolean isShared(final int mapping, final int insideAddress, final int insidePort) {
        return !table.isHolder(mapping, insideAddress, insidePort);
    }

    /** A connection takes a part in a mapping; one that the host opened or answered lets its remote address in. */
    public void join(final int mapping, final Part part, final int remoteAddress) {
        if (tellsOfMappings() && table.isUnused(mapping)) {
            events.retelling().told(mapping);
            events.created(table.protocol(mapping), table.insideAddress(mapping), table.insidePort(mapping),
                addresses.address(table.position(mapping)), table.publicPort(mapping), 0, 0);
        }
        table.count(mapping, part, 1);
        if (part == Part.CONNECTION && permissions != null) {
            permissions.add(mapping, remoteAddress);
        }
    }

    /** A connection gives up its part in a mapping, which ends if no one is left. */
    public void leave(final int mapping, final Part part, final int remoteAddress, final long nowNs) {
        table.count(mapping, part, -1);
        if (part == Part.CONNECTION && permissions != null) {
            permissions.remove(mapping, remoteAddress);
        }
        final boolean isLast = table.isUnused(mapping);
        if (isLast) {
            tellEnd(mapping);
        }
        release(mapping, nowNs);
    }

    /** A dynamic mapping does not speak for its endpoint any more, also where the operator has given its port away. */
    private void tellEnd(final int mapping) {
        if (tellsOfMappings() && table.isDynamic(mapping)) {
            retellIfUntold(mapping);
            events.ended(table.protocol(mapping), table.insideAddress(mapping), table.insidePort(mapping),
                addresses.address(table.position(mapping)), table.publicPort(mapping), 0, 0);
        }
    }

    /** Ends a mapping if no one has a part in it. */
    public void release(final int mapping, final long nowNs) {
        if (table.isUnused(mapping)) {
            if (table.hasPoolPort(mapping)) {
                returnPort(table.position(mapping), table.protocol(mapping), table.publicPort(mapping), nowNs);
            }
            table.remove(mapping);
        }
    }

    private void returnPort(final int position, final int protocol, final int port, final long nowNs) {
        if (overlapping == null) {
            ports.giveBack(position, protocol, port, nowNs);
        } else {
            counts.freed(space(position, protocol));
        }
    }

    /** Returns the port that a connection had for its destination alone; before the connection gives up its part in the mapping. */
    public void giveBackPort(final int mapping, final int remoteAddress, final int remotePort, final long nowNs) {
        overlapping.giveBack(
            table.position(mapping), table.protocol(mapping), table.publicPort(mapping), remoteAddress, remotePort, nowNs);
    }

    /**
     * Lets a port cool down for a destination that came to it by itself and was answered; before the connection gives up its part in the
     * mapping.
     */
    public void coolDown(final int mapping, final int remoteAddress, final int remotePort, final long nowNs) {
        final boolean wasFree = overlapping.takeKnown(
            table.position(mapping), table.protocol(mapping), table.publicPort(mapping), remoteAddress, remotePort);
        if (wasFree) {
            giveBackPort(mapping, remoteAddress, remotePort, nowNs);
        }
    }

    private void giveBack(
        final int position, final int protocol, final int port, final int remoteAddress, final int remotePort, final long nowNs) {
        if (overlapping == null) {
            ports.giveBack(position, protocol, port, nowNs);
        } else {
            overlapping.giveBack(position, protocol, port, remoteAddress, remotePort, nowNs);
        }
    }

    /** Whether a mapping's host talks to an address (RFC 4787, section 5: address-dependent filtering). */
    public boolean talksTo(final int mapping, final int remoteAddress) {
        return permissions != null && permissions.contains(mapping, remoteAddress);
    }

    /**
     * Frees ports that have cooled down.
     *
     * @param limit most ports to free
     * @return the number freed
     */
    public int poll(final long nowNs, final int limit) {
        return overlapping == null ? ports.poll(nowNs, limit) : overlapping.poll(nowNs, limit);
    }

    /** The next time at which {@link #poll} has a port to free, or {@link Long#MAX_VALUE}. */
    public long nextNs() {
        return overlapping == null ? ports.nextNs() : overlapping.nextNs();
    }

    /** Public ports of a protocol in use, the forwards' not counted. */
    public int inUse(final int protocol) {
        return table.dynamic(protocol);
    }

    /** Tells observers how many ports are taken, as far as that has changed. */
    public void publishPortUse() {
        counts.publish();
    }

    private static int space(final int position, final int protocol) {
        return position * PublicAddresses.PROTOCOLS + protocol;
    }

    /** Ports that cool down. */
    public int cooling() {
        return overlapping == null ? ports.cooling() : overlapping.cooling();
    }
}
