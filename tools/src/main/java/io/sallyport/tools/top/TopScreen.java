package io.sallyport.tools.top;

import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.Fact;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import io.sallyport.tools.screen.Figures;
import io.sallyport.tools.screen.PortUseScan.Destination;
import io.sallyport.tools.screen.Sample;
import io.sallyport.tools.top.Line.Style;
import io.sallyport.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The screen that is left open, for a terminal of any size; 80 columns and 24 lines are enough for all of it. */
final class TopScreen {

    /** From this share of a public address's ports on, whoever looks should do something. */
    private static final double ALARM_SHARE = 0.8;

    private static final int LEAST_REASONS = 3;
    private static final int LEAST_ADDRESSES = 2;
    /** Lines that are always there: header, traffic, connections, latency, three headlines, two blanks. */
    private static final int FIXED_LINES = 11;
    private static final int LEAST_ROWS = 23;
    private static final int BAR_CELLS = 10;
    private static final int MARK_CELL = 8;
    private static final List<String> PROTOCOLS = List.of("tcp", "udp", "icmp", "other");

    private final TopView view;
    private final HostOrder order;
    private final int rows;
    private final int columns;
    private final Sample now;
    private final Sample earlier;
    private final List<Line> lines = new ArrayList<>();

    private TopScreen(final TopView view, final HostOrder order, final int rows, final int columns) {
        this.view = view;
        this.order = order;
        this.rows = rows;
        this.columns = columns;
        now = view.now().counters();
        earlier = view.earlier().counters();
    }

    /** The lines, none longer than {@code columns}, at most {@code rows}. */
    static List<Line> lines(final TopView view, final HostOrder order, final int rows, final int columns) {
        final TopScreen screen = new TopScreen(view, order, rows, columns);
        screen.header();
        screen.traffic();
        screen.connections();
        screen.latency();
        screen.lists();
        return screen.lines.stream().limit(rows).map(line -> line.cut(columns)).toList();
    }

    private void header() {
        final String state = view.trouble().orElseGet(() -> "%s, up %s, version %s%s".formatted(
            view.now().gateway().hanging() ? "HANGING" : view.now().gateway().state().name().toLowerCase(Locale.ROOT),
            Figures.duration(view.now().gateway().uptimeSeconds()), view.now().gateway().get(Fact.VERSION),
            view.now().gateway().errorCount() == 0 ? "" : ", errors logged " + view.now().gateway().errorCount()));
        lines.add(new Line("sallyport " + view.now().gateway().get(Fact.NAME) + ": " + state,
            view.trouble().isPresent() || view.now().gateway().hanging() ? Style.ALARM : Style.HEAD));
    }

    private void traffic() {
        head("%-20s %12s %12s %20s %12s", "", "packets/s", "bit/s", "forwarded packets/s", "bit/s");
        plain("%-20s %12s %12s %20s %12s", "from inside " + view.now().gateway().get(Fact.INSIDE_INTERFACE),
            rate(Counter.PACKETS_IN_FROM_SOURCE, 1), rate(Counter.BYTES_IN_FROM_SOURCE, 8),
            rate(Counter.PACKETS_OUT_TO_DESTINATION, 1), rate(Counter.BYTES_OUT_TO_DESTINATION, 8));
        plain("%-20s %12s %12s %20s %12s", "from outside " + view.now().gateway().get(Fact.OUTSIDE_INTERFACE),
            rate(Counter.PACKETS_IN_FROM_DESTINATION, 1), rate(Counter.BYTES_IN_FROM_DESTINATION, 8),
            rate(Counter.PACKETS_OUT_TO_SOURCE, 1), rate(Counter.BYTES_OUT_TO_SOURCE, 8));
    }

    private void connections() {
        final StringBuilder byProtocol = new StringBuilder();
        long active = 0;
        double attempts = 0;
        for (int i = 0; i < PROTOCOLS.size(); i++) {
            final Counter counter = Counter.CONNECTION_ATTEMPTS_TCP.plus(i);
            final long live = now.get(Counter.ACTIVE_CONNECTIONS_TCP.plus(i));
            active += live;
            attempts += now.perSecond(earlier, sample -> sample.get(counter));
            byProtocol.append(i == 0 ? "" : "  ").append(PROTOCOLS.get(i)).append(' ').append(Figures.scaled(live));
        }
        final long capacity = view.now().gateway().number(Fact.CONNECTIONS_CAPACITY);
        lines.add(new Line("connections %s of %s, new %s/s:  %s".formatted(
            Figures.scaled(active), Figures.scaled(capacity), Figures.scaled(attempts), byProtocol),
            active >= ALARM_SHARE * capacity && capacity > 0 ? Style.ALARM : Style.PLAIN));
    }

    private void latency() {
        final LatencySnapshot latency = view.latency();
        plain(latency.count() == 0 ? "latency  no packets" : "latency  p50 %s  p90 %s  p99 %s  p99.9 %s  worst %s",
            percentile(latency, 50), percentile(latency, 90), percentile(latency, 99), percentile(latency, 99.9), percentile(latency, 100));
    }

    private static String percentile(final LatencySnapshot latency, final double percent) {
        return Figures.shortTime(latency.percentileNs(percent));
    }

    /** What has as many lines as there is room for; each list gets its least first, and then a share of what is left. */
    private void lists() {
        final Map<DropReason, Long> drops = now.dropsByCount();
        final List<PortUse> ports = now.portUse();
        final int spare = Math.max(0, rows - LEAST_ROWS);
        final int reasons = Math.max(1, Math.min(drops.size(), LEAST_REASONS + spare / 4));
        final int addresses = Math.min(ports.size() / PortUse.PROTOCOLS, LEAST_ADDRESSES + spare / 4);
        drops(drops, reasons);
        ports(addresses);
        tables(Math.max(1, rows - FIXED_LINES - reasons - addresses));
    }

