package io.sallyport.tools.command;

import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.tools.screen.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Has a running gateway read its configuration file again. */
@CommandLine.Command(
    name = "reload",
    header = "Has a running gateway read its configuration file again.",
    description = "Applies, at once and without dropping a connection, every key that can change while the gateway runs, and says which "
        + "keys need a restart. A file with errors changes nothing. SIGHUP does the same; what comes of it is in the gateway's log.",
    footer = {"", "Example:", "  sallyport reload --name edge"})
public final class ReloadCommand implements Runnable {

    private static final String APPLIED = "applied: ";
    private static final String NEEDS_RESTART = "needs a restart: ";

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Override
    public void run() {
        try (CommandControlReader gateway = options.attach()) {
            final List<String> lines = Requests.send(
                gateway, Command.RELOAD, "nothing has changed: the gateway runs on with the configuration that it has");
            final PrintWriter out = spec.commandLine().getOut();
            if (options.isJson()) {
                final Map<String, Object> json = new LinkedHashMap<>();
                json.put("reloaded", gateway.name());
                json.put("applied", keys(lines, APPLIED));
                json.put("needRestart", keys(lines, NEEDS_RESTART));
                out.println(Json.print(json));
            } else {
                lines.forEach(out::println);
            }
        } catch (final IOException failure) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.oneLine(failure.getMessage()), failure);
        }
    }

    /** The keys of the lines that begin like that, without what is said about them. */
    private static List<String> keys(final List<String> lines, final String beginning) {
        return lines.stream().filter(line -> line.startsWith(beginning))
            .map(line -> line.substring(beginning.length()).split(" ", 2)[0]).toList();
    }
}
