package io.sallyport.tools.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionView;
import io.sallyport.wire.Ipv4Address;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConnectionsScreenTest {

    private static final ConnectionFilter ALL = new ConnectionFilter(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());
    private static final int PUBLIC = Ipv4Address.parse("198.51.100.1");
    private static final int REMOTE = Ipv4Address.parse("203.0.113.10");
    private static final ConnectionView TCP = new ConnectionView(6, ConnectionView.Direction.INBOUND, Ipv4Address.parse("10.77.0.5"), 40000,
        PUBLIC, 23456, REMOTE, 443, ConnectionState.ESTABLISHED, TimeUnit.SECONDS.toNanos(61));
    private static final ConnectionView PING = new ConnectionView(1, ConnectionView.Direction.OUTBOUND, Ipv4Address.parse("10.77.0.2"), 7,
        PUBLIC, 1024, REMOTE, 0, ConnectionState.REPLIED, 1_500_000_000);

    @Test
    void table_is_aligned_and_ordered_by_inside_host() {
        assertEquals("""
            protocol  inside           public              remote            direction  state        idle
            icmp      10.77.0.2:7      198.51.100.1:1024   203.0.113.10      outbound   replied      1s
            tcp       10.77.0.5:40000  198.51.100.1:23456  203.0.113.10:443  inbound    established  1m 1s
            2 of 2 connections
            """, screen(ALL, 50).text());
    }

    @Test
    void limit_bounds_rows_and_not_the_count() {
        final String text = screen(ALL, 1).text();
        assertEquals(3, text.lines().count());
        assertEquals("1 of 2 connections (--limit shows more)", text.lines().toList().getLast());
        assertEquals(4, screen(ALL, 0).text().lines().count());
    }

    @Test
    void filters_by_host_protocol_and_state() {
        assertEquals(List.of("tcp"), protocols(new ConnectionFilter(
            OptionalInt.of(Ipv4Address.parse("10.77.0.5")), OptionalInt.empty(), OptionalInt.empty())));
        assertEquals(List.of("icmp"), protocols(new ConnectionFilter(OptionalInt.empty(), OptionalInt.of(1), OptionalInt.empty())));
        assertEquals(List.of("tcp"), protocols(new ConnectionFilter(
            OptionalInt.empty(), OptionalInt.empty(), OptionalInt.of(ConnectionFilter.STATES.indexOf("established")))));
        assertEquals(List.of(), protocols(new ConnectionFilter(OptionalInt.empty(), OptionalInt.of(17), OptionalInt.empty())));
    }

    @Test
    void json_has_a_row_for_each() {
        final Map<String, Object> json = screen(ALL, 50).json();
        assertEquals(2L, json.get("matching"));
        assertEquals(Map.of("protocol", "icmp", "inside", "10.77.0.2:7", "public", "198.51.100.1:1024", "remote", "203.0.113.10",
            "direction", "outbound", "state", "replied", "idleSeconds", 1.5), ((List<?>) json.get("connections")).getFirst());
    }

    private static List<Object> protocols(final ConnectionFilter filter) {
        return ((List<?>) screen(filter, 50).json().get("connections")).stream().<Object>map(row -> ((Map<?, ?>) row).get("protocol"))
            .toList();
    }

    private static ConnectionsScreen screen(final ConnectionFilter filter, final int limit) {
        final ConnectionsScreen screen = new ConnectionsScreen(filter, limit);
        screen.add(TCP);
        screen.add(PING);
        return screen;
    }
}
