package io.sallyport.bench.compare;

import io.sallyport.tools.demo.BackgroundProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Runs the tester in C (bench/src/main/c/tester.c) on its core, and reads what it says. */
final class Tester {

    private final List<String> words;
    private final Duration limit;

    private Tester(final List<String> words, final Duration limit) {
        this.words = words;
        this.limit = limit;
    }

    /**
     * A tester for a device in a lab.
     *
     * @param limit   how long it may take
     * @param options further options of the program
     */
    static Tester of(final Path directory, final Lab lab, final Device device, final Duration limit, final String... options) {
        final List<String> words = new ArrayList<>(Machine.onTesterCore());
        words.addAll(List.of(directory.resolve("tester").toString(), "--inside", lab.insideSide(), "--outside", lab.outsideSide(),
            "--public", device.publicPrefix()));
        words.addAll(List.of(options));
        return new Tester(words, limit);
    }

    /** Runs it to its end; one result for each rate. */
    List<Result> run() {
        return run(() -> { }, () -> { });
    }

    /**
     * Runs it to its end.
     *
     * @param onBegin called when it begins to count for the first time
     * @param onEnd   called when it has counted for the first time
     */
    List<Result> run(final Runnable onBegin, final Runnable onEnd) {
        try (BackgroundProcess process = BackgroundProcess.start(words)) {
            process.awaitLine("measuring", limit);
            onBegin.run();
            process.awaitLine("measured", limit);
            onEnd.run();
            return finish(process);
        }
    }

    /** Starts it up to where it waits for {@link #go}. */
    BackgroundProcess prepare() {
        words.add("--wait");
        final BackgroundProcess process = BackgroundProcess.start(words);
        process.awaitLine("prepared", limit);
        return process;
    }

    /** Lets a prepared tester begin, and waits for its end. */
    List<Result> go(final BackgroundProcess process) {
        process.tell("go");
        return finish(process);
    }

    private List<Result> finish(final BackgroundProcess process) {
        if (process.awaitEnd(limit) != 0) {
            throw new IllegalStateException("the tester failed: " + process.err().strip());
        }
        final List<Result> results = lines(process, "result ").map(Result::parse).toList();
        final boolean isOpened = lines(process, "opened ").map(Result::parse).allMatch(opened -> opened.get("unopened") == 0);
        if (!isOpened) {
            throw new IllegalStateException("not all flows could be opened: " + lines(process, "opened ").toList());
        }
        return results;
    }

    private static Stream<String> lines(final BackgroundProcess process, final String start) {
        return process.out().lines().filter(line -> line.startsWith(start));
    }

    /** What it said of phase 1, for the ladder; empty without one. */
    static Result opened(final BackgroundProcess process) {
        return lines(process, "opened ").map(Result::parse).findFirst().orElse(new Result(Map.of()));
    }

    /** Latencies that it wrote, in ns, in order of arrival. */
    static IntBuffer latencies(final Path file) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Counts of one phase.
     *
     * @param values by name, as the tester prints them
     */
    record Result(Map<String, Long> values) {

        private static final double MISSED_BELOW = 0.995;

        static Result parse(final String line) {
            final Map<String, Long> values = new HashMap<>();
            for (final String word : line.split(" ")) {
                final int equals = word.indexOf('=');
                if (equals > 0) {
                    values.put(word.substring(0, equals), Long.parseLong(word.substring(equals + 1)));
                }
            }
            return new Result(values);
        }

        long get(final String name) {
            return values.getOrDefault(name, 0L);
        }

        /** Packets a second that arrived. */
        double deliveredPerSecond() {
            return get("delivered") * 1e9 / get("elapsed_ns");
        }

        /** Packets a second that were sent. */
        double sentPerSecond() {
            return get("sent") * 1e9 / get("elapsed_ns");
        }

        /** Whether fewer packets were sent than the rate asked for. */
        boolean isTargetMissed() {
            return get("sent") < get("intended") * MISSED_BELOW;
        }

        /** Why what arrived is not what should have; empty when all is well. Lost packets are not looked at. */
        String wrongs() {
            final List<String> wrongs = new ArrayList<>();
            for (final String name : new String[] {"bad_checksum", "bad_address", "late_or_twice"}) {
                if (get(name) > 0) {
                    wrongs.add(get(name) + " " + name.replace('_', ' '));
                }
            }
            if (get("good") == 0) {
                wrongs.add("no packet arrived");
            }
            return String.join(", ", wrongs);
        }
    }
}
