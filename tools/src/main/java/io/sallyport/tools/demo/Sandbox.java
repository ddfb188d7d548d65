package io.sallyport.tools.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program where nothing that it makes can stay behind: in network, mount and process namespaces of its own, which the kernel
 * clears away with the program's first process, however that ends. Root gets them as root; anyone else inside a user namespace, where
 * the system allows that.
 */
final class Sandbox {

    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int PATIENCE_SECONDS = 3;

    /** File systems of its own, where it could otherwise meet the machine's: names of namespaces, and state. */
    private static final String MOUNTS = "mkdir -p /run/netns 2> /dev/null; "
        + "mount -t tmpfs tmpfs /run/netns 2> /dev/null || { mount -t tmpfs tmpfs /run && mkdir -p /run/netns; } && "
        + "mount -t tmpfs tmpfs /dev/shm && exec \"$@\"";

    private final List<String> prefix;

    private Sandbox(final List<String> prefix) {
        this.prefix = prefix;
    }

    /** One that works on this machine, if any does. */
    static Optional<Sandbox> find() {
        final List<String> asRoot = List.of("unshare", "-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc");
        final List<String> asAnyone = new ArrayList<>(asRoot);
        asAnyone.add(1, "-Ur");
        for (final List<String> words : "root".equals(System.getProperty("user.name")) ? List.of(asRoot, asAnyone) : List.of(asAnyone)) {
            final List<String> prefix = new ArrayList<>(words);
            prefix.addAll(List.of("sh", "-c", MOUNTS, "sh"));
            final Sandbox sandbox = new Sandbox(prefix);
            try {
                if (Command.run(LIMIT, sandbox.words(List.of("ip", "netns", "add", "probe"))).exitCode() == 0) {
                    return Optional.of(sandbox);
                }
            } catch (final CommandException e) {
                // not this way: the next
            }
        }
        return Optional.empty();
    }

    /**
     * Runs a program with this process's output. Its standard input is a pipe that ends when this process does.
     *
     * @return its exit code
     */
    int run(final List<String> program) throws IOException, InterruptedException {
        final ProcessBuilder builder = new ProcessBuilder(words(program)).redirectOutput(ProcessBuilder.Redirect.INHERIT)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().merge("PATH", Command.SYSTEM_PATH, (path, system) -> path + ':' + system);
        final Process process = builder.start();
        final Thread hook = new Thread(() -> end(process), "end the sandbox");
        Runtime.getRuntime().addShutdownHook(hook);
        final int exitCode = process.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            // this process is ending, and the hook with it
        }
        return exitCode;
    }

    private List<String> words(final List<String> program) {
        final List<String> words = new ArrayList<>(prefix);
        words.addAll(program);
        return words;
    }

    private static void end(final Process process) {
        process.destroy();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final IOException | InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
