package io.sallyport.tools.command;

import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.tools.screen.Json;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Stops a running gateway. */
@CommandLine.Command(
    name = "stop",
    header = "Stops a running gateway, and waits until it has.",
    footer = {"", "Example:", "  sallyport stop --name edge"})
public final class StopCommand implements Runnable {

    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long BETWEEN_LOOKS_NS = TimeUnit.MILLISECONDS.toNanos(20);

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Override
    public void run() {
        try (CommandControlReader gateway = options.attach()) {
            gateway.send(Command.STOP);
            final long deadlineNs = System.nanoTime() + LONGEST_WAIT_NS;
            while (gateway.isRunning()) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new CommandFailure(CommandFailure.FAILED, "the gateway \"" + gateway.name() + "\", process " + gateway.pid()
                        + ", was asked to stop and has not done so within 10 s");
                }
                StatusCommand.await(System.nanoTime() + BETWEEN_LOOKS_NS);
            }
            spec.commandLine().getOut().println(
                options.isJson() ? Json.print(Map.of("stopped", gateway.name())) : "stopped " + gateway.name());
        } catch (final IOException failure) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.oneLine(failure.getMessage()), failure);
        }
    }
}
