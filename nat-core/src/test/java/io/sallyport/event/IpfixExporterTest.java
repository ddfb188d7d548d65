package io.sallyport.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.EventsConfig.Collector;
import io.sallyport.config.NatConfig.Limits;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a collector receives, read by RFC 7011 and the numbers of RFC 8158. */
class IpfixExporterTest {

    private static final int LOOPBACK = 0x7F00_0001;
    private static final int DOMAIN = 0x0102_0304;
    private static final int PUBLIC = 0xC633_6401;
    private static final int INSIDE = 0x0A4D_0002;
    private static final int REMOTE = 0xCB00_7150;
    private static final long TIME_NS = 1_764_338_587_123_456_789L;

    private final Event event = new Event().wrap(new UnsafeBuffer(new byte[Event.LENGTH]), 0).begin(0);
    private final Map<Integer, List<int[]>> templates = new LinkedHashMap<>();
    private final List<Map<Integer, Long>> records = new ArrayList<>();
    private DatagramSocket collector;
    private IpfixExporter exporter;
    private int sequence;

    @BeforeEach
    void open() throws IOException {
        collector = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        collector.setSoTimeout(5_000);
        exporter = IpfixExporter.open(new Collector(LOOPBACK, collector.getLocalPort()), new Limits(1_000, 7, 0), DOMAIN);
    }

    @AfterEach
    void close() throws IOException {
        exporter.close();
        collector.close();
    }

