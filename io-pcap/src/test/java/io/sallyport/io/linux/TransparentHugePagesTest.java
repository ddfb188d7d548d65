package io.sallyport.io.linux;

import io.sallyport.memory.HugePages;
import io.sallyport.memory.OffHeap;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Memory that is asked for moves to huge pages at once, with what is in it. */
class TransparentHugePagesTest {

    private static final int LENGTH = 16 << 20;

    @Test
    void memoryMovesWithItsContents() throws IOException {
        final OffHeap memory = OffHeap.allocate(LENGTH);
        for (int at = 0; at < LENGTH; at += Long.BYTES) {
            memory.putLong(at, at * 31L);
        }
        final Optional<String> refusal = HugePages.ask(memory, HugePages.Backing.PROCESS);
        for (int at = 0; at < LENGTH; at += Long.BYTES) {
            assertEquals(at * 31L, memory.getLong(at));
        }
        final long moved = hugeBytesAt(memory.address() + LENGTH / 2);
        assertTrue(refusal.isPresent() || moved >= LENGTH - (4 << 20), moved + " bytes moved, and it does not say why");
        Reference.reachabilityFence(memory);
    }

    @Test
    void memoryShorterThanAHugePageStaysWhereItIs() {
        assertEquals(Optional.empty(), HugePages.ask(OffHeap.allocate(4096), HugePages.Backing.PROCESS));
    }

    /** AnonHugePages of the mapping that an address lies in (proc_pid_smaps(5)). */
    private static long hugeBytesAt(final long address) throws IOException {
        final List<String> lines = Files.readAllLines(Path.of("/proc/self/smaps"));
        boolean found = false;
        for (final String line : lines) {
            if (line.matches("^[0-9a-f]+-[0-9a-f]+ .*")) {
                final String[] range = line.substring(0, line.indexOf(' ')).split("-");
                found = Long.parseUnsignedLong(range[0], 16) <= address && address < Long.parseUnsignedLong(range[1], 16);
            } else if (found && line.startsWith("AnonHugePages:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return 0;
    }
}
