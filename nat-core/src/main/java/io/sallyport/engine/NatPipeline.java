package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.Reconfiguration;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.PacketBatch;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.agrona.concurrent.NanoClock;

/**
 * The engine alone, without threads or interfaces: the caller brings batches, says what time it is, and sends.
 *
 * <pre>{@code
 * try (NatPipeline nat = NatPipeline.create(config, clock)) {
 *     batch.arrived(Side.INSIDE, nowNs);
 *     nat.process(batch, nowNs);
 *     nat.finish(batch, transmitter, nowNs);
 *     nat.poll(nowNs, transmitter);
 * }
 * }</pre>
 *
 * <p>Not thread-safe: one thread at a time.
 */
public final class NatPipeline implements AutoCloseable {

    private static final int RELEASED_CAPACITY = 64;

    private final Engine engine;
    private final Ingress ingress;
    private final Worker[] workers;
    private final Egress egress;
    private final PacketBatch[] originated;
    private final PacketBatch released;

    private NatPipeline(final Engine engine) {
        this.engine = engine;
        ingress = engine.ingress();
        workers = engine.workers().toArray(Worker[]::new);
        egress = engine.egress();
        originated = new PacketBatch[workers.length];
        for (int worker = 0; worker < originated.length; worker++) {
            originated[worker] = Engine.newOriginatedBatch();
        }
        released = ingress.newReleasedBatch(RELEASED_CAPACITY);
    }

    /**
     * An engine with state in memory.
     *
     * @param config its interfaces' {@code mac} and {@code mtu}, where empty, are 02:00:00:00:00:01 and :02, and 1500
     * @param clock  tells the time of the start
     * @throws IllegalArgumentException if the configuration has problems
     */
    public static NatPipeline create(final GatewayConfig config, final NanoClock clock) {
        try {
            return create(config, EngineOptions.inMemory(), clock.nanoTime());
        } catch (final IOException e) {
            throw new IllegalStateException("state in memory needs no file", e);
        }
    }

    /**
     * An engine with the given secrets, state and counters.
     *
     * @throws IOException              if the state cannot be read or written
     * @throws IllegalArgumentException if the configuration has problems
     */
    public static NatPipeline create(final GatewayConfig config, final EngineOptions options, final long nowNs)
        throws IOException {
        return over(Engine.create(config, options, nowNs));
    }

    /** A pipeline over an engine. */
    public static NatPipeline over(final Engine engine) {
        return new NatPipeline(engine);
    }

    /**
     * Goes over to a configuration as far as that can be done without dropping a connection; what needs a restart stays as it is. Keys of
     * {@code events} count as changed also where the engine was made without an event log, and have no effect then.
     *
     * @return what has changed, and what needs a restart
     * @throws IllegalArgumentException if the configuration has problems, or its event log cannot be opened; nothing has changed then
     */
    public Reconfiguration reconfigure(final GatewayConfig config, final long nowNs) {
        return engine.control().reconfigure(config, () -> adopt(nowNs));
    }

    /** Opens no connections any more, or again; those that live go on. */
    public void drain(final boolean isDraining, final long nowNs) {
        engine.control().drain(isDraining, () -> adopt(nowNs));
    }

    /** Lets go of public addresses that the configuration does not name any more and no connection uses; to be called now and then. */
    public void tend(final long nowNs) {
        engine.control().tend(nowNs);
        adopt(nowNs);
    }

    /** What another thread may have changed: one load for a batch. */
    private void adopt(final long nowNs) {
        final Rules rules = engine.rules();
        ingress.adopt(rules);
        for (int worker = 0; worker < originated.length; worker++) {
            workers[worker].adopt(rules, nowNs);
        }
        egress.adopt(rules, nowNs);
    }

    /** Announces the gateway's addresses on both sides. */
    public void start(final long nowNs, final Egress.Transmitter transmitter) {
        egress.announce(nowNs);
        egress.poll(transmitter, nowNs);
    }

    /** Decides about every packet of a batch, and rewrites those that leave; the batch's side of arrival is set. */
    public void process(final PacketBatch batch, final long nowNs) {
        adopt(nowNs);
        ingress.process(batch);
        decide(batch, nowNs);
    }

    private void decide(final PacketBatch batch, final long nowNs) {
        for (int worker = 0; worker < originated.length; worker++) {
            workers[worker].process(batch, originated[worker], nowNs);
        }
        egress.process(batch, nowNs);
    }

    /**
     * Sends a processed batch and what the gateway has to say about it, and counts; then the same for fragments that waited for one in
     * it. The batch can then be released.
     *
     * @return packets of the batch that were forwarded
     */
    public int finish(final PacketBatch batch, final Egress.Transmitter transmitter, final long nowNs) {
        send(batch, transmitter, nowNs);
        final int forwarded = egress.forwarded();
        while (ingress.hasReleased()) {
            ingress.release(released, nowNs);
            decide(released, nowNs);
            send(released, transmitter, nowNs);
        }
        return forwarded;
    }

    private void send(final PacketBatch batch, final Egress.Transmitter transmitter, final long nowNs) {
        egress.finish(batch, transmitter, nowNs);
        for (final PacketBatch own : originated) {
            egress.finishOriginated(own, transmitter, nowNs);
        }
    }

    /**
     * Runs what is due, a bounded amount, and sends what follows from it. Call it until it returns 0 to run all.
     *
     * @return the number of things done
     */
    public int poll(final long nowNs, final Egress.Transmitter transmitter) {
        adopt(nowNs);
        int work = ingress.poll(nowNs) + egress.poll(transmitter, nowNs);
        for (int worker = 0; worker < originated.length; worker++) {
            work += workers[worker].poll(nowNs, originated[worker]);
            egress.finishOriginated(originated[worker], transmitter, nowNs);
        }
        return work;
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs(final long nowNs) {
        long nextNs = Math.min(ingress.nextTimerNs(), egress.nextTimerNs(nowNs));
        for (final Worker worker : workers) {
            nextNs = Math.min(nextNs, worker.nextTimerNs());
        }
        return nextNs;
    }

    /** Asks for huge pages for the tables; why there will be none for that of connections, as half a sentence, or empty. Any thread. */
    public Optional<String> adviseHugePages() {
        return Arrays.stream(workers).map(Worker::adviseHugePages).flatMap(Optional::stream).findFirst();
    }

    /** Says what time it is, for those who read the state files. */
    public void beat(final long nowNs, final long epochMs) {
        for (final Worker worker : workers) {
            worker.beat(nowNs, epochMs);
        }
    }

    /** A counter, all stages together. */
    public long count(final Counter counter) {
        long sum = 0;
        for (final CounterBlock block : engine.counters()) {
            sum += block.get(counter);
        }
        return sum;
    }

    /** A drop counter, all stages together. */
    public long count(final DropReason reason) {
        long sum = 0;
        for (final CounterBlock block : engine.counters()) {
            sum += block.get(reason);
        }
        return sum;
    }

    /** Drops the packets that wait, and lets go of the state, which stays where it lies. */
    @Override
    public void close() {
        ingress.discardHeld();
        egress.discardHeld();
        engine.close();
    }
}
