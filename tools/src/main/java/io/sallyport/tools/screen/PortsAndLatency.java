package io.sallyport.tools.screen;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import io.sallyport.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Words for the use of public ports, and for latencies. */
public final class PortsAndLatency {

    private static final double NS_PER_SECOND = 1e9;

    private PortsAndLatency() {
    }

    /** Lines of a screen: the crowded destinations, the fullest first, then the public addresses, likewise. */
    static List<String> lines(final List<PortUse> ports, final List<DestinationUse> crowded) {
        final List<String> lines = new ArrayList<>();
        crowded.stream().sorted(Comparator.comparingDouble(PortsAndLatency::share).reversed())
            .forEach(destination -> lines.add(destination(destination) + " " + PortUse.protocolName(destination.protocol()) + ": "
                + Figures.percent(destination.inUse(), destination.capacity()) + " of the ports of "
                + Ipv4Address.format(destination.publicAddress())));
        final Map<Integer, List<PortUse>> byAddress = ports.stream().collect(
            Collectors.groupingBy(PortUse::publicAddress, LinkedHashMap::new, Collectors.toList()));
        byAddress.values().stream().sorted(Comparator.comparingDouble(PortsAndLatency::fullest).reversed())
            .forEach(address -> lines.add("ports of " + Ipv4Address.format(address.getFirst().publicAddress()) + " taken: "
                + address.stream().map(use -> use.protocolName() + " " + Figures.percent(use.taken(), use.capacity()))
                    .collect(Collectors.joining(", "))));
        return lines;
    }

    /** The use of a public address for programs. */
    public static Map<String, Object> json(final PortUse use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("publicAddress", Ipv4Address.format(use.publicAddress()));
        json.put("protocol", use.protocolName());
        json.put("inUse", use.inUse());
        json.put("cooling", use.cooling());
        json.put("capacity", use.capacity());
        return json;
    }

    /** A crowded destination for programs. */
    public static Map<String, Object> json(final DestinationUse use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("publicAddress", Ipv4Address.format(use.publicAddress()));
        json.put("protocol", PortUse.protocolName(use.protocol()));
        json.put("destination", destination(use));
        json.put("inUse", use.inUse());
        json.put("capacity", use.capacity());
        return json;
    }

    /** Latencies since the start, and those of late, for programs; in seconds. */
    static Map<String, Object> json(final LatencySnapshot all, final LatencySnapshot recent) {
        final Map<String, Object> json = json(all);
        json.put("recent", json(recent));
        return json;
    }

    /** Number, sum and percentiles of latencies for programs; in seconds. */
    public static Map<String, Object> json(final LatencySnapshot latency) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", latency.count());
        json.put("sum", latency.sumNs() / NS_PER_SECOND);
        json.put("p50", latency.percentileNs(50) / NS_PER_SECOND);
        json.put("p99", latency.percentileNs(99) / NS_PER_SECOND);
        json.put("p999", latency.percentileNs(99.9) / NS_PER_SECOND);
        return json;
    }

    private static String destination(final DestinationUse use) {
        return Ipv4Address.format(use.remoteAddress()) + (use.remotePort() == 0 ? "" : ":" + use.remotePort());
    }

    private static double share(final DestinationUse use) {
        return use.capacity() == 0 ? 0 : (double) use.inUse() / use.capacity();
    }

    private static double fullest(final List<PortUse> address) {
        return address.stream().mapToDouble(use -> use.capacity() == 0 ? 0 : (double) use.taken() / use.capacity()).max().orElse(0);
    }
}
