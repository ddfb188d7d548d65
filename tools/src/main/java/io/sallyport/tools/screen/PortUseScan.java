package io.sallyport.tools.screen;

import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Fact;
import io.sallyport.counter.PortUse;
import io.sallyport.engine.Engine;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.agrona.collections.Int2IntHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Who uses the public ports: which inside hosts, and for which destinations. It goes once through the gateway's tables, in place, as an
 * observer, so the gateway does nothing for it; a million connections take some tenths of a second. Meant for screens that refresh:
 *
 * <pre>{@code
 * try (CommandControlReader gateway = CommandControlReader.attach(directory)) {
 *     PortUseScan.Result use = PortUseScan.scan(gateway, directory, 10);
 * }
 * }</pre>
 *
 * <p>What counts as a port of a host: with endpoint-independent mapping each public endpoint that it has, whatever the number of
 * connections; with endpoint-dependent mapping each connection, because there a port is taken for one destination. A port for a
 * destination is a connection with it in both. Only ports of the pool count, and those that forwards have of it; ports that cool down do
 * not. With more than half a million hosts or destinations, counts may be a little low, see {@code Frequent}.
 */
public final class PortUseScan {

    private static final int PORTS_LENGTH = 65_536 / Byte.SIZE;
    private static final int NO_POSITION = -1;

    private final boolean isShared;
    private final Int2IntHashMap positions = new Int2IntHashMap(NO_POSITION);
    private final long[] capacities = new long[PortUse.PROTOCOLS];
    private final UnsafeBuffer[] seen;
    private final Frequent hosts = new Frequent();
    private final Frequent hostPorts = new Frequent();
    private final Frequent destinations = new Frequent();
    private long connections;

    private PortUseScan(final List<PortUse> ports, final boolean isShared) {
        this.isShared = isShared;
        for (final PortUse use : ports) {
            positions.putIfAbsent(use.publicAddress(), positions.size());
            capacities[use.protocol()] += use.capacity();
        }
        seen = new UnsafeBuffer[positions.size() * PortUse.PROTOCOLS];
    }

    /**
     * What was found.
     *
     * @param connections  all live connections
     * @param hosts        the inside hosts with most ports, the first the one with most
     * @param destinations the destinations that most ports are in use for
     */
    public record Result(long connections, List<Host> hosts, List<Destination> destinations) {
    }

    /**
     * An inside host.
     *
     * @param insideAddress its address, numeric
     * @param connections   its live connections
     * @param ports         public ports that it uses
     */
    public record Host(int insideAddress, long connections, long ports) {
    }

    /**
     * A destination.
     *
     * @param protocol      0 TCP, 1 UDP, 2 ICMP
     * @param remoteAddress its address, numeric
     * @param remotePort    its port; 0 for ICMP
     * @param ports         public ports in use for it
     * @param share         those of all ports that the pool has for it, from 0 to 1; with endpoint-independent mapping other
     *                      destinations compete for the same ports
     */
    public record Destination(int protocol, int remoteAddress, int remotePort, long ports, double share) {
    }

    /**
     * Goes through a gateway's tables.
     *
     * @param gateway   says what ports there are
     * @param directory the gateway's state directory
     * @param most      how many hosts and destinations to name
     * @throws IOException with a message for the user, if a table cannot be read
     */
    public static Result scan(final CommandControlReader gateway, final Path directory, final int most) throws IOException {
        final boolean isShared = "endpoint-dependent".equals(gateway.facts().get(Fact.MAPPING));
        return scan(gateway.portUse(), isShared, directory, most);
    }

    static Result scan(final List<PortUse> ports, final boolean isShared, final Path directory, final int most) throws IOException {
        final PortUseScan scan = new PortUseScan(ports, isShared);
        for (final Path file : Engine.connectionFiles(directory)) {
            try (ConnectionReader table = new ConnectionReader(file)) {
                table.forEach(connection -> {
                    scan.add(connection);
                    return true;
                });
            }
        }
        return scan.result(most);
    }

    private void add(final ConnectionView connection) {
        connections++;
        hosts.add(connection.insideAddress());
        final int protocol = switch (connection.protocol()) {
            case 6 -> 0;
            case 17 -> 1;
            case 1 -> 2;
            default -> PortUse.PROTOCOLS;
        };
        final int position = positions.get(connection.publicAddress());
        if (protocol < PortUse.PROTOCOLS && position != NO_POSITION) {
            destinations.add((long) protocol << 48 | (connection.remoteAddress() & 0xFFFF_FFFFL) << 16 | connection.remotePort());
            if (isShared || isNew(position * PortUse.PROTOCOLS + protocol, connection.publicPort())) {
                hostPorts.add(connection.insideAddress());
            }
        }
    }

    /** Whether a public port is seen for the first time. */
    private boolean isNew(final int space, final int port) {
        if (seen[space] == null) {
            // not on the heap, which is small: a large pool takes 24 KiB for each address
            seen[space] = new UnsafeBuffer(ByteBuffer.allocateDirect(PORTS_LENGTH));
        }
        final int at = port >>> 3;
        final byte before = seen[space].getByte(at);
        seen[space].putByte(at, (byte) (before | 1 << (port & 7)));
        return (before & 1 << (port & 7)) == 0;
    }

    private Result result(final int most) {
        return new Result(connections,
            hostPorts.top(most).stream().map(host -> new Host((int) host.key(), hosts.count(host.key()), host.count())).toList(),
            destinations.top(most).stream().map(this::destination).toList());
    }

    private Destination destination(final Frequent.Count found) {
        final int protocol = (int) (found.key() >>> 48);
        final long capacity = capacities[protocol];
        return new Destination(protocol, (int) (found.key() >>> 16), (int) found.key() & 0xFFFF, found.count(),
            capacity == 0 ? 0 : (double) found.count() / capacity);
    }
}
