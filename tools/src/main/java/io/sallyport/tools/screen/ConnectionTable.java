package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionView;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Prints connections as a table, a stretch at a time, so that it takes no more memory for a million than for a screen. */
public final class ConnectionTable implements ConnectionSink {

    /** So many rows are aligned with each other, and with those before them as far as they fit. */
    private static final int STRETCH = 500;
    private static final List<String> HEAD = List.of("protocol", "inside", "public", "remote", "direction", "state", "idle");

    private final PrintWriter out;
    private final List<List<String>> rows = new ArrayList<>();
    private final int[] widths = new int[HEAD.size()];
    private long shown;

    /** Prints to {@code out}. */
    public ConnectionTable(final PrintWriter out) {
        this.out = out;
        rows.add(HEAD);
    }

    @Override
    public void show(final ConnectionView connection) {
        shown++;
        rows.add(List.of(ConnectionRow.protocol(connection), ConnectionRow.inside(connection), ConnectionRow.publicEndpoint(connection),
            ConnectionRow.remote(connection), ConnectionRow.direction(connection), ConnectionRow.state(connection),
            Figures.duration(TimeUnit.NANOSECONDS.toSeconds(connection.idleNs()))));
        if (rows.size() >= STRETCH) {
            printRows();
        }
    }

    @Override
    public void end(final Page page, final long matching) {
        printRows();
        final String from = page.offset() == 0 ? "" : " from number " + Figures.count(page.offset() + 1) + " on";
        final String more = page.offset() + shown < matching ? " (--limit and --offset show more)" : "";
        out.print(Figures.count(shown) + " of " + Figures.count(matching) + " connections" + from + more + "\n");
        out.flush();
    }

    private void printRows() {
        rows.forEach(row -> {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        });
        final StringBuilder line = new StringBuilder();
        for (final List<String> row : rows) {
            line.setLength(0);
            for (int column = 0; column < widths.length - 1; column++) {
                line.append(row.get(column)).repeat(' ', widths[column] - row.get(column).length() + 2);
            }
            out.append(line.append(row.getLast()).append('\n'));
        }
        rows.clear();
    }
}
