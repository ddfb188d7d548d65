package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.io.pcap.PcapFileReader;
import io.sallyport.io.pcap.PcapFileWriter;
import io.sallyport.tools.ProgramRun;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayCommandTest {

    private static final long START_NS = 1_770_000_000_000_000_000L;

    @TempDir
    private Path directory;

    private Path config;
    private Path inside;
    private Path outside;

    @BeforeEach
    void writeInputs() throws IOException {
        config = directory.resolve("edge.yaml");
        Files.writeString(config, """
            inside:
              interface: l0
              address: 10.77.0.1/24
              neighbours: [ { address: 10.77.0.2, mac: "02:00:00:00:00:11" } ]
            outside:
              interface: w0
              address: 198.51.100.1/24
              gateway: 198.51.100.2
              neighbours: [ { address: 198.51.100.2, mac: "02:00:00:00:00:12" } ]
            nat: { limits: { connections: 1000 } }
            """);
        inside = capture("in.pcap", 0, udp(0x01, 0x11, "10.77.0.2", "203.0.113.9"), 1_000_000, udp(0x01, 0x11, "10.77.0.2", "203.0.113.8"));
        outside = capture("out.pcap", 500_000, udp(0x02, 0x12, "203.0.113.7", "198.51.100.1"));
    }

    private ProgramRun replay(final String... more) {
        final List<String> arguments = new ArrayList<>(List.of("replay", "--config", config.toString(), "--seed", "7"));
        arguments.addAll(Arrays.asList(more));
        return ProgramRun.of(arguments.toArray(String[]::new));
    }

    @Test
    void both_inputs_become_both_outputs() throws IOException {
        final Path toInside = directory.resolve("to-in.pcap");
        final Path toOutside = directory.resolve("to-out.pcap");
        final ProgramRun run = replay("--inside", inside.toString(), "--outside", outside.toString(), "--to-inside", toInside.toString(),
            "--to-outside", toOutside.toString());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        assertEquals(1, run.out().lines().count());
        assertTrue(run.out().startsWith("replayed 3 packets: 2 from inside, 1 from outside; sent "), run.out());
        assertTrue(run.out().endsWith("consumed 0, dropped 1 (unsolicited 1)\n"), run.out());
        assertEquals(2, times(toOutside).stream().filter(time -> time == START_NS || time == START_NS + 1_000_000).distinct().count());
    }

    @Test
    void same_seed_makes_the_same_bytes() throws IOException {
        final Path first = directory.resolve("first.pcap");
        final Path second = directory.resolve("second.pcap");
        assertEquals(0, replay("--inside", inside.toString(), "--to-outside", first.toString()).exitCode());
        assertEquals(0, replay("--inside", inside.toString(), "--to-outside", second.toString()).exitCode());
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    }

    private Path logged(final String name) throws IOException {
        final Path events = directory.resolve(name);
        Files.writeString(config, Files.readString(config).replaceAll("events:.*\n", "") + "events: { file: " + events + " }\n");
        return events;
    }

    @Test
    void events_are_stamped_with_the_packets_time_and_the_same_each_time() throws IOException {
        final Path late = capture("late.pcap", 0, udp(0x01, 0x11, "10.77.0.2", "203.0.113.9"), 1_000_000, udp(0x01, 0x11, "10.77.0.2",
            "203.0.113.8"), 2_000_000_000, udp(0x01, 0x11, "10.77.0.3", "203.0.113.8"));
        final Path events = logged("events.jsonl");
        assertEquals(0, replay("--inside", late.toString()).exitCode());
        final byte[] first = Files.readAllBytes(events);
        assertEquals(0, replay("--inside", late.toString()).exitCode());
        assertArrayEquals(first, Files.readAllBytes(events));
        final List<String> lines = Files.readAllLines(events).stream().filter(line -> line.contains("ed\",\"protocol\"")).toList();
        assertEquals(4, lines.size(), lines::toString);
        assertTrue(lines.get(1).startsWith("{\"time\":\"2026-02-02T02:40:00.000000000Z\",\"event\":\"created\",\"protocol\":\"udp\""),
            lines.get(1));
        assertTrue(lines.get(1).endsWith("\"inside\":\"10.77.0.2:4000\"}"), lines.get(1));
    }

    @Test
    void events_of_a_gateway_are_not_overwritten() throws IOException {
        final Path events = logged("events.jsonl");
        Files.writeString(events, """
            {"time":"2026-02-02T02:40:00.000000000Z","event":"started","gateway":"edge","by":"run"}
            """);
        final ProgramRun run = replay("--inside", inside.toString());
        assertEquals(1, run.exitCode());
        assertEquals("sallyport: " + events + " was not written by a replay, which therefore does not overwrite it\n", run.err());
        assertEquals(1, Files.readAllLines(events).size());
    }

    @Test
    void events_that_cannot_be_written_are_one_line() throws IOException {
        logged("none/events.jsonl");
        final ProgramRun run = replay("--inside", inside.toString());
        assertEquals(1, run.exitCode());
        assertEquals("sallyport: " + directory + "/none/events.jsonl: no such file\n", run.err());
    }

    @Test
    void json_has_the_counters() throws IOException {
        final ProgramRun run = replay("--inside", inside.toString(), "--json");
        assertEquals(2, JSON.std.mapFrom(run.out()).get("packetsOutToDestinationTotal"));
    }

    @Test
    void truncated_input_is_replayed_up_to_there() throws IOException {
        final byte[] whole = Files.readAllBytes(inside);
        final Path toOutside = directory.resolve("to-out.pcap");
        Files.write(inside, Arrays.copyOf(whole, whole.length - 1));
        final ProgramRun run = replay("--inside", inside.toString(), "--outside", outside.toString(), "--to-outside", toOutside.toString());
        assertEquals(1, run.exitCode());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("sallyport: " + inside + ": "), run.err());
        assertTrue(run.out().startsWith("replayed 1 packets"), run.out());
        assertTrue(times(toOutside).contains(START_NS));
    }

    @Test
    void capture_without_packets_makes_empty_captures() throws IOException {
        final Path none = capture("none.pcap");
        final Path toInside = directory.resolve("to-in.pcap");
        final ProgramRun run = replay("--inside", none.toString(), "--to-inside", toInside.toString());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(List.of(), times(toInside));
    }

    @Test
    void timestamps_that_go_back_are_one_warning() throws IOException {
        final byte[] frame = udp(0x01, 0x11, "10.77.0.2", "203.0.113.9");
        final ProgramRun run = replay("--inside", capture("back.pcap", 5_000, frame, 3_000, frame, 4_000, frame).toString());
        assertEquals(0, run.exitCode());
        assertEquals("sallyport: warning: 2 timestamps went back and count as the latest seen before\n", run.err());
    }

    @Test
    void files_that_cannot_be_used_are_one_line() throws IOException {
        final Path text = directory.resolve("text.pcap");
        Files.writeString(text, "no capture at all, but long enough for a header");
        for (final Path bad : List.of(text, directory.resolve("none.pcap"), directory)) {
            final ProgramRun run = replay("--inside", bad.toString());
            assertEquals(1, run.exitCode(), run.out());
            assertEquals(1, run.err().lines().count(), run.err());
            assertTrue(run.err().contains(bad.toString()), run.err());
        }
        final ProgramRun run = replay("--inside", inside.toString(), "--to-inside", directory.resolve("no/such/dir.pcap").toString());
        assertEquals(1, run.exitCode());
        assertEquals(1, run.err().lines().count(), run.err());
    }

    @Test
    void output_never_overwrites_an_input() throws IOException {
        final byte[] before = Files.readAllBytes(inside);
        final Path linked = Files.createSymbolicLink(directory.resolve("link.pcap"), inside);
        assertEquals(2, replay("--inside", inside.toString(), "--to-outside", linked.toString()).exitCode());
        assertEquals(2,
            replay("--inside", inside.toString(), "--to-inside", directory + "/x", "--to-outside", directory + "/./x").exitCode());
        assertEquals(2, replay().exitCode());
        assertArrayEquals(before, Files.readAllBytes(inside));
        assertFalse(Files.exists(directory.resolve("x")));
    }

    private Path capture(final String name, final Object... timesAndFrames) throws IOException {
        final Path file = directory.resolve(name);
        try (PcapFileWriter writer = PcapFileWriter.create(file)) {
            for (int i = 0; i < timesAndFrames.length; i += 2) {
                final byte[] frame = (byte[]) timesAndFrames[i + 1];
                writer.write(START_NS + (Integer) timesAndFrames[i], new UnsafeBuffer(frame), 0, frame.length);
            }
        }
        return file;
    }

    private static List<Long> times(final Path file) throws IOException {
        final List<Long> times = new ArrayList<>();
        try (PcapFileReader reader = PcapFileReader.open(file)) {
            while (reader.next()) {
                times.add(reader.timestampNs());
            }
        }
        return times;
    }

    /** A UDP datagram without UDP checksum, between MAC addresses that end in the two bytes. */
    private static byte[] udp(final int toMac, final int fromMac, final String from, final String to) {
        final ByteBuffer frame = ByteBuffer.allocate(42);
        frame.putInt(0x0200_0000).putShort((short) toMac).putInt(0x0200_0000).putShort((short) fromMac).putShort((short) 0x0800);
        frame.putShort((short) 0x4500).putShort((short) 28).putInt(0).put((byte) 64).put((byte) 17).putShort((short) 0);
        frame.putInt(Ipv4Address.parse(from)).putInt(Ipv4Address.parse(to));
        frame.putShort((short) 4000).putShort((short) 53).putShort((short) 8).putShort((short) 0);
        int sum = 0;
        for (int i = 14; i < 34; i += 2) {
            sum += frame.getShort(i) & 0xFFFF;
        }
        return frame.putShort(24, (short) ~((sum & 0xFFFF) + (sum >>> 16))).array();
    }
}
