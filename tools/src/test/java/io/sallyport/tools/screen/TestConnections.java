package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionFile;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;

/** A connection table as a gateway leaves it in its state directory, filled by a test. */
public final class TestConnections implements AutoCloseable {

    /** When the gateway's heart beat last, in ns of its clock. */
    public static final long NOW_NS = 10_000_000_000_000L;

    private final ConnectionFile file;
    private final FlowTable flows;

    /** An empty table, the gateway's {@code number}-th. */
    public TestConnections(final Path directory, final int number, final int capacity) throws IOException {
        file = ConnectionFile.create(directory.resolve("connections-" + number + ".dat"), capacity, new long[] {1, 2}, NOW_NS, 0);
        flows = new FlowTable(file.lines(), file.used(), capacity, new SeededHash(3, 4));
    }

    /** Adds one from inside; a connection of ICMP has its identifier as port, and 0 as remote port. */
    public void add(
        final int protocol, final Endpoint inside, final Endpoint outside, final Endpoint remote, final byte state, final long idleNs) {
        final int rawRemotePort = FlowKey.rawPort(remote.port());
        final long addresses = FlowKey.addressKey(FlowKey.rawAddress(inside.address()), FlowKey.rawAddress(remote.address()));
        final long back = FlowKey.addressKey(FlowKey.rawAddress(remote.address()), FlowKey.rawAddress(outside.address()));
        final long ports = FlowKey.portKey(FlowKey.rawPorts(FlowKey.rawPort(inside.port()), rawRemotePort), protocol, 0);
        final int rawBackPorts = protocol == 1
            ? FlowKey.rawPorts(FlowKey.rawPort(outside.port()), 0)
            : FlowKey.rawPorts(rawRemotePort, FlowKey.rawPort(outside.port()));
        final long backPorts = FlowKey.portKey(rawBackPorts, protocol, 1);
        final int connection = flows.add(addresses, ports, back, backPorts);
        final int addressDelta = Checksum.delta32(inside.address(), outside.address());
        final int portDelta = Checksum.delta32(inside.port(), outside.port());
        flows.describe(connection, addressDelta, protocol == 1 ? portDelta : Checksum.combine(addressDelta, portDelta), FlowTable.NONE,
            FlowTable.NONE);
        flows.state(connection, state);
        flows.publish(connection, ports, backPorts, NOW_NS - idleNs);
    }

    @Override
    public void close() {
        file.close();
    }

    /** An address and a port, numeric. */
    public record Endpoint(int address, int port) {

        /** Of an address in words. */
        public static Endpoint of(final String address, final int port) {
            return new Endpoint(Ipv4Address.parse(address), port);
        }
    }
}
