package io.sallyport.tools.top;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;

/**
 * A whole terminal, on its alternate screen, so that what was there comes back when this is closed. One thread shows and reads; signals
 * come on others.
 */
final class TopTerminal implements AutoCloseable {

    /** No key was pressed in time. */
    static final int NO_KEY = NonBlockingReader.READ_EXPIRED;
    /** There will be no more keys. */
    static final int END = NonBlockingReader.EOF;

    /** What a terminal has that does not say what it has. */
    private static final Size USUAL_SIZE = Size.of(80, 24);

    private final Terminal terminal;
    private final Attributes before;
    private final Display display;
    private final AtomicBoolean isResized = new AtomicBoolean();

    private TopTerminal(final Terminal terminal, final Runnable onInterrupt) {
        this.terminal = terminal;
        before = terminal.enterRawMode();
        terminal.handle(Terminal.Signal.INT, signal -> onInterrupt.run());
        terminal.handle(Terminal.Signal.WINCH, signal -> isResized.set(true));
        terminal.handle(Terminal.Signal.TSTP, Terminal.SignalHandler.SIG_IGN);
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        display = new Display(terminal, true);
        resize();
    }

    /**
     * Takes the terminal of this process.
     *
     * @param onInterrupt called when the user wants to end, by Ctrl-C
     * @throws IOException if there is none
     */
    static TopTerminal open(final Runnable onInterrupt) throws IOException {
        try {
            // none of the providers that bring a native library
            return new TopTerminal(TerminalBuilder.builder().system(true).dumb(false).nativeSignals(true)
                .ffm(true).exec(true).jni(false).build(), onInterrupt);
        } catch (final IllegalStateException none) {
            throw new IOException("this terminal cannot be used: " + none.getMessage(), none);
        }
    }

    /** Lines and columns. */
    Size size() {
        final Size size = terminal.getSize();
        return size.getRows() <= 0 || size.getColumns() <= 0 ? USUAL_SIZE : size;
    }

    /** Shows these lines, and nothing else. */
    void show(final List<Line> lines) {
        if (isResized.getAndSet(false)) {
            resize();
        }
        display.update(lines.stream().map(TopTerminal::styled).toList(), 0);
    }

    /** Whether what is shown does not fit any more. */
    boolean isResized() {
        return isResized.get();
    }

    /** Shows everything anew the next time. */
    void redraw() {
        isResized.set(true);
    }

    /** Waits for a key. */
    int key(final long limitMs) throws IOException {
        return terminal.reader().read(Math.max(1, limitMs));
    }

    private void resize() {
        display.resize(size());
        display.clear();
    }

    private static AttributedString styled(final Line line) {
        return new AttributedString(line.text(), switch (line.style()) {
            case PLAIN -> AttributedStyle.DEFAULT;
            case HEAD -> AttributedStyle.BOLD;
            case ALARM -> AttributedStyle.BOLD.foreground(AttributedStyle.RED);
        });
    }

    @Override
    public void close() throws IOException {
        terminal.puts(Capability.cursor_normal);
        terminal.puts(Capability.exit_ca_mode);
        terminal.flush();
        terminal.setAttributes(before);
        terminal.close();
    }
}
