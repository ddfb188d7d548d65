package io.sallyport.tools.command;

import io.sallyport.config.EventsConfig;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Fact;
import io.sallyport.event.Answer;
import io.sallyport.event.EventProtocols;
import io.sallyport.event.EventSearch;
import io.sallyport.tools.screen.Json;
import io.sallyport.tools.screen.WhoScreen;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finds out from the event log who had a public port. */
@Command(
    name = "who",
    header = "Tells which inside host had a public port at a time.",
    description = "From the event log: that of the running gateway, of a configuration, or any file. Exit code 1 when no one had it, or "
        + "when the log does not say.",
    footer = {"", "Example:", "  sallyport who --public 198.51.100.1:40312 --protocol tcp --at 14:03:07",
        "  sallyport who --public 198.51.100.1:40312 --protocol tcp \\", "      --at 2026-11-28T14:03:07Z --events /var/log/edge.jsonl"})
public final class WhoCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Option(names = "--public", required = true, paramLabel = "ADDR:PORT",
        description = "The public address and port; of ICMP the query identifier.")
    private String publicEndpoint;

    @Option(names = "--protocol", required = true, paramLabel = "PROTOCOL", description = "tcp, udp or icmp.")
    private String protocol;

    @Option(names = "--at", required = true, paramLabel = "TIME",
        description = "When: 2026-11-28T14:03:07Z; without a zone in this machine's; without a date today; or seconds since 1970.")
    private String at;

    @Option(names = "--events", paramLabel = "FILE", description = "The event log, where no gateway runs that knows it.")
    private Path events;

    @Option(names = "--config", paramLabel = "FILE", description = "Or the configuration that names it.")
    private Path config;

    @Override
    public void run() {
        final int index = EventProtocols.index(protocol.toLowerCase(Locale.ROOT));
        if (index < 0) {
            throw bad("--protocol", "\"" + Failures.oneLine(protocol) + "\" is none of " + String.join(", ", EventProtocols.NAMES));
        }
        final int colon = publicEndpoint.indexOf(':');
        final int address = address(colon);
        final int port = port(colon);
        final Moment moment = moment();
        final Path log = log();
        try {
            final Answer answer = new EventSearch(log).who(index, address, port, nanos(moment.from()), nanos(moment.until()));
            show(new WhoScreen(answer, Ipv4Address.format(address) + ":" + port + "/" + EventProtocols.NAMES.get(index), moment.from(),
                ZoneId.systemDefault()));
        } catch (final IOException unreadable) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.describe(unreadable), unreadable);
        }
    }

    private void show(final WhoScreen screen) {
        screen.warnings().forEach(line -> spec.commandLine().getErr().println("sallyport: warning: " + line));
        if (options.isJson()) {
            spec.commandLine().getOut().println(Json.print(screen.json()));
        }
        if (!screen.isFound()) {
            throw new CommandFailure(CommandFailure.FAILED, screen.text());
        }
        if (!options.isJson()) {
            spec.commandLine().getOut().println(screen.text());
        }
    }

    private int address(final int colon) {
        try {
            if (colon >= 0) {
                return Ipv4Address.parse(publicEndpoint.substring(0, colon));
            }
        } catch (final IllegalArgumentException notAddress) {
            throw bad("--public", notAddress.getMessage());
        }
        throw bad("--public", "\"" + Failures.oneLine(publicEndpoint) + "\" is not an address and port, like 198.51.100.1:40312");
    }

    private int port(final int colon) {
        final String text = publicEndpoint.substring(colon + 1);
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65_535) {
            throw bad("--public", "\"" + Failures.oneLine(text) + "\" is not a port");
        }
        return Integer.parseInt(text);
    }

    private Moment moment() {
        try {
            return Moment.parse(at, Instant.now(), ZoneId.systemDefault());
        } catch (final IllegalArgumentException notTime) {
            throw bad("--at", notTime.getMessage());
        }
    }

    private Path log() {
        if (events != null) {
            return events;
        }
        if (config != null) {
            final EventsConfig configured = ConfigOption.load(config).events();
            return configured.file().orElseThrow(() -> new CommandFailure(CommandFailure.FAILED, config + " names no events.file"));
        }
        try (CommandControlReader gateway = options.attach()) {
            final String file = gateway.facts().get(Fact.EVENTS_FILE);
            if (file == null) {
                throw new CommandFailure(CommandFailure.FAILED, "the gateway writes no events.file (--events names one)");
            }
            return Path.of(file);
        } catch (final CommandFailure none) {
            throw none.exitCode() == CommandFailure.NO_GATEWAY
                ? new CommandFailure(CommandFailure.NO_GATEWAY, none.getMessage() + " (--events names a log without one)", none) : none;
        }
    }

    private ParameterException bad(final String option, final String why) {
        return new ParameterException(spec.commandLine(), option + ": " + why);
    }

    private static long nanos(final Instant instant) {
        return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
    }
}
