package io.sallyport.tools.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.counter.PortUse;
import io.sallyport.flow.ConnectionState;
import io.sallyport.tools.screen.PortUseScan.Destination;
import io.sallyport.tools.screen.PortUseScan.Host;
import io.sallyport.tools.screen.TestConnections.Endpoint;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortUseScanTest {

    private static final int PUBLIC = Ipv4Address.parse("198.51.100.1");
    private static final int FIRST = Ipv4Address.parse("10.77.0.2");
    private static final int SECOND = Ipv4Address.parse("10.77.0.3");
    private static final int SERVER = Ipv4Address.parse("203.0.113.5");
    private static final List<PortUse> PORTS = List.of(
        new PortUse(PUBLIC, 0, 0, 1000), new PortUse(PUBLIC, 1, 0, 1000), new PortUse(PUBLIC, 2, 0, 1000));

    @TempDir
    private Path directory;

    /** The first host: three connections from one endpoint, one from another; the second: a ping, and what takes no port. */
    @BeforeEach
    void fillTable() throws IOException {
        try (TestConnections connections = new TestConnections(directory, 0, 10)) {
            for (int server = 0; server < 3; server++) {
                connections.add(6, new Endpoint(FIRST, 4000), new Endpoint(PUBLIC, 2000), new Endpoint(SERVER + server, 443),
                    ConnectionState.ESTABLISHED, 0);
            }
            connections.add(6, new Endpoint(FIRST, 4001), new Endpoint(PUBLIC, 2001), new Endpoint(SERVER, 443),
                ConnectionState.ESTABLISHED, 0);
            connections.add(1, new Endpoint(SECOND, 9), new Endpoint(PUBLIC, 2000), new Endpoint(SERVER, 0), ConnectionState.NEW, 0);
            connections.add(6, new Endpoint(SECOND, 9), new Endpoint(SECOND, 9), new Endpoint(SERVER, 80), ConnectionState.SYN_SENT, 0);
            connections.add(47, new Endpoint(SECOND, 0), new Endpoint(PUBLIC, 0), new Endpoint(SERVER, 0), ConnectionState.NEW, 0);
        }
    }

    @Test
    void endpoint_independent_a_port_counts_once_for_its_host_and_for_each_destination() throws IOException {
        final PortUseScan.Result use = PortUseScan.scan(PORTS, false, directory, 10);
        assertEquals(7, use.connections());
        assertEquals(List.of(new Host(FIRST, 4, 2), new Host(SECOND, 3, 1)), use.hosts());
        assertEquals(new Destination(0, SERVER, 443, 2, 0.002), use.destinations().getFirst());
        assertEquals(4, use.destinations().size());
    }

    @Test
    void endpoint_dependent_a_port_counts_for_each_connection() throws IOException {
        final PortUseScan.Result use = PortUseScan.scan(PORTS, true, directory, 10);
        assertEquals(List.of(new Host(FIRST, 4, 4), new Host(SECOND, 3, 1)), use.hosts());
        assertEquals(new Destination(0, SERVER, 443, 2, 0.002), use.destinations().getFirst());
    }

    @Test
    void only_so_many_are_named_as_asked_for() throws IOException {
        final PortUseScan.Result use = PortUseScan.scan(PORTS, false, directory, 1);
        assertEquals(1, use.hosts().size());
        assertEquals(1, use.destinations().size());
    }
}
