package io.sallyport.io.pcap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PcapFileReaderTest {

    private static final long SEED = 20_260_102;
    private static final int MICROSECONDS = 0xA1B2C3D4;
    private static final int NANOSECONDS = 0xA1B23C4D;
    private static final byte[] FRAME = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45};
    private static final byte[] OTHER = {1, 2, 3, 4};

    @TempDir
    private Path directory;

    private Path file(final byte[] content) throws IOException {
        return Files.write(directory.resolve("capture"), content);
    }

    /** Everything that a file holds, one line a record, and how it ends. */
    private List<String> read(final CaptureBytes content) throws IOException {
        return read(content.toArray());
    }

    private List<String> read(final byte[] content) throws IOException {
        final List<String> records = new ArrayList<>();
        try (PcapFileReader reader = PcapFileReader.open(file(content))) {
            while (reader.next()) {
                records.add(reader.timestampNs() + " " + reader.capturedLength() + "/" + reader.originalLength() + " "
                    + reader.data().getByte(reader.capturedLength() - 1));
            }
            records.add("end");
        } catch (final PcapFormatException e) {
            records.add((e.isTruncated() ? "truncated at " : "damaged at ") + e.offset());
        }
        return records;
    }

    private String complaint(final CaptureBytes content) throws IOException {
        final Path file = file(content.toArray());
        final PcapFormatException e = assertThrows(PcapFormatException.class, () -> {
            try (PcapFileReader reader = PcapFileReader.open(file)) {
                while (reader.next()) {
                    assertTrue(reader.capturedLength() >= 0);
                }
            }
        });
        assertTrue(e.getMessage().startsWith(file + ": byte " + e.offset() + ": "), e.getMessage());
        return e.getMessage().substring((file + ": ").length());
    }

    private static ByteOrder order(final boolean bigEndian) {
        return bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void reads_classic_files(final boolean bigEndian) throws IOException {
        assertEquals(List.of("1700000000123456000 15/60 69", "1700000001000000000 4/4 4", "end"),
            read(CaptureBytes.classic(order(bigEndian), MICROSECONDS, 1)
                .record(1_700_000_000L, 123_456, 60, FRAME).record(1_700_000_001L, 0, 4, OTHER)));
        assertEquals(List.of("4294967295999999999 15/15 69", "end"),
            read(CaptureBytes.classic(order(bigEndian), NANOSECONDS, 1).record(0xFFFF_FFFFL, 999_999_999, 15, FRAME)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void reads_pcapng_files(final boolean bigEndian) throws IOException {
        final CaptureBytes content = new CaptureBytes(order(bigEndian));
        final byte[] nanoseconds = content.option(9, (byte) 9);
        final byte[] shifted = content.option(14, new CaptureBytes(order(bigEndian)).int64(100).toArray());
        content.section()
            .block(0x0BAD, OTHER)
            .networkInterface(1, 0)
            .networkInterface(1, 8, nanoseconds)
            .networkInterface(1, 0, shifted)
            .enhanced(0, 1_700_000_000_123_456L, 60, FRAME)
            .enhanced(1, 1_700_000_000_123_456_789L, 15, FRAME)
            .obsolete(2, 5_000_001, 4, OTHER)
            .simple(4, OTHER);
        assertEquals(List.of("1700000000123456000 15/60 69", "1700000000123456789 15/15 69", "105000001000 4/4 4",
            "105000001000 4/4 4", "end"), read(content));
    }

    @Test
    void a_new_section_may_turn_the_byte_order_and_forgets_the_interfaces() throws IOException {
        final byte[] first = new CaptureBytes(ByteOrder.BIG_ENDIAN).section().networkInterface(1, 0).enhanced(0, 1, 4, OTHER).toArray();
        final byte[] second = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).section().networkInterface(1, 0).enhanced(0, 2, 4, OTHER)
            .section().toArray();
        final CaptureBytes content = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).raw(first).raw(second);
        assertEquals(List.of("1000 4/4 4", "2000 4/4 4", "end"), read(content));
        assertTrue(complaint(content.enhanced(0, 3, 4, OTHER)).contains("interface 0, which the file does not describe"));
    }

    @Test
    void a_simple_packet_is_cut_at_the_snapshot_length() throws IOException {
        assertEquals(List.of("0 4/1500 4", "end"),
            read(new CaptureBytes(ByteOrder.LITTLE_ENDIAN).section().networkInterface(1, 4).simple(1_500, OTHER)));
    }

    @Test
    void delivers_every_whole_record_of_a_truncated_file() throws IOException {
        final byte[] whole = CaptureBytes.classic(ByteOrder.LITTLE_ENDIAN, MICROSECONDS, 1)
            .record(1, 0, 15, FRAME).record(2, 0, 15, FRAME).toArray();
        for (int length = 1; length < whole.length; length++) {
            final List<String> read = read(Arrays.copyOf(whole, length));
            final int records = length < 24 ? 0 : (length - 24) / 31;
            final boolean isWhole = length >= 24 && (length - 24) % 31 == 0;
            assertEquals(records + 1, read.size(), "cut to " + length);
            final int start = length < 24 ? 0 : 24 + records * 31;
            assertEquals(isWhole ? "end" : "truncated at " + start, read.getLast(), "cut to " + length);
        }
    }

    @Test
    void delivers_every_whole_record_of_a_truncated_pcapng_file() throws IOException {
        final byte[] whole = new CaptureBytes(ByteOrder.BIG_ENDIAN).section().networkInterface(1, 0)
            .enhanced(0, 1, 4, OTHER).block(77, new byte[40]).enhanced(0, 2, 4, OTHER).toArray();
        final List<Integer> ends = List.of(28, 48, 84, 136, 172);
        for (int length = 1; length < whole.length; length++) {
            final List<String> read = read(Arrays.copyOf(whole, length));
            final int end = length;
            final int start = ends.stream().filter(e -> e <= end).reduce(0, Math::max);
            assertEquals(ends.contains(length) ? "end" : "truncated at " + start, read.getLast(), "cut to " + length);
            assertEquals(length >= 84 ? 2 : 1, read.size(), "cut to " + length);
        }
    }

    @Test
    void says_what_is_wrong_and_where() throws IOException {
        final ByteOrder little = ByteOrder.LITTLE_ENDIAN;
        assertEquals("byte 0: the file is empty, not a capture", complaint(new CaptureBytes(little)));
        assertEquals("byte 0: neither pcap nor pcapng", complaint(new CaptureBytes(little).int64(-1)));
        assertEquals("byte 0: the file is compressed; unpack it with gunzip first",
            complaint(new CaptureBytes(little).raw((byte) 0x1F, (byte) 0x8B, (byte) 8, (byte) 0)));
        assertEquals("byte 20: link type 113; only captures of Ethernet (1) can be used",
            complaint(CaptureBytes.classic(little, MICROSECONDS, 113)));
        assertEquals("byte 4: version 7 of the pcap format is not known",
            complaint(new CaptureBytes(little).int32(MICROSECONDS).int16(7).int16(4).int32(0).int64(0).int32(1)));
        assertEquals("byte 32: a record of 4294967295 bytes; the longest allowed is 262144",
            complaint(CaptureBytes.classic(little, MICROSECONDS, 1).int64(0).int32(-1).int32(60)));
        assertEquals("byte 32: a frame of 4294967295 bytes",
            complaint(CaptureBytes.classic(little, MICROSECONDS, 1).record(0, 0, -1, FRAME)));
        assertEquals("byte 8: a section header without the byte-order magic",
            complaint(new CaptureBytes(little).int32(0x0A0D0D0A).int32(28).int32(0x4D2B1A3C).int64(0).int64(0)));
        final CaptureBytes section = new CaptureBytes(little).section();
        assertEquals("byte 32: a block of 13 bytes", complaint(section.int32(6).int32(13).int64(0).int64(0)));
    }

    @Test
    void says_what_is_wrong_with_a_pcapng_block() throws IOException {
        final ByteOrder little = ByteOrder.LITTLE_ENDIAN;
        assertEquals("byte 56: link type 0; only captures of Ethernet (1) can be used",
            complaint(new CaptureBytes(little).section().networkInterface(0, 0).enhanced(0, 0, 4, OTHER)));
        assertEquals("byte 32: a block of 2147483644 bytes; the longest allowed is 1048576",
            complaint(new CaptureBytes(little).section().int32(6).int32(0x7FFF_FFFC).int64(0)));
        assertEquals("byte 40: a block's second length differs from its first, 16",
            complaint(new CaptureBytes(little).section().int32(6).int32(16).int32(0).int32(20)));
        assertEquals("byte 32: a block too short for its type", complaint(new CaptureBytes(little).section().block(6, OTHER)));
        final CaptureBytes tooMuch = new CaptureBytes(little).section().networkInterface(1, 0)
            .block(6, new CaptureBytes(little).int32(0).int64(0).int32(5).int32(5).raw(OTHER).toArray());
        assertEquals("byte 68: a record of 5 bytes in a shorter block", complaint(tooMuch));
        final byte[] fine = tooMuch.option(9, (byte) 19);
        assertEquals("byte 48: a clock finer than can be read (if_tsresol 19)",
            complaint(new CaptureBytes(little).section().networkInterface(1, 0, fine)));
        final byte[] far = tooMuch.option(14, new CaptureBytes(little).int64(Long.MAX_VALUE).toArray());
        assertEquals("byte 72: a time that is centuries away",
            complaint(new CaptureBytes(little).section().networkInterface(1, 0, far).enhanced(0, 0, 4, OTHER)));
        assertEquals("byte 44: an option that ends after its block",
            complaint(new CaptureBytes(little).section().networkInterface(1, 0, (byte) 2, (byte) 0, (byte) 9, (byte) 0)));
    }

    @Test
    void a_missing_file_is_one_clear_line() {
        final Path missing = directory.resolve("missing.pcap");
        final PortException e = assertThrows(PortException.class, () -> PcapFileReader.open(missing).close());
        assertEquals(missing + ": cannot be read: no such file or directory", e.getMessage());
        final PortException isDirectory = assertThrows(PortException.class, () -> PcapFileReader.open(directory).close());
        assertEquals(directory + ": cannot be read: Is a directory", isDirectory.getMessage());
    }

    @Test
    void fills_a_batch() throws IOException {
        final PacketBatch batch = PacketBatch.owning(2, 64);
        try (PcapFileReader reader = PcapFileReader.open(file(CaptureBytes.classic(ByteOrder.LITTLE_ENDIAN, MICROSECONDS, 1)
            .record(0, 0, 15, FRAME).record(0, 0, 200, new byte[200]).record(0, 0, 4, OTHER).toArray()))) {
            assertTrue(reader.next());
            assertEquals(0, reader.claim(batch));
            assertTrue(reader.next());
            assertEquals(-1, reader.claim(batch), "longer than a slot");
            assertTrue(reader.next());
            assertEquals(1, reader.claim(batch));
            assertFalse(reader.next());
        }
        final byte[] frame = new byte[FRAME.length];
        batch.frames().getBytes(batch.offset(0), frame);
        assertArrayEquals(FRAME, frame);
        assertEquals(4, batch.length(1));
    }

    /** Whatever the file, only the two checked exceptions may come out; {@link #read} passes any other on. */
    @Test
    void survives_any_bytes() throws IOException {
        final Random random = new Random(SEED);
        final CaptureBytes next = new CaptureBytes(ByteOrder.LITTLE_ENDIAN);
        next.section().networkInterface(1, 0, next.option(9, (byte) 9)).enhanced(0, 1, 4, OTHER).simple(4, OTHER)
            .obsolete(0, 1, 4, OTHER).block(99, OTHER);
        final byte[][] originals = {next.toArray(), CaptureBytes.classic(ByteOrder.BIG_ENDIAN, NANOSECONDS, 1)
            .record(1, 2, 15, FRAME).record(1, 2, 4, OTHER).toArray()};
        for (int round = 0; round < 2_000; round++) {
            final byte[] mutated = originals[round % 2].clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                mutated[random.nextInt(mutated.length)] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextInt(4) - 2);
            }
            assertFalse(readAnything(mutated).isEmpty(), "seed " + SEED + ", round " + round);
        }
    }

    private List<String> readAnything(final byte[] content) throws IOException {
        final List<String> ends = new ArrayList<>();
        try (PcapFileReader reader = PcapFileReader.open(file(content))) {
            while (reader.next()) {
                assertTrue(reader.capturedLength() <= content.length);
            }
            ends.add("end");
        } catch (final PcapFormatException e) {
            ends.add(e.getMessage());
        }
        return ends;
    }
}
