package io.sallyport.tools.top;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import io.sallyport.tools.screen.StatusScreen;
import io.sallyport.wire.Ipv4Address;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What the screen shows, for programs. */
final class TopJson {

    private static final int MOST = 20;
    private static final double NANOSECONDS = 1e9;

    private TopJson() {
    }

    /** An object: the words of {@code status}, and the lists. */
    static Map<String, Object> of(final TopView view, final HostOrder order) {
        final TopSample now = view.now();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("running", view.trouble().isEmpty());
        json.putAll(StatusScreen.json(now.gateway(), view.earlier().counters(), now.counters()));
        json.put("translationLatencySeconds", latency(view.latency()));
        json.put("publicAddresses", IntStream.range(0, now.ports().size() / PortUse.PROTOCOLS)
            .mapToObj(position -> address(now.ports().subList(position * PortUse.PROTOCOLS, (position + 1) * PortUse.PROTOCOLS))).toList());
        json.put("insideHosts", view.table().hosts(order, MOST).stream().map(TopJson::host).toList());
        json.put("destinations", view.table().destinations(now.crowded(), MOST).stream().map(TopJson::destination).toList());
        return json;
    }

    private static Map<String, Object> latency(final LatencySnapshot latency) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("packets", latency.count());
        json.put("p50", latency.percentileNs(50) / NANOSECONDS);
        json.put("p90", latency.percentileNs(90) / NANOSECONDS);
        json.put("p99", latency.percentileNs(99) / NANOSECONDS);
        json.put("p999", latency.percentileNs(99.9) / NANOSECONDS);
        json.put("worst", latency.percentileNs(100) / NANOSECONDS);
        return json;
    }

    private static Map<String, Object> address(final List<PortUse> protocols) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("address", Ipv4Address.format(protocols.getFirst().publicAddress()));
        protocols.forEach(use -> {
            final Map<String, Object> ports = new LinkedHashMap<>();
            ports.put("inUse", use.inUse());
            ports.put("cooling", use.cooling());
            ports.put("capacity", use.capacity());
            json.put(use.protocolName(), ports);
        });
        return json;
    }

    private static Map<String, Object> host(final HostUse use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("address", Ipv4Address.format(use.address()));
        json.put("connections", use.connections());
        json.put("active", use.active());
        json.put("changePerSecond", use.changePerSecond());
        return json;
    }

    private static Map<String, Object> destination(final DestinationUse use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("protocol", PortUse.protocolName(use.protocol()));
        json.put("address", Ipv4Address.format(use.remoteAddress()));
        if (use.remotePort() != 0) {
            json.put("port", use.remotePort());
        }
        json.put("publicAddress", Ipv4Address.format(use.publicAddress()));
        json.put("portsInUse", use.inUse());
        json.put("portsCapacity", use.capacity());
        return json;
    }
}
