package io.sallyport.tools.top;

import io.sallyport.counter.PortUse;
import io.sallyport.tools.screen.PortUseScan.Destination;
import io.sallyport.tools.screen.StatusScreen;
import io.sallyport.wire.Ipv4Address;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the screen shows, for programs. */
final class TopJson {

    private static final int MOST = 20;

    private TopJson() {
    }

    /** An object: the words of {@code status}, whether the gateway runs, and the lists. */
    static Map<String, Object> of(final TopView view, final HostOrder order) {
        final TopSample now = view.now();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("running", view.trouble().isEmpty());
        json.putAll(StatusScreen.json(now.gateway(), view.earlier().counters(), now.counters()));
        json.put("insideHosts", view.table().hosts(order, MOST).stream().map(TopJson::host).toList());
        json.put("destinations",
            view.table().destinations(now.counters().crowdedDestinations(), MOST).stream().map(TopJson::destination).toList());
        return json;
    }

    private static Map<String, Object> host(final HostUse use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("address", Ipv4Address.format(use.address()));
        json.put("connections", use.connections());
        json.put("ports", use.ports());
        json.put("growthPerSecond", use.growthPerSecond());
        return json;
    }

    private static Map<String, Object> destination(final Destination use) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("protocol", PortUse.protocolName(use.protocol()));
        json.put("address", Ipv4Address.format(use.remoteAddress()));
        if (use.remotePort() != 0) {
            json.put("port", use.remotePort());
        }
        json.put("ports", use.ports());
        json.put("share", use.share());
        return json;
    }
}
