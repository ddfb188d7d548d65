package io.sallyport.tools.scenario;

import io.sallyport.packet.Side;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A line of a case. Times are in ns from the beginning of the case. */
sealed interface Step {

    /** Line in the file. */
    int line();

    /** When at the earliest; empty for what takes no time. */
    Optional<Time> time();

    /**
     * From when until when, both included.
     *
     * @param earliestNs first moment
     * @param latestNs   last moment
     */
    record Time(long earliestNs, long latestNs) {
        Time plus(final long ns) {
            return new Time(earliestNs + ns, latestNs + ns);
        }
    }

    /** A packet arrives. */
    record Arrival(int line, Optional<Time> time, Side side, PacketSpec packet, Optional<String> label) implements Step {
    }

    /** A packet leaves. */
    record Departure(int line, Optional<Time> time, Side side, PacketSpec packet, Optional<String> label) implements Step {
    }

    /** The gateway starts, which it otherwise has done long before. */
    record Start(int line, Optional<Time> time) implements Step {
    }

    /** Time passes and nothing leaves. */
    record Quiet(int line, Optional<Time> time) implements Step {
    }

    /** A counter has a value. */
    record Count(int line, Optional<Time> time, String counter, Term value) implements Step {
    }

    /** So many packets were dropped so far, each for this reason, and no others. */
    record Drops(int line, Optional<Time> time, Map<String, Term> reasons) implements Step {
    }

    /** A condition of variables. */
    record Where(int line, Condition condition) implements Step {
        @Override
        public Optional<Time> time() {
            return Optional.empty();
        }
    }

    /** Steps that happen again and again, each time {@code everyNs} later. */
    record Repeat(int line, String variable, Term first, Term last, long everyNs, List<Step> steps) implements Step {

        /** Most rounds. */
        static final int MOST_ROUNDS = 100_000;

        @Override
        public Optional<Time> time() {
            return steps.getFirst().time();
        }
    }
}
