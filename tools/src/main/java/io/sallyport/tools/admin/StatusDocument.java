package io.sallyport.tools.admin;

import io.sallyport.counter.LatencySnapshot;
import io.sallyport.tools.screen.PortsAndLatency;
import io.sallyport.tools.screen.StatusScreen;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * {@code /api/status}: what {@code sallyport status --json} prints and, besides, when it was so, and the latencies as a histogram, from
 * which a reader can tell percentiles between any two of its own looks.
 */
final class StatusDocument {

    /** Most public addresses whose ports are listed, the fullest; {@code publicAddresses} says how many there are. */
    static final int MOST_ADDRESSES = 256;

    private static final double NS_PER_SECOND = 1e9;
    private static final int DECADES = 6;
    /** Preferred numbers (IEC 60063, E12): steps of a fifth. */
    private static final int[] STEPS = {10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82};
    /** Bounds of the histogram, in ns: from 1 µs to 0.82 s. */
    private static final long[] BOUNDS_NS = IntStream.range(0, DECADES)
        .mapToObj(decade -> Arrays.stream(STEPS).mapToLong(step -> step * Math.round(100 * Math.pow(10, decade))))
        .flatMapToLong(bounds -> bounds).toArray();
    private static final List<Double> BOUNDS_SECONDS = Arrays.stream(BOUNDS_NS).mapToObj(bound -> bound / NS_PER_SECOND).toList();

    private StatusDocument() {
    }

    /** The document. */
    static Map<String, Object> of(final GatewayLook look) {
        final Map<String, Object> json = StatusScreen.json(look.facts(), look.earlier(), look.now());
        json.put("portUse", GatewayLook.fullest(look.now().portUse(), MOST_ADDRESSES).stream().map(PortsAndLatency::json).toList());
        json.put("translationLatencyHistogram", histogram(look.now().latency()));
        json.put("startEpochMs", look.startEpochMs());
        json.put("sampleEpochMs", look.takenEpochMs());
        return json;
    }

    /** How many packets took at most so long, in seconds, since the start. */
    private static Map<String, Object> histogram(final LatencySnapshot latency) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("atMost", BOUNDS_SECONDS);
        json.put("counts", Arrays.stream(BOUNDS_NS).map(latency::countAtMost).boxed().toList());
        return json;
    }
}
