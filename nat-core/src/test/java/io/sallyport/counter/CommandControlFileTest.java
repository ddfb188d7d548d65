package io.sallyport.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CommandControlFileTest {

    @TempDir
    private Path temporary;

    @Test
    void readerSeesWhatTheGatewayCounts() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            file.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 7);
            file.counters(2).add(Counter.PACKETS_IN_FROM_SOURCE, 5);
            file.counters(1).addDrops(DropReason.MARTIAN.ordinal(), 3);
            file.counters(2).addDrops(DropReason.values()[DropReason.count() - 1].ordinal(), 2);
            assertEquals(12, reader.get(Counter.PACKETS_IN_FROM_SOURCE));
            assertEquals(5, reader.get(2, Counter.PACKETS_IN_FROM_SOURCE));
            assertEquals(3, reader.get(DropReason.MARTIAN));
            assertEquals(3, reader.get(1, DropReason.MARTIAN));
            assertEquals(2, reader.get(DropReason.values()[DropReason.count() - 1]));
            assertEquals(7, Accounting.difference(reader));
        }
    }

    @Test
    void readerSeesWhatTheGatewayIs() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            assertEquals("edge", reader.name());
            assertEquals(ProcessHandle.current().pid(), reader.pid());
            assertEquals(1_000, reader.startEpochMs());
            assertEquals(List.of("ingress", "worker-0", "egress"), reader.stages());
            assertEquals(Map.of(Fact.NAME, "edge", Fact.INSIDE_ADDRESS, "10.77.0.1/24", Fact.PORTS_CAPACITY, "64512"), reader.facts());
            assertEquals(GatewayState.STARTING, reader.state());
            file.ready();
            assertEquals(GatewayState.READY, reader.state());
            file.draining();
            assertEquals(GatewayState.DRAINING, reader.state());
            file.heartbeat(123_456);
            assertEquals(123_456, reader.heartbeatEpochMs());
            assertTrue(reader.isRunning());
        }
    }

    @Test
    void readerSeesLatenciesAndPortUse() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            file.latency().record(5_000, 3);
            file.ports().capacity(1, 64_512);
            file.ports().block(0).set(1, 40, 2);
            assertEquals(3, reader.latency().count());
            assertEquals(15_000, reader.latency().sumNs());
            assertEquals(List.of(new PortUse(GatewayProcess.PUBLIC, 0, 0, 0), new PortUse(GatewayProcess.PUBLIC, 1, 40, 64_512, 2),
                new PortUse(GatewayProcess.PUBLIC, 2, 0, 0)), reader.portUse());
            assertEquals(List.of(), reader.crowdedDestinations());
        }
    }

    @Test
    void readerSeesThatTheGatewayStopped() throws IOException {
        final CommandControlFile file = create();
        try (CommandControlReader reader = attach()) {
            file.close();
            assertEquals(GatewayState.STOPPED, reader.state());
            assertFalse(reader.isRunning());
        }
    }

    @Test
    void hangingIsToldByTheHeartbeat() throws IOException {
        final long[] nowMs = {10_000};
        try (CommandControlFile file = create(); CommandControlReader reader = CommandControlReader.attach(directory(), () -> nowMs[0])) {
            file.heartbeat(10_000);
            nowMs[0] = 15_000;
            assertFalse(reader.isHanging());
            nowMs[0] = 15_001;
            assertTrue(reader.isHanging());
            assertTrue(reader.isRunning());
        }
    }

    @Test
    void errorsAreLoggedOnceWithTheirCount() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            assertEquals(List.of(), reader.errors());
            for (int i = 0; i < 3; i++) {
                file.errors().record(new IllegalStateException("boom"));
            }
            assertEquals(1, reader.errors().size());
            assertEquals(3, reader.errors().getFirst().count());
            assertTrue(reader.errors().getFirst().text().startsWith("java.lang.IllegalStateException: boom"));
        }
    }

    @Test
    void commandsArriveInOrder() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            assertEquals(List.of(), drain(file));
            reader.send(Command.RELOAD);
            reader.send(Command.DRAIN);
            reader.send(Command.STOP);
            assertEquals(List.of(Command.RELOAD, Command.DRAIN, Command.STOP), drain(file));
            assertEquals(List.of(), drain(file));
        }
    }

    @Test
    void commandsThatNoOneTakesAreRefused() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            final IOException full = assertThrows(IOException.class, () -> {
                for (int i = 0; i < 10_000; i++) {
                    reader.send(Command.RELOAD);
                }
            });
            assertEquals("the gateway edge does not take commands: too many wait already", full.getMessage());
            assertFalse(drain(file).isEmpty());
            reader.send(Command.STOP);
        }
    }

    @Test
    void aSenderThatDiedInTheMiddleBlocksNoOne() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            file.heartbeat(0);
            ring().tryClaim(1, Long.BYTES);
            reader.send(Command.STOP);
            assertEquals(List.of(), drain(file));
            file.heartbeat(1_000);
            file.heartbeat(3_000);
            assertEquals(List.of(), drain(file));
            file.heartbeat(3_001);
            assertEquals(List.of(Command.STOP), drain(file));
        }
    }

    @Test
    void unknownAndScribbledCommandsAreSkipped() throws IOException {
        try (CommandControlFile file = create(); CommandControlReader reader = attach()) {
            ring().write(77, new UnsafeBuffer(new byte[8]), 0, 8);
            ring().write(Command.STOP.typeId(), new UnsafeBuffer(new byte[8]), 0, 2);
            reader.send(Command.DRAIN);
            assertEquals(List.of(Command.DRAIN), drain(file));
            reader.send(Command.DRAIN);
            ring().buffer().putInt((int) ring().consumerPosition(), 5_000);
            assertEquals(List.of(), drain(file));
            assertEquals(1, reader.errors().size());
        }
    }

    @Test
    void anotherGatewayOfThisProcessIsRefused() throws IOException {
        try (CommandControlFile file = create()) {
            final IOException refused = assertThrows(IOException.class, this::create);
            assertEquals("another gateway of this process uses " + directory(), refused.getMessage());
            file.ready();
        }
        create().close();
    }

    @Test
    void anotherProcessSeesAndCommands() throws IOException {
        try (GatewayProcess other = GatewayProcess.start(directory())) {
            assertEquals("ready", other.readLine());
            try (CommandControlReader reader = attach()) {
                assertEquals("other", reader.name());
                assertEquals(other.pid(), reader.pid());
                assertEquals(42, reader.get(Counter.PACKETS_IN_FROM_SOURCE));
                final IOException refused = assertThrows(IOException.class, this::create);
                assertEquals("another gateway uses " + directory() + ", process " + other.pid(), refused.getMessage());
                reader.send(Command.RELOAD);
                reader.send(Command.STOP);
                final String sender = " from " + ProcessHandle.current().pid();
                assertEquals("RELOAD" + sender, other.readLine());
                assertEquals("STOP" + sender, other.readLine());
                other.await();
                assertEquals(GatewayState.STOPPED, reader.state());
            }
            assertEquals("no gateway is running in " + directory() + ": it has stopped",
                assertThrows(NoGatewayException.class, this::attach).getMessage());
        }
    }

    @Test
    void aKilledGatewayLeavesNoLock() throws IOException {
        try (GatewayProcess other = GatewayProcess.start(directory())) {
            assertEquals("ready", other.readLine());
            try (CommandControlReader reader = attach()) {
                other.kill();
                assertFalse(reader.isRunning());
                assertEquals(
                    "no gateway is running in " + directory() + ": process " + other.pid() + " ended without stopping",
                    assertThrows(NoGatewayException.class, this::attach).getMessage());
                try (CommandControlFile successor = create()) {
                    successor.ready();
                    assertFalse(reader.isRunning(), "the successor is another gateway");
                    assertEquals("edge", attach().name());
                }
            }
        }
    }

    /** Closing any descriptor of the lock file would give a POSIX lock away. */
    @Test
    void lookingFromWithinTheProcessKeepsTheLock() throws IOException {
        try (CommandControlFile file = create()) {
            attach().close();
            assertThrows(IOException.class, this::create);
            try (GatewayProcess other = GatewayProcess.start(directory())) {
                assertEquals("another gateway uses " + directory() + ", process " + ProcessHandle.current().pid(), other.readLine());
            }
            file.ready();
        }
    }

    @Test
    void noGatewayIsNoGateway() {
        assertEquals("no gateway is running in " + directory(), assertThrows(NoGatewayException.class, this::attach).getMessage());
    }

    @Test
    void unusableDirectoriesAreExplained() throws IOException {
        Files.writeString(directory(), "a file");
        final IOException refused = assertThrows(IOException.class, this::create);
        assertTrue(refused.getMessage().startsWith("cannot make the state directory " + directory() + ": "), refused.getMessage());
        assertFalse(refused.getMessage().contains("\n"));
    }

    @Test
    void descriptionsAreLines() {
        assertThrows(IllegalArgumentException.class, () -> new Description(0, List.of("a\nb"), Map.of(Fact.NAME, "x")));
        assertThrows(IllegalArgumentException.class, () -> new Description(0, List.of("a"), Map.of(Fact.NAME, "x\ny")));
        assertThrows(IllegalArgumentException.class, () -> new Description(0, List.of("a"), Map.of()));
        assertThrows(IllegalArgumentException.class, () -> new Description(0, List.of(), Map.of(Fact.NAME, "x")));
    }

    private ManyToOneRingBuffer ring() throws IOException {
        return MappedFile.of(directory()).commands();
    }

    private static List<Command> drain(final CommandControlFile file) {
        final List<Command> commands = new ArrayList<>();
        file.drainCommands((command, senderPid) -> {
            assertEquals(ProcessHandle.current().pid(), senderPid);
            commands.add(command);
        }, 1_000);
        return commands;
    }

    private Path directory() {
        return temporary.resolve("edge");
    }

    private CommandControlFile create() throws IOException {
        return CommandControlFile.create(directory(), GatewayProcess.description("edge"));
    }

    private CommandControlReader attach() throws IOException {
        return CommandControlReader.attach(directory());
    }
}
