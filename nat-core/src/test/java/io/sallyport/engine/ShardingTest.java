package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.OUT1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Three workers are one gateway: what one opens, its answers and errors find, and each has work. */
class ShardingTest {

    private static final int WORKERS = 3;
    private static final int HOSTS = 200;
    private static final int PER_HOST = 15;

    private final ConcurrentHashMap<Integer, CounterBlock> stages = new ConcurrentHashMap<>();

    @Test
    void bothDirectionsOfAFlowAndItsErrorsMeetTheSameWorker() {
        try (Lab lab = Lab.of(config(), Optional.empty(), EngineOptions.Secrets.seeded(3))) {
            final Set<String> endpoints = new HashSet<>();
            for (int host = 0; host < HOSTS; host++) {
                for (int k = 0; k < PER_HOST; k++) {
                    exchange(lab, endpoints, "10.77.0." + (20 + host), 3000 + k, k % 3);
                }
            }
            assertEquals(HOSTS * PER_HOST, endpoints.size(), "every flow has a public endpoint of its own");
            assertEquals(HOSTS * PER_HOST / 3, lab.count(Counter.CONNECTIONS_ESTABLISHED_UDP));
            assertEquals(HOSTS * PER_HOST / 3, lab.count(Counter.CONNECTIONS_ESTABLISHED_ICMP));
            assertEquals(HOSTS * PER_HOST / 3, lab.count(Counter.ACTIVE_CONNECTIONS_TCP));
            lab.pass(1, TimeUnit.HOURS);
            for (final Counter gauge : new Counter[] {Counter.ACTIVE_CONNECTIONS_TCP, Counter.ACTIVE_CONNECTIONS_UDP,
                Counter.ACTIVE_CONNECTIONS_ICMP, Counter.ACTIVE_MAPPINGS, Counter.PORTS_IN_USE_TCP, Counter.PORTS_COOLING}) {
                assertEquals(0, lab.count(gauge), gauge.label());
            }
        }
    }

    /** The later fragments tell no port: whose they are is known from the first, in whatever order they come. */
    @Test
    void fragmentsFromOutsideMeetTheWorkerOfTheirDatagram() {
        try (Lab lab = Lab.of(config(), Optional.empty(), EngineOptions.Secrets.seeded(3))) {
            for (int host = 0; host < HOSTS; host++) {
                final String inside = "10.77.0." + (20 + host);
                final byte[] request = Fragments.datagram(Packets.udp(inside, 3000, OUT1, 53, 100), host);
                final byte[] out = Fragments.reassemble(Fragments.frames(lab.fromInside(Fragments.split(request, 48))));
                Packets.assertChecksums(out);
                final byte[] answer = Fragments.datagram(
                    Packets.udp(OUT1, 53, Packets.source(out), Packets.sourcePort(out), 100), host);
                final byte[][] pieces = Fragments.split(answer, 16, 48);
                final int first = host % 3;
                lab.fromOutside(pieces[(2 + first) % 3], pieces[(1 + first) % 3], pieces[first]);
                // the hosts have no static neighbours: what came back waits for ARP
            }
            assertEquals(0, lab.count(io.sallyport.counter.DropReason.FRAGMENT));
            assertEquals(0, lab.count(io.sallyport.counter.DropReason.UNSOLICITED));
            assertEquals(HOSTS, lab.count(Counter.CONNECTIONS_ESTABLISHED_UDP));
            assertEquals(3L * HOSTS, lab.count(Counter.HELD));
        }
    }

    @Test
    void everyWorkerHasHosts() {
        final EngineOptions options = new EngineOptions(EngineOptions.Secrets.seeded(3), Optional.empty(),
            stage -> stages.computeIfAbsent(stage, unused -> CounterBlock.onHeap()));
        try (NatPipeline nat = NatPipeline.create(config(), options, 0)) {
            final io.sallyport.packet.PacketBatch batch = io.sallyport.packet.PacketBatch.owning(HOSTS, 256);
            for (int host = 0; host < HOSTS; host++) {
                final byte[] frame = Packets.udp("10.77.0." + (20 + host), 3000, OUT1, 53, 1);
                batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
            }
            batch.arrived(Side.INSIDE, 0);
            nat.process(batch, 0);
        } catch (final java.io.IOException e) {
            throw new AssertionError(e);
        }
        for (int worker = 0; worker < WORKERS; worker++) {
            final long mappings = stages.get(EngineOptions.FIRST_WORKER_STAGE + worker).get(Counter.ACTIVE_MAPPINGS);
            assertTrue(mappings > HOSTS / WORKERS / 2, "worker " + worker + " has " + mappings);
        }
    }

    private static void exchange(final Lab lab, final Set<String> endpoints, final String host, final int port, final int kind) {
        final byte[] request = switch (kind) {
            case 0 -> Packets.udp(host, port, OUT1, 53, 8);
            case 1 -> Packets.tcp(host, port, OUT1, 80, Packets.SYN, 100, 0, 0);
            default -> Packets.echo(host, OUT1, 8, port);
        };
        // answers to what waits for ARP have no interest here: the outside has a static neighbour
        final byte[] out = lab.fromInside(request).get(0).frame();
        final String address = Packets.source(out);
        final int publicPort = kind == 2 ? Packets.identifier(out) : Packets.sourcePort(out);
        endpoints.add(kind + "/" + address + ":" + publicPort);
        final byte[] answer = switch (kind) {
            case 0 -> Packets.udp(OUT1, 53, address, publicPort, 8);
            case 1 -> Packets.tcp(OUT1, 80, address, publicPort, Packets.SYN | Packets.ACK, 900, 101, 0);
            default -> Packets.echo(OUT1, address, 0, publicPort);
        };
        final long unsolicited = lab.count(io.sallyport.counter.DropReason.UNSOLICITED);
        lab.fromOutside(answer, Packets.icmpError("192.0.2.1", address, 3, 1, out));
        assertEquals(unsolicited, lab.count(io.sallyport.counter.DropReason.UNSOLICITED), "answer");
        assertEquals(0, lab.count(io.sallyport.counter.DropReason.ICMP_UNRELATED), "error");
    }

    private static GatewayConfig config() {
        final GatewayConfig config = Lab.small(10_000);
        final IoConfig io = config.io();
        final AddressRange pool = new AddressRange(Ipv4Address.parse("198.51.100.8"), Ipv4Address.parse("198.51.100.11"));
        return config.withNat(config.nat().withPool(List.of(pool), config.nat().ports()))
            .withIo(new IoConfig(io.backend(), io.threading(), WORKERS, io.waiting(), io.offload(), io.isolate()));
    }
}
