package io.sallyport.bench.compare;

import io.sallyport.bench.compare.Table.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes what a run found: on the screen as it comes, at the end as Markdown with plots. */
final class Report {

    private final Path directory;
    private final List<Table> tables;
    private final LatencyFiles latencies;
    private final Bench bench;

    Report(final Path directory, final List<Table> tables, final LatencyFiles latencies, final Bench bench) {
        this.directory = directory;
        this.tables = tables;
        this.latencies = latencies;
        this.bench = bench;
    }

    /** Prints a table: each figure beside its goal. */
    static void print(final Table table, final Progress progress) {
        progress.say("");
        progress.say(table.title() + ", " + table.unit());
        for (final String row : table.rows()) {
            for (final String column : table.columns()) {
                if (!table.cell(row, column).isEmpty()) {
                    final Verdict verdict = table.verdict(row, column);
                    progress.say("  %-24s %-22s %-26s %s".formatted(
                        row, column, table.cell(row, column), verdict == null ? "" : verdict.toString()));
                }
            }
        }
        table.skipped().forEach((row, reason) -> progress.say("  %-24s not measured: %s".formatted(row, reason)));
        progress.say("");
    }

    /** Writes benchmarks.md and its plots. */
    void write() throws IOException {
        final Path plots = Files.createDirectories(directory.resolve("benchmarks"));
        final StringBuilder text = new StringBuilder();
        text.append("# Benchmarks\n\nWritten by `bench/bin/compare`, do not edit; each table says when it was measured.\n\n")
            .append(Machine.describe()).append('\n')
            .append("Hosts are in network namespaces, joined by veth pairs. Absolute figures are this machine's; what carries over is how ")
            .append("they compare. Figures are medians of the rounds, with the smallest and the greatest.\n\n");
        summary(text);
        for (final Table table : tables) {
            section(text, table, plots);
        }
        Files.writeString(directory.resolve("benchmarks.md"), text);
    }

    private void summary(final StringBuilder text) {
        final List<String> missed = new ArrayList<>();
        int met = 0;
        for (final Table table : tables) {
            for (final String row : table.rows()) {
                for (final String column : table.columns()) {
                    final Verdict verdict = table.verdict(row, column);
                    if (verdict != null && verdict.isMet()) {
                        met++;
                    } else if (verdict != null) {
                        missed.add(table.title() + ", " + row + ", " + column + ": " + table.cell(row, column) + " " + table.unit() + ", "
                            + verdict.words());
                    }
                }
            }
        }
        text.append("## Goals\n\n").append(met).append(" met, ").append(missed.size()).append(" missed");
        text.append(missed.isEmpty() ? ".\n\n" : ":\n\n");
        missed.forEach(line -> text.append("- ").append(line).append('\n'));
        text.append("\n## Packets that came out\n\n");
        if (bench.wrongs().isEmpty()) {
            text.append("In this run all that was looked at had the right addresses and checksums, and was in order within its flow.\n\n");
        } else {
            bench.wrongs().forEach(wrong -> text.append("- ").append(wrong).append('\n'));
            text.append('\n');
        }
    }

    private void section(final StringBuilder text, final Table table, final Path plots) throws IOException {
        text.append("## ").append(table.title()).append(", ").append(table.unit()).append("\n\n");
        text.append("Measured ").append(table.measured()).append("\n\n");
        table.notes().forEach(note -> text.append(note).append('\n'));
        text.append("\n| |");
        table.columns().forEach(column -> text.append(' ').append(column).append(" |"));
        text.append("\n| --- |").append(" ---: |".repeat(table.columns().size())).append('\n');
        for (final String row : table.rows()) {
            text.append("| ").append(row).append(" |");
            table.columns().forEach(column -> text.append(' ').append(table.cell(row, column)).append(" |"));
            text.append('\n');
        }
        table.skipped().forEach((row, reason) ->
            text.append("| ").append(row).append(" | ").append(reason).append(" |").append(" |".repeat(
                Math.max(0, table.columns().size() - 1))).append('\n'));
        text.append('\n');
        verdicts(text, table);
        for (final String plot : Plots.draw(table, latencies, plots)) {
            text.append("![").append(table.title()).append("](benchmarks/").append(plot).append(")\n\n");
        }
    }

    private static void verdicts(final StringBuilder text, final Table table) {
        final List<String> lines = new ArrayList<>();
        for (final String row : table.rows()) {
            for (final String column : table.columns()) {
                final Verdict verdict = table.verdict(row, column);
                if (verdict != null) {
                    lines.add(String.join(" | ", "| " + row, column, verdict.words(), verdict.isMet() ? "met" : "**missed**") + " |");
                }
            }
        }
        if (!lines.isEmpty()) {
            text.append("| goals | | | |\n| --- | --- | --- | --- |\n").append(String.join("\n", lines)).append("\n\n");
        }
    }
}
