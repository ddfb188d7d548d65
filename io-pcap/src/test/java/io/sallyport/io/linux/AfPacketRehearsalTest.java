package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.packet.PacketBackend.Rehearsal;
import io.sallyport.packet.PacketBatch;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is rehearsed must be what happens later: every frame is received and sent, or it is the paths of refusal that get compiled. */
class AfPacketRehearsalTest {

    private static final int FRAME_LENGTH = 74;

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    /** UDP from one host, every eighth with a partial checksum. */
    private static void fill(final PacketBatch batch, final int frames) {
        batch.clear();
        for (int k = 0; k < frames; k++) {
            final int row = batch.claim(FRAME_LENGTH);
            final int frame = batch.offset(row);
            Ethernet.header(batch.frames(), frame, 0, 0, Ethernet.TYPE_IPV4);
            Ipv4.header(batch.frames(), frame + Ethernet.HEADER_LENGTH, FRAME_LENGTH - Ethernet.HEADER_LENGTH, k, Ipv4.DONT_FRAGMENT, 64,
                Ipv4.UDP, 0x0A4D_0002, 0xCB00_7105);
            batch.offload(row, 0, k % 8 == 6 ? PacketBatch.CHECKSUM_PARTIAL : PacketBatch.CHECKSUM_WHOLE);
        }
    }

    @Test
    void everyFrameIsReceivedAndSent() {
        final PacketBatch batch = PacketBatch.owning(Rehearsal.MAX_FRAMES, FRAME_LENGTH);
        try (Rehearsal rehearsal = new AfPacketBackend().rehearsal()) {
            for (int round = 0; round < 500; round++) {
                final int frames = 1 + round * 7 % Rehearsal.MAX_FRAMES;
                fill(batch, frames);
                assertEquals(frames, rehearsal.burst(batch), "round " + round);
            }
        }
    }

    @Test
    void leavesNothingOpen() throws IOException {
        final PacketBatch batch = PacketBatch.owning(Rehearsal.MAX_FRAMES, FRAME_LENGTH);
        fill(batch, Rehearsal.MAX_FRAMES);
        new AfPacketBackend().rehearsal().close();
        final long before = openFiles();
        for (int i = 0; i < 20; i++) {
            try (Rehearsal rehearsal = new AfPacketBackend().rehearsal()) {
                rehearsal.burst(batch);
            }
        }
        assertEquals(before, openFiles());
    }
}
