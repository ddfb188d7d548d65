package io.sallyport.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The way from a worker to the log. */
class EventRingTest {

    private static final int LENGTH = 4096;

    private final CounterBlock counters = CounterBlock.onHeap();
    private final List<String> read = new ArrayList<>();

    @Test
    void events_arrive_in_their_order_with_the_worker_s_time() {
        final EventRing ring = new EventRing(LENGTH, null);
        final MappingEvents events = new MappingEvents(new Telling(ring, false, null), 0, counters);
        events.started();
        events.time(5);
        events.created(0, 1, 2, 3, 4, 5, 6);
        events.time(6);
        events.ended(0, 1, 2, 3, 4, 5, 6);
        drain(ring);
        assertEquals(List.of("CREATED 5 2 4 false", "ENDED 6 2 4 false"), read);
    }

    @Test
    void what_finds_no_room_is_counted_and_what_was_there_stays() {
        final EventRing ring = new EventRing(LENGTH, null);
        final MappingEvents events = new MappingEvents(new Telling(ring, true, null), 0, counters);
        events.started();
        for (int i = 0; i < 1_000; i++) {
            events.created(0, 1, i, 3, 4, 5, 6);
        }
        drain(ring);
        assertTrue(read.size() > 50 && read.size() < 110, read.size() + " fit");
        assertEquals(1_000 - read.size(), ring.lost());
        assertEquals(1_000 - read.size(), counters.get(Counter.EVENTS_LOST));
        assertEquals("CREATED 0 " + (read.size() - 1) + " 4 true", read.getLast());
        events.created(0, 1, 77, 3, 4, 5, 6);
        drain(ring);
        assertEquals("CREATED 0 77 4 true", read.getLast(), "there is room again");
    }

    @Test
    void before_the_start_nothing_is_lost() {
        final EventRing[] ring = new EventRing[1];
        ring[0] = new EventRing(LENGTH, () -> drain(ring[0]));
        final MappingEvents events = new MappingEvents(new Telling(ring[0], false, null), 0, counters);
        for (int i = 0; i < 1_000; i++) {
            events.created(0, 1, i, 3, 4, 5, 6);
        }
        drain(ring[0]);
        assertEquals(1_000, read.size());
        assertEquals(0, ring[0].lost());
    }

    @Test
    void a_host_that_is_refused_is_told_of_once_a_minute() {
        final EventRing ring = new EventRing(LENGTH, null);
        final MappingEvents events = new MappingEvents(new Telling(ring, false, null), 0, counters);
        events.started();
        for (int second = 0; second < 130; second++) {
            events.time(TimeUnit.SECONDS.toNanos(1_000 + second));
            events.refused(0, 0x0A4D_0002, 3, Refusal.HOST_LIMIT);
            events.refused(0, 0x0A4D_0003, 3, Refusal.NO_PORT);
        }
        drain(ring);
        assertEquals(6, read.size(), read::toString);
    }

    private void drain(final EventRing ring) {
        final EventRing.Reader reader = new EventRing.Reader(ring,
            (kind, event) -> read.add(kind + " " + event.timeNs() + " " + event.insidePort() + " " + event.publicPort() + " "
                + event.hasDestination()));
        while (!reader.isEmpty()) {
            reader.read(10);
        }
    }
}
