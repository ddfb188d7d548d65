package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.ProgramRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The capture in the documents replays as the README says: the answers find their connections. */
class SampleCaptureTest {

    private static final int FILE_HEADER_LENGTH = 24;
    private static final int RECORD_HEADER_LENGTH = 16;
    private static final Path SAMPLE = Path.of("..", "docs", "sample");

    @TempDir
    private Path directory;

    @Test
    void theSampleReplaysAndAnswersComeBack() throws IOException {
        final ProgramRun run = replay("1");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("replayed 24 packets: 13 from inside, 11 from outside; sent "), run.out());
        assertTrue(run.out().endsWith("dropped 2 (ttl-expired 1, unsolicited 1)\n"), run.out());
        replay("2");
        assertArrayEquals(withoutIdentifications("1-outside.pcap"), withoutIdentifications("2-outside.pcap"),
            "one public port leaves nothing to chance but the identifications of datagrams that may be cut");
    }

    /** The capture with the IP identification of each packet, and the header checksum with it, set to 0. */
    private byte[] withoutIdentifications(final String name) throws IOException {
        final byte[] capture = Files.readAllBytes(directory.resolve(name));
        final ByteBuffer buffer = ByteBuffer.wrap(capture).order(ByteOrder.LITTLE_ENDIAN);
        int frame = FILE_HEADER_LENGTH + RECORD_HEADER_LENGTH;
        while (frame < capture.length) {
            if (capture[frame + 12] == 8 && capture[frame + 13] == 0) {
                buffer.putShort(frame + 18, (short) 0).putShort(frame + 24, (short) 0);
            }
            frame += buffer.getInt(frame - 8) + RECORD_HEADER_LENGTH;
        }
        return capture;
    }

    private ProgramRun replay(final String seed) {
        return ProgramRun.of("replay", "--config", SAMPLE.resolve("sample.yaml").toString(), "--seed", seed,
            "--inside", SAMPLE.resolve("inside.pcap").toString(), "--outside", SAMPLE.resolve("outside.pcap").toString(),
            "--to-inside", directory.resolve(seed + "-inside.pcap").toString(),
            "--to-outside", directory.resolve(seed + "-outside.pcap").toString());
    }
}
