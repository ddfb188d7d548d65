package io.sallyport.tools.command;

import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Counter;
import io.sallyport.tools.config.Durations;
import io.sallyport.tools.screen.Figures;
import io.sallyport.tools.screen.Json;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Has a running gateway take no new connections, and waits until those that it has are over. */
@CommandLine.Command(
    name = "drain",
    header = "Has a running gateway take no new connections, and waits for the others to end.",
    description = "Connections that live go on; new ones are refused until \"drain --undo\". When none is left, the gateway can be "
        + "stopped. Exit code 1 when some are left at the timeout: the gateway goes on draining.",
    footer = {"", "Example:", "  sallyport drain --timeout 10m && sallyport stop", "  sallyport drain --undo"})
public final class DrainCommand implements Runnable {

    private static final Counter[] ACTIVE = {Counter.ACTIVE_CONNECTIONS_TCP, Counter.ACTIVE_CONNECTIONS_UDP,
        Counter.ACTIVE_CONNECTIONS_ICMP, Counter.ACTIVE_CONNECTIONS_OTHER};
    private static final long BETWEEN_LOOKS_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long BETWEEN_UPDATES_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long BETWEEN_LINES_NS = TimeUnit.SECONDS.toNanos(5);
    private static final String CLEAR_LINE = "\r\u001b[K";

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Option(names = "--timeout", paramLabel = "DURATION", description = "Wait no longer than this, like 90s, 10m or 2h (default: no end).")
    private String timeout;

    @Option(names = "--undo", description = "Take new connections again.")
    private boolean undo;

    @Override
    public void run() {
        final long timeoutNs = timeoutNs();
        try (CommandControlReader gateway = options.attach()) {
            Requests.send(gateway, undo ? Command.RESUME : Command.DRAIN, "the gateway goes on as before");
            if (undo) {
                say(Map.of("draining", false), gateway.name() + " takes new connections again");
            } else {
                await(gateway, timeoutNs);
            }
        } catch (final IOException failure) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.oneLine(failure.getMessage()), failure);
        }
    }

    private long timeoutNs() {
        try {
            return timeout == null ? Long.MAX_VALUE : Durations.parse(timeout);
        } catch (final IllegalArgumentException notDuration) {
            throw new ParameterException(spec.commandLine(), "--timeout: " + notDuration.getMessage(), notDuration);
        }
    }

    private void await(final CommandControlReader gateway, final long timeoutNs) throws IOException {
        final Progress progress = new Progress();
        final long beginNs = System.nanoTime();
        long left = active(gateway);
        while (left > 0) {
            final long passedNs = System.nanoTime() - beginNs;
            progress.show(left, passedNs);
            if (passedNs >= timeoutNs) {
                progress.end();
                throw new CommandFailure(CommandFailure.FAILED, connections(left) + " left after " + Durations.format(timeoutNs)
                    + "; the gateway takes no new ones until \"drain --undo\"");
            }
            if (!gateway.isRunning()) {
                progress.end();
                throw new CommandFailure(CommandFailure.NO_GATEWAY, "the gateway \"" + gateway.name() + "\" has stopped; "
                    + connections(left) + " left then");
            }
            StatusCommand.await(System.nanoTime() + Math.min(BETWEEN_LOOKS_NS, timeoutNs - passedNs));
            left = active(gateway);
        }
        progress.end();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("draining", true);
        json.put("connections", 0);
        say(json, "no connections are left; \"sallyport stop\" stops the gateway, \"sallyport drain --undo\" has it take new ones again");
    }

    private void say(final Map<String, ?> json, final String text) {
        spec.commandLine().getOut().println(options.isJson() ? Json.print(json) : text);
    }

    private static long active(final CommandControlReader gateway) {
        long sum = 0;
        for (final Counter gauge : ACTIVE) {
            sum += gateway.get(gauge);
        }
        return sum;
    }

    private static String connections(final long count) {
        return count == 1 ? "1 connection is" : Figures.count(count) + " connections are";
    }

    /** One line that changes every second, on a terminal; else a line every five seconds. */
    private final class Progress {

        private final PrintWriter out = spec.commandLine().getOut();
        private final boolean isTerminal = isTerminal() && !options.isJson();
        private long nextNs;
        private long lastNs;
        private long lastLeft = -1;

        void show(final long left, final long passedNs) {
            if (options.isJson() || passedNs < nextNs) {
                return;
            }
            nextNs = passedNs + (isTerminal ? BETWEEN_UPDATES_NS : BETWEEN_LINES_NS);
            final String rate = lastLeft < 0 ? ""
                : ", " + Figures.scaled(Math.max(0, lastLeft - left) * 1e9 / (passedNs - lastNs)) + " ended a second";
            final String line = connections(left) + " left" + rate + ", " + Figures.duration(TimeUnit.NANOSECONDS.toSeconds(passedNs));
            out.print(isTerminal ? CLEAR_LINE + line : line + System.lineSeparator());
            out.flush();
            lastNs = passedNs;
            lastLeft = left;
        }

        void end() {
            if (isTerminal) {
                out.print(CLEAR_LINE);
                out.flush();
            }
        }

        private static boolean isTerminal() {
            final Console console = System.console();
            return console != null && console.isTerminal();
        }
    }
}
