package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.PortUseTable;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** An engine on a bench: packets in by hand, packets out into a list, time by hand. */
final class Lab implements AutoCloseable {

    static final long INSIDE_HOST_MAC = 0x0200_0000_0A01L;
    static final long ROUTER_MAC = 0x0200_0000_0B01L;
    static final String IN1 = "10.77.0.2";
    static final String IN2 = "10.77.0.3";
    static final String PUBLIC = "198.51.100.1";
    static final String OUT1 = "203.0.113.5";
    static final String OUT2 = "203.0.113.6";

    final NatPipeline nat;
    final List<Sent> sent = new ArrayList<>();
    long nowNs = TimeUnit.SECONDS.toNanos(1000);
    private final PacketBatch batch = PacketBatch.owning(Engine.MAX_BATCH, 2048);

    private Lab(final NatPipeline nat) {
        this.nat = nat;
    }

    /** A packet that left. */
    record Sent(Side side, byte[] frame) {
    }

    static GatewayConfig config() {
        return GatewayConfig.of(
            InterfaceConfig.of("l0", "10.77.0.1/24").withNeighbours(List.of(
                new InterfaceConfig.Neighbour(Ipv4Address.parse(IN1), INSIDE_HOST_MAC),
                new InterfaceConfig.Neighbour(Ipv4Address.parse(IN2), INSIDE_HOST_MAC + 1))),
            InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(Ipv4Address.parse("198.51.100.2")).withNeighbours(List.of(
                new InterfaceConfig.Neighbour(Ipv4Address.parse("198.51.100.2"), ROUTER_MAC))));
    }

    static Lab of(final GatewayConfig config) {
        return of(config, Optional.empty());
    }

    static Lab of(final GatewayConfig config, final Optional<Path> stateDirectory) {
        return of(config, stateDirectory, EngineOptions.Secrets.seeded(1));
    }

    static Lab of(final GatewayConfig config, final Optional<Path> stateDirectory, final EngineOptions.Secrets secrets) {
        return of(config, new EngineOptions(secrets, stateDirectory, EngineOptions.inMemory().counters()));
    }

    static Lab of(final GatewayConfig config, final PortUseTable use) {
        return of(config, new EngineOptions(
            EngineOptions.Secrets.seeded(1), Optional.empty(), EngineOptions.inMemory().counters(), Optional.of(use)));
    }

    private static Lab of(final GatewayConfig config, final EngineOptions options) {
        try {
            return new Lab(NatPipeline.create(config, options, TimeUnit.SECONDS.toNanos(1000)));
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    static GatewayConfig small(final int connections) {
        final GatewayConfig config = config();
        return config.withNat(config.nat().withLimits(new io.sallyport.config.NatConfig.Limits(connections, 0, 0)));
    }

    /** Puts packets in as one batch and gives what left on account of them. */
    List<Sent> receive(final Side side, final byte[]... frames) {
        batch.clear();
        for (final byte[] frame : frames) {
            final int i = batch.claim(frame.length);
            batch.frames().putBytes(batch.offset(i), frame);
        }
        batch.arrived(side, nowNs);
        sent.clear();
        nat.process(batch, nowNs);
        nat.finish(batch, this::transmit, nowNs);
        assertAccountedFor();
        return List.copyOf(sent);
    }

    List<Sent> fromInside(final byte[]... frames) {
        return receive(Side.INSIDE, frames);
    }

    List<Sent> fromOutside(final byte[]... frames) {
        return receive(Side.OUTSIDE, frames);
    }

    /** Lets time pass, with everything that is due running at its time. */
    void pass(final long duration, final TimeUnit unit) {
        final long endNs = nowNs + unit.toNanos(duration);
        for (long next = nat.nextTimerNs(nowNs); next <= endNs; next = nat.nextTimerNs(nowNs)) {
            nowNs = Math.max(nowNs, next);
            while (nat.poll(nowNs, this::transmit) > 0) {
                assertAccountedFor();
            }
        }
        nowNs = endNs;
        nat.poll(nowNs, this::transmit);
    }

    long count(final Counter counter) {
        return nat.count(counter);
    }

    long count(final DropReason reason) {
        return nat.count(reason);
    }

    void assertAccountedFor() {
        long out = count(Counter.PACKETS_OUT_TO_DESTINATION) + count(Counter.PACKETS_OUT_TO_SOURCE)
            + count(Counter.CONSUMED) + count(Counter.HELD);
        for (final DropReason reason : DropReason.values()) {
            out += count(reason);
        }
        assertEquals(count(Counter.PACKETS_IN_FROM_SOURCE) + count(Counter.PACKETS_IN_FROM_DESTINATION), out, "accounting");
    }

    private void transmit(final PacketBatch leaving, final Side side) {
        for (int i = 0; i < leaving.size(); i++) {
            if (leaving.egress(i) == side.ordinal()) {
                final byte[] frame = new byte[leaving.length(i)];
                final UnsafeBuffer frames = leaving.frames();
                frames.getBytes(leaving.offset(i), frame);
                sent.add(new Sent(side, frame));
            }
        }
    }

    @Override
    public void close() {
        nat.close();
    }
}