    private void drops(final Map<DropReason, Long> drops, final int most) {
        plain("");
        head("%-20s %9s %8s  %s", "dropped " + Figures.scaled(now.perSecond(earlier, Sample::dropped)) + "/s", "packets/s", "packets",
            "because");
        drops.entrySet().stream()
            .sorted(Comparator.comparingDouble((Map.Entry<DropReason, Long> drop) -> rate(drop.getKey())).reversed())
            .limit(most)
            .forEach(drop -> plain("%-20s %9s %8s  %s", drop.getKey().label(), Figures.scaled(rate(drop.getKey())),
                Figures.scaled(drop.getValue()), drop.getKey().explanation()));
        if (drops.isEmpty()) {
            plain("nothing");
        }
    }

    private void ports(final int most) {
        head("%-15s %s", "public address", "ports taken: tcp, udp, icmp identifiers (| is 80 %)");
        final List<PortUse> ports = now.portUse();
        final List<Integer> fullest = new ArrayList<>();
        for (int first = 0; first + PortUse.PROTOCOLS <= ports.size(); first += PortUse.PROTOCOLS) {
            fullest.add(first);
        }
        fullest.sort(Comparator.comparingDouble((Integer first) -> share(ports, first)).reversed());
        for (final int first : fullest.subList(0, Math.min(most, fullest.size()))) {
            final StringBuilder text = new StringBuilder("%-15s".formatted(Ipv4Address.format(ports.get(first).publicAddress())));
            for (int protocol = 0; protocol < PortUse.PROTOCOLS; protocol++) {
                final PortUse use = ports.get(first + protocol);
                final long percent = Math.round(100 * share(use));
                text.append(" %s %s %3d%%".formatted(use.protocolName(), bar(percent), percent));
            }
            lines.add(new Line(text.toString(), share(ports, first) >= ALARM_SHARE ? Style.ALARM : Style.PLAIN));
        }
    }

    /** Inside hosts on the left, destinations on the right. */
    private void tables(final int most) {
        final List<HostUse> hosts = view.table().hosts(order, most);
        final List<Destination> destinations = view.table().destinations(now.crowdedDestinations(), most);
        plain("");
        head("%-15s %7s %7s %6s   %-26s %6s %5s", "inside host", mark(HostOrder.CONNECTIONS, "conns"),
            mark(HostOrder.PORTS, "ports"), mark(HostOrder.GROWTH, "+-/s"), "destination", "ports", "taken");
        for (int i = 0; i < Math.max(hosts.size(), destinations.size()); i++) {
            final String host = i < hosts.size() ? host(hosts.get(i)) : " ".repeat(38);
            final boolean isAlarm = i < destinations.size() && destinations.get(i).share() >= ALARM_SHARE;
            lines.add(new Line((host + (i < destinations.size() ? "   " + destination(destinations.get(i)) : "")).stripTrailing(),
                isAlarm ? Style.ALARM : Style.PLAIN));
        }
    }

    private String mark(final HostOrder column, final String title) {
        return column == order ? "*" + title : title;
    }

    private static String host(final HostUse use) {
        return "%-15s %7s %7s %6s".formatted(Ipv4Address.format(use.address()), Figures.scaled(use.connections()),
            Figures.scaled(use.ports()), Math.round(use.growthPerSecond()) == 0 ? "" : signed(use.growthPerSecond()));
    }

    private static String signed(final double change) {
        return (change > 0 ? "+" : "-") + Figures.scaled(Math.abs(Math.round(change)));
    }

    private static String destination(final Destination use) {
        final String address = Ipv4Address.format(use.remoteAddress()) + (use.remotePort() == 0 ? "" : ":" + use.remotePort());
        return "%-4s %-21s %6s %4d%%".formatted(
            PortUse.protocolName(use.protocol()), address, Figures.scaled(use.ports()), Math.round(100 * use.share()));
    }

    /** A bar of ten cells, the last begun one full, with a mark behind the eighth. */
    private static String bar(final long percent) {
        final int filled = (int) Math.min(BAR_CELLS, (percent + BAR_CELLS - 1) / BAR_CELLS);
        final String cells = "#".repeat(filled) + ".".repeat(BAR_CELLS - filled);
        return cells.substring(0, MARK_CELL) + "|" + cells.substring(MARK_CELL);
    }

    private static double share(final List<PortUse> ports, final int first) {
        return ports.subList(first, first + PortUse.PROTOCOLS).stream().mapToDouble(TopScreen::share).max().orElse(0);
    }

    private static double share(final PortUse use) {
        return use.capacity() == 0 ? 0 : (double) use.taken() / use.capacity();
    }

    private String rate(final Counter counter, final int factor) {
        return Figures.scaled(factor * now.perSecond(earlier, sample -> sample.get(counter)));
    }

    private double rate(final DropReason reason) {
        return now.perSecond(earlier, sample -> sample.get(reason));
    }

    private void head(final String format, final Object... values) {
        lines.add(new Line(String.format(Locale.ROOT, format, values).stripTrailing(), Style.HEAD));
    }

    private void plain(final String format, final Object... values) {
        lines.add(new Line(String.format(Locale.ROOT, format, values).stripTrailing(), Style.PLAIN));
    }
}
