package io.sallyport.tools.screen;

import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.Fact;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A gateway on one screen of 80 columns and 24 lines. */
public final class StatusScreen {

    private static final int MOST_REASONS = 3;
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
        screen.connections();
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

    private void drops() {
        line("");
        final long ring = now.get(Counter.RECEIVE_RING_DROPS_INSIDE) + now.get(Counter.RECEIVE_RING_DROPS_OUTSIDE);
        line("dropped %s (%s/s)%s", Figures.count(now.dropped()), Figures.scaled(now.perSecond(earlier, Sample::dropped)),
            ring == 0 ? "" : "; lost before the gateway saw them " + Figures.count(ring));
        final Map<DropReason, Long> drops = now.dropsByCount();
        drops.entrySet().stream().limit(MOST_REASONS).forEach(drop -> {
            final String text = "  %-20s %12s  %s".formatted(
                drop.getKey().label(), Figures.count(drop.getValue()), drop.getKey().explanation());
            line("%s", text.substring(0, Math.min(text.length(), 80)));
        });
        final long others = drops.values().stream().skip(MOST_REASONS).mapToLong(Long::longValue).sum();
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
