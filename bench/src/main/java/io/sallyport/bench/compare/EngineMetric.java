package io.sallyport.bench.compare;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The engine without input and output, beside a loop in C that does the least that translation takes. */
final class EngineMetric implements Metric {

    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final String STEADY = "EngineBenchmark";
    private static final String OPENING = "OpeningBenchmark";
    private static final String MIX = "MixBenchmark";
    private static final String FLOOR = "floor in C";

    @Override
    public String key() {
        return "engine";
    }

    @Override
    public double seconds(final Bench bench) {
        return bench.pick(45.0, 330.0);
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final List<String> connections = bench.pick(List.of("64", "100000"), List.of("64", "10000", "100000", "1000000"));
        final Table steady = new Table(key(), "The engine alone, live connections", "ns a packet", 1, false)
            .note("JMH: the shortest packets, each of a random connection, parsed, looked up, rewritten, routed and counted; what writing "
                + "the packets takes is taken off. The floor: hash, one entry, rewrite, prefetching.")
            .goal(new Goal("U", "^64$", "", 25)).goal(new Goal("U", "^10000$", "", 35))
            .goal(new Goal("U", "^100000$", "", 55)).goal(new Goal("U", "^1000000$", "", 110));
        final Table opening = new Table("opening", "The engine alone, new connections", "ns a connection", 0, false)
            .note("JMH: a packet from a new inside endpoint, into a table of 1,000,000 that is so full when it begins; and a mix, of which "
                + "one packet of ten opens a connection while as many end, a packet's share. Writing the packets is part of both.")
            .goal(new Goal("opening", "", "", 400));
        bench.progress().begin("engine: the floor, JMH", seconds(bench));
        connections.forEach(count -> floor(bench, steady, count));
        steady(bench, steady, connections);
        openings(bench, opening, bench.pick("90", "10,50,90"),
            bench.pick("ENDPOINT_INDEPENDENT", "ENDPOINT_INDEPENDENT,ENDPOINT_DEPENDENT"));
        bench.progress().end();
        return List.of(steady, opening);
    }

    private static void floor(final Bench bench, final Table table, final String connections) {
        final Command.Result result = Command.run(LIMIT, bench.programs().resolve("floor").toString(), connections);
        final String[] words = result.out().strip().split(" +");
        if (words.length == 3) {
            table.add(FLOOR, connections, Double.parseDouble(words[2]));
        } else {
            table.skip(FLOOR, result.err().strip());
        }
    }

    private static void steady(final Bench bench, final Table table, final List<String> connections) {
        final String packets = bench.pick("UDP_INSIDE,TCP_OUTSIDE", "UDP_INSIDE,UDP_OUTSIDE,TCP_INSIDE,TCP_OUTSIDE");
        final List<?> results = jmh(
            bench, table, STEADY, "3", "-p", "connections=" + String.join(",", connections), "-p", "packets=" + packets);
        for (final Object each : results) {
            final Map<?, ?> parameters = (Map<?, ?>) ((Map<?, ?>) each).get("params");
            if (benchmark(each).equals("process")) {
                final double fill = results.stream()
                    .filter(other -> benchmark(other).equals("fill") && ((Map<?, ?>) other).get("params").equals(parameters))
                    .mapToDouble(EngineMetric::score).findFirst().orElseThrow();
                final String column = String.valueOf(parameters.get("connections"));
                final double nanoseconds = score(each) - fill;
                final String row = parameters.get("packets").toString().replace('_', ' ');
                table.add(row, column, nanoseconds);
                table.median(FLOOR, column).ifPresent(floor -> table.add(row, "× floor at " + column, nanoseconds / floor));
            }
        }
    }

    private static void openings(final Bench bench, final Table table, final String loads, final String mappings) {
        for (final Object each : jmh(bench, table, OPENING, "8", "-p", "load=" + loads, "-p", "mapping=" + mappings)) {
            final Map<?, ?> parameters = (Map<?, ?>) ((Map<?, ?>) each).get("params");
            table.add("opening, " + parameters.get("mapping").toString().toLowerCase(Locale.ROOT).replace('_', '-'),
                parameters.get("load") + " % full", score(each));
        }
        jmh(bench, table, MIX, "4").forEach(each -> table.add("mix, a packet", "", score(each)));
    }

    private static List<?> jmh(
            final Bench bench, final Table table, final String name, final String warmUps, final String... options) {
        final Path file = bench.scratch().resolve(name + ".json");
        final String time = bench.pick("400ms", "1s");
        final List<String> command = new ArrayList<>(List.of(bench.root().resolve("bench/bin/jmh").toString(),
            "-rf", "json", "-rff", file.toString(), "-f", "1", "-wi", warmUps, "-i", bench.pick("2", "4"), "-w", time,
            "-r", time, name));
        command.addAll(List.of(options));
        final Command.Result result = Command.run(LIMIT, command.toArray(String[]::new));
        if (result.exitCode() != 0 || !Files.exists(file)) {
            table.skip(name, "failed: " + result.err().strip().lines().reduce((first, last) -> last).orElse("nothing said"));
            return List.of();
        }
        try {
            return JSON.std.listFrom(Files.readString(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String benchmark(final Object result) {
        return String.valueOf(((Map<?, ?>) result).get("benchmark")).replaceFirst(".*\\.", "");
    }

    private static double score(final Object result) {
        return ((Number) ((Map<?, ?>) ((Map<?, ?>) result).get("primaryMetric")).get("score")).doubleValue();
    }
}
