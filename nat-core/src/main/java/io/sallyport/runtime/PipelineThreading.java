package io.sallyport.runtime;

import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import io.sallyport.config.IoConfig.Wait;
import io.sallyport.engine.Egress;
import io.sallyport.engine.Egress.Transmitter;
import io.sallyport.engine.Engine;
import io.sallyport.engine.Ingress;
import io.sallyport.engine.Rules;
import io.sallyport.engine.Worker;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NanoClock;

/**
 * A thread for each stage, with a Disruptor ring between them: capture → workers → transmit. A burst passes on by the ring's
 * sequences, which order all that the stages write into it. When the ring is full, capture leaves the frames in the NIC's ring.
 */
final class PipelineThreading implements Threading, Agent {

    private static final int RING_SIZE = 32;
    private static final int BATCH_SIZE = 64;
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long DRAIN_SECONDS = 5;

    private final PortPair ports;
    private final Ingress ingress;
    private final Engine engine;
    private final NanoClock clock;
    private final LatencyMeter latency;
    private final ErrorHandler errorHandler;
    private final Disruptor<Burst> disruptor;
    private final List<Thread> stages = new ArrayList<>();
    private final AgentRunner capture;
    private final PacketBatch[] spares;
    private final Pacing pacing = new Pacing();
    private RingBuffer<Burst> ring;
    private Rules rules;
    private long lastPublishNs = Long.MIN_VALUE;

    PipelineThreading(
        final PortPair ports,
        final Engine engine,
        final NanoClock clock,
        final Wait wait,
        final LatencyMeter latency,
        final ErrorHandler errorHandler) {
        this.ports = ports;
        this.engine = engine;
        this.ingress = engine.ingress();
        this.clock = clock;
        this.latency = latency;
        this.errorHandler = errorHandler;
        spares = new PacketBatch[] {ports.inside().newBatch(BATCH_SIZE), ports.outside().newBatch(BATCH_SIZE)};
        disruptor = new Disruptor<>(
            () -> new Burst(ports, engine, BATCH_SIZE), RING_SIZE, this::newThread, ProducerType.SINGLE,
            Idling.ofRing(wait));
        disruptor.setDefaultExceptionHandler(new Failing());
        final WorkerHandler[] workers = new WorkerHandler[engine.workers().size()];
        for (int shard = 0; shard < workers.length; shard++) {
            workers[shard] = new WorkerHandler(engine.workers().get(shard), shard);
        }
        disruptor.handleEventsWith(workers).then(new TransmitHandler());
        capture = new AgentRunner(Idling.ofReceiver(wait, ports.waiter()), errorHandler, null, this);
    }

    /** Called for each stage behind the ring, in order. */
    private Thread newThread(final Runnable stage) {
        final int number = stages.size();
        final String name = number < engine.workers().size() ? "sallyport-worker-" + number : "sallyport-transmit";
        final Thread thread = new Thread(stage, name);
        stages.add(thread);
        return thread;
    }

    @Override
    public void start() {
        ring = disruptor.start();
        AgentRunner.startOnThread(capture, task -> new Thread(task, "sallyport-capture"));
    }

    @Override
    public int doWork() {
        final long nowNs = clock.nanoTime();
        rules = engine.rules();
        ingress.adopt(rules);
        int work = capture(Side.INSIDE, nowNs) + capture(Side.OUTSIDE, nowNs);
        if (pacing.isDue(nowNs)) {
            work += ingress.poll(nowNs);
        }
        if (nowNs - lastPublishNs >= TICK_NS || lastPublishNs == Long.MIN_VALUE) {
            tick(nowNs);
        }
        return work;
    }

    /** Takes a burst from an interface, behind the fragments that earlier ones have released. */
    private int capture(final Side side, final long nowNs) {
        if (!publishReleased(nowNs) || !ring.hasAvailableCapacity(1)) {
            return 0;
        }
        final PacketBatch batch = spares[side.ordinal()];
        final int count = ports.port(side).receive(batch);
        if (count > 0) {
            batch.arrived(side, nowNs);
            ingress.process(batch);
            final long sequence = ring.next();
            spares[side.ordinal()] = ring.get(sequence).exchange(batch, side, rules, nowNs);
            ring.publish(sequence);
            lastPublishNs = nowNs;
        }
        return count;
    }

