package io.sallyport.tools.command;

import io.sallyport.config.StateConfig;
import io.sallyport.engine.Engine;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.tools.screen.ConnectionFilter;
import io.sallyport.tools.screen.ConnectionFilter.Endpoint;
import io.sallyport.tools.screen.ConnectionJson;
import io.sallyport.tools.screen.ConnectionListing;
import io.sallyport.tools.screen.ConnectionOrder;
import io.sallyport.tools.screen.ConnectionSink;
import io.sallyport.tools.screen.ConnectionSink.Page;
import io.sallyport.tools.screen.ConnectionTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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
    footer = {"", "Example:", "  sallyport connections --inside 10.77.0.5 --protocol tcp --state established",
        "  sallyport connections --remote :443 --sort idle --reverse --limit 10"})
public final class ConnectionsCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions options;

    @Option(names = "--inside", paramLabel = "ADDRESS[:PORT]", description = "Only connections of this inside host, or endpoint.")
    private String inside;

    @Option(names = "--public", paramLabel = "ADDRESS[:PORT]", description = "Only connections that the outside sees coming from there.")
    private String publicEndpoint;

    @Option(names = "--remote", paramLabel = "ADDRESS[:PORT]", description = "Only connections with this other end; :PORT alone will do.")
    private String remote;

    @Option(names = "--protocol", paramLabel = "PROTOCOL",
        description = "Only connections of this protocol: tcp, udp, icmp, sctp, gre or esp.")
    private Protocol protocol;

    @Option(names = "--state", paramLabel = "STATE|DIR", description = "Only connections in this state (new, replied, syn-sent, "
        + "syn-received, established, fin-initiator, fin-responder, fin-both, reset); or the directory of the gateways' state, with a / "
        + "in it (default: /dev/shm/sallyport). Both can be given.")
    private List<String> states = List.of();

    @Option(names = "--sort", paramLabel = "KEY", description = "Smallest first by inside, public, remote, protocol, state or idle "
        + "(default: the order of the table, which stays the same from page to page).")
    private ConnectionOrder order;

    @Option(names = "--reverse", description = "With --sort: largest first.")
    private boolean isReversed;

    @Option(names = "--limit", paramLabel = "N", defaultValue = "50",
        description = "Show at most this many, 0 for all (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Option(names = "--offset", paramLabel = "N", defaultValue = "0", description = "Leave out so many first (default: ${DEFAULT-VALUE}).")
    private int offset;

    @Override
    public void run() {
        final ConnectionListing listing = new ConnectionListing(filter(), page());
        final Path stateDirectory = stateDirectory();
        options.attach(stateDirectory).close();
        final List<ConnectionReader> tables = new ArrayList<>();
        try {
            for (final Path file : Engine.connectionFiles(options.directory(stateDirectory))) {
                tables.add(new ConnectionReader(file));
            }
            list(listing, tables);
        } catch (final IOException unreadable) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.describe(unreadable), unreadable);
        } finally {
            tables.forEach(ConnectionReader::close);
        }
    }

    private void list(final ConnectionListing listing, final List<ConnectionReader> tables) {
        final PrintWriter out = spec.commandLine().getOut();
        final ConnectionSink sink = options.isJson() ? new ConnectionJson(out) : new ConnectionTable(out);
        if (order == null) {
            listing.list(tables, sink);
        } else {
            listing.list(tables, order, isReversed, sink);
        }
    }

    private ConnectionFilter filter() {
        OptionalInt state = OptionalInt.empty();
        for (final String word : states) {
            if (!isDirectory(word)) {
                final int value = ConnectionFilter.STATES.indexOf(word.toLowerCase(Locale.ROOT));
                if (value < 0 || state.isPresent()) {
                    throw mistake("--state: \"" + word + "\" is "
                        + (value < 0 ? "neither a state (" + String.join(", ", ConnectionFilter.STATES) + ") nor a directory (with a /)"
                            : "a second state, and only one can be asked for"));
                }
                state = OptionalInt.of(value);
            }
        }
        return new ConnectionFilter(endpoint("--inside", inside), endpoint("--public", publicEndpoint), endpoint("--remote", remote),
            protocol == null ? OptionalInt.empty() : OptionalInt.of(protocol.number), state);
    }

    private Endpoint endpoint(final String option, final String text) {
        try {
            return text == null ? Endpoint.ANY : Endpoint.parse(text);
        } catch (final IllegalArgumentException notEndpoint) {
            throw mistake(option + ": " + notEndpoint.getMessage());
        }
    }

    private Page page() {
        if (limit < 0) {
            throw mistake("--limit: " + limit + " is less than 0");
        }
        if (offset < 0) {
            throw mistake("--offset: " + offset + " is less than 0");
        }
        if (order == null && isReversed) {
            throw mistake("--reverse: nothing to turn without --sort");
        }
        if (order != null && (long) offset + limit > ConnectionListing.MOST_SORTED) {
            throw mistake("--sort: only the first " + ConnectionListing.MOST_SORTED + " can be shown in another order");
        }
        return new Page(offset, limit == 0 ? Long.MAX_VALUE : limit);
    }

    private ParameterException mistake(final String message) {
        return new ParameterException(spec.commandLine(), message);
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
