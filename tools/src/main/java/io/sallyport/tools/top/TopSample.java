package io.sallyport.tools.top;

import io.sallyport.tools.screen.GatewayFacts;
import io.sallyport.tools.screen.Sample;

/**
 * What a running gateway says of itself at one moment.
 *
 * @param counters     what it counts
 * @param gateway      what it is and how it is
 * @param startEpochMs when it started, in ms since the epoch: tells it from the one before
 */
record TopSample(Sample counters, GatewayFacts gateway, long startEpochMs) {

    /** Whether both are of one gateway, so that what it counted between them is the difference. */
    boolean isSameGateway(final TopSample other) {
        return gateway.pid() == other.gateway.pid() && startEpochMs == other.startEpochMs;
    }
}
