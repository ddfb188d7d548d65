package io.sallyport.tools.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionState;
import io.sallyport.tools.screen.ConnectionFilter.Endpoint;
import io.sallyport.tools.screen.ConnectionSink.Page;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is listed of three connections in the tables of two workers. */
class ConnectionListingTest {

    private static final Page ALL = new Page(0, Long.MAX_VALUE);

    @TempDir
    private Path directory;

    private final List<ConnectionReader> tables = new ArrayList<>();

    @BeforeEach
    void fillTables() throws IOException {
        try (TestConnections first = new TestConnections(directory, 0, 10);
            TestConnections second = new TestConnections(directory, 1, 10)) {
            first.add(6, endpoint("10.77.0.5", 40_000), endpoint("198.51.100.1", 23_456), endpoint("203.0.113.10", 443),
                ConnectionState.ESTABLISHED, TimeUnit.SECONDS.toNanos(61));
            first.add(1, endpoint("10.77.0.2", 7), endpoint("198.51.100.1", 1024), endpoint("203.0.113.10", 0),
                ConnectionState.REPLIED, 1_500_000_000);
            second.add(17, endpoint("10.77.0.130", 5000), endpoint("198.51.100.2", 2000), endpoint("9.9.9.9", 53),
                ConnectionState.NEW, TimeUnit.SECONDS.toNanos(3));
        }
        tables.add(new ConnectionReader(directory.resolve("connections-0.dat")));
        tables.add(new ConnectionReader(directory.resolve("connections-1.dat")));
    }

    @AfterEach
    void closeTables() {
        tables.forEach(ConnectionReader::close);
    }

    @Test
    void table_is_aligned() {
        assertEquals("""
            protocol  inside            public              remote            direction  state        idle
            tcp       10.77.0.5:40000   198.51.100.1:23456  203.0.113.10:443  outbound   established  1m 1s
            icmp      10.77.0.2:7       198.51.100.1:1024   203.0.113.10      outbound   replied      1s
            udp       10.77.0.130:5000  198.51.100.2:2000   9.9.9.9:53        outbound   new          3s
            3 of 3 connections
            """, text(ALL));
    }

    @Test
    void limit_bounds_rows_and_not_the_count() {
        assertEquals("1 of 3 connections (--limit and --offset show more)", text(new Page(0, 1)).lines().toList().getLast());
        assertEquals(3, text(new Page(0, 1)).lines().count());
    }

    @Test
    void pages_follow_on_one_another() {
        assertEquals(List.of("tcp", "icmp"), protocols(ConnectionFilter.ALL, new Page(0, 2)));
        assertEquals(List.of("udp"), protocols(ConnectionFilter.ALL, new Page(2, 2)));
        assertEquals(List.of(), protocols(ConnectionFilter.ALL, new Page(4, 2)));
        assertEquals("1 of 3 connections from number 3 on", text(new Page(2, 2)).lines().toList().getLast());
    }

    @Test
    void filters_by_either_end_protocol_and_state() {
        assertEquals(List.of("tcp"), protocols(inside("10.77.0.5"), ALL));
        assertEquals(List.of("icmp"), protocols(inside("10.77.0.2:7"), ALL));
        assertEquals(List.of(), protocols(inside("10.77.0.2:8"), ALL));
        assertEquals(List.of("udp"), protocols(new ConnectionFilter(
            Endpoint.ANY, Endpoint.parse("198.51.100.2"), Endpoint.ANY, OptionalInt.empty(), OptionalInt.empty()), ALL));
        assertEquals(List.of("tcp"), protocols(new ConnectionFilter(
            Endpoint.ANY, Endpoint.ANY, Endpoint.parse(":443"), OptionalInt.empty(), OptionalInt.empty()), ALL));
        assertEquals(List.of("tcp", "icmp"), protocols(new ConnectionFilter(
            Endpoint.ANY, Endpoint.ANY, Endpoint.parse("203.0.113.10"), OptionalInt.empty(), OptionalInt.empty()), ALL));
        assertEquals(List.of("icmp"), protocols(new ConnectionFilter(
            Endpoint.ANY, Endpoint.ANY, Endpoint.ANY, OptionalInt.of(1), OptionalInt.empty()), ALL));
        assertEquals(List.of("tcp"), protocols(new ConnectionFilter(Endpoint.ANY, Endpoint.ANY, Endpoint.ANY, OptionalInt.empty(),
            OptionalInt.of(ConnectionFilter.STATES.indexOf("established"))), ALL));
    }

