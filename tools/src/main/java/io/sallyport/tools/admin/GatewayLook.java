package io.sallyport.tools.admin;

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
 * @param earlier        what it had counted some time before
 * @param now            what it has counted
 */
record GatewayLook(long takenEpochMs, long startEpochMs, long heartbeatAgeMs, GatewayFacts facts, Sample earlier, Sample now) {

    /** Use of the ports of so many public addresses at most: the fullest ones, in the order of the pool. */
    static List<PortUse> fullest(final List<PortUse> ports, final int mostAddresses) {
        return IntStream.range(0, ports.size() / PortUse.PROTOCOLS).boxed()
            .sorted(Comparator.<Integer>comparingDouble(address -> share(ports, address)).reversed())
            .limit(mostAddresses)
            .sorted()
            .flatMap(address -> ofAddress(ports, address).stream())
            .toList();
    }

    /** How full the fullest space of an address is, 0 to 1. */
    private static double share(final List<PortUse> ports, final int address) {
        return ofAddress(ports, address).stream()
            .mapToDouble(use -> use.capacity() == 0 ? 0 : (double) use.taken() / use.capacity()).max().orElse(0);
    }

    private static List<PortUse> ofAddress(final List<PortUse> ports, final int address) {
        return ports.subList(address * PortUse.PROTOCOLS, (address + 1) * PortUse.PROTOCOLS);
    }
}
