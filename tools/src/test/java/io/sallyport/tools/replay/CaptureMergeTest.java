package io.sallyport.tools.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.io.pcap.PcapFileWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packets are told apart by their first byte: file order within a side. */
class CaptureMergeTest {

    @TempDir
    private Path directory;

    private final List<String> order = new ArrayList<>();

    @Test
    void packets_come_in_the_order_of_time() throws IOException {
        merge(capture("in", 10, 30, 50), capture("out", 20, 40));
        assertEquals(List.of("INSIDE 0 at 10", "OUTSIDE 0 at 20", "INSIDE 1 at 30", "OUTSIDE 1 at 40", "INSIDE 2 at 50"), order);
    }

    @Test
    void at_equal_times_inside_comes_first_then_the_order_of_the_file() throws IOException {
        merge(capture("in", 10, 10), capture("out", 10, 10));
        assertEquals(List.of("INSIDE 0 at 10", "INSIDE 1 at 10", "OUTSIDE 0 at 10", "OUTSIDE 1 at 10"), order);
    }

    @Test
    void time_that_goes_back_counts_as_the_latest_seen() throws IOException {
        assertEquals(2, merge(capture("in", 10, 4, 12), capture("out", 10, 11, 3)));
        assertEquals(List.of("INSIDE 0 at 10", "INSIDE 1 at 10", "OUTSIDE 0 at 10", "OUTSIDE 1 at 11", "OUTSIDE 2 at 11", "INSIDE 2 at 12"),
            order);
    }

    @Test
    void damage_comes_after_everything_that_has_the_time_of_the_last_good_packet() throws IOException {
        final Path damaged = truncated(capture("in", 10, 20, 30));
        final IOException damage = assertThrows(IOException.class, () -> merge(damaged, capture("out", 15, 20, 25)));
        assertEquals(List.of("INSIDE 0 at 10", "OUTSIDE 0 at 15", "INSIDE 1 at 20", "OUTSIDE 1 at 20"), order);
        assertTrue(damage.getMessage().contains(damaged.toString()), damage.getMessage());
    }

    @Test
    void damage_at_the_first_packet_ends_it_at_once() throws IOException {
        final Path damaged = truncated(capture("out", 10));
        assertThrows(IOException.class, () -> merge(capture("in", 20), damaged));
        assertEquals(List.of(), order);
    }

    @Test
    void one_side_may_be_left_out() throws IOException {
        final Path only = capture("out", 1, 2);
        try (CaptureMerge merge = new CaptureMerge(Optional.empty(), Optional.of(only))) {
            assertTrue(merge.next() && merge.next());
            assertEquals(2, merge.timestampNs());
            assertTrue(!merge.next());
        }
    }

    /** Takes note of the order; returns how often the time went back. */
    private long merge(final Path inside, final Path outside) throws IOException {
        try (CaptureMerge merge = new CaptureMerge(Optional.of(inside), Optional.of(outside))) {
            while (merge.next()) {
                order.add(merge.side() + " " + merge.data().getByte(0) + " at " + merge.timestampNs());
            }
            return merge.wentBack();
        }
    }

    private Path capture(final String name, final int... timesNs) throws IOException {
        final Path file = directory.resolve(name + ".pcap");
        try (PcapFileWriter writer = PcapFileWriter.create(file)) {
            for (int i = 0; i < timesNs.length; i++) {
                writer.write(timesNs[i], new UnsafeBuffer(new byte[] {(byte) i, 0}), 0, 2);
            }
        }
        return file;
    }

    private static Path truncated(final Path file) throws IOException {
        final byte[] whole = Files.readAllBytes(file);
        return Files.write(file, Arrays.copyOf(whole, whole.length - 1));
    }
}
