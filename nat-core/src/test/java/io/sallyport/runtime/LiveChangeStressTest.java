package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.config.StateConfig;
import io.sallyport.counter.Accounting;
import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.CommandResult;
import io.sallyport.counter.CommandResult.Outcome;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.GatewayState;
import io.sallyport.engine.Packets;
import io.sallyport.packet.PortPair;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A whole gateway with its threads is changed while packets go through it. */
@Timeout(60)
class LiveChangeStressTest {

    private static final int HOSTS = 40;
    private static final int FLOWS = 400;
    private static final int FORWARDED = 40;
    private static final int ROUNDS = 30;
    private static final int REMOTE = 10_000;
    private static final int REMOTE_OF_FORWARD = 30_000;
    private static final String SERVER = "203.0.113.5";
    private static final String PUBLIC = "198.51.100.1";

    @TempDir
    private Path directory;
    private final MemoryPort inside = new MemoryPort("l0", 0x0200_0000_0001L);
    private final MemoryPort outside = new MemoryPort("w0", 0x0200_0000_0002L);
    private final PortPair ports = new PortPair(inside, outside, LockSupport::parkNanos);
    private final Random random = new Random(7);
    /** For a test that waits in vain. */
    private Supplier<String> whatIsWrong = () -> "";

    /**
     * Connections that live before the changes begin lose no packet, keep their endpoints, and every packet is accounted for; among them
     * are those of a forward that comes, goes and leads elsewhere.
     */
    @ParameterizedTest
    @CsvSource({"INLINE,1,ENDPOINT_INDEPENDENT", "INLINE,3,ENDPOINT_DEPENDENT", "PIPELINE,1,ENDPOINT_DEPENDENT",
        "PIPELINE,3,ENDPOINT_INDEPENDENT", "PIPELINE,3,ENDPOINT_DEPENDENT"})
    void connectionsLiveThroughAnyNumberOfChanges(final IoConfig.Threading threading, final int workers, final Mapping mapping)
        throws Exception {
        final GatewayConfig config = config(threading, workers, mapping);
        final Gateway gateway = Gateway.launch(config.withNat(config.nat().withForwards(List.of(forward(0)))), ports);
        final CommandControlReader reader = CommandControlReader.attach(directory.resolve("default"));
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        whatIsWrong = () -> "gateway: " + gateway.failure() + ", changes: " + failure.get() + ", drops: " + drops(reader);
        final Map<Integer, String> endpoints = new HashMap<>();
        round(endpoints);
        roundThroughForward();
        final AtomicBoolean isOver = new AtomicBoolean();
        final Thread changer = Thread.ofPlatform().start(() -> change(gateway, config, isOver, failure));
        for (int round = 0; round < ROUNDS; round++) {
            round(endpoints);
            roundThroughForward();
            for (int k = 0; k < 20; k++) {
                inside.arriving.add(Packets.udp(host(k), 20_000 + round * 20 + k, SERVER, 53, 8));
                outside.arriving.add(Packets.udp(SERVER, 54, PUBLIC, 2222, 8));
            }
        }
        isOver.set(true);
        changer.join();
        assertEquals(null, failure.get());
        await(() -> inside.arriving.isEmpty() && outside.arriving.isEmpty()
            && inside.withGateway.get() == 0 && outside.withGateway.get() == 0);
        gateway.close();
        assertTrue(gateway.failure().isEmpty(), () -> gateway.failure().toString());
        try (reader) {
            assertEquals(0, Accounting.difference(reader), "accounting");
            assertEquals(0, reader.get(DropReason.TRANSMIT_FAILED));
            assertEquals(List.of(), reader.errors());
        }
    }

