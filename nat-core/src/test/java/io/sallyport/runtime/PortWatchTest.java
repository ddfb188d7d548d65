package io.sallyport.runtime;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUse;
import io.sallyport.counter.PortUseTable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Each warning is given once, and in time. */
class PortWatchTest {

    private static final int PUBLIC = 0xC633_6401;
    private static final int UDP = 1;
    private static final long DESTINATION = (long) UDP << 48 | 0xCB00_7105L << 16 | 53;

    private final PortUseTable table = PortUseTable.inMemory(List.of(PUBLIC), 2);
    private final List<String> heard = new ArrayList<>();
    private final PortUseListener listener = new PortUseListener() {
        @Override
        public void onPortUse(final PortUse use) {
            heard.add(PortWarnings.text(use));
        }

        @Override
        public void onDestinationUse(final DestinationUse use) {
            heard.add(PortWarnings.text(use));
        }
    };

    @Test
    void aPublicAddressIsWarnedOfAtFourFifthsAndWhenNothingIsLeft() {
        final PortWatch watch = new PortWatch(table, false, listener);
        table.capacity(UDP, 1000);
        assertHears(watch, 799, 0);
        assertHears(watch, 700, 100,
            "public address 198.51.100.1: 800 of 1,000 udp ports (80 %) are taken, 700 in use and 100 cooling down");
        assertHears(watch, 950, 0);
        assertHears(watch, 990, 10, "public address 198.51.100.1: all 1,000 udp ports are taken, 990 in use and 10 cooling down; "
            + "who needs another is refused");
        assertHears(watch, 1000, 0);
    }

    @Test
    void aWarningIsNotRepeatedUntilItHasBeenCalm() {
        final PortWatch watch = new PortWatch(table, false, listener);
        table.capacity(UDP, 1000);
        assertHears(watch, 1000, 0, "public address 198.51.100.1: all 1,000 udp ports are taken, 1,000 in use and 0 cooling down; "
            + "who needs another is refused");
        assertHears(watch, 700, 0);
        assertHears(watch, 1000, 0);
        assertHears(watch, 699, 0);
        assertHears(watch, 801, 0,
            "public address 198.51.100.1: 801 of 1,000 udp ports (80 %) are taken, 801 in use and 0 cooling down");
    }

    @Test
    void workersShareAnAddress() {
        final PortWatch watch = new PortWatch(table, false, listener);
        table.capacity(UDP, 100);
        table.block(1).set(UDP, 50, 0);
        assertHears(watch, 29, 0);
        assertHears(watch, 30, 0, "public address 198.51.100.1: 80 of 100 udp ports (80 %) are taken, 80 in use and 0 cooling down");
    }

    @Test
    void anAddressWithoutPortsIsNotFull() {
        assertHears(new PortWatch(table, false, listener), 0, 0);
    }

    @Test
    void portsThatServeManyDestinationsRunShortForOne() {
        final PortWatch watch = new PortWatch(table, true, listener);
        table.capacity(UDP, 100);
        assertHears(watch, 100, 0);
        table.block(0).destination(DESTINATION, 85, 100);
        assertHears(watch, 100, 0, "destination 203.0.113.5:53: 85 of 100 udp ports (85 %) of public address 198.51.100.1 are taken");
        table.block(0).destination(DESTINATION, 100, 100);
        assertHears(watch, 100, 0,
            "destination 203.0.113.5:53: all 100 udp ports of public address 198.51.100.1 are taken; who needs another is refused");
        table.block(0).destination(DESTINATION, 75, 100);
        table.block(0).destination(DESTINATION, 100, 100);
        assertHears(watch, 100, 0);
        table.block(0).destination(DESTINATION, 60, 100);
        assertHears(watch, 100, 0);
        table.block(0).destination(DESTINATION, 80, 100);
        assertHears(watch, 100, 0, "destination 203.0.113.5:53: 80 of 100 udp ports (80 %) of public address 198.51.100.1 are taken");
    }

    private void assertHears(final PortWatch watch, final int inUse, final int cooling, final String... warnings) {
        heard.clear();
        table.block(0).set(UDP, inUse, cooling);
        watch.look();
        watch.look();
        assertEquals(List.of(warnings), heard, inUse + " in use");
    }
}
