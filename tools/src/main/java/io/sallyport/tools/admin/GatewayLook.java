package io.sallyport.tools.admin;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import io.sallyport.tools.screen.GatewayFacts;
import io.sallyport.tools.screen.Sample;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * All that is shown of a gateway, as it was at one moment.
 *
 * @param takenEpochMs   when, in ms since the epoch
 * @param startEpochMs   when the gateway started
 * @param heartbeatAgeMs how long ago its heart beat last
 * @param facts          what it says of itself, and how it is
 * @param earlier        its counters some time before
 * @param now            its counters
 * @param ports          use of its public ports, for each address TCP, UDP and ICMP
 * @param crowded        destinations that most ports of an address are in use for
 * @param latency        how long packets took through it
 */
record GatewayLook(long takenEpochMs, long startEpochMs, long heartbeatAgeMs, GatewayFacts facts, Sample earlier, Sample now,
    List<PortUse> ports, List<DestinationUse> crowded, LatencySnapshot latency) {

    /** Use of the ports of so many public addresses at most: the fullest ones, in the order of the pool. */
    List<PortUse> fullestPorts(final int mostAddresses) {
        return IntStream.range(0, ports.size() / PortUse.PROTOCOLS).boxed()
            .sorted(Comparator.comparingDouble(this::share).reversed())
            .limit(mostAddresses)
            .sorted()
            .flatMap(address -> portsOf(address).stream())
            .toList();
    }

    /** How full the fullest space of an address is, 0 to 1. */
    private double share(final int address) {
        return portsOf(address).stream().mapToDouble(use -> use.capacity() == 0 ? 0 : (double) use.taken() / use.capacity()).max().orElse(0);
    }

    private List<PortUse> portsOf(final int address) {
        return ports.subList(address * PortUse.PROTOCOLS, (address + 1) * PortUse.PROTOCOLS);
    }
}
