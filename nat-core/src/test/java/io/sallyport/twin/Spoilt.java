package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A gateway with something wrong, to see that it is found out. */
final class Spoilt implements Gateway {

    private final Gateway gateway;
    private final UnaryOperator<List<Out>> packets;
    private final UnaryOperator<List<Out>> timers;
    private final UnaryOperator<Map<String, Long>> counts;
    private final UnaryOperator<Long> clock;

    private Spoilt(
        final Gateway gateway,
        final UnaryOperator<List<Out>> packets,
        final UnaryOperator<List<Out>> timers,
        final UnaryOperator<Map<String, Long>> counts,
        final UnaryOperator<Long> clock) {
        this.gateway = gateway;
        this.packets = packets;
        this.timers = timers;
        this.counts = counts;
        this.clock = clock;
    }

    /** What leaves on account of packets is changed. */
    static Spoilt packets(final Gateway gateway, final UnaryOperator<List<Out>> change) {
        return new Spoilt(gateway, change, same(), same(), same());
    }

    /** What timers send is changed. */
    static Spoilt timers(final Gateway gateway, final UnaryOperator<List<Out>> change) {
        return new Spoilt(gateway, same(), change, same(), same());
    }

    /** A drop is counted for another reason. */
    static Spoilt reasons(final Gateway gateway, final String from, final String to) {
        return new Spoilt(gateway, same(), same(), drops -> {
            final Map<String, Long> moved = new HashMap<>(drops);
            moved.merge(to, moved.getOrDefault(from, 0L), Long::sum);
            moved.put(from, 0L);
            return moved;
        }, same());
    }

    /** The gateway is told another time. */
    static Spoilt clock(final Gateway gateway, final UnaryOperator<Long> change) {
        return new Spoilt(gateway, same(), same(), same(), change);
    }

    @Override
    public List<Out> receive(final Side side, final byte[] frame, final long nowNs) {
        return packets.apply(new ArrayList<>(gateway.receive(side, frame, clock.apply(nowNs))));
    }

    @Override
    public List<Out> pass(final long nowNs) {
        return timers.apply(new ArrayList<>(gateway.pass(clock.apply(nowNs))));
    }

    @Override
    public Map<String, Long> drops() {
        return counts.apply(gateway.drops());
    }

    @Override
    public long sum(final String labelPrefix) {
        return gateway.sum(labelPrefix);
    }

    @Override
    public long unaccounted() {
        return gateway.unaccounted();
    }

    @Override
    public void close() {
        gateway.close();
    }

    private static <T> UnaryOperator<T> same() {
        return UnaryOperator.identity();
    }
}
