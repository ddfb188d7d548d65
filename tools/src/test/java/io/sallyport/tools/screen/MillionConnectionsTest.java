package io.sallyport.tools.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.PortUse;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionView;
import io.sallyport.tools.screen.ConnectionFilter.Endpoint;
import io.sallyport.tools.screen.ConnectionSink.Page;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A million connections: of 10,000 inside hosts with a hundred each, through 16 public addresses; every fourth goes to one of four servers,
 * which get a 16th of them each.
 */
class MillionConnectionsTest {

    private static final int CONNECTIONS = 1_000_000;
    private static final int PER_HOST = 100;
    private static final int FIRST_HOST = Ipv4Address.parse("10.0.0.1");
    private static final int FIRST_PUBLIC = Ipv4Address.parse("198.51.100.0");
    private static final int PUBLIC_ADDRESSES = 16;
    private static final int FIRST_SERVER = Ipv4Address.parse("203.0.113.0");
    private static final int FIRST_OTHER = Ipv4Address.parse("93.0.0.0");
    /** Time of the processor that a look may take; measured 0.1 to 0.4 s, so that a slow machine passes and a slow program does not. */
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(2);

    @TempDir
    private static Path directory;
    private static ConnectionReader table;

    @BeforeAll
    static void fillTable() throws IOException {
        try (TestConnections connections = new TestConnections(directory, 0, CONNECTIONS)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                final boolean toServer = i % 4 == 0;
                connections.add(i % 2 == 0 ? 6 : 17,
                    new TestConnections.Endpoint(FIRST_HOST + i / PER_HOST, 40_000 + i % PER_HOST),
                    new TestConnections.Endpoint(FIRST_PUBLIC + i % PUBLIC_ADDRESSES, 1024 + i / PUBLIC_ADDRESSES),
                    new TestConnections.Endpoint(toServer ? FIRST_SERVER + i / 4 % 4 : FIRST_OTHER + i, 443),
                    i % 2 == 0 ? ConnectionState.ESTABLISHED : ConnectionState.REPLIED,
                    TimeUnit.MILLISECONDS.toNanos(i * 7919L % CONNECTIONS));
            }
        }
        table = new ConnectionReader(directory.resolve("connections-0.dat"));
    }

    @AfterAll
    static void closeTable() {
        table.close();
    }

    @Test
    void a_page_deep_in_the_table_is_found_quickly() throws Exception {
        final Shown shown = new Shown();
        within("unsorted", () -> {
            new ConnectionListing(ConnectionFilter.ALL, new Page(900_000, 50)).list(List.of(table), shown);
            return null;
        });
        assertEquals(CONNECTIONS, shown.matching);
        assertEquals(50, shown.connections.size());
        assertEquals(FIRST_HOST + 9_000, shown.connections.getFirst().insideAddress());
    }

    @Test
    void one_hosts_connections_are_found_quickly() throws Exception {
        final Shown shown = new Shown();
        final ConnectionFilter host = new ConnectionFilter(
            Endpoint.parse("10.0.0.77"), Endpoint.ANY, Endpoint.ANY, OptionalInt.of(6), OptionalInt.empty());
        within("filtered", () -> {
            new ConnectionListing(host, new Page(0, 10)).list(List.of(table), shown);
            return null;
        });
        assertEquals(PER_HOST / 2, shown.matching);
        assertEquals(10, shown.connections.size());
    }

    @Test
    void a_page_deep_in_the_sorted_list_is_found_quickly() throws Exception {
        final Shown shown = new Shown();
        within("sorted, page at 500,000", () -> {
            new ConnectionListing(ConnectionFilter.ALL, new Page(500_000, 50)).list(List.of(table), ConnectionOrder.IDLE, false, shown);
            return null;
        });
        assertEquals(CONNECTIONS, shown.matching);
        for (int i = 0; i < 50; i++) {
            assertEquals(TimeUnit.MILLISECONDS.toNanos(500_000 + i), shown.connections.get(i).idleNs());
        }
    }

    @Test
    void the_top_of_the_sorted_list_is_found_quickly() throws Exception {
        final Shown shown = new Shown();
        within("sorted, first page", () -> {
            new ConnectionListing(ConnectionFilter.ALL, new Page(0, 50)).list(List.of(table), ConnectionOrder.IDLE, true, shown);
            return null;
        });
        assertEquals(TimeUnit.MILLISECONDS.toNanos(CONNECTIONS - 1), shown.connections.getFirst().idleNs());
    }

    @Test
    void who_uses_the_ports_is_found_quickly() throws Exception {
        final List<PortUse> ports = new ArrayList<>();
        for (int space = 0; space < PUBLIC_ADDRESSES * PortUse.PROTOCOLS; space++) {
            ports.add(new PortUse(FIRST_PUBLIC + space / PortUse.PROTOCOLS, space % PortUse.PROTOCOLS, 0, 64_512));
        }
        for (final boolean isShared : new boolean[] {false, true}) {
            final PortUseScan.Result use = within("port use", () -> PortUseScan.scan(ports, isShared, directory, 4));
            assertEquals(CONNECTIONS, use.connections());
            assertEquals(new PortUseScan.Host(FIRST_HOST, PER_HOST, PER_HOST), use.hosts().getFirst());
            assertEquals(List.of(0, 1, 2, 3), use.destinations().stream().map(found -> found.remoteAddress() - FIRST_SERVER).toList());
            assertEquals(CONNECTIONS / 16.0, use.destinations().getFirst().ports(), 10, "counts may be a little low");
            assertEquals(use.destinations().getFirst().ports() / (16 * 64_512.0), use.destinations().getFirst().share(), 1e-9);
        }
    }

    private static <T> T within(final String what, final Callable<T> work) throws Exception {
        final long beforeNs = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        final T result = work.call();
        final long tookNs = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - beforeNs;
        assertTrue(tookNs < LIMIT_NS, what + " took " + TimeUnit.NANOSECONDS.toMillis(tookNs) + " ms");
        return result;
    }

    private static final class Shown implements ConnectionSink {

        private final List<ConnectionView> connections = new ArrayList<>();
        private long matching;

        @Override
        public void show(final ConnectionView connection) {
            connections.add(connection);
        }

        @Override
        public void end(final Page page, final long matchingConnections) {
            matching = matchingConnections;
        }
    }
}
