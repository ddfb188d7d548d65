package io.sallyport.tools.command;

import io.sallyport.config.GatewayConfig;
import io.sallyport.runtime.Gateway;
import io.sallyport.tools.run.KernelAddresses;
import io.sallyport.tools.run.Logs;
import io.sallyport.tools.run.Signals;
import io.sallyport.tools.run.StartUpTime;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs a gateway in the foreground. */
@Command(
    name = "run",
    header = "Runs the gateway in the foreground.",
    description = "Runs until SIGTERM, SIGINT or \"sallyport stop\". Prints one line that begins with \"ready\" on stdout once it "
        + "forwards; logs go to stderr.",
    footer = {"", "Example:", "  sallyport run --config edge.yaml"})
public final class RunCommand implements Runnable {

    private static final Logger LOGGER = System.getLogger(RunCommand.class.getName());

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOption configOption;

    @Override
    public void run() {
        Logs.install();
        final GatewayConfig config = configOption.load();
        final CountDownLatch stop = new CountDownLatch(1);
        // Before anything is touched: from here on a signal undoes what was done.
        Signals.handle("TERM", name -> stop.countDown());
        Signals.handle("INT", name -> stop.countDown());
        Signals.handle("HUP", name -> LOGGER.log(Level.WARNING,
            "SIGHUP: reload is not available in this version; the gateway runs on unchanged"));
        refuseKernelAddresses(config);
        try (Gateway gateway = Gateway.launch(config)) {
            announce(gateway.config());
            Thread.ofVirtual().start(() -> passOn(stop, gateway));
            gateway.awaitStop();
            gateway.failure().ifPresent(reason -> {
                throw new CommandFailure(CommandFailure.FAILED, Failures.oneLine(reason));
            });
        } catch (final IOException failure) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.describe(failure), failure);
        } catch (final OutOfMemoryError tooLarge) {
            throw new CommandFailure(CommandFailure.FAILED, "not enough memory for nat.limits.connections: "
                + config.nat().limits().connections(), tooLarge);
        } catch (final InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void announce(final GatewayConfig config) {
        final PrintWriter out = spec.commandLine().getOut();
        out.println("ready inside %s, outside %s, backend %s, threading %s, workers %d, started in %d ms".formatted(
            config.inside().interfaceName(), config.outside().interfaceName(), config.io().backend(),
            config.io().threading().name().toLowerCase(Locale.ROOT), config.io().workers(), StartUpTime.elapsedMs()));
        out.flush();
    }

    private static void refuseKernelAddresses(final GatewayConfig config) {
        final List<String> conflicts = KernelAddresses.conflicts(config, KernelAddresses.all());
        if (!conflicts.isEmpty()) {
            throw new CommandFailure(CommandFailure.FAILED, conflicts);
        }
    }

    private static void passOn(final CountDownLatch stop, final Gateway gateway) {
        try {
            stop.await();
        } catch (final InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        gateway.requestStop();
    }
}
