package io.sallyport.tools.screen;

import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.Fact;
import io.sallyport.counter.LatencySnapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A gateway on one screen of 80 columns and 24 lines. */
public final class StatusScreen {

    /** Lines that leave room for a prompt. */
    private static final int LINES = 23;
    private static final int MOST_REASONS = 3;
    private static final int MOST_ADDRESSES = 4;
    private static final List<String> PROTOCOLS = List.of("tcp", "udp", "icmp", "other");
    /** The first so many have public ports. */
    private static final int WITH_PORTS = 3;

    private final StringBuilder out = new StringBuilder();
    private final GatewayFacts gateway;
    private final Sample earlier;
    private final Sample now;

    private StatusScreen(final GatewayFacts gateway, final Sample earlier, final Sample now) {
        this.gateway = gateway;
        this.earlier = earlier;
        this.now = now;
    }

    /** The screen; rates are those between the two samples. */
    public static String text(final GatewayFacts gateway, final Sample earlier, final Sample now) {
        final StatusScreen screen = new StatusScreen(gateway, earlier, now);
        screen.header();
        screen.traffic();
        screen.latency();
        screen.connections();
        screen.ports();
        screen.drops();
        screen.own();
        return screen.out.toString();
    }

    /** The same, and every counter, for programs. */
    public static Map<String, Object> json(final GatewayFacts gateway, final Sample earlier, final Sample now) {
        final Map<String, Object> json = gateway.toJson();
        json.putAll(now.toJson());
        final Map<String, Object> rates = new LinkedHashMap<>();
        for (final Direction direction : Direction.values()) {
            rates.put(Json.camelCase(direction.packets.name()) + "PerSecond", now.perSecond(earlier, direction::packetsOf));
            rates.put(Json.camelCase(direction.bytes.name()) + "PerSecond", now.perSecond(earlier, direction::bytesOf));
        }
        rates.put("connectionAttemptsPerSecond", now.perSecond(earlier, StatusScreen::attempts));
        rates.put("droppedPacketsPerSecond", now.perSecond(earlier, Sample::dropped));
        rates.put("intervalSeconds", now.secondsSince(earlier));
        json.put("rates", rates);
        final Map<String, Object> accounting = new LinkedHashMap<>();
        accounting.put("packetsIn", now.packetsIn());
        accounting.put("forwarded", now.forwarded());
        accounting.put("dropped", now.dropped());
        accounting.put("consumed", now.get(Counter.CONSUMED));
        accounting.put("held", now.get(Counter.HELD));
        accounting.put("underWay", now.underWay());
        json.put("accounting", accounting);
        json.put("translationLatencySeconds", PortsAndLatency.json(now.latency(), now.latency().since(earlier.latency())));
        json.put("portUse", now.portUse().stream().map(PortsAndLatency::json).toList());
        json.put("crowdedDestinations", now.crowdedDestinations().stream().map(PortsAndLatency::json).toList());
        return json;
    }

    private void header() {
        line("sallyport %s: %s, up %s, process %d, version %s", gateway.get(Fact.NAME),
            gateway.hanging() ? "HANGING" : gateway.state().name().toLowerCase(Locale.ROOT), Figures.duration(gateway.uptimeSeconds()),
            gateway.pid(), gateway.get(Fact.VERSION));
        line("inside %s %s, outside %s %s", gateway.get(Fact.INSIDE_INTERFACE), gateway.get(Fact.INSIDE_ADDRESS),
            gateway.get(Fact.OUTSIDE_INTERFACE), gateway.get(Fact.OUTSIDE_ADDRESS));
        line("backend %s, threading %s, workers %s%s", gateway.get(Fact.BACKEND), gateway.get(Fact.THREADING), gateway.get(Fact.WORKERS),
            gateway.errorCount() == 0 ? "" : ", errors logged " + gateway.errorCount());
    }