    @ParameterizedTest
    @CsvSource({"INLINE", "PIPELINE"})
    void commandsAreAnswered(final IoConfig.Threading threading) throws Exception {
        final GatewayConfig config = config(threading, 1, Mapping.ENDPOINT_INDEPENDENT);
        try (Gateway gateway = Gateway.launch(config, ports);
            CommandControlReader reader = CommandControlReader.attach(directory.resolve("default"))) {
            assertEquals(Outcome.REFUSED, ask(reader, Command.RELOAD).outcome(), "not started from a file");
            gateway.reloadFrom(() -> config.withNat(config.nat().withExempt(List.of(Ipv4Prefix.parse("192.0.2.0/24"))))
                .withIo(new IoConfig("other", threading, 1, config.io().waiting(), IoConfig.Offload.OFF, false)));
            assertEquals("CommandResult[outcome=DONE, lines=[applied: nat.exempt (1 added, 0 removed), needs a restart: io.backend]]",
                ask(reader, Command.RELOAD).toString());
            gateway.reloadFrom(() -> {
                throw new IllegalArgumentException("one\ntwo");
            });
            assertEquals("CommandResult[outcome=REFUSED, lines=[one, two]]", ask(reader, Command.RELOAD).toString());
            gateway.reloadFrom(() -> {
                throw new IllegalMonitorStateException("odd");
            });
            assertEquals(Outcome.FAILED, ask(reader, Command.RELOAD).outcome());
            gateway.reloadFrom(() -> config);
            gateway.requestReload();
            await(() -> gateway.config().nat().exempt().isEmpty());
            assertEquals(Outcome.DONE, ask(reader, Command.DRAIN).outcome());
            assertEquals(GatewayState.DRAINING, reader.state());
            inside.arriving.add(Packets.udp(host(1), 5000, SERVER, 53, 8));
            await(() -> reader.get(DropReason.DRAINING) == 1);
            assertEquals(Outcome.DONE, ask(reader, Command.RESUME).outcome());
            assertEquals(GatewayState.READY, reader.state());
            inside.arriving.add(Packets.udp(host(1), 5000, SERVER, 53, 8));
            await(() -> reader.get(Counter.ACTIVE_CONNECTIONS_UDP) == 1);
            assertTrue(gateway.failure().isEmpty());
        }
    }

    /** The stages do not take a change up when they do not run: it is told, and nothing hangs. */
    @Test
    void aChangeThatIsNotTakenUpIsTold() throws Exception {
        final GatewayConfig config = config(IoConfig.Threading.INLINE, 1, Mapping.ENDPOINT_INDEPENDENT);
        final Gateway gateway = Gateway.launch(config, ports);
        gateway.close();
        final IllegalStateException late = assertThrows(IllegalStateException.class, () -> gateway.drain(true));
        assertTrue(late.getMessage().contains("not in force"), late.getMessage());
    }

    private void change(
        final Gateway gateway, final GatewayConfig config, final AtomicBoolean isOver, final AtomicReference<Throwable> failure) {
        try {
            for (int k = 0; !isOver.get(); k++) {
                gateway.reconfigure(config.withNat(changed(config.nat(), k)));
                if (k % 7 == 6) {
                    gateway.drain(k % 2 == 0);
                }
            }
            gateway.drain(false);
        } catch (final RuntimeException | Error e) {
            failure.set(e);
        }
    }

    /** Anything that can change, but for what would end connections. */
    private NatConfig changed(final NatConfig nat, final int k) {
        final int first = Ipv4Address.parse(PUBLIC);
        final List<AddressRange> pool = new ArrayList<>(nat.pool());
        if (k % 3 != 0) {
            pool.add(new AddressRange(first + 8, first + 8 + k % 5));
        }
        final List<Forward> forwards = new ArrayList<>();
        if (k % 4 != 3) {
            forwards.add(forward(k));
        }
        // ports that connections have, too
        for (int more = 0; more < k % 50; more++) {
            forwards.add(new Forward(Protocol.UDP, first, 1024 + 97 * more + k % 97, Ipv4Address.parse(host(more)), 99, List.of()));
        }
        return nat.withPool(pool, nat.ports()).withForwards(forwards.stream().filter(forward -> forward.outsidePort() != 2222
                || forward.insidePort() == 7).toList())
            .withOneToOne(k % 2 == 0 ? List.of() : List.of(new OneToOne(first + 40, Ipv4Address.parse(host(3)), List.of())))
            .withExempt(k % 5 == 0 ? List.of(Ipv4Prefix.parse("192.0.2.0/24")) : List.of())
            .withLimits(new Limits(k % 2 == 0 ? 10_000 : 5_000, k % 3 == 0 ? 0 : 1_000, 0))
            .withHairpinning(k % 2 == 0)
            .withTimeouts(random.nextBoolean() ? nat.timeouts() : new NatConfig.Timeouts(TimeUnit.HOURS.toNanos(1), nat.timeouts().icmpNs(),
                nat.timeouts().tcpUnsolicitedSynNs(), TimeUnit.MINUTES.toNanos(2), nat.timeouts().icmpNs(), nat.timeouts().fragmentNs(),
                k % 2 == 0 ? 0 : nat.timeouts().portReuseNs()));
    }

    private static Forward forward(final int k) {
        return new Forward(Protocol.UDP, Ipv4Address.parse(PUBLIC), 2222, Ipv4Address.parse(host(k)), 7, List.of());
    }

