package io.sallyport.tools.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A program that runs beside this one: its lines can be waited for, and it ends when this object is closed. */
public final class BackgroundProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<String> words;
    private final Process process;
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder err = new StringBuilder();
    private final CompletableFuture<Void> outEnd = new CompletableFuture<>();
    private final CompletableFuture<Void> errEnd = new CompletableFuture<>();

    private BackgroundProcess(final List<String> words) {
        this.words = List.copyOf(words);
        this.process = Command.start(words);
        Thread.ofVirtual().start(() -> read(process.inputReader(StandardCharsets.UTF_8), out, outEnd));
        Thread.ofVirtual().start(() -> read(process.errorReader(StandardCharsets.UTF_8), err, errEnd));
    }

    /** Starts a program. */
    public static BackgroundProcess start(final List<String> words) {
        return new BackgroundProcess(words);
    }

    private void read(final BufferedReader stream, final StringBuilder text, final CompletableFuture<Void> end) {
        try (stream) {
            for (String line = stream.readLine(); line != null; line = stream.readLine()) {
                synchronized (text) {
                    text.append(line).append('\n');
                    text.notifyAll();
                }
            }
        } catch (final IOException e) {
            // a killed process closes its streams as it likes
        }
        end.complete(null);
        synchronized (text) {
            text.notifyAll();
        }
    }

    /**
     * Waits for a line of standard output.
     *
     * @param start how the line begins
     * @return the line
     * @throws CommandException when the program ends, or the time, before it comes; what it said on standard error is in the message
     */
    public String awaitLine(final String start, final Duration limit) {
        return awaitLine(out, outEnd, line -> line.startsWith(start), start, limit);
    }

    /** As {@link #awaitLine}, for a line that has the words anywhere. */
    public String awaitLineContaining(final String words, final Duration limit) {
        return awaitLine(out, outEnd, line -> line.contains(words), words, limit);
    }

    /** As {@link #awaitLineContaining}, on standard error. */
    public String awaitErrorLine(final String words, final Duration limit) {
        return awaitLine(err, errEnd, line -> line.contains(words), words, limit);
    }

    private String awaitLine(final StringBuilder text, final CompletableFuture<Void> end, final Predicate<String> isWanted,
            final String wanted, final Duration limit) {
        final long deadlineNs = System.nanoTime() + limit.toNanos();
        synchronized (text) {
            while (true) {
                final boolean isOver = end.isDone();
                for (final String line : text.toString().split("\n")) {
                    if (isWanted.test(line)) {
                        return line;
                    }
                }
                final long leftMs = (deadlineNs - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0 || isOver) {
                    break;
                }
                try {
                    text.wait(leftMs);
                } catch (final InterruptedException e) {
                    Thread.currentThread().interrupt();
                    break;
                }
            }
        }
        if (end.isDone()) {
            awaitEnd(PATIENCE);
        }
        throw new CommandException(String.join(" ", words) + ": no line \"" + wanted + "…\" within " + limit.toMillis() + " ms"
            + (process.isAlive() ? "" : ", exit code " + process.exitValue()) + "\n" + err());
    }

    /** Writes a line to its standard input. */
    public void tell(final String line) {
        try {
            final Writer input = process.outputWriter(StandardCharsets.UTF_8);
            input.write(line + "\n");
            input.flush();
        } catch (final IOException e) {
            throw new CommandException(String.join(" ", words) + ": does not listen: " + e.getMessage(), e);
        }
    }

    /** What it has said on standard output so far. */
    public String out() {
        synchronized (out) {
            return out.toString();
        }
    }

    /** What it has said on standard error so far. */
    public String err() {
        synchronized (err) {
            return err.toString();
        }
    }

    /** Whether it still runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its process id. */
    public long pid() {
        return process.pid();
    }

    /** Asks it to stop (SIGTERM) and waits; kills it when it does not. Its exit code: 143 for the signal itself. */
    public int stop() {
        process.destroy();
        return awaitEnd(PATIENCE);
    }

    /** Ends it without warning (SIGKILL). */
    public void kill() {
        process.destroyForcibly();
        awaitEnd(PATIENCE);
    }

    /**
     * Waits for its end.
     *
     * @return its exit code
     * @throws CommandException when it runs on; it is killed then
     */
    public int awaitEnd(final Duration limit) {
        try {
            if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                outEnd.join();
                errEnd.join();
                return process.exitValue();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
        throw new CommandException(String.join(" ", words) + ": still running after " + limit.toMillis() + " ms, killed\n" + err());
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroy();
            try {
                if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (final InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