    @Test
    void sorts_by_each_key_both_ways() {
        assertSorted(ConnectionOrder.INSIDE, "icmp", "tcp", "udp");
        assertSorted(ConnectionOrder.PUBLIC, "icmp", "tcp", "udp");
        assertSorted(ConnectionOrder.REMOTE, "udp", "icmp", "tcp");
        assertSorted(ConnectionOrder.PROTOCOL, "icmp", "tcp", "udp");
        assertSorted(ConnectionOrder.STATE, "udp", "icmp", "tcp");
        assertSorted(ConnectionOrder.IDLE, "icmp", "udp", "tcp");
    }

    @Test
    void a_page_of_what_is_sorted() {
        final StringWriter out = new StringWriter();
        new ConnectionListing(ConnectionFilter.ALL, new Page(1, 1)).list(
            tables, ConnectionOrder.IDLE, true, new ConnectionTable(new PrintWriter(out)));
        assertEquals("udp", out.toString().lines().toList().get(1).substring(0, 3));
        assertEquals("1 of 3 connections from number 2 on (--limit and --offset show more)", out.toString().lines().toList().getLast());
    }

    @Test
    void json_has_a_row_for_each() throws IOException {
        final Map<String, Object> json = json(ConnectionFilter.ALL, ALL);
        assertEquals(3, json.get("matching"));
        assertEquals(Map.of("protocol", "icmp", "inside", "10.77.0.2:7", "public", "198.51.100.1:1024", "remote", "203.0.113.10",
            "direction", "outbound", "state", "replied", "idleSeconds", 1.5), ((List<?>) json.get("connections")).get(1));
    }

    private void assertSorted(final ConnectionOrder order, final String... protocols) {
        for (final boolean isReversed : new boolean[] {false, true}) {
            final StringWriter out = new StringWriter();
            new ConnectionListing(ConnectionFilter.ALL, ALL).list(tables, order, isReversed, new ConnectionTable(new PrintWriter(out)));
            final List<String> found = out.toString().lines().skip(1).limit(3).map(line -> line.substring(0, line.indexOf(' '))).toList();
            assertEquals(List.of(protocols), isReversed ? found.reversed() : found, order + (isReversed ? ", reversed" : ""));
        }
    }

    private String text(final Page page) {
        final StringWriter out = new StringWriter();
        new ConnectionListing(ConnectionFilter.ALL, page).list(tables, new ConnectionTable(new PrintWriter(out)));
        return out.toString();
    }

    private Map<String, Object> json(final ConnectionFilter filter, final Page page) throws IOException {
        final StringWriter out = new StringWriter();
        new ConnectionListing(filter, page).list(tables, new ConnectionJson(new PrintWriter(out)));
        return JSON.std.mapFrom(out.toString());
    }

    private List<Object> protocols(final ConnectionFilter filter, final Page page) {
        try {
            return ((List<?>) json(filter, page).get("connections")).stream()
                .<Object>map(row -> ((Map<?, ?>) row).get("protocol")).toList();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ConnectionFilter inside(final String endpoint) {
        return new ConnectionFilter(Endpoint.parse(endpoint), Endpoint.ANY, Endpoint.ANY, OptionalInt.empty(), OptionalInt.empty());
    }

    private static TestConnections.Endpoint endpoint(final String address, final int port) {
        return TestConnections.Endpoint.of(address, port);
    }
}
