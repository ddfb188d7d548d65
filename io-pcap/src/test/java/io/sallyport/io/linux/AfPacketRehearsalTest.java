package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.packet.PacketBackend.Rehearsal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is rehearsed must be what happens later: every frame is received and sent, or it is the paths of refusal that get compiled. */
class AfPacketRehearsalTest {

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @Test
    void everyFrameIsReceivedAndSent() {
        try (Rehearsal rehearsal = new AfPacketBackend().rehearsal().orElseThrow()) {
            for (int round = 0; round < 500; round++) {
                final int frames = 1 + round * 7 % Rehearsal.MAX_FRAMES;
                assertEquals(frames, rehearsal.burst(frames), "round " + round);
            }
        }
    }

    @Test
    void leavesNothingOpen() throws IOException {
        new AfPacketBackend().rehearsal().orElseThrow().close();
        final long before = openFiles();
        for (int i = 0; i < 20; i++) {
            try (Rehearsal rehearsal = new AfPacketBackend().rehearsal().orElseThrow()) {
                rehearsal.burst(Rehearsal.MAX_FRAMES);
            }
        }
        assertEquals(before, openFiles());
    }
}
