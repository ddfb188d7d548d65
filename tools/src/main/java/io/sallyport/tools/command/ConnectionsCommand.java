package io.sallyport.tools.command;

import io.sallyport.config.StateConfig;
import io.sallyport.engine.Engine;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.tools.screen.ConnectionFilter;
import io.sallyport.tools.screen.ConnectionsScreen;
import io.sallyport.tools.screen.Json;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Shows the live connections of a gateway. Here {@code --state} has two meanings: a connection's state, and, like in the other reading
 * commands, the directory of the gateways' state. A directory is told by the slash in it, and both can be given.
 */
@Command(
    name = "connections",
    header = "Shows the live connections of a running gateway.",
    footer = {"", "Example:", "  sallyport connections --inside 10.77.0.5 --protocol tcp --state established"})
public final class ConnectionsCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions options;

    @Option(names = "--inside", paramLabel = "ADDRESS", description = "Only connections of this inside host.")
    private String inside;

    @Option(names = "--protocol", paramLabel = "PROTOCOL",
        description = "Only connections of this protocol: tcp, udp, icmp, sctp, gre or esp.")
    private Protocol protocol;

    @Option(names = "--state", paramLabel = "STATE|DIR", description = "Only connections in this state (new, replied, syn-sent, "
        + "syn-received, established, fin-initiator, fin-responder, fin-both, reset); or the directory of the gateways' state, with a / "
        + "in it (default: /dev/shm/sallyport). Both can be given.")
    private List<String> states = List.of();

    @Option(names = "--limit", paramLabel = "N", defaultValue = "50",
        description = "Show at most this many, 0 for all (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Override
    public void run() {
        final ConnectionsScreen screen = new ConnectionsScreen(filter(), checkedLimit());
        final Path stateDirectory = stateDirectory();
        options.attach(stateDirectory).close();
        try {
            for (final Path file : Engine.connectionFiles(options.directory(stateDirectory))) {
                try (ConnectionReader reader = new ConnectionReader(file)) {
                    reader.forEach(connection -> {
                        screen.add(connection);
                        return true;
                    });
                }
            }
        } catch (final IOException unreadable) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.describe(unreadable), unreadable);
        }
        final PrintWriter out = spec.commandLine().getOut();
        if (options.isJson()) {
            out.println(Json.print(screen.json()));
        } else {
            out.print(screen.text());
        }
    }

    private ConnectionFilter filter() {
        OptionalInt address = OptionalInt.empty();
        if (inside != null) {
            try {
                address = OptionalInt.of(Ipv4Address.parse(inside));
            } catch (final IllegalArgumentException notAddress) {
                throw new ParameterException(spec.commandLine(), "--inside: " + notAddress.getMessage(), notAddress);
            }
        }
        OptionalInt state = OptionalInt.empty();
        for (final String word : states) {
            if (!isDirectory(word)) {
                final int value = ConnectionFilter.STATES.indexOf(word.toLowerCase(Locale.ROOT));
                if (value < 0 || state.isPresent()) {
                    throw new ParameterException(spec.commandLine(), "--state: \"" + word + "\" is "
                        + (value < 0 ? "neither a state (" + String.join(", ", ConnectionFilter.STATES) + ") nor a directory (with a /)"
                            : "a second state, and only one can be asked for"));
                }
                state = OptionalInt.of(value);
            }
        }
        return new ConnectionFilter(address, protocol == null ? OptionalInt.empty() : OptionalInt.of(protocol.number), state);
    }

    private int checkedLimit() {
        if (limit < 0) {
            throw new ParameterException(spec.commandLine(), "--limit: " + limit + " is less than 0");
        }
        return limit;
    }

    private Path stateDirectory() {
        return states.stream().filter(ConnectionsCommand::isDirectory).map(Path::of).reduce((first, last) -> last)
            .orElse(StateConfig.DEFAULTS.directory());
    }

    private static boolean isDirectory(final String value) {
        return value.indexOf('/') >= 0 || value.equals(".") || value.equals("..");
    }

    /** The protocols that connections can have. */
    enum Protocol {
        /** TCP. */
        TCP(6),
        /** UDP. */
        UDP(17),
        /** ICMP queries. */
        ICMP(1),
        /** SCTP. */
        SCTP(132),
        /** GRE. */
        GRE(47),
        /** ESP. */
        ESP(50);

        private final int number;

        Protocol(final int number) {
            this.number = number;
        }
    }
}
