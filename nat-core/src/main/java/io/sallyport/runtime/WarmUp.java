package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.Egress.Transmitter;
import io.sallyport.engine.Engine;
import io.sallyport.engine.NatPipeline;
import io.sallyport.packet.PacketBackend.Rehearsal;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Has the compiler know the hot code before the gateway is ready: an engine that is thrown away, set up like the gateway's but small,
 * translates made-up conversations from beginning to end, both ways, until their connections idle out, and then others. It sends nothing
 * and touches nothing. In turn with it the backend rehearses how it receives and sends.
 *
 * <p>What the profiles of an earlier run (JEP 515) say of the hot code spares the first rounds, not the compilation.
 */
final class WarmUp implements AutoCloseable {

    private static final int ROUNDS_PER_EPOCH = 40;
    private static final int WHOLE_BATCH = 64;
    private static final int FEWEST_CONNECTIONS = 1024;
    /** So many that their index is touched in a pass of its own, if that of the gateway's is. */
    private static final int MOST_CONNECTIONS = 40_000;
    private static final long ROUND_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long IDLE_NS = TimeUnit.HOURS.toNanos(3);
    private static final long START_NS = 1;

    private final Transmitter[] transmitters = {(batch, side) -> { }, (batch, side) -> { }, (batch, side) -> { }};
    private final PacketBatch outbound = PacketBatch.owning(WHOLE_BATCH, Conversations.LONGEST_FRAME_LENGTH);
    private final PacketBatch inbound = PacketBatch.owning(WHOLE_BATCH, Conversations.LONGEST_FRAME_LENGTH);
    private final NatPipeline nat;
    private final Rehearsal rehearsal;
    private long nowNs = START_NS;

    WarmUp(final GatewayConfig config, final Rehearsal rehearsal) {
        this.rehearsal = rehearsal;
        nat = NatPipeline.create(small(config), () -> START_NS);
    }

    /**
     * Runs for so long, or a little longer.
     *
     * @param config    the gateway's; how it translates decides which code is hot
     * @param rehearsal the backend's, which is closed
     * @param budgetNs  time to spend
     * @return packets that were forwarded
     */
    static long run(final GatewayConfig config, final Rehearsal rehearsal, final long budgetNs) {
        final long beginNs = System.nanoTime();
        try (rehearsal; WarmUp warmUp = new WarmUp(config, rehearsal)) {
            warmUp.run(Integer.MAX_VALUE, beginNs + budgetNs);
            return warmUp.count(Counter.PACKETS_OUT_TO_DESTINATION) + warmUp.count(Counter.PACKETS_OUT_TO_SOURCE);
        }
    }

    /** Runs a number of epochs, however long they take. */
    void epochs(final int count) {
        run(count, Long.MAX_VALUE);
    }

    @Override
    public void close() {
        nat.close();
    }

    private void run(final int epochs, final long deadlineNs) {
        for (int epoch = 0; epoch < epochs && System.nanoTime() < deadlineNs; epoch++) {
            for (int round = 0; round < ROUNDS_PER_EPOCH && System.nanoTime() < deadlineNs; round++) {
                round(epoch, round);
            }
            idle();
        }
    }

    /** A counter of the engine. */
    long count(final Counter counter) {
        return nat.count(counter);
    }

    /** A drop counter of the engine. */
    long count(final DropReason reason) {
        return nat.count(reason);
    }

    /** Three transmitters take turns, so that the compiler bets on none: the gateway's own will be another one. */
    private void round(final int epoch, final int round) {
        final Transmitter transmitter = transmitters[round % transmitters.length];
        // short batches call the stages more often, which is what has them compiled; whole ones have their loops compiled
        final int size = round % 4 == 0 ? WHOLE_BATCH : 1 + round % 16;
        Conversations.ask(outbound, size, epoch, round);
        pass(outbound, Side.INSIDE, transmitter);
        Conversations.answer(inbound, outbound, round);
        pass(inbound, Side.OUTSIDE, transmitter);
        nowNs += ROUND_NS;
        nat.poll(nowNs, transmitter);
        nat.beat(nowNs, 0);
        rehearsal.burst(outbound);
    }

    private void pass(final PacketBatch batch, final Side side, final Transmitter transmitter) {
        batch.arrived(side, nowNs);
        nat.process(batch, nowNs);
        nat.finish(batch, transmitter, nowNs);
    }

    /** All connections end. */
    private void idle() {
        nowNs += IDLE_NS;
        int turn = 0;
        while (nat.poll(nowNs, transmitters[turn++ % transmitters.length]) > 0) {
            nowNs += ROUND_NS;
        }
    }

    private static GatewayConfig small(final GatewayConfig config) {
        final NatConfig nat = config.nat();
        final InterfaceConfig inside = InterfaceConfig.of("inside", Conversations.INSIDE_NETWORK)
            .withNeighbours(List.of(new Neighbour(Conversations.HOST, Conversations.HOST_MAC)))
            .resolved(Engine.DEFAULT_INSIDE_MAC, Engine.DEFAULT_MTU);
        final InterfaceConfig outside = InterfaceConfig.of("outside", Conversations.OUTSIDE_NETWORK)
            .withGateway(Conversations.ROUTER)
            .withNeighbours(List.of(new Neighbour(Conversations.ROUTER, Conversations.ROUTER_MAC)))
            .resolved(Engine.DEFAULT_OUTSIDE_MAC, Engine.DEFAULT_MTU);
        final int workers = config.io().workers();
        final int connections = Math.clamp(nat.limits().connections() / workers, FEWEST_CONNECTIONS, MOST_CONNECTIONS);
        final int pool = Ipv4Address.parse(Conversations.PUBLIC_ADDRESS);
        return GatewayConfig.of(inside, outside).withIo(config.io()).withNat(nat
            .withOneToOne(List.of()).withForwards(List.of()).withExempt(List.of())
            .withPool(List.of(new AddressRange(pool, pool)), new PortRange(1024, 65535))
            .withLimits(new Limits(connections * workers, nat.limits().perHost() == 0 ? 0 : connections, 0)));
    }
}
