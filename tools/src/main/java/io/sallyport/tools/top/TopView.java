package io.sallyport.tools.top;

import io.sallyport.counter.LatencySnapshot;
import java.util.Optional;

/**
 * What the screen shows.
 *
 * @param earlier the sample before {@code now}, of the same gateway; the same one when there is none
 * @param now     the latest sample
 * @param table   the latest look at the connections
 * @param trouble why there is none of this moment: the gateway has stopped, say
 */
record TopView(TopSample earlier, TopSample now, TableLook table, Optional<String> trouble) {

    /** Latencies between the two samples; of all time when there is one only. */
    LatencySnapshot latency() {
        return now == earlier ? now.counters().latency() : now.counters().latency().since(earlier.counters().latency());
    }
}
