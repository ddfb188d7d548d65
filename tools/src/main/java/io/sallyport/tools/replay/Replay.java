package io.sallyport.tools.replay;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.EngineOptions;
import io.sallyport.engine.EngineOptions.Secrets;
import io.sallyport.engine.NatPipeline;
import io.sallyport.event.EventLog;
import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * Turns the crank of the engine: the caller hands over packets in the order of their time, and receives what the gateway sends.
 *
 * <p>The clock is that of the packets. Each is processed at its own timestamp, after all that is due until then; what follows from a
 * packet carries its timestamp, what a timer does carries the timer's. The clock never goes back: an earlier timestamp counts as the
 * latest seen. The first packet starts the clock and the gateway, which announces itself then. Nothing looks ahead, so what comes out
 * for the first packets does not depend on those that follow.
 *
 * <p>The event log that the configuration names is written anew, with the packets' time.
 *
 * <p>State lies in memory and ends with this object. One thread at a time.
 */
public final class Replay implements AutoCloseable {

    /** Longest frame that can be handed over, in bytes: the longest that a capture file holds. */
    public static final int LONGEST_FRAME_LENGTH = 262_144;

    /** Polls that find nothing to do although the engine said that something was due; more would be a bug that never ends. */
    private static final int MOST_IDLE_POLLS = 1_000;

    private final GatewayConfig config;
    private final Secrets secrets;
    private final Sink sink;
    private final PacketBatch batch = PacketBatch.owning(1, LONGEST_FRAME_LENGTH);
    private NatPipeline nat;
    private Optional<EventLog> events = Optional.empty();
    private long nowNs;

    /**
     * A gateway that has not started.
     *
     * @param config  a configuration without problems; its interfaces need not exist
     * @param secrets what every random choice follows from
     * @param sink    receives what the gateway sends
     */
    public Replay(final GatewayConfig config, final Secrets secrets, final Sink sink) {
        this.config = config.validated();
        this.secrets = secrets;
        this.sink = sink;
    }

    /** Where frames go that leave the gateway. */
    @FunctionalInterface
    public interface Sink {
        /**
         * A frame leaves; its bytes are the engine's, and only good during the call.
         *
         * @param side        the side that it leaves on
         * @param timestampNs when, in ns of the packets' clock
         */
        void frame(Side side, long timestampNs, DirectBuffer memory, int offset, int length);
    }

    /**
     * A frame arrives.
     *
     * <p>A frame that was captured where its sender had left the checksum to a NIC gets it here, as on its way through that NIC.
     *
     * @param timestampNs when, in ns
     * @param length      its length, in bytes, at most {@link #LONGEST_FRAME_LENGTH}
     * @throws UncheckedIOException with one line for the user, when it is the first and the event log cannot be written
     */
    public void receive(final Side side, final long timestampNs, final DirectBuffer memory, final int offset, final int length) {
        advanceTo(timestampNs);
        batch.clear();
        final int i = batch.claim(length);
        final int at = batch.offset(i);
        batch.frames().putBytes(at, memory, offset, length);
        if (SoftwareOffload.isPartial(batch.frames(), at, length)) {
            SoftwareOffload.completeChecksum(batch.frames(), at, length);
        }
        batch.arrived(side, nowNs);
        nat.process(batch, nowNs);
        nat.finish(batch, this::transmit, nowNs);
        events.ifPresent(log -> log.drain(nowNs));
    }

    /** Lets time pass: runs everything that is due until then, each at its own time. Starts the gateway if it has not started. */
    public void advanceTo(final long timestampNs) {
        if (nat == null) {
            start(timestampNs);
        }
        int idlePolls = 0;
        for (long dueNs = nat.nextTimerNs(nowNs); dueNs <= timestampNs; dueNs = nat.nextTimerNs(nowNs)) {
            nowNs = Math.max(nowNs, dueNs);
            idlePolls = nat.poll(nowNs, this::transmit) > 0 ? 0 : idlePolls + 1;
            events.ifPresent(log -> log.drain(nowNs));
            if (idlePolls > MOST_IDLE_POLLS) {
                throw new IllegalStateException("the engine has nothing to do at " + nowNs + " ns, and says that it has");
            }
        }
        nowNs = Math.max(nowNs, timestampNs);
    }

    /** The latest time that was seen, in ns; 0 before the first packet. */
    public long nowNs() {
        return nowNs;
    }

    /** A counter of the gateway. */
    public long count(final Counter counter) {
        return nat == null ? 0 : nat.count(counter);
    }

    /** A drop counter of the gateway. */
    public long count(final DropReason reason) {
        return nat == null ? 0 : nat.count(reason);
    }

    /** Stops the gateway; what waits for ARP is dropped. The counters can still be read. */
    @Override
    public void close() {
        if (nat != null) {
            events.ifPresent(log -> log.drain(nowNs));
            nat.close();
        }
    }

    private void start(final long timestampNs) {
        nowNs = timestampNs;
        try {
            events = EventLog.ofReplay(config, nowNs, CounterBlock.onHeap());
            nat = NatPipeline.create(config,
                new EngineOptions(secrets, Optional.empty(), EngineOptions.inMemory().counters()).withEvents(events), nowNs);
        } catch (final IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
        nat.start(nowNs, this::transmit);
    }

    private void transmit(final PacketBatch sent, final Side side) {
        for (int i = 0; i < sent.size(); i++) {
            if (sent.egress(i) == side.ordinal()) {
                sink.frame(side, nowNs, sent.frames(), sent.offset(i), sent.length(i));
            }
        }
    }
}
