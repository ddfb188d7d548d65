package io.sallyport.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Lines as they are written, and as they are read. */
class EventTextTest {

    private static final long TIME_NS = 1_764_338_587_123_456_789L;
    private static final int INSIDE = 0x0A4D_0002;
    private static final int PUBLIC = 0xC633_6401;
    private static final int REMOTE = 0xCB00_7150;

    private final EventText text = new EventText(4096);
    private final Event event = new Event().wrap(new UnsafeBuffer(new byte[Event.LENGTH]), 0).begin(7);
    private final EventLine line = new EventLine();

    @Test
    void a_mapping_is_one_line_of_json() {
        event.inside(INSIDE, 40_000).publicSide(0, PUBLIC, 1_024);
        text.event(EventKind.CREATED, event, TIME_NS);
        assertEquals("{\"time\":\"2025-11-28T14:03:07.123456789Z\",\"event\":\"created\",\"protocol\":\"tcp\","
            + "\"public\":\"198.51.100.1:1024\",\"inside\":\"10.77.0.2:40000\"}\n", text.toString());
    }

    @Test
    void destination_and_adoption_stand_at_the_end() {
        event.inside(INSIDE, 5).publicSide(1, PUBLIC, 65_535).destination(REMOTE, 53).flags(Event.ADOPTED | Event.WITH_DESTINATION);
        text.event(EventKind.CREATED, event, 0);
        assertEquals("{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"event\":\"created\",\"protocol\":\"udp\","
            + "\"public\":\"198.51.100.1:65535\",\"inside\":\"10.77.0.2:5\",\"destination\":\"203.0.113.80:53\",\"adopted\":true}\n",
            text.toString());
    }

    @Test
    void a_destination_of_a_query_has_no_port() {
        event.inside(INSIDE, 5).publicSide(EventProtocols.ICMP, PUBLIC, 9).destination(REMOTE, 0).flags(Event.WITH_DESTINATION);
        text.event(EventKind.ENDED, event, TIME_NS);
        assertTrue(text.toString().endsWith("\"event\":\"ended\",\"protocol\":\"icmp\",\"public\":\"198.51.100.1:9\","
            + "\"inside\":\"10.77.0.2:5\",\"destination\":\"203.0.113.80\"}\n"), text.toString());
    }

    @Test
    void all_other_lines() {
        event.inside(0, 40_063).publicSide(1, PUBLIC, 40_000).detail(3);
        text.event(EventKind.BLOCK_CLAIMED, event, TIME_NS);
        event.begin(7).inside(INSIDE, 0).publicSide(0, PUBLIC, 0).detail(Refusal.NO_PORT.ordinal());
        text.event(EventKind.REFUSED, event, TIME_NS);
        event.publicSide(3, PUBLIC, 0);
        text.event(EventKind.REFUSED, event, TIME_NS);
        text.beginning(EventKind.STARTED, TIME_NS, "edge", "run");
        text.stopped(TIME_NS, 0);
        text.lost(TIME_NS, 12, 0);
        text.forward(EventKind.FORWARD, TIME_NS, 0, PUBLIC, 2_222, INSIDE, 22);
        text.oneToOne(EventKind.ONE_TO_ONE, TIME_NS, PUBLIC, INSIDE);
        assertEquals("""
            "event":"block-claimed","protocol":"udp","public":"198.51.100.1:40000-40063","worker":3}
            "event":"refused","protocol":"tcp","public":"198.51.100.1","inside":"10.77.0.2","reason":"no-port"}
            "event":"refused","public":"198.51.100.1","inside":"10.77.0.2","reason":"no-port"}
            "event":"started","gateway":"edge","by":"run"}
            "event":"stopped","since":"1970-01-01T00:00:00.000000000Z"}
            "event":"lost","count":12,"since":"1970-01-01T00:00:00.000000000Z"}
            "event":"forward","protocol":"tcp","public":"198.51.100.1:2222","inside":"10.77.0.2:22"}
            "event":"one-to-one","public":"198.51.100.1","inside":"10.77.0.2"}
            """, text.toString().replace("{\"time\":\"2025-11-28T14:03:07.123456789Z\",", ""));
    }

    @Test
    void what_is_written_is_read_again() {
        final SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 10_000; i++) {
            final long timeNs = random.nextLong(4_000_000_000_000_000_000L);
            final EventKind kind = random.nextBoolean() ? EventKind.CREATED : EventKind.ENDED;
            final boolean hasDestination = random.nextBoolean();
            event.begin(7).inside(random.nextInt(), random.nextInt(65_536))
                .publicSide(random.nextInt(2), random.nextInt(), random.nextInt(65_536))
                .destination(random.nextInt(), random.nextInt(65_536))
                .flags(hasDestination ? Event.WITH_DESTINATION : 0);
            text.clear();
            text.event(kind, event, timeNs);
            assertTrue(line.read(text.memory(), 0, text.length() - 1), text.toString());
            assertEquals(timeNs, line.timeNs());
            assertEquals(kind, line.kind());
            assertEquals(event.protocol(), line.protocol());
            assertEquals(event.insideAddress(), line.insideAddress());
            assertEquals(event.insidePort(), line.insidePort());
            assertEquals(event.publicAddress(), line.publicAddress());
            assertEquals(event.publicPort(), line.publicPort());
            assertEquals(hasDestination, line.hasDestination());
            assertTrue(!hasDestination || line.destinationAddress() == event.destinationAddress()
                && line.destinationPort() == event.destinationPort(), text.toString());
        }
    }

    @Test
    void times_are_those_of_the_calendar() {
        for (long second = -86_400L * 366; second < 86_400L * 366 * 40; second += 86_400L * 7 + 3_601) {
            final String time = Instant.ofEpochSecond(second, 5).toString();
            assertTrue(read("{\"time\":\"" + time + "\",\"event\":\"stopped\"}"), time);
            assertEquals(second * 1_000_000_000L + 5, line.timeNs(), time);
        }
    }

    @Test
    void keys_come_in_any_order_and_unknown_ones_do_no_harm() {
        assertTrue(read("{ \"event\": \"lost\" , \"more\":\"text\",\"count\":7,\"flag\":false, "
            + "\"since\":\"1970-01-01T00:00:01.000000000Z\", \"time\":\"1970-01-01T00:00:02.000000000Z\" }"));
        assertEquals(7, line.count());
        assertEquals(1_000_000_000L, line.sinceNs());
    }

    @Test
    void what_is_no_line_is_not_understood() {
        for (final String broken : new String[] {"", "{", "{}", "null", "{\"time\":\"2025-11-28T14:03:07.123456789Z\",\"event\":\"crea",
            "{\"time\":\"2025-11-28T14:03:07Z\",\"event\":\"stopped\"}",
            "{\"time\":\"2025-11-28T14:03:07.123456789Z\",\"event\":\"begun\"}",
            "{\"time\":\"2025-11-28T14:03:07.123456789Z\",\"event\":\"ended\",\"public\":\"nowhere\"}",
            "{\"event\":\"stopped\"}", "{\"\":\"\"}"}) {
            assertFalse(read(broken), broken);
        }
    }

    private boolean read(final String json) {
        final byte[] bytes = json.getBytes(StandardCharsets.US_ASCII);
        return line.read(bytes, 0, bytes.length);
    }
}
