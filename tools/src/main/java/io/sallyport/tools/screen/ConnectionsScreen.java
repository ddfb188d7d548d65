package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionView;
import io.sallyport.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Collects connections up to a limit, and shows them as a table. */
public final class ConnectionsScreen {

    private static final Comparator<ConnectionView> ORDER = Comparator.<ConnectionView>comparingInt(view -> view.insideAddress()
        ^ Integer.MIN_VALUE).thenComparingInt(ConnectionView::protocol).thenComparingInt(ConnectionView::insidePort);
    private static final List<String> HEAD = List.of("protocol", "inside", "public", "remote", "direction", "state", "idle");

    private final ConnectionFilter filter;
    private final long limit;
    private final List<ConnectionView> shown = new ArrayList<>();
    private long matching;

    /**
     * An empty table.
     *
     * @param filter which connections are wanted
     * @param limit  most rows, 0 for all
     */
    public ConnectionsScreen(final ConnectionFilter filter, final int limit) {
        this.filter = filter;
        this.limit = limit == 0 ? Long.MAX_VALUE : limit;
    }

    /** Counts a connection if it is wanted, and keeps it while there is room. */
    public void add(final ConnectionView connection) {
        if (filter.accepts(connection)) {
            if (matching < limit) {
                shown.add(connection);
            }
            matching++;
        }
    }

    /** The table, aligned, by inside host; the last line says how many connections there are. */
    public String text() {
        final List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        shown.stream().sorted(ORDER).forEach(connection -> rows.add(row(connection)));
        final int[] widths = new int[HEAD.size()];
        rows.forEach(row -> {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        });
        final StringBuilder out = new StringBuilder();
        for (final List<String> row : rows) {
            final StringBuilder line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                line.append(row.get(column)).append(" ".repeat(widths[column] - row.get(column).length() + 2));
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.append(Figures.count(shown.size())).append(" of ").append(Figures.count(matching)).append(" connections")
            .append(shown.size() < matching ? " (--limit shows more)" : "").append('\n').toString();
    }

    /** The same for programs. */
    public Map<String, Object> json() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("matching", matching);
        json.put("connections", shown.stream().sorted(ORDER).map(ConnectionsScreen::json).toList());
        return json;
    }

    /** Name of an IP protocol, or its number where it has no well-known name. */
    public static String protocolName(final int protocol) {
        return switch (protocol) {
            case 1 -> "icmp";
            case 6 -> "tcp";
            case 17 -> "udp";
            case 33 -> "dccp";
            case 47 -> "gre";
            case 50 -> "esp";
            case 132 -> "sctp";
            case 136 -> "udplite";
            default -> Integer.toString(protocol);
        };
    }

    private static List<String> row(final ConnectionView connection) {
        return List.of(
            protocolName(connection.protocol()),
            inside(connection),
            publicSide(connection),
            remote(connection),
            connection.direction().name().toLowerCase(Locale.ROOT),
            ConnectionState.name(connection.state()),
            Figures.duration(TimeUnit.NANOSECONDS.toSeconds(connection.idleNs())));
    }

    /** A connection for programs. */
    public static Map<String, Object> json(final ConnectionView connection) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("protocol", protocolName(connection.protocol()));
        json.put("inside", inside(connection));
        json.put("public", publicSide(connection));
        json.put("remote", remote(connection));
        json.put("direction", connection.direction().name().toLowerCase(Locale.ROOT));
        json.put("state", ConnectionState.name(connection.state()));
        json.put("idleSeconds", TimeUnit.NANOSECONDS.toMillis(connection.idleNs()) / 1000.0);
        return json;
    }

    /** The other end of a connection. */
    public static String remote(final ConnectionView connection) {
        return connection.remotePort() == 0 ? Ipv4Address.format(connection.remoteAddress())
            : endpoint(connection, connection.remoteAddress(), connection.remotePort());
    }

    /** The inside end of a connection. */
    public static String inside(final ConnectionView connection) {
        return endpoint(connection, connection.insideAddress(), connection.insidePort());
    }

    /** What the outside sees in the place of the inside end of a connection. */
    public static String publicSide(final ConnectionView connection) {
        return endpoint(connection, connection.publicAddress(), connection.publicPort());
    }

    /** Protocols that we see no ports of have none to show. */
    private static String endpoint(final ConnectionView connection, final int address, final int port) {
        final boolean hasPorts = switch (connection.protocol()) {
            case 1, 6, 17 -> true;
            default -> false;
        };
        return hasPorts ? Ipv4Address.format(address) + ":" + port : Ipv4Address.format(address);
    }
}