    /** Publishes fragments whose first has come; false when the ring is full and some are left. */
    private boolean publishReleased(final long nowNs) {
        while (ingress.hasReleased()) {
            if (!ring.hasAvailableCapacity(1)) {
                return false;
            }
            final long sequence = ring.next();
            ingress.release(ring.get(sequence).tick(rules, nowNs), nowNs);
            ring.publish(sequence);
            lastPublishNs = nowNs;
        }
        return true;
    }

    private void tick(final long nowNs) {
        if (ring.hasAvailableCapacity(1)) {
            final long sequence = ring.next();
            ring.get(sequence).tick(rules, nowNs);
            ring.publish(sequence);
            lastPublishNs = nowNs;
        }
    }

    @Override
    public String roleName() {
        return "capture";
    }

    @Override
    public void close() {
        capture.close();
        try {
            disruptor.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS);
        } catch (final TimeoutException e) {
            disruptor.halt();
        }
        stages.stream().filter(stage -> stage.getState() != Thread.State.NEW).forEach(PipelineThreading::join);
        ingress.discardHeld();
        engine.egress().discardHeld();
    }

    /** The memory of ports and tables is unmapped next: a stage that still works in it would take the whole process down. */
    private static void join(final Thread stage) {
        try {
            if (!stage.join(Duration.ofSeconds(DRAIN_SECONDS))) {
                throw new IllegalStateException(stage.getName() + " does not stop");
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + stage.getName() + " was to stop", e);
        }
    }

    private static final class WorkerHandler implements EventHandler<Burst> {

        private final Worker worker;
        private final int shard;
        private final Pacing pacing = new Pacing();

        WorkerHandler(final Worker worker, final int shard) {
            this.worker = worker;
            this.shard = shard;
        }

        @Override
        public void onEvent(final Burst burst, final long sequence, final boolean endOfBatch) {
            final long nowNs = burst.nowNs();
            worker.adopt(burst.rules(), nowNs);
            worker.process(burst.batch(), burst.originated(shard), nowNs);
            if (pacing.isDue(nowNs)) {
                worker.poll(nowNs, burst.originated(shard));
                worker.beat(nowNs, System.currentTimeMillis());
            }
        }
    }

    private final class TransmitHandler implements EventHandler<Burst> {

        private final Egress egress = engine.egress();
        private final Transmitter transmitter = (batch, side) -> ports.port(side).transmit(batch, side);
        private final Pacing pacing = new Pacing();

        @Override
        public void onStart() {
            egress.announce(clock.nanoTime());
        }

        @Override
        public void onEvent(final Burst burst, final long sequence, final boolean endOfBatch) {
            final long nowNs = burst.nowNs();
            egress.adopt(burst.rules(), nowNs);
            final PacketBatch batch = burst.batch();
            if (batch.size() > 0) {
                egress.process(batch, nowNs);
                egress.finish(batch, transmitter, nowNs);
                if (burst.isFromPort()) {
                    latency.sent(batch, egress.forwarded());
                    ports.port(batch.arrivalSide()).release(batch);
                }
                batch.clear();
            }
            for (int worker = 0; worker < burst.workers(); worker++) {
                egress.finishOriginated(burst.originated(worker), transmitter, nowNs);
            }
            if (pacing.isDue(nowNs)) {
                egress.poll(transmitter, nowNs);
                egress.receiveDrops(ports.inside().receiveDrops(), ports.outside().receiveDrops());
            }
        }
    }

    /** A stage that throws has a bug, and its burst is lost: the gateway stops rather than go on with half a burst. */
    private final class Failing implements ExceptionHandler<Burst> {

        @Override
        public void handleEventException(final Throwable failure, final long sequence, final Burst burst) {
            errorHandler.onError(failure);
        }

        @Override
        public void handleOnStartException(final Throwable failure) {
            errorHandler.onError(failure);
        }

        @Override
        public void handleOnShutdownException(final Throwable failure) {
            errorHandler.onError(failure);
        }
    }
}
