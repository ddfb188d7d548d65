package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.packet.Side;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.PUBLIC;
import static io.sallyport.engine.Packets.ACK;
import static io.sallyport.engine.Packets.SYN;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A gateway goes on with the connections of the one before it, however that one ended. */
class StateTakeoverTest {

    @TempDir
    private Path directory;

    @Test
    void connectionsSurviveAGatewayThatIsNotClosed() throws IOException {
        final int port;
        final Lab killed = Lab.of(Lab.small(1000), Optional.of(directory));
        port = establish(killed);
        for (int i = 0; i < 50; i++) {
            killed.fromInside(Packets.udp(IN1, 2000 + i, OUT1, 53, 1));
        }
        // no close: what a killed process leaves is what it has stored
        try (Lab successor = Lab.of(Lab.small(777), Optional.of(directory))) {
            successor.pass(1, TimeUnit.MILLISECONDS);
            successor.fromInside(tcp(IN1, 4000, OUT1, 80, ACK, 101, 901, 5));
            assertEquals(port, sourcePort(successor.sent.get(0).frame()), "the public port is the same");
            final List<Lab.Sent> back = successor.fromOutside(tcp(OUT1, 80, PUBLIC, port, ACK, 901, 106, 100));
            assertEquals(Side.INSIDE, back.get(0).side());
            assertEquals(1, successor.count(Counter.ACTIVE_CONNECTIONS_TCP));
            assertEquals(50, successor.count(Counter.ACTIVE_CONNECTIONS_UDP));
            assertEquals(51, successor.count(Counter.ACTIVE_MAPPINGS));
            successor.fromOutside(tcp(OUT1, 80, PUBLIC, port, Packets.RST, 0x7000_0000L, 0, 0));
            successor.pass(1, TimeUnit.HOURS);
            assertEquals(1, successor.count(Counter.ACTIVE_CONNECTIONS_TCP), "sequence numbers were taken over, too");
        }
    }

    @Test
    void connectionsOfAnAddressThatIsGoneAreLeft() {
        final Lab first = Lab.of(Lab.small(1000), Optional.of(directory));
        establish(first);
        final var config = Lab.small(1000);
        final int other = io.sallyport.wire.Ipv4Address.parse("198.51.100.9");
        try (Lab successor = Lab.of(config.withNat(config.nat().withPool(
            List.of(new io.sallyport.config.NatConfig.AddressRange(other, other)), config.nat().ports())), Optional.of(directory))) {
            successor.fromInside(Packets.udp(IN1, 1, OUT1, 53, 1));
            assertEquals(0, successor.count(Counter.ACTIVE_CONNECTIONS_TCP));
        }
    }

    @Test
    void aScribbledTableIsSetAside() throws IOException {
        final Lab first = Lab.of(Lab.small(1000), Optional.of(directory));
        establish(first);
        final Path table = Engine.connectionFiles(directory).get(0);
        final byte[] bytes = Files.readAllBytes(table);
        final java.util.Random random = new java.util.Random(42);
        for (int i = 4096; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : bytes[i]);
        }
        Files.write(table, bytes);
        assertSetAside();
    }

    /** The number of used lines; keys, port keys, kinds, deltas, role and state of the first: a byte of each, and none is believed. */
    @ParameterizedTest
    @ValueSource(ints = {-4048, -4045, -4043, 1, 6, 9, 14, 17, 20, 24, 27, 28, 31, 39, 58, 59, 60, 63})
    void oneWrongByteInAConnectionSetsTheTableAside(final int offset) throws IOException {
        final Lab first = Lab.of(Lab.small(1000), Optional.of(directory));
        establish(first);
        final Path table = Engine.connectionFiles(directory).get(0);
        final byte[] bytes = Files.readAllBytes(table);
        bytes[4096 + offset] ^= 0x55;
        Files.write(table, bytes);
        assertSetAside();
    }

    @Test
    void aTableOfAnotherLayoutIsSetAside() throws IOException {
        final Lab first = Lab.of(Lab.small(1000), Optional.of(directory));
        establish(first);
        final Path table = Engine.connectionFiles(directory).get(0);
        final byte[] bytes = Files.readAllBytes(table);
        bytes[8]++;
        Files.write(table, bytes);
        assertSetAside();
    }

    private void assertSetAside() {
        try (Lab successor = Lab.of(Lab.small(1000), Optional.of(directory))) {
            assertEquals(1, successor.fromInside(Packets.udp(IN1, 1, OUT1, 53, 1)).size());
            assertEquals(0, successor.count(Counter.ACTIVE_CONNECTIONS_TCP));
            assertTrue(Files.exists(directory.resolve("connections-0.dat.old.unreadable")));
        }
    }

    @Test
    void aTruncatedTableIsSetAside() throws IOException {
        final Lab first = Lab.of(Lab.small(1000), Optional.of(directory));
        establish(first);
        first.close();
        try (FileChannel channel = FileChannel.open(Engine.connectionFiles(directory).get(0), StandardOpenOption.WRITE)) {
            channel.truncate(5000);
        }
        assertSetAside();
    }

    private static int establish(final Lab lab) {
        final int port = sourcePort(lab.fromInside(tcp(IN1, 4000, OUT1, 80, SYN, 100, 0, 0)).get(0).frame());
        lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, SYN | ACK, 900, 101, 0));
        lab.fromInside(tcp(IN1, 4000, OUT1, 80, ACK, 101, 901, 0));
        return port;
    }
}
