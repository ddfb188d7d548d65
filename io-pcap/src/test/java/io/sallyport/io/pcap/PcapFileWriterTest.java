package io.sallyport.io.pcap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sallyport.packet.PortException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.TimestampPrecision;
import org.pcap4j.core.Pcaps;

class PcapFileWriterTest {

    private static final byte[] FRAME = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    private static final UnsafeBuffer FRAMES = new UnsafeBuffer(FRAME);

    @TempDir
    private Path directory;

    @Test
    void writes_exactly_these_bytes() throws IOException {
        final Path file = directory.resolve("out.pcap");
        try (PcapFileWriter writer = PcapFileWriter.create(file)) {
            writer.write(1_700_000_000_123_456_789L, FRAMES, 2, 5);
            writer.write(0xFFFF_FFFFL * 1_000_000_000L + 1, FRAMES, 0, 9);
        }
        final byte[] expected = new CaptureBytes(ByteOrder.LITTLE_ENDIAN).int32(0xA1B23C4D).int16(2).int16(4).int32(0).int32(0)
            .int32(262_144).int32(1)
            .record(1_700_000_000L, 123_456_789, 5, new byte[] {7, 6, 5, 4, 3})
            .record(0xFFFF_FFFFL, 1, 9, FRAME).toArray();
        assertArrayEquals(expected, Files.readAllBytes(file));
    }

    @Test
    void the_reader_gets_back_what_was_written() throws IOException {
        final Path file = directory.resolve("out.pcap");
        final Random random = new Random(7);
        final UnsafeBuffer frames = new UnsafeBuffer(new byte[262_144]);
        final int[] lengths = random.ints(200, 0, 70_000).toArray();
        lengths[100] = 262_144;
        try (PcapFileWriter writer = PcapFileWriter.create(file)) {
            for (int i = 0; i < lengths.length; i++) {
                frames.setMemory(0, lengths[i], (byte) i);
                writer.write(i * 1_000_000_007L, frames, 0, lengths[i]);
            }
        }
        try (PcapFileReader reader = PcapFileReader.open(file)) {
            for (int i = 0; i < lengths.length; i++) {
                assertTrue(reader.next());
                assertEquals(i * 1_000_000_007L, reader.timestampNs());
                assertEquals(lengths[i], reader.capturedLength());
                assertEquals(lengths[i], reader.originalLength());
                assertEquals((byte) i, lengths[i] == 0 ? (byte) i : reader.data().getByte(lengths[i] - 1));
            }
            assertFalse(reader.next());
        }
    }

    @Test
    void libpcap_reads_what_was_written() throws Exception {
        assumeTrue(Pcap4jCapture.problem().isEmpty(), "needs libpcap");
        final Path file = directory.resolve("out.pcap");
        try (PcapFileWriter writer = PcapFileWriter.create(file)) {
            writer.write(1_700_000_000_123_456_789L, FRAMES, 0, 9);
        }
        try (PcapHandle handle = Pcaps.openOffline(file.toString(), TimestampPrecision.NANO)) {
            assertArrayEquals(FRAME, handle.getNextRawPacketEx());
            assertEquals(123_456_789, handle.getTimestamp().getNanos());
            assertThrows(EOFException.class, handle::getNextRawPacketEx);
        }
    }

    @Test
    void refuses_what_the_format_cannot_hold() throws IOException {
        final Path file = directory.resolve("out.pcap");
        try (PcapFileWriter writer = PcapFileWriter.create(file)) {
            assertThrows(PortException.class, () -> writer.write(-1, FRAMES, 0, 9));
            assertThrows(PortException.class, () -> writer.write(0x1_0000_0000L * 1_000_000_000L, FRAMES, 0, 9));
            final UnsafeBuffer huge = new UnsafeBuffer(new byte[262_145]);
            assertThrows(PortException.class, () -> writer.write(0, huge, 0, 262_145));
        }
    }

    @Test
    void a_file_that_cannot_be_written_is_one_clear_line() {
        final Path missing = directory.resolve("missing").resolve("out.pcap");
        final PortException e = assertThrows(PortException.class, () -> PcapFileWriter.create(missing).close());
        assertEquals(missing + ": cannot be written: no such file or directory", e.getMessage());
    }

    @Test
    void a_full_disk_is_one_clear_line() throws IOException {
        final Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "needs /dev/full");
        final PcapFileWriter writer = PcapFileWriter.create(full);
        final PortException e = assertThrows(PortException.class, writer::close);
        assertEquals("/dev/full: cannot be written: No space left on device", e.getMessage());
    }
}
