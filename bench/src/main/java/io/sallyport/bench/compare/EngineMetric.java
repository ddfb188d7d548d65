package io.sallyport.bench.compare;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The engine without input and output: JMH's benchmarks, as they print. */
final class EngineMetric implements Metric {

    /** Which ones, as JMH has them: regular expressions of names. */
    private static final String BENCHMARKS = "NatPipelineBenchmark|EngineBenchmark|PassesBenchmark";

    /** JMH's unit, and so the name of a column. */
    private static final String PER_PACKET = "ns/op";

    private static final Duration LIMIT = Duration.ofMinutes(15);

    @Override
    public String key() {
        return "engine";
    }

    @Override
    public double seconds(final Bench bench) {
        return bench.pick(40.0, 150.0);
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "The engine alone", "ns", 1, false)
            .note("JMH: a packet's share of an operation on a batch; 99.9 % error beside. Memory only, no input and output.");
        bench.progress().begin("engine: JMH", seconds(bench));
        final Path file = bench.scratch().resolve("jmh.json");
        final String time = bench.pick("500ms", "1s");
        final Command.Result result = Command.run(LIMIT, bench.root().resolve("bench/bin/jmh").toString(), "-rf", "json",
            "-rff", file.toString(), "-f", "1", "-wi", bench.pick("1", "2"),
            "-i", bench.pick("2", "4"), "-w", time, "-r", time, BENCHMARKS);
        bench.progress().end();
        if (result.exitCode() != 0 || !Files.exists(file)) {
            table.skip("JMH", "failed: " + result.err().strip().lines().reduce((first, last) -> last).orElse("nothing said"));
            return List.of(table);
        }
        floor(bench, table);
        read(table, file);
        return List.of(table);
    }

    /** What a packet costs at least: a program in C that prints lines of CONNECTIONS NANOSECONDS, where it was built. */
    private static void floor(final Bench bench, final Table table) {
        final Path program = bench.root().resolve("bench/target/floor");
        if (!Files.isExecutable(program)) {
            table.skip("floor in C", "bench/target/floor was not built");
            return;
        }
        final Command.Result result = Command.run(LIMIT, program.toString());
        result.out().lines().filter(line -> line.matches("\\d+ +[\\d.]+")).map(line -> line.split(" +"))
            .forEach(words -> table.add("floor in C {connections=" + words[0] + "}", PER_PACKET, Double.parseDouble(words[1])));
    }

    private static void ratio(final Table table, final String row, final Object parameters) {
        table.median("floor in C " + parameters, PER_PACKET).ifPresent(floor ->
            table.add(row, "times the floor", table.median(row, PER_PACKET).orElse(0) / floor));
    }

    private static void read(final Table table, final Path file) {
        try {
            for (final Object each : JSON.std.listFrom(Files.readString(file))) {
                final Map<?, ?> benchmark = (Map<?, ?>) each;
                final Map<?, ?> metric = (Map<?, ?>) benchmark.get("primaryMetric");
                final String name = String.valueOf(benchmark.get("benchmark")).replaceFirst("^io\\.sallyport\\.bench\\.", "");
                final Object parameters = benchmark.get("params");
                final String row = name + (parameters == null ? "" : " " + parameters);
                table.add(row, String.valueOf(metric.get("scoreUnit")), ((Number) metric.get("score")).doubleValue());
                ratio(table, row, parameters);
                if (metric.get("scoreError") instanceof final Number error) {
                    table.add(row, "±", error.doubleValue());
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
