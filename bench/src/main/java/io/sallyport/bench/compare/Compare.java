package io.sallyport.bench.compare;

import io.sallyport.tools.demo.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The program behind {@code bench/bin/compare}. */
@CommandLine.Command(name = "compare", mixinStandardHelpOptions = true, sortOptions = false,
    description = "Measures Sallyport end to end beside the kernel's own NAT and a forwarder in C, in one run, and writes what came of it "
        + "as Markdown with plots. Needs root, and a machine that does nothing else.")
public final class Compare implements Callable<Integer> {

    private static final Duration COMPILER_LIMIT = Duration.ofSeconds(60);
    private static final List<String> COMPILER = List.of("cc", "-O2", "-march=native", "-Wall", "-Wextra", "-o");

    @Option(names = "--root", hidden = true, required = true)
    private Path root;

    @Option(names = "--quick", description = "In under five minutes (the default).")
    private boolean isQuick;

    @Option(names = "--full", description = "In under forty-five minutes.")
    private boolean isFull;

    @Option(names = "--only", split = ",", paramLabel = "METRIC",
        description = "Only these, the rest of the report stays as it is: ${COMPLETION-CANDIDATES}.",
        completionCandidates = Metrics.Keys.class)
    private List<String> only;

    @Option(names = "--out", paramLabel = "DIR", description = "Write benchmarks.md and benchmarks/ there (docs).")
    private Path out;

    @Option(names = "--self-test", description = "Only has the tester find faults in a broken device, in a few seconds.")
    private boolean isSelfTest;

    private Compare() {
    }

    /** Takes the command line; exit code 0 when all was measured, whether goals were met or not, 1 when packets came out wrong. */
    public static void main(final String[] arguments) {
        System.exit(new CommandLine(new Compare()).setExecutionExceptionHandler((failure, command, parsed) -> {
            System.err.println("compare: " + failure.getMessage());
            return 1;
        }).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        final Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "sallyport-compare");
        final Thread hook = new Thread(() -> delete(scratch), "remove scratch");
        Runtime.getRuntime().addShutdownHook(hook);
        final Bench bench = new Bench(root, scratch, !isFull);
        compile(bench.programs());
        return isSelfTest ? new SelfTest(bench).run() : compare(bench);
    }

    private int compare(final Bench bench) throws IOException {
        final Path directory = out == null ? root.resolve("docs") : out;
        final LatencyFiles latencies = new LatencyFiles(directory.resolve("benchmarks"));
        final List<Metric> metrics = Metrics.all(latencies).stream().filter(metric -> only == null || only.contains(metric.key())).toList();
        if (metrics.isEmpty()) {
            throw new IllegalArgumentException("--only: there is no such metric; there are "
                + Metrics.all(latencies).stream().map(Metric::key).collect(Collectors.joining(", ")));
        }
        metrics.forEach(metric -> bench.progress().plan(metric.seconds(bench)));
        final KernelLimits limits = KernelLimits.raise();
        try {
            for (final Metric metric : metrics) {
                final List<Table> measured = metric.measure(bench);
                measured.forEach(table -> Report.print(table, bench.progress()));
                report(bench, directory, latencies, measured);
            }
        } finally {
            limits.close();
        }
        if (!bench.disturbance().isEmpty()) {
            bench.progress().say(bench.disturbance());
        }
        bench.progress().say("written: " + directory.resolve("benchmarks.md"));
        return bench.wrongs().isEmpty() ? 0 : 1;
    }

    /** After each metric, so that what was measured is not lost if a later one fails. */
    private void report(final Bench bench, final Path directory, final LatencyFiles latencies, final List<Table> measured)
            throws IOException {
        final String when = LocalDate.now(ZoneOffset.UTC) + ", `" + command() + "`"
            + (bench.disturbance().isEmpty() ? "" : ". " + bench.disturbance());
        measured.forEach(table -> table.measured(when));
        final Path file = Files.createDirectories(directory.resolve("benchmarks")).resolve("results.json");
        final List<Table> all = Results.merge(file, measured);
        Results.write(file, all);
        new Report(directory, all, latencies, bench).write();
    }

    private String command() {
        return "bench/bin/compare " + (isFull ? "--full" : "--quick") + (only == null ? "" : " --only " + String.join(",", only));
    }

    private void compile(final Path programs) throws IOException {
        final Path sources = root.resolve("bench/src/main/c");
        Files.createDirectories(programs);
        compile(programs.resolve("tester"), sources, "tester.c", "packet.c", "port.c");
        compile(programs.resolve("forwarder"), sources, "forwarder.c", "port.c");
        compile(programs.resolve("floor"), sources, "floor.c");
    }

    private static void compile(final Path program, final Path sources, final String... names) {
        final List<String> words = new ArrayList<>(COMPILER);
        words.add(program.toString());
        Stream.of(names).map(name -> sources.resolve(name).toString()).forEach(words::add);
        Command.run(COMPILER_LIMIT, words).orThrow();
    }

    private static void delete(final Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
