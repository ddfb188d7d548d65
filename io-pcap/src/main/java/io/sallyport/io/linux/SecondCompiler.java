package io.sallyport.io.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    /** The field of /proc/PID/stat with the nice value, counted from the state, which follows the name (proc(5): the 19th and the 3rd). */
    private static final int NICE_FIELD = 19 - 3;

    /**
     * Tries on itself whether there is a way back, before any thread goes there. Not SCHED_IDLE (sched(7)): a compiler that gets nothing at
     * all may hold what the other compiler waits for.
     */
    private static final String KEEPER = "trap '' HUP INT QUIT TERM; nice=$1; shift; renice 19 -p $$ && renice $nice -p $$ && read -r line "
        + "|| exit; for thread; do renice 19 -p $thread; done; read -r line; for thread; do renice $nice -p $thread; done";

    private final Process keeper;

    private SecondCompiler(final Process keeper) {
        this.keeper = keeper;
    }

    /**
     * Prepares it, while this process has its privileges. Where the system has no {@code renice} (bsdutils), or this process may not take
     * back what it does, nothing will happen.
     *
     * @return empty if there is no such compiler, or no process is to be had
     */
    public static Optional<SecondCompiler> prepare() {
        final Map<String, String> threads = niceByThread();
        if (threads.isEmpty()) {
            return Optional.empty();
        }
        final List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", KEEPER, "sallyport-compiler"));
        words.add(threads.values().iterator().next());
        words.addAll(threads.keySet());
        try {
            return Optional.of(new SecondCompiler(new ProcessBuilder(words)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD).start()));
        } catch (final IOException notNeeded) {
            return Optional.empty();
        }
    }

    /** Leaves it 1 % of a core that another thread wants (nice 19), and what nobody wants, from a few ms after this on. */
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

    /** Nice values of the compiler's threads, by their numbers. */
    static Map<String, String> niceByThread() {
        final Map<String, String> found = new LinkedHashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (final Path thread : threads) {
                final String stat = stat(thread);
                final int nameEnd = stat.lastIndexOf(')');
                if (nameEnd > 0 && stat.substring(0, nameEnd).endsWith(THREAD_NAME)) {
                    found.put(thread.getFileName().toString(), stat.substring(nameEnd + 2).split(" ")[NICE_FIELD]);
                }
            }
        } catch (final IOException e) {
            return Map.of();
        }
        return found;
    }

    private static String stat(final Path thread) {
        try {
            return Files.readString(thread.resolve("stat"));
        } catch (final IOException hasEnded) {
            return "";
        }
    }
}
