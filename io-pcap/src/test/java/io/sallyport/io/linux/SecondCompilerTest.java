package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SecondCompilerTest {

    private static final int SYS_SETPRIORITY = "aarch64".equals(System.getProperty("os.arch")) ? 140 : 141;
    /** Fields of /proc/PID/stat after the name: state is the third field, nice the nineteenth (proc(5)). */
    private static final int NICE_FIELD = 19 - 3;

    /** Nice values of this process's threads whose name begins so, by their number. */
    private static Map<Integer, Integer> niceOf(final String name) throws IOException {
        final Map<Integer, Integer> found = new TreeMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (final Path thread : threads.toList()) {
                if (Files.readString(thread.resolve("comm")).startsWith(name)) {
                    final String stat = Files.readString(thread.resolve("stat"));
                    found.put(Integer.valueOf(thread.getFileName().toString()),
                        Integer.valueOf(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[NICE_FIELD]));
                }
            }
        }
        return found;
    }

    @Test
    void givesWayAndNobodyElseDoes() throws IOException {
        final Map<Integer, Integer> before = niceOf("C2 Comp");
        final Map<Integer, Integer> first = niceOf("C1 Comp");
        try {
            assertTrue(SecondCompiler.giveWay() >= before.size());
            assertTrue(!before.isEmpty() && niceOf("C2 Comp").values().stream().allMatch(nice -> nice == SecondCompiler.NICE));
            assertEquals(first, niceOf("C1 Comp"));
        } finally {
            before.forEach((thread, nice) -> new LinuxCalls().systemCall(SYS_SETPRIORITY, 0, thread, nice, 0));
        }
    }
}
