package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.fragment.FragmentTracker;
import io.sallyport.packet.FrameParser;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;

/**
 * First stage: counts what came in, has it parsed, gives fragments the key of their datagram, and each packet to the worker that owns its
 * connection.
 *
 * <p>A fragment whose first has not come waits here. When the first comes, those that waited are {@linkplain #release released} into a
 * batch of their own, which then passes the other stages like any batch, right behind the one with the first.
 *
 * <p>One thread: the capture thread.
 */
public final class Ingress {

    private final FrameParser parser;
    private final FragmentTracker fragments;
    private final Crossing crossing;
    private final CounterBlock counters;
    private Rules rules;
    private Sharding sharding;

    /** Made by {@link Engine}; {@code crossing} is null where no packet needs it. */
    Ingress(
        final FrameParser parser,
        final FragmentTracker fragments,
        final Crossing crossing,
        final Rules rules,
        final CounterBlock counters) {
        this.parser = parser;
        this.fragments = fragments;
        this.crossing = crossing;
        this.rules = rules;
        this.counters = counters;
        sharding = rules.sharding();
    }

    /** Goes by other rules from the next batch on, if they are others. */
    public void adopt(final Rules next) {
        if (next != rules) {
            rules = next;
            sharding = next.sharding();
            fragments.timeout(next.config().nat().timeouts().fragmentNs());
        }
    }

    /** Processes a batch, whose side and time of arrival are set. */
    public void process(final PacketBatch batch) {
        count(batch);
        parse(batch);
    }

    private void parse(final PacketBatch batch) {
        if (parser.parse(batch)) {
            track(batch);
        }
        if (!sharding.isForOne()) {
            assign(batch);
        }
    }

    private void track(final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (batch.verdict(i) == Verdict.NONE && FragmentTracker.concerns(batch, i)) {
                fragments.track(batch, i);
            }
        }
    }

    private void assign(final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (batch.verdict(i) == Verdict.NONE) {
                batch.shard(i, sharding.owner(batch.addressKey(i), batch.portKey(i)));
            }
        }
    }

    /** A batch for {@link #release}. */
    public PacketBatch newReleasedBatch(final int capacity) {
        return crossing == null ? fragments.newBatch(capacity) : PacketBatch.owning(capacity, Crossing.LONGEST_FRAME_LENGTH);
    }

    /** Whether {@link #release} has anything to release; to be asked after {@link #process}. */
    public boolean hasReleased() {
        return fragments.hasReleased() || crossing != null && crossing.hasFrames();
    }

    /**
     * Clears a batch and fills it with fragments that need wait no longer, or with packets that go on from one worker to another, ready for
     * the workers; they were counted in when they came. What finds no room is left for the next call.
     *
     * @param released made by {@link #newReleasedBatch}
     */
    public void release(final PacketBatch released, final long nowNs) {
        if (!fragments.hasReleased() && crossing != null) {
            released.clear();
            released.turned(nowNs);
            crossing.drain(released);
            parse(released);
            return;
        }
        fragments.release(released, nowNs);
        if (!sharding.isForOne()) {
            assign(released);
        }
    }

    /**
     * Drops fragments that have waited too long, a bounded number.
     *
     * @return the number of things done
     */
    public int poll(final long nowNs) {
        return fragments.poll(nowNs);
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs() {
        return fragments.nextTimerNs();
    }

    /** Drops the fragments that wait, when the gateway stops. */
    public void discardHeld() {
        fragments.discard();
    }

    private void count(final PacketBatch batch) {
        if (batch.size() == 0) {
            return;
        }
        long bytes = 0;
        for (int i = 0; i < batch.size(); i++) {
            bytes += batch.length(i);
        }
        final boolean inside = batch.arrivalSide() == Side.INSIDE;
        counters.add(inside ? Counter.PACKETS_IN_FROM_SOURCE : Counter.PACKETS_IN_FROM_DESTINATION, batch.size());
        counters.add(inside ? Counter.BYTES_IN_FROM_SOURCE : Counter.BYTES_IN_FROM_DESTINATION, bytes);
    }
}
