package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.ProgramRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The capture in the documents replays as the README says: the answers find their connections. */
class SampleCaptureTest {

    private static final Path SAMPLE = Path.of("..", "docs", "sample");

    @TempDir
    private Path directory;

    @Test
    void theSampleReplaysAndAnswersComeBack() throws IOException {
        final ProgramRun run = replay("1");
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.out().startsWith("replayed 24 packets: 13 from inside, 11 from outside; sent "), run.out());
        assertTrue(run.out().endsWith("dropped 2 (ttl-expired 1, unsolicited 1)\n"), run.out());
        final byte[] first = Files.readAllBytes(directory.resolve("1-outside.pcap"));
        replay("2");
        assertArrayEquals(first, Files.readAllBytes(directory.resolve("2-outside.pcap")), "one public port leaves nothing to chance");
    }

    private ProgramRun replay(final String seed) {
        return ProgramRun.of("replay", "--config", SAMPLE.resolve("sample.yaml").toString(), "--seed", seed,
            "--inside", SAMPLE.resolve("inside.pcap").toString(), "--outside", SAMPLE.resolve("outside.pcap").toString(),
            "--to-inside", directory.resolve(seed + "-inside.pcap").toString(),
            "--to-outside", directory.resolve(seed + "-outside.pcap").toString());
    }
}
