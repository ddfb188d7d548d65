package io.sallyport.bench.compare;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps tables in a file, so that a run of some metrics replaces just their part of the report. */
final class Results {

    private Results() {
    }

    /** The tables of an earlier run, each replaced by a later one of the same metric; new ones stand at the end. */
    static List<Table> merge(final Path file, final List<Table> later) throws IOException {
        final Map<String, Table> tables = new LinkedHashMap<>();
        if (Files.exists(file)) {
            for (final Object each : JSON.std.listFrom(Files.readString(file))) {
                final Table table = Table.of((Map<?, ?>) each);
                tables.put(table.key(), table);
            }
        }
        later.forEach(table -> tables.put(table.key(), table));
        return new ArrayList<>(tables.values());
    }

    /** Writes tables. */
    static void write(final Path file, final List<Table> tables) throws IOException {
        final List<Map<String, Object>> maps = tables.stream().map(Table::toMap).toList();
        Files.writeString(file, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(maps) + "\n");
    }
}
