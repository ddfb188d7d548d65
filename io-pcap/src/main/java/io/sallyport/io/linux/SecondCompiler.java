package io.sallyport.io.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The virtual machine's second compiler, which makes what is hot faster once more, and how it gives way for a while. Where it shares a core
 * with a thread that forwards, each of its turns is a tick of the kernel, 4 ms, and that is about what a receive ring holds: too long for
 * the first packets, whose code is cold. Control path; for a program, not for a library: it is about threads of the whole process.
 *
 * <p>A child process does it when it is told by a line on its standard input, and undoes it when that ends: by then the gateway has given
 * up the capability that it takes to let a thread take turns again (CAP_SYS_NICE).
 */
public final class SecondCompiler {

    /** As the kernel has it, cut after 15 characters. */
    private static final String THREAD_NAME = "C2 CompilerThre";
    private static final Path THREADS = Path.of("/proc/self/task");

    /** Tries on itself whether there is a way back from SCHED_IDLE (sched(7)), before any thread goes there. */
    private static final String KEEPER = "trap '' HUP INT QUIT TERM; chrt -i -p 0 $$ && chrt -o -p 0 $$ && read -r line || exit; "
        + "for thread; do chrt -i -p 0 $thread; done; read -r line; for thread; do chrt -o -p 0 $thread; done";

    private final Process keeper;

    private SecondCompiler(final Process keeper) {
        this.keeper = keeper;
    }

    /**
     * Prepares it, while this process has its privileges. Where the system has no {@code chrt} (util-linux), or this process may not take
     * back what it does, nothing will happen.
     *
     * @return empty if no process is to be had
     */
    public static Optional<SecondCompiler> prepare() {
        final List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", KEEPER, "sallyport-compiler"));
        words.addAll(threads());
        try {
            return Optional.of(new SecondCompiler(new ProcessBuilder(words)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD).start()));
        } catch (final IOException notNeeded) {
            return Optional.empty();
        }
    }

    /** Has it run only when no other thread wants the core, from a few ms after this on. */
    public void giveWay() {
        try {
            keeper.getOutputStream().write('\n');
            keeper.getOutputStream().flush();
        } catch (final IOException hasEnded) {
            // it may do nothing, and did nothing
        }
    }

    /** Has it take turns again as before. */
    public void resume() {
        try {
            keeper.getOutputStream().close();
        } catch (final IOException hasEnded) {
            // it did nothing
        }
    }

    /** The compiler's threads, by their numbers. */
    static List<String> threads() {
        final List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (final Path thread : threads) {
                if (name(thread).startsWith(THREAD_NAME)) {
                    found.add(thread.getFileName().toString());
                }
            }
        } catch (final IOException e) {
            return List.of();
        }
        return found;
    }

    private static String name(final Path thread) {
        try {
            return Files.readString(thread.resolve("comm"));
        } catch (final IOException hasEnded) {
            return "";
        }
    }
}
