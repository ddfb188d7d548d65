package io.sallyport.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccountingTest {

    @Test
    void everyWayInAndOutCounts() {
        final CounterBlock first = CounterBlock.onHeap();
        final CounterBlock second = CounterBlock.onHeap();
        first.add(Counter.PACKETS_IN_FROM_SOURCE, 1_000_000);
        first.add(Counter.PACKETS_IN_FROM_DESTINATION, 100_000);
        second.add(Counter.PACKETS_OUT_TO_DESTINATION, 10_000);
        second.add(Counter.PACKETS_OUT_TO_SOURCE, 1_000);
        second.add(Counter.CONSUMED, 100);
        second.add(Counter.HELD, 10);
        for (final DropReason reason : DropReason.values()) {
            second.addDrops(reason.ordinal(), 100_000);
        }
        assertEquals(1_100_000 - 11_110 - 100_000L * DropReason.count(), Accounting.difference(first, second));
    }

    @Test
    void whatTheGatewayMakesIsApart() {
        final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
        final List<Counter> identity = List.of(Counter.PACKETS_IN_FROM_SOURCE, Counter.PACKETS_IN_FROM_DESTINATION,
            Counter.PACKETS_OUT_TO_DESTINATION, Counter.PACKETS_OUT_TO_SOURCE, Counter.CONSUMED, Counter.HELD);
        for (final Counter counter : Counter.values()) {
            counters.put(counter, identity.contains(counter) ? 0L : 7L);
        }
        assertEquals(0, Accounting.difference(counters::get, reason -> 0));
    }
}
