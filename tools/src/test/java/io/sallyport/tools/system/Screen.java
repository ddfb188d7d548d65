package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** A terminal with a shell, as someone sits before it: a detached tmux of our own. */
final class Screen implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final String socket = "sallyport-test-" + ProcessHandle.current().pid();

    private Screen() {
    }

    /** Opens one of a size. */
    static Screen open(final int columns, final int rows) {
        final Screen screen = new Screen();
        screen.tmux("-f", "/dev/null", "new-session", "-d", "-s", "top", "-x", Integer.toString(columns), "-y", Integer.toString(rows),
            "env", "PS1=prompt> ", "sh", ";", "set", "-g", "status", "off", ";", "resize-window", "-t", "top",
            "-x", Integer.toString(columns), "-y", Integer.toString(rows));
        screen.await(lines -> lines.contains("prompt>"), "a prompt");
        return screen;
    }

    /** What is to be seen. */
    String text() {
        return tmux("capture-pane", "-p", "-t", "top").out();
    }

    /** Waits until something is to be seen; gives the screen. */
    String await(final Predicate<String> isWanted, final String what) {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        String text = text();
        while (!isWanted.test(text) && System.nanoTime() < deadlineNs) {
            text = text();
        }
        final String last = text;
        assertTrue(isWanted.test(last), () -> "no " + what + " on\n" + last);
        return last;
    }

    /** Types a line and Enter. */
    void enter(final String line) {
        tmux("send-keys", "-t", "top", "-l", line);
        press("Enter");
    }

    /** Presses a key, by tmux's name for it. */
    void press(final String key) {
        tmux("send-keys", "-t", "top", key);
    }

    /** Makes it larger or smaller. */
    void resize(final int columns, final int rows) {
        tmux("resize-window", "-t", "top", "-x", Integer.toString(columns), "-y", Integer.toString(rows));
    }

    /** What the terminal is set to, as stty says it. */
    String settings() {
        return Command.run(LIMIT, "stty", "-a", "-F", ask("#{pane_tty}")).orThrow().out();
    }

    /** The program that was started last. */
    ProcessHandle program() {
        return ProcessHandle.of(Long.parseLong(ask("#{pane_pid}"))).orElseThrow().descendants().findFirst().orElseThrow();
    }

    private String ask(final String what) {
        return tmux("display-message", "-p", "-t", "top", what).out().strip();
    }

    private Command.Result tmux(final String... words) {
        final List<String> all = new ArrayList<>(List.of("tmux", "-L", socket));
        all.addAll(Arrays.asList(words));
        return Command.run(LIMIT, all).orThrow();
    }

    @Override
    public void close() {
        tmux("kill-server");
    }
}