    private void traffic() {
        line("%-22s %12s %14s %15s %13s", "", "packets/s", "bit/s", "packets", "bytes");
        for (final Direction direction : Direction.values()) {
            line("%-22s %12s %14s %15s %13s", direction.title,
                Figures.scaled(now.perSecond(earlier, direction::packetsOf)),
                Figures.scaled(8 * now.perSecond(earlier, direction::bytesOf)),
                Figures.count(direction.packetsOf(now)),
                Figures.scaled(direction.bytesOf(now)));
        }
    }

    private void latency() {
        final LatencySnapshot recent = now.latency().since(earlier.latency());
        final LatencySnapshot shown = recent.count() == 0 ? now.latency() : recent;
        if (shown.count() == 0) {
            line("latency: no packet yet");
        } else {
            line("latency p50 %s, p99 %s, p99.9 %s (%s)", Figures.shortTime(shown.percentileNs(50)),
                Figures.shortTime(shown.percentileNs(99)), Figures.shortTime(shown.percentileNs(99.9)),
                recent.count() == 0 ? "since the start" : "since the start p99.9 " + Figures.shortTime(now.latency().percentileNs(99.9)));
        }
    }

    private void connections() {
        final long portsCapacity = gateway.number(Fact.PORTS_CAPACITY);
        line("");
        line("%-6s %11s %11s %13s %13s %13s %7s", "", "connections", "attempts/s", "established", "idle ended", "ports used", "");
        for (int i = 0; i < PROTOCOLS.size(); i++) {
            final int protocol = i;
            if (i >= WITH_PORTS && now.get(Counter.CONNECTION_ATTEMPTS_TCP.plus(i)) == 0) {
                continue;
            }
            final long ports = i < WITH_PORTS ? now.get(Counter.PORTS_IN_USE_TCP.plus(i)) : 0;
            line("%-6s %11s %11s %13s %13s %13s %7s", PROTOCOLS.get(i),
                Figures.count(now.get(Counter.ACTIVE_CONNECTIONS_TCP.plus(i))),
                Figures.scaled(now.perSecond(earlier, sample -> sample.get(Counter.CONNECTION_ATTEMPTS_TCP.plus(protocol)))),
                Figures.count(now.get(Counter.CONNECTIONS_ESTABLISHED_TCP.plus(i))),
                Figures.count(now.get(Counter.IDLE_TIMEOUTS_TCP.plus(i))),
                i < WITH_PORTS ? Figures.count(ports) : "", i < WITH_PORTS ? Figures.percent(ports, portsCapacity) : "");
        }
        final long active = active(now);
        final long capacity = gateway.number(Fact.CONNECTIONS_CAPACITY);
        line("table %s of %s connections (%s), %s ports each, %s cooling, %s refused",
            Figures.count(active), Figures.count(capacity), Figures.percent(active, capacity), Figures.count(portsCapacity),
            Figures.count(now.get(Counter.PORTS_COOLING)), Figures.count(now.get(Counter.PORT_ALLOCATION_ERRORS)));
    }

    /** The fullest public addresses, and the destinations that most ports of one are in use for. */
    private void ports() {
        final int reasons = now.dropsByCount().size();
        final int room = roomForRows() - Math.min(MOST_REASONS, reasons) - (reasons > MOST_REASONS ? 1 : 0);
        PortsAndLatency.lines(now.portUse(), now.crowdedDestinations()).stream().limit(Math.clamp(room, 1, MOST_ADDRESSES))
            .forEach(text -> line("%s", text));
    }

    /** Lines that are left for public addresses and reasons, when the others are printed. */
    private int roomForRows() {
        return LINES - (int) out.chars().filter(c -> c == '\n').count() - 3;
    }

