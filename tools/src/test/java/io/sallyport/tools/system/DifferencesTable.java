package io.sallyport.tools.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The table of docs/kernel-differences.md: its rows begin with the name of a probe in backquotes. */
final class DifferencesTable {

    private static final Path DOCUMENT = Program.ROOT.resolve("docs/kernel-differences.md");
    private static final String ROW_START = "| `";
    private static final String SAME = "same";

    private final Map<String, Row> rows = new LinkedHashMap<>();

    /**
     * A row.
     *
     * @param kernel    what the kernel's gateway makes of the probe
     * @param sallyport what Sallyport makes of it
     * @param reason    why that is not the same; empty where it is
     */
    record Row(String kernel, String sallyport, String reason) {

        boolean isDifferent() {
            return !kernel.equals(sallyport);
        }
    }

    static DifferencesTable read() {
        final DifferencesTable table = new DifferencesTable();
        try {
            Files.readAllLines(DOCUMENT).stream().filter(line -> line.startsWith(ROW_START)).forEach(table::add);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return table;
    }

    private void add(final String line) {
        final List<String> cells = Arrays.stream(line.split("\\|", -1)).map(String::strip).toList();
        if (cells.size() != 6) {
            throw new AssertionError("not four cells: " + line);
        }
        final String kernel = cells.get(2);
        final String sallyport = cells.get(3).equals(SAME) ? kernel : cells.get(3);
        if (rows.put(cells.get(1).replace("`", ""), new Row(kernel, sallyport, cells.get(4))) != null) {
            throw new AssertionError("twice: " + line);
        }
    }

    Map<String, Row> rows() {
        return rows;
    }
}
