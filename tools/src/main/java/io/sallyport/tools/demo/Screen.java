package io.sallyport.tools.demo;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Locale;
import picocli.CommandLine.Help.Ansi;

/** Where the demo tells its story: steps that are ticked off, in colour on a terminal, in ASCII where the terminal knows no better. */
final class Screen {

    private static final int STEP_WIDTH = 46;

    private final PrintWriter out;
    private final Ansi ansi;
    private final boolean isUnicode;
    private String step = "";
    private long stepStartNs;

    Screen(final PrintWriter out, final Ansi ansi, final Charset charset) {
        this.out = out;
        this.ansi = ansi;
        this.isUnicode = charset.newEncoder().canEncode('✔');
    }

    /** A heading. */
    void heading(final String text) {
        out.println();
        out.println(ansi.string("@|bold " + text + "|@"));
        out.flush();
    }

    /** A line of text, which may contain picocli's markup. */
    void line(final String text) {
        out.println(("  " + ansi.string(isUnicode ? text : ascii(text))).stripTrailing());
        out.flush();
    }

    /** Lines of another program, as they are. */
    void quote(final String text) {
        text.stripTrailing().lines().forEach(line -> out.println("  " + (isUnicode ? line : ascii(line))));
        out.flush();
    }

    /** Begins a step. */
    void begin(final String text) {
        step = text;
        stepStartNs = System.nanoTime();
        if (ansi.enabled()) {
            out.print(ansi.string("  @|yellow " + (isUnicode ? "…" : "-") + "|@ " + step));
            out.flush();
        }
    }

    /** Ends the step well; says what came of it. */
    void done(final String result) {
        end("@|bold,green " + (isUnicode ? "✔" : "ok") + "|@", result);
    }

    /** Ends the step badly; says why. */
    void failed(final String result) {
        end("@|bold,red " + (isUnicode ? "✘" : "FAILED") + "|@", result);
    }

    private void end(final String mark, final String result) {
        final double seconds = (System.nanoTime() - stepStartNs) / 1e9;
        final String padded = String.format(Locale.ROOT, "%-" + STEP_WIDTH + "s", step);
        out.println((ansi.enabled() ? "\r" : "") + ansi.string("  " + mark + " ") + padded + " "
            + ansi.string("@|faint " + String.format(Locale.ROOT, "%5.1f s", seconds) + "|@  " + result));
        out.flush();
        step = "";
    }

    /** A bar of that share of the width. */
    String bar(final double share, final int width) {
        final int cells = (int) Math.ceil(share * width);
        return (isUnicode ? "█" : "#").repeat(Math.max(0, Math.min(width, cells)));
    }

    private static String ascii(final String text) {
        return text.replace('─', '-').replace('│', '|').replace('µ', 'u').replace('→', '>').replace('·', '.').replace("…", "...")
            .replace('×', 'x');
    }
}