    private byte[] receive() throws IOException {
        final DatagramPacket packet = new DatagramPacket(new byte[2_000], 2_000);
        collector.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    /** Takes a message apart; everything in it must be announced, and nothing may be left over. */
    private int decode(final byte[] bytes) {
        final ByteBuffer message = ByteBuffer.wrap(bytes);
        assertEquals(10, message.getShort(), "version");
        assertEquals(bytes.length, message.getShort(), "length");
        assertEquals(TIME_NS / 1_000_000_000, message.getInt(), 180, "time of export");
        assertEquals(sequence, message.getInt(), "records so far");
        assertEquals(DOMAIN, message.getInt(), "domain");
        final int before = records.size();
        while (message.hasRemaining()) {
            final int id = message.getShort();
            final int length = message.getShort() - 4;
            final ByteBuffer set = message.slice(message.position(), length);
            message.position(message.position() + set.capacity());
            while (set.hasRemaining()) {
                if (id == 2) {
                    template(set);
                } else {
                    records.add(record(set, templates.get(id)));
                }
            }
        }
        sequence += records.size() - before;
        return records.size() - before;
    }

    private void template(final ByteBuffer set) {
        final int id = set.getShort();
        final List<int[]> fields = new ArrayList<>();
        for (int left = set.getShort(); left > 0; left--) {
            fields.add(new int[] {set.getShort(), set.getShort()});
        }
        templates.put(id, fields);
    }

    private static Map<Integer, Long> record(final ByteBuffer set, final List<int[]> fields) {
        final Map<Integer, Long> values = new LinkedHashMap<>();
        for (final int[] field : fields) {
            long value = 0;
            for (int i = 0; i < field[1]; i++) {
                value = value << 8 | set.get() & 0xFF;
            }
            values.put(field[0], value);
        }
        return values;
    }

    @Test
    void a_mapping_byte_by_byte() throws IOException {
        event.inside(INSIDE, 40_000).publicSide(0, PUBLIC, 1_024);
        exporter.event(EventKind.CREATED, event, TIME_NS);
        exporter.flush(TIME_NS);
        receive();
        exporter.event(EventKind.ENDED, event, TIME_NS + 2_000_000);
        exporter.flush(TIME_NS + 2_000_000);
        assertEquals("000a" + "002a" + "6929ab9b" + "00000001" + "01020304"
            + "0100" + "001a"
            + "0000019acac655f5" + "09" + "0a4d0002" + "c6336401" + "06" + "9c40" + "0400", HexFormat.of().formatHex(receive()));
    }

    @Test
    void every_event_has_the_fields_of_its_template() throws IOException {
        event.inside(INSIDE, 40_000).publicSide(1, PUBLIC, 1_024);
        exporter.event(EventKind.CREATED, event, TIME_NS);
        event.destination(REMOTE, 53).flags(Event.WITH_DESTINATION);
        exporter.event(EventKind.CREATED, event, TIME_NS);
        exporter.event(EventKind.ENDED, event, TIME_NS);
        event.begin(0).inside(0, 1_087).publicSide(0, PUBLIC, 1_024).detail(3);
        exporter.event(EventKind.BLOCK_CLAIMED, event, TIME_NS);
        exporter.event(EventKind.BLOCK_RETURNED, event, TIME_NS);
        event.begin(0).inside(INSIDE, 0).publicSide(0, PUBLIC, 0);
        for (final Refusal reason : Refusal.values()) {
            exporter.event(EventKind.REFUSED, event.detail(reason.ordinal()), TIME_NS);
        }
        exporter.flush(TIME_NS);
        decode(receive());
        final long ms = TIME_NS / 1_000_000;
        final long inside = INSIDE;
        final long shown = PUBLIC & 0xFFFF_FFFFL;
        final long remote = REMOTE & 0xFFFF_FFFFL;
        assertEquals(List.of(
            Map.of(323, ms, 230, 8L, 8, inside, 225, shown, 4, 17L, 7, 40_000L, 227, 1_024L),
            session(ms, 4, inside, shown, remote),
            session(ms, 5, inside, shown, remote),
            Map.of(323, ms, 230, 16L, 8, 0L, 225, shown, 4, 6L, 361, 1_024L, 362, 1_087L, 463, 3L),
            Map.of(323, ms, 230, 17L, 8, 0L, 225, shown, 4, 6L, 361, 1_024L, 362, 1_087L, 463, 3L),
            Map.of(323, ms, 230, 12L, 225, shown, 4, 6L),
            Map.of(323, ms, 230, 13L, 466, 1L, 471, 1_000L),
            Map.of(323, ms, 230, 13L, 466, 3L, 473, 7L, 8, inside)), records);
        assertEquals(8, exporter.exported());
    }

    private static Map<Integer, Long> session(final long ms, final long natEvent, final long inside, final long shown, final long remote) {
        return Map.ofEntries(Map.entry(323, ms), Map.entry(230, natEvent), Map.entry(8, inside), Map.entry(225, shown), Map.entry(4, 17L),
            Map.entry(7, 40_000L), Map.entry(227, 1_024L), Map.entry(12, remote), Map.entry(226, remote), Map.entry(11, 53L),
            Map.entry(228, 53L));
    }

    @Test
    void messages_are_short_and_the_sequence_counts_records() throws IOException {
        final int count = 1_000;
        int received = 0;
        for (int i = 0; i < count; i++) {
            event.begin(0).inside(INSIDE, i).publicSide(i % 3, PUBLIC, i);
            if (i % 5 == 0) {
                event.destination(REMOTE, 1).flags(Event.WITH_DESTINATION);
            }
            exporter.event(i % 2 == 0 ? EventKind.CREATED : EventKind.ENDED, event, TIME_NS);
        }
        exporter.flush(TIME_NS);
        while (received < count) {
            final byte[] message = receive();
            assertTrue(message.length <= 1_400, message.length + " bytes");
            received += decode(message);
        }
        for (int i = 0; i < count; i++) {
            assertEquals(i, records.get(i).get(7), "in order");
        }
    }

    @Test
    void templates_come_again_each_minute() throws IOException {
        event.inside(INSIDE, 1).publicSide(0, PUBLIC, 1);
        int withTemplates = 0;
        for (int second = 0; second < 150; second++) {
            final long timeNs = TIME_NS + TimeUnit.SECONDS.toNanos(second);
            exporter.event(EventKind.CREATED, event, timeNs);
            exporter.flush(timeNs);
            templates.clear();
            final byte[] message = receive();
            withTemplates += message[17] == 2 ? 1 : 0;
        }
        assertEquals(3, withTemplates);
    }

    @Test
    void a_collector_that_is_gone_costs_events_and_nothing_else() throws IOException {
        collector.close();
        event.inside(INSIDE, 1).publicSide(0, PUBLIC, 1);
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (exporter.lost() == 0 && System.nanoTime() < deadlineNs) {
            exporter.event(EventKind.CREATED, event, TIME_NS);
            exporter.flush(TIME_NS);
        }
        assertTrue(exporter.lost() > 0, "the system says so for what came before");
    }
}
