package io.sallyport.tools.command;

import io.sallyport.config.GatewayConfig;
import io.sallyport.io.linux.Privileges;
import io.sallyport.io.linux.SecondCompiler;
import io.sallyport.runtime.Gateway;
import io.sallyport.tools.admin.AdminListener;
import io.sallyport.tools.run.ConfigFileSource;
import io.sallyport.tools.run.EffectiveConfig;
import io.sallyport.tools.run.KernelAddresses;
import io.sallyport.tools.run.Logs;
import io.sallyport.tools.run.Signals;
import io.sallyport.tools.run.StartUpTime;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** What {@code run} does, without the command line's parser: that alone takes longer to load than the gateway. */
public final class ForegroundGateway {

    /** How long the second compiler gives way, from {@code ready} on. */
    private static final Duration COMPILER_GIVES_WAY = Duration.ofMillis(1500);

    private ForegroundGateway() {
    }

    /**
     * Runs a gateway until it is asked to stop.
     *
     * @param configFile the configuration
     * @param out        receives the line {@code ready}
     * @throws CommandFailure with the exit code, when it cannot be started or fails
     */
    public static void run(final Path configFile, final PrintWriter out) {
        // beside the reading of the configuration: the first call into the C library takes 30 ms to prepare
        Thread.ofPlatform().daemon().name("sallyport-start-memory").start(Privileges::lockMemory);
        Logs.install();
        final Logger logger = System.getLogger(RunCommand.class.getName());
        final GatewayConfig config = ConfigOption.load(configFile);
        final CountDownLatch stop = new CountDownLatch(1);
        // Before anything is touched: from here on a signal undoes what was done.
        Signals.handle("TERM", name -> stop.countDown());
        Signals.handle("INT", name -> stop.countDown());
        final AtomicReference<Gateway> running = new AtomicReference<>();
        Signals.handle("HUP", name -> Optional.ofNullable(running.get()).ifPresentOrElse(Gateway::requestReload,
            () -> logger.log(Level.WARNING, "SIGHUP while the gateway starts: its configuration has just been read")));
        refuseKernelAddresses(config);
        final AtomicReference<SecondCompiler> compiler = new AtomicReference<>();
        try (AdminListener admin = config.admin().listen().isPresent() ? AdminListener.bind(config.admin().listen().get()) : null;
            Gateway gateway = Gateway.launch(config, () -> {
                SecondCompiler.prepare().ifPresent(compiler::set);
                dropPrivileges(logger);
            })) {
            gateway.reloadFrom(new ConfigFileSource(configFile.toAbsolutePath()));
            running.set(gateway);
            EffectiveConfig.write(gateway.config());
            Optional.ofNullable(compiler.get()).ifPresent(it -> holdBack(it, stop));
            announce(gateway.config(), out);
            if (admin != null) {
                admin.serve(Gateway.stateDirectory(config));
            }
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

    private static void announce(final GatewayConfig config, final PrintWriter out) {
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

    /** What a gateway opens it has opened when it forwards. */
    private static void dropPrivileges(final Logger logger) {
        Privileges.drop().ifPresentOrElse(
            reason -> logger.log(Level.WARNING, "capabilities are kept: {0}", reason),
            () -> logger.log(Level.INFO, "all capabilities are given up"));
    }

    private static void holdBack(final SecondCompiler compiler, final CountDownLatch stop) {
        compiler.giveWay();
        Thread.ofVirtual().start(() -> {
            try {
                stop.await(COMPILER_GIVES_WAY.toMillis(), TimeUnit.MILLISECONDS);
            } catch (final InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            compiler.resume();
        });
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
