package io.sallyport.tools.command;

import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.tools.screen.Figures;
import io.sallyport.tools.screen.Json;
import io.sallyport.tools.screen.Sample;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows every counter of a running gateway. */
@Command(
    name = "counters",
    header = "Shows every counter of a running gateway.",
    description = "And how many packets were dropped for which reason.",
    footer = {"", "Example:", "  sallyport counters --json"})
public final class CountersCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Override
    public void run() {
        try (CommandControlReader gateway = options.attach()) {
            final Sample sample = StatusCommand.sample(gateway);
            final PrintWriter out = spec.commandLine().getOut();
            if (options.isJson()) {
                out.println(Json.print(sample.toJson()));
            } else {
                print(out, sample);
            }
        }
    }

    private static void print(final PrintWriter out, final Sample sample) {
        for (final Counter counter : Counter.values()) {
            out.println("%-30s %19s  %s".formatted(counter.label(), Figures.count(sample.get(counter)), counter.explanation()));
        }
        out.println();
        out.println("dropped packets");
        for (final DropReason reason : DropReason.values()) {
            out.println("  %-28s %19s  %s".formatted(reason.label(), Figures.count(sample.get(reason)), reason.explanation()));
        }
    }
}
