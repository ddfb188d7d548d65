package io.sallyport.tools.admin;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import io.sallyport.tools.screen.StatusScreen;
import io.sallyport.wire.Ipv4Address;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * {@code /api/status}: what {@code sallyport status --json} prints, and what plots need besides: when it was so, the ports of each public
 * address, and the latencies as a histogram, so that a reader can tell percentiles between two of its own looks.
 */
final class StatusDocument {

    /** Most public addresses whose ports are listed, the fullest; {@code publicAddresses} says how many there are. */
    static final int MOST_ADDRESSES = 256;

    private static final int FIRST_DECADE_NS = 1_000;
    private static final int DECADES = 6;
    /** Preferred numbers (IEC 60063, E12), ten times as large: steps of a fifth. */
    private static final int[] STEPS = {10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82};
    /** Bounds of the histogram: from 1 µs to 0.82 s, in ns. */
    private static final long[] BOUNDS_NS = IntStream.range(0, DECADES * STEPS.length)
        .mapToLong(i -> STEPS[i % STEPS.length] * Math.round(FIRST_DECADE_NS / 10 * Math.pow(10, i / STEPS.length))).toArray();
    private static final List<Double> BOUNDS_SECONDS = Arrays.stream(BOUNDS_NS).mapToObj(StatusDocument::seconds).toList();

    private StatusDocument() {
    }

    /** The document. */
    static Map<String, Object> of(final GatewayLook look) {
        final Map<String, Object> json = StatusScreen.json(look.facts(), look.earlier(), look.now());
        json.put("startEpochMs", look.startEpochMs());
        json.put("sampleEpochMs", look.takenEpochMs());
        json.put("portUse", look.fullestPorts(MOST_ADDRESSES).stream().map(StatusDocument::portUse).toList());
        json.put("crowdedDestinations", look.crowded().stream().map(StatusDocument::crowded).toList());
        json.put("translationLatencySeconds", latency(look.latency()));
        return json;
    }

    private static Map<String, Object> portUse(final PortUse use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("publicAddress", Ipv4Address.format(use.publicAddress()));
        json.put("protocol", use.protocolName());
        json.put("inUse", use.inUse());
        json.put("cooling", use.cooling());
        json.put("capacity", use.capacity());
        return json;
    }

    private static Map<String, Object> crowded(final DestinationUse use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("publicAddress", Ipv4Address.format(use.publicAddress()));
        json.put("protocol", PortUse.protocolName(use.protocol()));
        json.put("remoteAddress", Ipv4Address.format(use.remoteAddress()));
        json.put("remotePort", use.remotePort());
        json.put("inUse", use.inUse());
        json.put("capacity", use.capacity());
        return json;
    }

    private static Map<String, Object> latency(final LatencySnapshot latency) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", latency.count());
        json.put("sum", seconds(latency.sumNs()));
        json.put("p50", seconds(latency.percentileNs(50)));
        json.put("p90", seconds(latency.percentileNs(90)));
        json.put("p99", seconds(latency.percentileNs(99)));
        json.put("p999", seconds(latency.percentileNs(99.9)));
        json.put("atMost", BOUNDS_SECONDS);
        json.put("counts", Arrays.stream(BOUNDS_NS).map(latency::countAtMost).boxed().toList());
        return json;
    }

    private static double seconds(final long ns) {
        return ns / 1e9;
    }
}