    /** Every flow sends a packet from the endpoint that it had before, and gets an answer. */
    private void round(final Map<Integer, String> endpoints) {
        for (int flow = 0; flow < FLOWS; flow++) {
            inside.arriving.add(Packets.udp(host(flow), 5000 + flow / HOSTS, SERVER, REMOTE + flow, 8));
        }
        final Map<Integer, byte[]> requests = collect(outside, Packets::destinationPort, REMOTE, FLOWS);
        requests.forEach((flow, request) -> {
            Packets.assertChecksums(request);
            final String endpoint = Packets.source(request) + ":" + Packets.sourcePort(request);
            assertEquals(endpoints.computeIfAbsent(flow, first -> endpoint), endpoint);
            outside.arriving.add(Packets.udp(SERVER, REMOTE + flow, Packets.source(request), Packets.sourcePort(request), 8));
        });
        collect(inside, Packets::sourcePort, REMOTE, FLOWS).forEach((flow, answer) ->
            assertEquals(host(flow) + ":" + (5000 + flow / HOSTS), Packets.destination(answer) + ":" + Packets.destinationPort(answer)));
    }

    /** What came through the forward before it was changed goes to the host that it led to then, and the answers come from its endpoint. */
    private void roundThroughForward() {
        for (int flow = 0; flow < FORWARDED; flow++) {
            outside.arriving.add(Packets.udp(SERVER, REMOTE_OF_FORWARD + flow, PUBLIC, 2222, 8));
        }
        collect(inside, Packets::sourcePort, REMOTE_OF_FORWARD, FORWARDED).forEach((flow, packet) -> {
            assertEquals(host(0) + ":7", Packets.destination(packet) + ":" + Packets.destinationPort(packet));
            inside.arriving.add(Packets.udp(host(0), 7, SERVER, REMOTE_OF_FORWARD + flow, 8));
        });
        collect(outside, Packets::destinationPort, REMOTE_OF_FORWARD, FORWARDED).forEach((flow, answer) ->
            assertEquals(PUBLIC + ":2222", Packets.source(answer) + ":" + Packets.sourcePort(answer)));
    }

    /** The UDP packets that left by an interface with one of {@code count} ports from {@code first} on, by port; others are left out. */
    private Map<Integer, byte[]> collect(
        final MemoryPort port, final ToIntFunction<byte[]> portOf, final int first, final int count) {
        final Map<Integer, byte[]> collected = new HashMap<>();
        await(() -> {
            for (byte[] frame = port.left.poll(); frame != null; frame = port.left.poll()) {
                final boolean isUdp = frame[12] == 8 && frame[13] == 0 && frame[23] == 17;
                final int flow = isUdp ? portOf.applyAsInt(frame) - first : -1;
                if (flow >= 0 && flow < count) {
                    collected.put(flow, frame);
                }
            }
            return collected.size() == count;
        });
        return collected;
    }

    private CommandResult ask(final CommandControlReader reader, final Command command) throws IOException {
        final long request = reader.send(command);
        await(() -> reader.result(request).isPresent());
        return reader.result(request).orElseThrow();
    }

    private GatewayConfig config(final IoConfig.Threading threading, final int workers, final Mapping mapping) {
        final List<InterfaceConfig.Neighbour> hosts = IntStream.range(0, HOSTS)
            .mapToObj(host -> new InterfaceConfig.Neighbour(Ipv4Address.parse(host(host)), 0x0200_0000_0A00L + host)).toList();
        final GatewayConfig config = GatewayConfig.of(
            InterfaceConfig.of("l0", "10.77.0.1/24").withNeighbours(hosts),
            InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(Ipv4Address.parse("198.51.100.2")).withNeighbours(List.of(
                new InterfaceConfig.Neighbour(Ipv4Address.parse("198.51.100.2"), 0x0200_0000_0B01L))));
        return config
            .withNat(config.nat().withMapping(mapping).withLimits(new Limits(10_000, 0, 0)))
            .withIo(new IoConfig("memory", threading, workers, IoConfig.Wait.BACKOFF, IoConfig.Offload.OFF, false))
            .withState(new StateConfig(directory, true));
    }

    private static Map<DropReason, Long> drops(final CommandControlReader reader) {
        return Arrays.stream(DropReason.values()).filter(reason -> reader.get(reason) > 0)
            .collect(Collectors.toMap(reason -> reason, reader::get));
    }

    private static String host(final int number) {
        return "10.77.0." + (10 + number % HOSTS);
    }

    private void await(final BooleanSupplier condition) {
        final long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < endNs, () -> "waited in vain; " + whatIsWrong.get());
            LockSupport.parkNanos(100_000);
        }
    }
}
