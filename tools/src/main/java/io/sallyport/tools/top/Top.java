package io.sallyport.tools.top;

import io.sallyport.tools.run.Signals;
import io.sallyport.tools.screen.Figures;
import io.sallyport.tools.screen.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jline.terminal.Size;

/** A gateway that is looked at every few seconds: on a terminal until the user has seen enough, or as text. */
public final class Top implements AutoCloseable {

    private static final int PLAIN_ROWS = 24;
    private static final int PLAIN_COLUMNS = 80;
    /** So soon a signal is noticed. */
    private static final long MOST_WAIT_MS = 100;
    private static final List<String> HELP = List.of(
        "sallyport top",
        "",
        "q       quit (Ctrl-C, too)",
        "p       pause, and go on",
        "s       sort the inside hosts by another column, the one with the *",
        "?       this page, and back",
        "Ctrl-L  draw the screen anew",
        "",
        "packets/s, bit/s  between the last two looks; latency, too: from the receive",
        "                  ring to the hand-over for sending",
        "ports taken       in use or cooling down; the bar has its | at 80 %",
        "conns             live connections of an inside host",
        "ports             public ports that it uses",
        "+-/s              by how many they become more a second",
        "destination       those closest to running out of public ports: ports in use",
        "                  there, and their share of those that there are for it",
        "",
        "A line is red when 80 % of something is gone.",
        "When the gateway ends, top waits for it to come back.");

    private final TopSource source;
    private final TopModel model;
    private final long intervalNs;
    private final Thread thread = Thread.currentThread();
    private HostOrder order = HostOrder.CONNECTIONS;
    private boolean isPaused;
    private boolean isHelping;
    private volatile boolean isEnding;

    /**
     * Looks at the gateway with a state directory.
     *
     * @param interval from one look to the next
     */
    public Top(final Path stateDirectory, final Duration interval) {
        source = new TopSource(stateDirectory);
        model = new TopModel(source);
        intervalNs = interval.toNanos();
    }

    /** Prints the screen once, after two looks. */
    public void printOnce(final PrintWriter out) {
        model.refresh();
        await(System.nanoTime() + intervalNs);
        model.refresh().ifPresent(view ->
            TopScreen.lines(view, order, PLAIN_ROWS - 1, PLAIN_COLUMNS).forEach(line -> out.println(line.text().stripTrailing())));
    }

    /** Prints an object on a line for each look, until no one reads them or a signal comes. */
    public void printJson(final PrintWriter out, final boolean once) {
        endOnSignals();
        model.refresh();
        long nextNs = System.nanoTime() + intervalNs;
        do {
            await(nextNs);
            nextNs += intervalNs;
            if (!isEnding) {
                model.refresh().ifPresent(view -> out.println(Json.line(TopJson.of(view, order))));
            }
        } while (!once && !isEnding && !out.checkError());
    }

    /**
     * Shows the screen on this process's terminal until the user or a signal ends it.
     *
     * @throws IOException if there is no terminal, or it goes away
     */
    public void show() throws IOException {
        endOnSignals();
        try (TopTerminal terminal = TopTerminal.open(this::end)) {
            Optional<TopView> view = model.refresh();
            long nextNs = System.nanoTime() + intervalNs;
            boolean isStale = true;
            while (!isEnding) {
                if (isStale) {
                    draw(terminal, view);
                }
                final long leftMs = isPaused ? MOST_WAIT_MS : TimeUnit.NANOSECONDS.toMillis(nextNs - System.nanoTime());
                final int key = terminal.key(Math.min(leftMs, MOST_WAIT_MS));
                onKey(terminal, key);
                final boolean isDue = System.nanoTime() >= nextNs && !isPaused;
                if (isDue) {
                    nextNs = System.nanoTime() + intervalNs;
                    view = model.refresh();
                }
                isStale = isDue || key != TopTerminal.NO_KEY || terminal.isResized();
            }
        }
    }

    private void draw(final TopTerminal terminal, final Optional<TopView> view) {
        final Size size = terminal.size();
        final int rows = size.getRows() - 1;
        final List<Line> lines = new ArrayList<>(isHelping || view.isEmpty()
            ? HELP.stream().limit(rows).map(text -> new Line(text, Line.Style.PLAIN).cut(size.getColumns())).toList()
            : TopScreen.lines(view.get(), order, rows, size.getColumns()));
        while (lines.size() < rows) {
            lines.add(new Line("", Line.Style.PLAIN));
        }
        lines.add(new Line("q quit   p %s   s hosts by %s   ? help   every %s".formatted(isPaused ? "PAUSED, go on" : "pause",
            order.label(), Figures.duration(Math.max(1, TimeUnit.NANOSECONDS.toSeconds(intervalNs)))), Line.Style.HEAD)
            .cut(size.getColumns()));
        terminal.show(lines);
    }

    private void onKey(final TopTerminal terminal, final int key) {
        switch (key) {
            case 'q', 'Q', TopTerminal.END -> end();
            case 'p', ' ' -> isPaused = !isPaused;
            case 's' -> order = order.next();
            case '?', 'h' -> isHelping = !isHelping;
            case 'L' - '@' -> terminal.redraw();
            default -> {
                // no key, or none of ours
            }
        }
    }

    private void endOnSignals() {
        Signals.handle("TERM", name -> end());
        Signals.handle("INT", name -> end());
        Signals.handle("HUP", name -> end());
    }

    private void end() {
        isEnding = true;
        LockSupport.unpark(thread);
    }

    /** Returns at {@code deadlineNs} of {@link System#nanoTime}, or when the end is wanted. */
    private void await(final long deadlineNs) {
        long leftNs = deadlineNs - System.nanoTime();
        while (leftNs > 0 && !isEnding && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(leftNs);
            leftNs = deadlineNs - System.nanoTime();
        }
    }

    @Override
    public void close() {
        source.close();
    }
}
