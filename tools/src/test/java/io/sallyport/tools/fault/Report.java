package io.sallyport.tools.fault;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * The outcomes, for people.
 *
 * @param outcomes   of all faults that were tried
 * @param without    rows that have no fault, and why
 * @param durationNs how long it took
 */
record Report(List<Outcome> outcomes, Map<String, String> without, long durationNs) {

    Report {
        outcomes = List.copyOf(outcomes);
        without = Map.copyOf(without);
    }

    /** A line for each row. */
    String byRow() {
        final Map<String, int[]> counts = new TreeMap<>();
        for (final Outcome outcome : outcomes) {
            for (final String row : outcome.fault().rows()) {
                final int[] count = counts.computeIfAbsent(row, none -> new int[2]);
                count[0] += outcome.isKilled() ? 1 : 0;
                count[1]++;
            }
        }
        final StringBuilder text = new StringBuilder(String.format("%n%-28s %s%n", "row", "killed"));
        counts.forEach((row, count) ->
            text.append(String.format("%-28s %d of %d%s%n", row, count[0], count[1], count[0] < count[1] ? "  SURVIVED" : "")));
        return text.toString();
    }

    /** All in one line. */
    String figure() {
        return String.format("%d of %d faults killed, in %d min %02d s", killed(), outcomes.size(),
            TimeUnit.NANOSECONDS.toMinutes(durationNs), TimeUnit.NANOSECONDS.toSeconds(durationNs) % 60);
    }

    private long killed() {
        return outcomes.stream().filter(Outcome::isKilled).count();
    }

    /** The document. */
    String document() {
        final StringBuilder text = new StringBuilder("""
            # The mutation check

            Each line is a deliberate fault: the engine was compiled with it, and the tests ran until the first of them was red. A fault
            that no test sees is a hole in the tests. `docs/faults` has the faults word by word; `tools/bin/mutation-check --report` makes
            this file.

            """);
        text.append(String.format("%s: **%d of %d faults killed**.%n%n", LocalDate.now(), killed(), outcomes.size()));
        text.append(String.format("| fault | rows | what is broken | seen by |%n| --- | --- | --- | --- |%n"));
        for (final Outcome outcome : outcomes) {
            text.append(String.format("| `%s` | %s | %s | %s |%n", outcome.fault().id(), String.join(", ", outcome.fault().rows()),
                cell(outcome.fault().broken()), outcome.isKilled() ? cell(withoutVariant(outcome.by())) : "**no test**"));
        }
        text.append(String.format("%n## Rows without a fault%n%n| row | why |%n| --- | --- |%n"));
        new TreeSet<>(without.keySet()).forEach(row -> text.append(String.format("| %s | %s |%n", row, cell(without.get(row)))));
        return text.toString();
    }

    /** Which mapping and filtering a scenario was run with first does not matter. */
    private static String withoutVariant(final String test) {
        return test.replaceFirst(" \\(mapping [^()]*\\)$", "");
    }

    private static String cell(final String text) {
        return text.replace("|", "\\|");
    }
}
