package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.Reconfiguration;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.CommandResult;
import io.sallyport.counter.CommandResult.Outcome;
import io.sallyport.engine.Control;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Changes a running gateway: each change is made on the engine, waited for until every packet meets it, and told in lines.
 *
 * <p>Thread-safe: one change at a time.
 */
final class LiveChanges {

    private static final Logger LOGGER = System.getLogger(LiveChanges.class.getName());
    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long BETWEEN_LOOKS_NS = TimeUnit.MICROSECONDS.toNanos(200);

    private final Control control;
    private final CommandControlFile commandControl;
    private ConfigSource source;

    LiveChanges(final Control control, final CommandControlFile commandControl) {
        this.control = control;
        this.commandControl = commandControl;
    }

    /** Says where the configuration is read again. */
    synchronized void readFrom(final ConfigSource newSource) {
        source = newSource;
    }

    /** The configuration in force. */
    GatewayConfig config() {
        return control.config();
    }

    /**
     * Goes over to a configuration as far as that can be done while the gateway runs.
     *
     * @throws IllegalArgumentException if it has problems, or its event log cannot be opened; nothing has changed then
     * @throws IllegalStateException    if the stages do not take the change up
     */
    synchronized Reconfiguration reconfigure(final GatewayConfig wanted) {
        // what was let go of meanwhile may be on its way
        awaitInForce();
        try {
            return control.reconfigure(wanted, this::awaitInForce);
        } finally {
            // what was handed over comes into force, however late
            commandControl.facts(Gateway.facts(control.config()));
        }
    }

    /**
     * Takes no new connections any more, or again.
     *
     * @throws IllegalStateException if the stages do not take the change up
     */
    synchronized void drain(final boolean isDraining) {
        awaitInForce();
        control.drain(isDraining, this::awaitInForce);
        if (isDraining) {
            commandControl.draining();
        } else {
            commandControl.ready();
        }
    }

    /** Reads the configuration again and goes over to it; whatever goes wrong, the gateway runs on. */
    synchronized CommandResult reload() {
        if (source == null) {
            return logged(new CommandResult(Outcome.REFUSED, List.of("this gateway was not started from a file that it could read again")));
        }
        try {
            final Reconfiguration change = reconfigure(source.read());
            source.inForce(change.effective());
            return logged(CommandResult.done(lines(change)));
        } catch (final IllegalArgumentException refused) {
            return logged(new CommandResult(Outcome.REFUSED, refused.getMessage().lines().toList()));
        } catch (final IllegalStateException late) {
            return logged(new CommandResult(Outcome.FAILED, List.of(String.valueOf(late.getMessage()))));
        } catch (final RuntimeException bug) {
            commandControl.errors().record(bug);
            return logged(new CommandResult(Outcome.FAILED, List.of("internal error: " + bug)));
        }
    }

    /** {@link #drain} as the answer to a command. */
    CommandResult drained(final boolean isDraining) {
        try {
            drain(isDraining);
            LOGGER.log(Level.INFO, isDraining ? "takes no new connections" : "takes new connections again");
            return CommandResult.done(List.of());
        } catch (final IllegalStateException late) {
            return new CommandResult(Outcome.FAILED, List.of(String.valueOf(late.getMessage())));
        }
    }

    /** Lets go of what was taken away and is not used any more. */
    synchronized void tend(final long nowNs) {
        control.tend(nowNs);
    }

    private static List<String> lines(final Reconfiguration change) {
        final List<String> lines = new ArrayList<>();
        change.applied().forEach(key -> lines.add("applied: " + key));
        change.needRestart().forEach(key -> lines.add("needs a restart: " + key));
        return lines.isEmpty() ? List.of("nothing has changed") : lines;
    }

    private static CommandResult logged(final CommandResult result) {
        final boolean isDone = result.outcome() == Outcome.DONE;
        if (!isDone) {
            LOGGER.log(Level.WARNING, "reload: the configuration is not used, and the gateway runs on with the one that it has");
        }
        result.lines().forEach(line -> LOGGER.log(isDone ? Level.INFO : Level.WARNING, "reload: {0}", line));
        return result;
    }

    private void awaitInForce() {
        final long beginNs = System.nanoTime();
        while (!control.isInForce()) {
            if (System.nanoTime() - beginNs > LONGEST_WAIT_NS) {
                throw new IllegalStateException("the change was handed over, and is not in force after 2 s");
            }
            LockSupport.parkNanos(BETWEEN_LOOKS_NS);
        }
    }
}
