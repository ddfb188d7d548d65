package io.sallyport.tools.top;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import io.sallyport.tools.screen.GatewayFacts;
import io.sallyport.tools.screen.Sample;
import java.util.List;

/**
 * What a running gateway says of itself at one moment.
 *
 * @param counters     its counters
 * @param gateway      what it is and how it is
 * @param startEpochMs when it started, in ms since the epoch: tells it from the one before
 * @param latency      latencies since then
 * @param ports        ports of each public address and protocol
 * @param crowded      destinations that most ports of a public address are in use for
 */
record TopSample(Sample counters, GatewayFacts gateway, long startEpochMs, LatencySnapshot latency, List<PortUse> ports,
    List<DestinationUse> crowded) {

    /** Whether both are of one gateway, so that what it counted between them is the difference. */
    boolean isSameGateway(final TopSample other) {
        return gateway.pid() == other.gateway.pid() && startEpochMs == other.startEpochMs;
    }
}
