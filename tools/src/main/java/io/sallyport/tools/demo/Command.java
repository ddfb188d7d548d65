package io.sallyport.tools.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Runs other programs to their end: never longer than a limit, with all that they say captured. */
public final class Command {

    /** Where programs of the system are, in case the path does not say. */
    static final String SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

    private static final Executor READERS = task -> Thread.ofVirtual().start(task);

    private Command() {
    }

    /**
     * How a program ended.
     *
     * @param words    the program and its arguments
     * @param exitCode its exit code
     * @param out      all of its standard output
     * @param err      all of its standard error
     */
    public record Result(List<String> words, int exitCode, String out, String err) {

        /**
         * Refuses a failure.
         *
         * @return this
         * @throws CommandException when the exit code is not 0
         */
        public Result orThrow() {
            if (exitCode != 0) {
                final String said = (err.isBlank() ? out : err).strip();
                throw new CommandException(String.join(" ", words) + ": exit code " + exitCode + (said.isEmpty() ? "" : ": " + said));
            }
            return this;
        }
    }

    /** What goes into the standard input of a program, or is done with its output. */
    @FunctionalInterface
    public interface Transfer<S, R> {
        /** Reads or writes the whole stream. */
        R apply(S stream) throws IOException;
    }

    /**
     * Runs a program.
     *
     * @param limit the program is killed when it takes longer
     * @param words the program and its arguments
     * @throws CommandException when it cannot be started or takes longer than the limit
     */
    public static Result run(final Duration limit, final List<String> words) {
        final Process process = start(words);
        close(process.getOutputStream());
        final CompletableFuture<String> out = capture(process.getInputStream());
        final CompletableFuture<String> err = capture(process.getErrorStream());
        final int exitCode = await(process, limit, words, err);
        return new Result(words, exitCode, out.join(), err.join());
    }

    /** As {@link #run(Duration, List)}. */
    public static Result run(final Duration limit, final String... words) {
        return run(limit, List.of(words));
    }

    /**
     * Runs a program whose output is too long to keep.
     *
     * @param reader gets the program's standard output
     * @return what the reader made of it
     * @throws CommandException when the program fails, cannot be started or takes longer than the limit
     */
    public static <R> R read(final Duration limit, final List<String> words, final Transfer<InputStream, R> reader) {
        final Process process = start(words);
        close(process.getOutputStream());
        final CompletableFuture<String> err = capture(process.getErrorStream());
        final CompletableFuture<R> result = transfer(process.getInputStream(), reader);
        final int exitCode = await(process, limit, words, err);
        new Result(words, exitCode, "", err.join()).orThrow();
        return result.join();
    }

    /**
     * Runs a program with a long input.
     *
     * @param writer writes the program's standard input, which is closed behind it
     * @throws CommandException when the program fails, cannot be started or takes longer than the limit
     */
    public static Result write(final Duration limit, final List<String> words, final Transfer<OutputStream, Void> writer) {
        final Process process = start(words);
        final CompletableFuture<String> out = capture(process.getInputStream());
        final CompletableFuture<String> err = capture(process.getErrorStream());
        final CompletableFuture<Void> input = transfer(process.getOutputStream(), writer);
        final int exitCode = await(process, limit, words, err);
        final Result result = new Result(words, exitCode, out.join(), err.join()).orThrow();
        input.join();
        return result;
    }

    /** Starts a program, with the directories of the system's programs in its path. */
    static Process start(final List<String> words) {
        final ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().merge("PATH", SYSTEM_PATH, (path, system) -> path + ':' + system);
        builder.environment().put("LC_ALL", "C.UTF-8");
        try {
            return builder.start();
        } catch (final IOException e) {
            throw new CommandException("cannot start " + words.getFirst() + ": " + e.getMessage(), e);
        }
    }

    static CompletableFuture<String> capture(final InputStream stream) {
        return transfer(stream, input -> {
            final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                input.transferTo(bytes);
            } catch (final IOException e) {
                // the stream of a process that was killed may close under the reader: what came until then counts
            }
            return bytes.toString(StandardCharsets.UTF_8);
        });
    }

    private static <S extends AutoCloseable, R> CompletableFuture<R> transfer(final S stream, final Transfer<S, R> transfer) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return transfer.apply(stream);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            } catch (final Exception e) {
                throw new IllegalStateException(e);
            }
        }, READERS);
    }

    private static int await(final Process process, final Duration limit, final List<String> words, final CompletableFuture<String> err) {
        try {
            if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new CommandException(String.join(" ", words) + ": still running after " + limit.toMillis() + " ms, killed: " + err.join());
    }

    private static void close(final OutputStream stream) {
        try {
            stream.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
