package io.sallyport.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PortUseTableTest {

    private static final int FIRST = 0xC633_6401;
    private static final int SECOND = 0xC633_6402;
    private static final long DESTINATION = 4L << 48 | 0xCB00_7105L << 16 | 443;

    private final PortUseTable table = PortUseTable.inMemory(List.of(FIRST, SECOND), 2);

    @Test
    void workersAreAddedUp() {
        table.capacity(4, 64_000);
        table.block(0).set(4, 100, 7);
        table.block(1).set(4, 20, 1);
        assertEquals(new PortUse(SECOND, 1, 120, 64_000, 8), table.use(4));
        assertEquals(128, table.taken(4));
        assertEquals(List.of(FIRST, FIRST, FIRST, SECOND, SECOND, SECOND), table.use().stream().map(PortUse::publicAddress).toList());
        assertEquals(List.of(0, 1, 2, 0, 1, 2), table.use().stream().map(PortUse::protocol).toList());
        assertEquals(120, table.use().stream().mapToLong(PortUse::inUse).sum(), "nothing elsewhere");
    }

    @Test
    void aDestinationIsNamedFromFourFifthsOnUntilItFallsBelowSevenTenths() {
        final PortUseBlock worker = table.block(1);
        worker.destination(DESTINATION, 79, 100);
        assertEquals(List.of(), table.crowdedDestinations());
        worker.destination(DESTINATION, 80, 100);
        assertEquals(List.of(new DestinationUse(SECOND, 1, 0xCB00_7105, 443, 80, 100)), table.crowdedDestinations());
        worker.destination(DESTINATION, 70, 100);
        assertEquals(70, table.crowdedDestinations().getFirst().inUse());
        worker.destination(DESTINATION, 69, 100);
        assertEquals(List.of(), table.crowdedDestinations());
    }

    @Test
    void moreCrowdedDestinationsThanThereIsRoomForWaitForIt() {
        final PortUseBlock worker = table.block(0);
        for (int port = 1; port <= PortUseBlock.DESTINATIONS + 1; port++) {
            worker.destination(port, 90, 100);
        }
        assertEquals(PortUseBlock.DESTINATIONS, table.crowdedDestinations().size());
        worker.destination(1, 0, 100);
        worker.destination(PortUseBlock.DESTINATIONS + 1, 91, 100);
        assertTrue(table.crowdedDestinations().stream().anyMatch(use -> use.remotePort() == PortUseBlock.DESTINATIONS + 1));
    }

    @Test
    void aClearedBlockSaysNothing() {
        table.block(0).set(5, 1, 2);
        table.block(0).destination(DESTINATION, 90, 100);
        table.block(0).clear();
        assertEquals(0, table.taken(5));
        assertEquals(List.of(), table.crowdedDestinations());
    }

    @Test
    void countsThatDoNotFitTheSectionAreRefused() {
        final int length = (int) PortUseTable.length(2, 2);
        final UnsafeBuffer section = new UnsafeBuffer(new byte[length]);
        PortUseTable.create(section, List.of(FIRST, SECOND), 2);
        assertTrue(PortUseTable.open(section).isPresent());
        for (final int count : new int[] {Integer.MIN_VALUE, -1, 100, 1 << 16, Integer.MAX_VALUE}) {
            section.putInt(0, count);
            assertTrue(PortUseTable.open(section).isEmpty(), count + " addresses");
            section.putInt(0, 2);
            section.putInt(4, count);
            assertTrue(PortUseTable.open(section).isEmpty(), count + " workers");
            section.putInt(4, 2);
        }
        assertTrue(PortUseTable.open(new UnsafeBuffer(new byte[64])).isEmpty());
    }
}
