package io.sallyport.counter;

import java.util.function.ToLongFunction;

/** The identity that every packet is accounted for; see {@link Counter}. */
public final class Accounting {

    private Accounting() {
    }

    /**
     * Packets that came in, less those that went out, were consumed, wait, or were dropped: 0 whenever no packet is under way.
     *
     * @param counters value of each counter, summed over the stages
     * @param drops    value of each drop counter, summed over the stages
     */
    public static long difference(final ToLongFunction<Counter> counters, final ToLongFunction<DropReason> drops) {
        return packetsIn(counters)
            - counters.applyAsLong(Counter.PACKETS_OUT_TO_DESTINATION)
            - counters.applyAsLong(Counter.PACKETS_OUT_TO_SOURCE)
            - counters.applyAsLong(Counter.CONSUMED)
            - counters.applyAsLong(Counter.HELD)
            - dropped(drops);
    }

    /** The same for a running gateway; packets that are under way while it is read show as a difference. */
    public static long difference(final CommandControlReader gateway) {
        return difference(gateway::get, gateway::get);
    }

    /** The same for the stages of one process. */
    public static long difference(final CounterBlock... stages) {
        return difference(counter -> sum(stages, counter), reason -> sum(stages, reason));
    }

    /** Packets that came in on both sides. */
    public static long packetsIn(final ToLongFunction<Counter> counters) {
        return counters.applyAsLong(Counter.PACKETS_IN_FROM_SOURCE) + counters.applyAsLong(Counter.PACKETS_IN_FROM_DESTINATION);
    }

    /** Packets dropped for whatever reason. */
    public static long dropped(final ToLongFunction<DropReason> drops) {
        long sum = 0;
        for (final DropReason reason : DropReason.values()) {
            sum += drops.applyAsLong(reason);
        }
        return sum;
    }

    private static long sum(final CounterBlock[] stages, final Counter counter) {
        long sum = 0;
        for (final CounterBlock stage : stages) {
            sum += stage.get(counter);
        }
        return sum;
    }

    private static long sum(final CounterBlock[] stages, final DropReason reason) {
        long sum = 0;
        for (final CounterBlock stage : stages) {
            sum += stage.get(reason);
        }
        return sum;
    }
}
