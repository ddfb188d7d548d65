package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Map;

/** What iperf3 measured, for the log and for limits. */
final class Figures {

    private Figures() {
    }

    /** Prints rate and loss; fails when nothing arrived. */
    static void print(final String gateway, final String what, final Map<?, ?> end) {
        final double rate = rate(end);
        System.out.printf(Locale.ROOT, "%-18s %-8s %8.3f Gbit/s, %.2f %% lost%n", gateway, what, rate / 1e9, lostPercent(end));
        assertTrue(rate > 0, end::toString);
    }

    /** Bits a second that arrived. */
    static double rate(final Map<?, ?> end) {
        final Map<?, ?> sum = (Map<?, ?>) end.get(end.containsKey("sum_received") ? "sum_received" : "sum");
        return ((Number) sum.get("bits_per_second")).doubleValue();
    }

    /** Percentage of the datagrams that did not arrive; 0 for TCP. */
    static double lostPercent(final Map<?, ?> end) {
        final Map<?, ?> sum = (Map<?, ?>) end.get(end.containsKey("sum") ? "sum" : "sum_received");
        return sum.get("lost_percent") instanceof final Number lost ? lost.doubleValue() : 0;
    }
}
