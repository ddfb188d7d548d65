package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.StateConfig;
import io.sallyport.counter.Accounting;
import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.GatewayState;
import io.sallyport.engine.Fragments;
import io.sallyport.engine.Packets;
import io.sallyport.packet.PortPair;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A whole gateway with its threads, between two interfaces that are queues. */
@Timeout(60)
class GatewayTest {

    private static final int HOSTS = 40;
    private static final int PER_HOST = 25;
    private static final int FLOWS = HOSTS * PER_HOST;
    private static final int FRAGMENTED = 200;
    private static final String SERVER = "203.0.113.5";
    private static final String PUBLIC = "198.51.100.1";

    @TempDir
    private Path directory;
    private final MemoryPort inside = new MemoryPort("l0", 0x0200_0000_0001L);
    private final MemoryPort outside = new MemoryPort("w0", 0x0200_0000_0002L);
    private final PortPair ports = new PortPair(inside, outside, LockSupport::parkNanos);

    @ParameterizedTest
    @CsvSource({"INLINE,1,BACKOFF", "INLINE,3,BLOCK", "PIPELINE,1,BACKOFF", "PIPELINE,1,BLOCK", "PIPELINE,3,BACKOFF", "PIPELINE,3,YIELD"})
    void everyFlowGetsItsAnswersAndEveryPacketIsAccountedFor(
        final IoConfig.Threading threading, final int workers, final IoConfig.Wait wait) throws Exception {
        final Gateway gateway = Gateway.launch(config(threading, workers, wait), ports);
        final CommandControlReader reader = reader();
        assertEquals(GatewayState.READY, reader.state());
        final Set<Integer> distinct = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            for (int flow = 0; flow < FLOWS; flow++) {
                inside.arriving.add(Packets.udp(host(flow), 5000 + flow / HOSTS, SERVER, 53, 8 + round));
            }
            final List<byte[]> requests = takeUdp(outside, FLOWS);
            for (final byte[] request : requests) {
                Packets.assertChecksums(request);
                distinct.add(Packets.sourcePort(request));
                outside.arriving.add(Packets.udp(SERVER, 53, PUBLIC, Packets.sourcePort(request), 8 + round));
            }
            final Set<String> answered = new HashSet<>();
            for (final byte[] answer : takeUdp(inside, FLOWS)) {
                Packets.assertChecksums(answer);
                answered.add(Packets.destination(answer) + ":" + Packets.destinationPort(answer));
            }
            assertEquals(FLOWS, answered.size(), "round " + round);
        }
        assertEquals(FLOWS, distinct.size(), "public ports");
        // packets that are under way when the gateway is closed
        for (int k = 0; k < 2000; k++) {
            inside.arriving.add(Packets.udp(host(k), 6000 + k, "10.77.0.250", 53, 1));
            outside.arriving.add(Packets.udp(SERVER, 54, PUBLIC, 2000 + k, 1));
        }
        gateway.close();
        gateway.close();
        assertEquals(0, inside.withGateway.get() + outside.withGateway.get(), "frames that were not given back");
        assertEquals(1, inside.closed.get());
        assertEquals(1, outside.closed.get());
        assertTrue(gateway.failure().isEmpty());
        try (reader) {
            assertEquals(0, Accounting.difference(reader), "accounting");
            assertEquals(3 * FLOWS, reader.get(Counter.PACKETS_OUT_TO_SOURCE));
            assertEquals(FLOWS, reader.get(Counter.CONNECTIONS_ESTABLISHED_UDP));
            assertEquals(reader.get(Counter.PACKETS_OUT_TO_DESTINATION) + reader.get(Counter.PACKETS_OUT_TO_SOURCE),
                reader.latency().count(), "every forwarded packet has a latency");
            assertEquals(reader.get(Counter.PORTS_IN_USE_UDP), reader.portUse().get(1).inUse());
            assertEquals(64_512, reader.portUse().get(1).capacity());
        }
    }

    /** The rest of a start takes longer than a packet does. */
    @ParameterizedTest
    @CsvSource({"INLINE", "PIPELINE"})
    void packetsDoNotWaitUntilTheGatewayIsReady(final IoConfig.Threading threading) throws Exception {
        inside.arriving.add(Packets.udp(host(0), 5000, SERVER, 53, 8));
        try (Gateway gateway = Gateway.launch(config(threading, 1, IoConfig.Wait.BACKOFF), ports)) {
            assertTrue(outside.left.stream().anyMatch(frame -> frame[12] == 8 && frame[13] == 0), "nothing was forwarded meanwhile");
            assertTrue(gateway.failure().isEmpty());
        }
    }

    /** Last fragments first, both ways; then some whose first never comes. */
    @ParameterizedTest
    @CsvSource({"INLINE,1,BACKOFF", "INLINE,3,BLOCK", "PIPELINE,1,BLOCK", "PIPELINE,3,BACKOFF"})
    void fragmentsOutOfOrderFindTheirWay(
        final IoConfig.Threading threading, final int workers, final IoConfig.Wait wait) throws Exception {
        final Gateway gateway = Gateway.launch(config(threading, workers, wait), ports);
        final CommandControlReader reader = reader();
        for (int flow = 0; flow < FRAGMENTED; flow++) {
            arriveBackwards(inside, Fragments.datagram(Packets.udp(host(flow), 5000 + flow / HOSTS, SERVER, 53, 200), flow), flow % 3);
        }
        final List<byte[]> requests = reassembled(takeUdp(outside, 4 * FRAGMENTED));
        assertEquals(FRAGMENTED, requests.size());
        for (final byte[] request : requests) {
            Packets.assertChecksums(request);
            final int port = Packets.sourcePort(request);
            arriveBackwards(outside, Fragments.datagram(Packets.udp(SERVER, 53, PUBLIC, port, 200), port), port % 3);
        }
        final List<byte[]> answers = reassembled(takeUdp(inside, 4 * FRAGMENTED));
        assertEquals(FRAGMENTED, answers.size());
        answers.forEach(Packets::assertChecksums);
        for (int flow = 0; flow < 50; flow++) {
            inside.arriving.add(Fragments.split(Fragments.datagram(Packets.udp(host(flow), 9, SERVER, 53, 200), 60_000 + flow), 48)[1]);
        }
        await(() -> inside.arriving.isEmpty() && inside.withGateway.get() == 0);
        assertEquals(50, reader.get(Counter.HELD));
        gateway.close();
        assertEquals(0, inside.withGateway.get() + outside.withGateway.get(), "frames that were not given back");
        assertTrue(gateway.failure().isEmpty());
        try (reader) {
            assertEquals(0, Accounting.difference(reader), "accounting");
            assertEquals(4 * FRAGMENTED, reader.get(Counter.PACKETS_OUT_TO_DESTINATION));
            assertEquals(4 * FRAGMENTED, reader.get(Counter.PACKETS_OUT_TO_SOURCE));
            assertEquals(50, reader.get(DropReason.SHUTDOWN));
            assertEquals(0, reader.get(DropReason.FRAGMENT));
        }
    }

    /** Four fragments, the first of them last or further ahead. */
    private static void arriveBackwards(final MemoryPort port, final byte[] datagram, final int ahead) {
        final List<byte[]> pieces = new ArrayList<>(List.of(Fragments.split(datagram, 16, 48, 96)));
        Collections.reverse(pieces);
        pieces.add(3 - ahead, pieces.remove(3));
        port.arriving.addAll(pieces);
    }

    private static List<byte[]> reassembled(final List<byte[]> fragments) {
        return fragments.stream()
            .collect(Collectors.groupingBy(frame -> Packets.destination(frame) + " " + Fragments.identification(frame)))
            .values().stream().map(Fragments::reassemble).toList();
    }

    @ParameterizedTest
    @CsvSource({"INLINE", "PIPELINE"})
    void aFullInterfaceDropsAndCounts(final IoConfig.Threading threading) throws Exception {
        outside.full = true;
        final Gateway gateway = Gateway.launch(config(threading, 2, IoConfig.Wait.BACKOFF), ports);
        final CommandControlReader reader = reader();
        for (int flow = 0; flow < 100; flow++) {
            inside.arriving.add(Packets.udp(host(flow), 5000 + flow, SERVER, 53, 8));
        }
        await(() -> inside.arriving.isEmpty() && inside.withGateway.get() == 0 && reader.get(Counter.ORIGINATED_LOST) > 0);
        gateway.close();
        try (reader) {
            assertEquals(100, reader.get(DropReason.TRANSMIT_FAILED));
            assertEquals(0, Accounting.difference(reader));
            assertTrue(reader.get(Counter.ORIGINATED_LOST) > 0, "announcements");
        }
    }

    @ParameterizedTest
    @CsvSource({"INLINE", "PIPELINE"})
    void aFailureOfAnInterfaceStopsTheGatewayAndIsTold(final IoConfig.Threading threading) throws Exception {
        try (Gateway gateway = Gateway.launch(config(threading, 1, IoConfig.Wait.BACKOFF), ports)) {
            outside.broken = "interface w0 vanished";
            gateway.awaitStop();
            assertEquals("interface w0 vanished", gateway.failure().orElseThrow());
        }
    }

    @ParameterizedTest
    @CsvSource({"INLINE", "PIPELINE"})
    void aBugInAStageStopsTheGatewayAndIsRecorded(final IoConfig.Threading threading) throws Exception {
        try (Gateway gateway = Gateway.launch(config(threading, 1, IoConfig.Wait.BACKOFF), ports);
            CommandControlReader reader = reader()) {
            outside.bug = new IllegalStateException("a bug");
            inside.arriving.add(Packets.udp(host(1), 5000, SERVER, 53, 8));
            gateway.awaitStop();
            assertTrue(gateway.failure().orElseThrow().contains("a bug"));
            assertTrue(reader.errors().get(0).text().contains("a bug"));
        }
    }

    @ParameterizedTest
    @CsvSource({"INLINE", "PIPELINE"})
    void aGatewayThatFailsAtOnceIsNeverReady(final IoConfig.Threading threading) {
        outside.bug = new IllegalStateException("a bug");
        inside.arriving.add(Packets.udp(host(1), 5000, SERVER, 53, 8));
        final IOException failure = assertThrows(IOException.class,
            () -> Gateway.launch(config(threading, 1, IoConfig.Wait.BACKOFF), ports).close());
        assertTrue(failure.getMessage().contains("a bug"), failure::toString);
        assertEquals(1, outside.closed.get());
    }

    @Test
    void aBugInTheControlThreadStopsTheGateway() throws Exception {
        final MemoryPort odd = new MemoryPort("w0", 2) {
            @Override
            public java.util.Optional<String> failure() {
                throw new IllegalStateException("odd");
            }
        };
        try (Gateway gateway = Gateway.launch(
            config(IoConfig.Threading.INLINE, 1, IoConfig.Wait.BACKOFF), new PortPair(inside, odd, LockSupport::parkNanos))) {
            assertTimeoutPreemptively(Duration.ofSeconds(5), gateway::awaitStop);
            assertTrue(gateway.failure().orElseThrow().contains("odd"));
        }
    }

    @Test
    void aSecondGatewayOfTheNameIsRefusedAndItsInterfacesAreClosed() throws Exception {
        final GatewayConfig config = config(IoConfig.Threading.INLINE, 1, IoConfig.Wait.BACKOFF);
        try (Gateway gateway = Gateway.launch(config, ports)) {
            final MemoryPort l1 = new MemoryPort("l1", 3);
            final MemoryPort w1 = new MemoryPort("w1", 4);
            assertThrows(IOException.class, () -> Gateway.launch(config, new PortPair(l1, w1, LockSupport::parkNanos)));
            assertEquals(2, l1.closed.get() + w1.closed.get());
            assertEquals(0, inside.closed.get());
            assertTrue(gateway.failure().isEmpty());
        }
    }

    @Test
    void whatCannotStartLeavesNothingBehind() throws Exception {
        final MemoryPort odd = new MemoryPort("w0", 2) {
            @Override
            public io.sallyport.packet.PacketBatch newBatch(final int capacity) {
                throw new IllegalStateException("no memory");
            }
        };
        final GatewayConfig config = config(IoConfig.Threading.PIPELINE, 1, IoConfig.Wait.BACKOFF);
        assertThrows(IllegalStateException.class,
            () -> Gateway.launch(config, new PortPair(inside, odd, LockSupport::parkNanos)));
        assertEquals(1, inside.closed.get());
        assertEquals(1, odd.closed.get());
        Gateway.launch(config, ports).close();
    }

    @Test
    void theCommandToStopStops() throws Exception {
        try (Gateway gateway = Gateway.launch(config(IoConfig.Threading.PIPELINE, 1, IoConfig.Wait.BLOCK), ports);
            CommandControlReader reader = reader()) {
            reader.send(Command.STOP);
            gateway.awaitStop();
            assertTrue(gateway.failure().isEmpty());
        }
    }

    private GatewayConfig config(final IoConfig.Threading threading, final int workers, final IoConfig.Wait wait) {
        final List<InterfaceConfig.Neighbour> hosts = IntStream.range(0, HOSTS)
            .mapToObj(host -> new InterfaceConfig.Neighbour(Ipv4Address.parse(host(host)), 0x0200_0000_0A00L + host)).toList();
        final GatewayConfig config = GatewayConfig.of(
            InterfaceConfig.of("l0", "10.77.0.1/24").withNeighbours(hosts),
            InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(Ipv4Address.parse("198.51.100.2")).withNeighbours(List.of(
                new InterfaceConfig.Neighbour(Ipv4Address.parse("198.51.100.2"), 0x0200_0000_0B01L))));
        return config
            .withNat(config.nat().withLimits(new io.sallyport.config.NatConfig.Limits(10_000, 0, 0)))
            .withIo(new IoConfig("memory", threading, workers, wait, IoConfig.Offload.OFF, false))
            .withState(new StateConfig(directory, true));
    }

    private static String host(final int number) {
        return "10.77.0." + (10 + number % HOSTS);
    }

    private CommandControlReader reader() throws IOException {
        return CommandControlReader.attach(directory.resolve("default"));
    }

    /** Waits for so many UDP packets; ARP is left out. */
    private static List<byte[]> takeUdp(final MemoryPort port, final int count) {
        final List<byte[]> taken = new java.util.ArrayList<>();
        await(() -> {
            for (byte[] frame = port.left.poll(); frame != null; frame = port.left.poll()) {
                if (frame[12] == 8 && frame[13] == 0) {
                    taken.add(frame);
                }
            }
            return taken.size() >= count;
        });
        assertEquals(count, taken.size());
        return taken;
    }

    private static void await(final java.util.function.BooleanSupplier condition) {
        final long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < endNs, "waited in vain");
            LockSupport.parkNanos(100_000);
        }
    }
}
