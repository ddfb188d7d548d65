package io.sallyport.io.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The virtual machine's second compiler, which makes what is hot faster once more, and how it gives way. Where it shares a core with a
 * thread that forwards, each of its turns is a tick of the kernel, 4 ms, and that is about what a receive ring holds. Control path; for a
 * program, not for a library: it is about threads of the whole process.
 */
public final class SecondCompiler {

    /** How much it gives way: it has 3 % of a core that another thread wants, and what nobody wants. */
    static final int NICE = 15;

    /** As the kernel has it, cut after 15 characters. */
    private static final String THREAD_NAME = "C2 CompilerThre";
    private static final Path THREADS = Path.of("/proc/self/task");

    /** Number of the call: asm/unistd_64.h, and asm-generic/unistd.h for AArch64. */
    private static final int SYS_SETPRIORITY = "aarch64".equals(System.getProperty("os.arch")) ? 140 : 141;
    private static final int PRIO_PROCESS = 0;

    private SecondCompiler() {
    }

    /**
     * Has those of its threads that there are give way from now on (setpriority(2)). Without privileges there is no way back.
     *
     * @return the number of threads that do
     */
    public static int giveWay() {
        final LinuxCalls calls = new LinuxCalls();
        int count = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (final Path thread : threads) {
                if (name(thread).startsWith(THREAD_NAME)
                    && calls.systemCall(SYS_SETPRIORITY, PRIO_PROCESS, Integer.parseInt(thread.getFileName().toString()), NICE, 0) == 0) {
                    count++;
                }
            }
        } catch (final IOException e) {
            return count;
        }
        return count;
    }

    private static String name(final Path thread) {
        try {
            return Files.readString(thread.resolve("comm"));
        } catch (final IOException hasEnded) {
            return "";
        }
    }
}
