package io.sallyport.tools.command;

import io.sallyport.tools.top.Top;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Shows what a running gateway does, again and again. */
@Command(
    name = "top",
    header = "Shows what a running gateway does, again and again.",
    description = "Rates, drops by reason, ports in use, the busiest inside hosts, the destinations closest to running out of ports, "
        + "latency percentiles. Waits for a gateway that ends to come back. Where there is no terminal, and with --once, it prints one "
        + "screen.",
    footer = {"", "Keys: q quits, p pauses, s sorts, ? helps.", "", "Example:", "  sallyport top --interval 5s"})
public final class TopCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Option(names = "--interval", paramLabel = "TIME", defaultValue = "2s", converter = Interval.class,
        description = "From one look to the next: 500ms, 2s, 1m (default: ${DEFAULT-VALUE}).")
    private Duration interval;

    @Option(names = "--once", description = "Print one screen, or with --json one object, and exit.")
    private boolean once;

    @Override
    public void run() {
        final PrintWriter out = spec.commandLine().getOut();
        options.attach().close();
        try (Top top = new Top(options.directory(), interval)) {
            if (options.isJson()) {
                top.printJson(out, once);
            } else if (once || !isTerminal()) {
                top.printOnce(out);
            } else {
                top.show();
            }
        } catch (final IOException noTerminal) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.describe(noTerminal), noTerminal);
        }
    }

    /** Whether there is someone to press keys, and a screen that can be drawn on. */
    private static boolean isTerminal() {
        final Console console = System.console();
        return console != null && console.isTerminal() && !"dumb".equals(System.getenv("TERM"));
    }

    /** Reads an interval. */
    static final class Interval implements ITypeConverter<Duration> {

        private static final Pattern FORM = Pattern.compile("([0-9]{1,6})(ms|s|m)");
        private static final Duration SHORTEST = Duration.ofMillis(100);
        private static final Duration LONGEST = Duration.ofHours(1);

        @Override
        public Duration convert(final String text) {
            final Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                throw new TypeConversionException("\"" + text + "\" is not an interval, like 500ms, 2s or 1m");
            }
            final long number = Long.parseLong(form.group(1));
            final Duration interval = switch (form.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                default -> Duration.ofMinutes(number);
            };
            if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
                throw new TypeConversionException("\"" + text + "\" is not between 100ms and 60m");
            }
            return interval;
        }
    }
}