    private void drops() {
        final long ring = now.get(Counter.RECEIVE_RING_DROPS_INSIDE) + now.get(Counter.RECEIVE_RING_DROPS_OUTSIDE);
        line("dropped %s (%s/s)%s", Figures.count(now.dropped()), Figures.scaled(now.perSecond(earlier, Sample::dropped)),
            ring == 0 ? "" : "; lost before the gateway saw them " + Figures.count(ring));
        final Map<DropReason, Long> drops = now.dropsByCount();
        final int room = roomForRows() + 1;
        final int named = drops.size() <= Math.min(MOST_REASONS, room) ? drops.size() : Math.clamp(room - 1, 0, MOST_REASONS);
        drops.entrySet().stream().limit(named).forEach(drop -> {
            final String text = "  %-20s %12s  %s".formatted(
                drop.getKey().label(), Figures.count(drop.getValue()), drop.getKey().explanation());
            line("%s", text.substring(0, Math.min(text.length(), 80)));
        });
        final long others = drops.values().stream().skip(named).mapToLong(Long::longValue).sum();
        if (others != 0) {
            line("  %-20s %12s  (see sallyport counters)", "other reasons", Figures.count(others));
        }
    }

    private void own() {
        line("own: arp %s, ping %s, icmp errors %s (withheld %s), resets %s, pieces %s, lost %s",
            Figures.scaled(now.get(Counter.ORIGINATED_ARP)), Figures.scaled(now.get(Counter.ORIGINATED_ECHO_REPLIES)),
            Figures.scaled(now.get(Counter.ORIGINATED_ICMP_ERRORS)), Figures.scaled(now.get(Counter.ICMP_ERRORS_WITHHELD)),
            Figures.scaled(now.get(Counter.ORIGINATED_RESETS)), Figures.scaled(now.get(Counter.ORIGINATED_FRAGMENTS)),
            Figures.scaled(now.get(Counter.ORIGINATED_LOST)));
        line("in %s = forwarded %s + dropped %s + consumed %s + held %s%s", Figures.count(now.packetsIn()),
            Figures.count(now.forwarded()), Figures.count(now.dropped()), Figures.count(now.get(Counter.CONSUMED)),
            Figures.count(now.get(Counter.HELD)), now.underWay() == 0 ? "" : " + under way " + Figures.count(now.underWay()));
    }

    private void line(final String format, final Object... values) {
        out.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }

    private static long active(final Sample sample) {
        long sum = 0;
        for (int protocol = 0; protocol < PROTOCOLS.size(); protocol++) {
            sum += sample.get(Counter.ACTIVE_CONNECTIONS_TCP.plus(protocol));
        }
        return sum;
    }

    private static long attempts(final Sample sample) {
        long sum = 0;
        for (int protocol = 0; protocol < PROTOCOLS.size(); protocol++) {
            sum += sample.get(Counter.CONNECTION_ATTEMPTS_TCP.plus(protocol));
        }
        return sum;
    }

    /** The four ways of packets. */
    private enum Direction {
        FROM_INSIDE("from inside hosts", Counter.PACKETS_IN_FROM_SOURCE, Counter.BYTES_IN_FROM_SOURCE),
        TO_OUTSIDE("  forwarded outside", Counter.PACKETS_OUT_TO_DESTINATION, Counter.BYTES_OUT_TO_DESTINATION),
        FROM_OUTSIDE("from outside", Counter.PACKETS_IN_FROM_DESTINATION, Counter.BYTES_IN_FROM_DESTINATION),
        TO_INSIDE("  forwarded inside", Counter.PACKETS_OUT_TO_SOURCE, Counter.BYTES_OUT_TO_SOURCE);

        private final String title;
        private final Counter packets;
        private final Counter bytes;

        Direction(final String title, final Counter packets, final Counter bytes) {
            this.title = title;
            this.packets = packets;
            this.bytes = bytes;
        }

        private long packetsOf(final Sample sample) {
            return sample.get(packets);
        }

        private long bytesOf(final Sample sample) {
            return sample.get(bytes);
        }
    }
}
