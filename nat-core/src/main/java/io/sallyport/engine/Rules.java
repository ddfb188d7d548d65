package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.event.Telling;
import io.sallyport.flow.RecordTable;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.translate.Connections;
import io.sallyport.translate.Openings;
import io.sallyport.translate.SegmentSizeClamp;
import io.sallyport.wire.AddressSet;
import java.util.List;

/**
 * All that the stages go by and that can change while they run. What changes is a new object, made by the control thread; a burst carries
 * the one that it arrived under through all stages, so that no packet sees half of a change.
 *
 * <p>Immutable, but for the owners of public ports and for the {@linkplain Room room}, which is a worker's as soon as it has adopted the
 * rules.
 *
 * @param number          counts from 0
 * @param config          the configuration in force, with the interfaces' MAC addresses and MTUs filled in
 * @param isDraining      whether the operator wants no connections opened
 * @param publicAddresses the public addresses, and those that are leaving
 * @param openings        what the operator has opened
 * @param sharding        which worker owns a packet
 * @param strays          connections that are an exception to it
 * @param policy          what the slow path asks the configuration
 * @param terms           what the life of connections follows
 * @param clamp           lowers the segment size of SYNs
 * @param rooms           memory for each worker; empty in the first rules, whose workers have theirs
 * @param ownAddresses    what is answered by ARP on the outside
 * @param newAddresses    those of them that are new, and announced; empty in the first rules, where all are
 */
public record Rules(
    int number,
    GatewayConfig config,
    boolean isDraining,
    PublicAddresses publicAddresses,
    Openings openings,
    Sharding sharding,
    Strays strays,
    SlowPath.Policy policy,
    Connections.Terms terms,
    SegmentSizeClamp clamp,
    List<Room> rooms,
    AddressSet ownAddresses,
    AddressSet newAddresses) {

    /**
     * Memory that a worker needs to go by the rules.
     *
     * @param ports   for its ports
     * @param hosts   for its quotas, if they are the first; else null
     * @param telling what it tells the event log, if that is something else; else null
     */
    record Room(Mappings.Room ports, RecordTable hosts, Telling telling) {
    }
}
