package io.sallyport.tools.command;

import io.sallyport.counter.CommandControlReader;
import io.sallyport.tools.screen.GatewayFacts;
import io.sallyport.tools.screen.Json;
import io.sallyport.tools.screen.Sample;
import io.sallyport.tools.screen.StatusScreen;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows a running gateway on one screen. */
@Command(
    name = "status",
    header = "Shows a running gateway on one screen.",
    description = "Uptime, rates over a second, latency, active connections, port use, drops by reason.",
    footer = {"", "Example:", "  sallyport status --name edge --json"})
public final class StatusCommand implements Runnable {

    private static final long BETWEEN_SAMPLES_NS = TimeUnit.SECONDS.toNanos(1);

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Override
    public void run() {
        final PrintWriter out = spec.commandLine().getOut();
        try (CommandControlReader gateway = options.attach()) {
            final Sample earlier = sample(gateway);
            await(System.nanoTime() + BETWEEN_SAMPLES_NS);
            final Sample now = sample(gateway);
            final GatewayFacts facts = new GatewayFacts(gateway.state(), gateway.isHanging(), gateway.pid(),
                Math.max(0, TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis() - gateway.startEpochMs())),
                gateway.errors().size(), gateway.facts());
            if (options.isJson()) {
                out.println(Json.print(StatusScreen.json(facts, earlier, now)));
            } else {
                out.print(StatusScreen.text(facts, earlier, now));
            }
        } catch (final IOException damaged) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.oneLine(damaged.getMessage()), damaged);
        }
    }

    /** The gateway's counters as they are now. */
    static Sample sample(final CommandControlReader gateway) {
        return Sample.of(gateway, System.nanoTime());
    }

    /** Returns at {@code deadlineNs} of {@link System#nanoTime}, or when the thread is interrupted. */
    static void await(final long deadlineNs) {
        long leftNs = deadlineNs - System.nanoTime();
        while (leftNs > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(leftNs);
            leftNs = deadlineNs - System.nanoTime();
        }
    }
}
