package io.sallyport.runtime;

import io.sallyport.engine.Egress.Transmitter;
import io.sallyport.engine.Engine;
import io.sallyport.engine.NatPipeline;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/** One thread does all: it takes a burst from an interface and runs it to completion, then one from the other. */
final class InlineThreading implements Threading, Agent {

    private final PortPair ports;
    private final Engine engine;
    private final NatPipeline nat;
    private final NanoClock clock;
    private final LatencyMeter latency;
    private final Transmitter transmitter;
    private final PacketBatch[] batches;
    private final AgentRunner runner;
    private final Pacing pacing;

    InlineThreading(
        final PortPair ports,
        final Engine engine,
        final NanoClock clock,
        final IdleStrategy idleStrategy,
        final LatencyMeter latency,
        final ErrorHandler errorHandler) {
        this.ports = ports;
        this.engine = engine;
        this.nat = NatPipeline.over(engine);
        this.clock = clock;
        this.latency = latency;
        this.transmitter = (batch, side) -> ports.port(side).transmit(batch, side);
        batches = new PacketBatch[] {
            ports.inside().newBatch(Engine.MAX_BATCH), ports.outside().newBatch(Engine.MAX_BATCH)};
        pacing = new Pacing();
        runner = new AgentRunner(idleStrategy, errorHandler, null, this);
    }

    @Override
    public void start() {
        AgentRunner.startOnThread(runner, task -> new Thread(task, "sallyport-inline"));
    }

    @Override
    public void onStart() {
        ports.waiter().wakeAtOnce();
        nat.start(clock.nanoTime(), transmitter);
    }

    @Override
    public int doWork() {
        final long nowNs = clock.nanoTime();
        int work = burst(Side.INSIDE, nowNs) + burst(Side.OUTSIDE, nowNs);
        if (pacing.isDue(nowNs)) {
            work += nat.poll(nowNs, transmitter);
            engine.egress().receiveDrops(ports.inside().receiveDrops(), ports.outside().receiveDrops());
            nat.beat(nowNs, System.currentTimeMillis());
        }
        return work;
    }

    private int burst(final Side side, final long nowNs) {
        final PacketPort port = ports.port(side);
        final PacketBatch batch = batches[side.ordinal()];
        final int count = port.receive(batch);
        if (count > 0) {
            batch.arrived(side, nowNs);
            nat.process(batch, nowNs);
            latency.sent(batch, nat.finish(batch, transmitter, nowNs));
            port.release(batch);
        }
        return count;
    }

    @Override
    public String roleName() {
        return "inline";
    }

    @Override
    public void close() {
        runner.close();
        engine.ingress().discardHeld();
        engine.egress().discardHeld();
    }
}
