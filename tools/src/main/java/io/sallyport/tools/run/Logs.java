package io.sallyport.tools.run;

import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.logging.ConsoleHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Has everything that is logged go to stderr, a line each. */
public final class Logs {

    /** Ours; the JDK's own would fill the log. Held here, because levels are forgotten with the loggers that they were set on. */
    private static final Logger OWN = Logger.getLogger("io.sallyport");

    private Logs() {
    }

    /** Sets the format of all logs, and how much is logged: with {@code SALLYPORT_VERBOSE} in the environment, everything. */
    public static void install() {
        LogManager.getLogManager().reset();
        final Handler handler = new ConsoleHandler();
        handler.setFormatter(new OneLine());
        final Logger root = Logger.getLogger("");
        root.addHandler(handler);
        if (System.getenv("SALLYPORT_VERBOSE") != null) {
            handler.setLevel(Level.FINE);
            OWN.setLevel(Level.FINE);
        }
    }

    /** The same, for commands whose output is their answer: nothing below a warning. */
    public static void installForWarnings() {
        install();
        if (System.getenv("SALLYPORT_VERBOSE") == null) {
            OWN.setLevel(Level.WARNING);
        }
    }

    /** {@code 2026-02-01T10:11:12.345Z warning: message: cause}, on one line whatever it holds. */
    static final class OneLine extends Formatter {

        @Override
        public String format(final LogRecord event) {
            final Throwable cause = event.getThrown();
            final String text = formatMessage(event) + (cause == null ? "" : ": " + cause);
            return event.getInstant().truncatedTo(ChronoUnit.MILLIS) + " " + event.getLevel().getName().toLowerCase(Locale.ROOT) + ": "
                + text.strip().replaceAll("\\s*[\\r\\n]+\\s*", ", ") + System.lineSeparator();
        }
    }
}
