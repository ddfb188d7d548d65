package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.Reconfiguration;
import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.CommandResult;
import io.sallyport.counter.Description;
import io.sallyport.counter.Fact;
import io.sallyport.engine.Engine;
import io.sallyport.engine.Worker;
import io.sallyport.event.EventLog;
import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PacketBackend.Rehearsal;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.SystemNanoClock;

/**
 * A running gateway, threads and all.
 *
 * <pre>{@code
 * try (Gateway gateway = Gateway.launch(config)) {
 *     gateway.awaitStop();
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class Gateway implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger(Gateway.class.getName());
    private static final long CONTROL_INTERVAL_MS = 100;
    /** What is seldom new, and takes long in code that is never hot, is looked at in one round of so many. */
    private static final int ROUNDS_PER_LOOK = 10;
    /** The kernel takes a core for as long as it moves tables: not in the first seconds, when the compiler does, too (decision 007). */
    private static final int HUGE_PAGES_ROUND = 50;
    private static final int COMMAND_LIMIT = 16;
    /**
     * Time for the warm-up: on the only core the compiler takes turns with it, and with the rest of the start. The property is for the
     * run that trains the cache (tools/bin/common.bash), which takes longer, so that all that is hot is seen to be.
     */
    private static final long WARM_UP_NS = TimeUnit.MILLISECONDS.toNanos(
        Long.getLong("sallyport.warmUpMs", Runtime.getRuntime().availableProcessors() > 1 ? 190 : 700));

    private final CommandControlFile commandControl;
    private final PortPair ports;
    private final Engine engine;
    private final LiveChanges changes;
    private final Threading threading;
    private final Thread control;
    private final WallClock wallClock = new WallClock();
    private final PortWatch portWatch;
    private final CountDownLatch stopRequested = new CountDownLatch(1);
    private final AtomicReference<String> failure = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean reloadRequested = new AtomicBoolean();

    private Gateway(final Assembly assembly, final CommandControlFile commandControl, final StartTimes times) {
        this.commandControl = commandControl;
        ports = assembly.ports();
        engine = assembly.engine();
        portWatch = new PortWatch(commandControl.ports(), assembly.config().nat().mapping() == NatConfig.Mapping.ENDPOINT_DEPENDENT,
            new PortWarnings(LOGGER, engine.events()));
        changes = new LiveChanges(engine.control(), commandControl);
        threading = times.time("threads", () -> threading(assembly.config().io(), this::fail));
        control = new Thread(this::control, "sallyport-control");
        control.setDaemon(true);
    }

    /**
     * Starts a gateway on the interfaces and with the backend that the configuration names.
     *
     * @throws PortException            with one line for the user, if the interfaces cannot be used
     * @throws IOException              with one line for the user, if the state directory cannot be used
     * @throws IllegalArgumentException if the configuration has problems
     */
    public static Gateway launch(final GatewayConfig config) throws IOException {
        return launch(config, () -> { });
    }

    /**
     * The same, with something to do once it forwards and has opened all that it needs, before it is ready: to give up privileges.
     *
     * @throws PortException            with one line for the user, if the interfaces cannot be used
     * @throws IOException              with one line for the user, if the state directory cannot be used, or the gateway fails at once
     * @throws IllegalArgumentException if the configuration has problems
     */
    public static Gateway launch(final GatewayConfig config, final Runnable onForwarding) throws IOException {
        config.validated();
        final StartTimes times = new StartTimes();
        final PacketBackend backend = backend(config.io().backend());
        final CommandControlFile commandControl = times.time("command-and-control file", () -> commandControl(config));
        try {
            final StartTask<Long> warmUp = warmUp(config, backend::rehearsal, times);
            return launch(Assembly.of(config, commandControl, backend, times), commandControl, onForwarding, warmUp, times);
        } catch (final IOException | RuntimeException | Error e) {
            commandControl.close();
            throw e;
        }
    }

    /**
     * Starts a gateway on ports of the caller's, which the gateway closes.
     *
     * @throws IOException              with one line for the user, if the state directory cannot be used
     * @throws IllegalArgumentException if the configuration has problems
     */
    public static Gateway launch(final GatewayConfig config, final PortPair ports) throws IOException {
        final CommandControlFile commandControl;
        try {
            commandControl = commandControl(config.validated());
        } catch (final IOException | RuntimeException | Error e) {
            ports.close();
            throw e;
        }
        try {
            final StartTimes times = new StartTimes();
            final StartTask<Long> warmUp = warmUp(config, () -> Rehearsal.NONE, times);
            return launch(Assembly.over(config, commandControl, ports, times), commandControl, () -> { }, warmUp, times);
        } catch (final IOException | RuntimeException | Error e) {
            commandControl.close();
            throw e;
        }
    }

    private static StartTask<Long> warmUp(final GatewayConfig config, final Supplier<Rehearsal> rehearsal, final StartTimes times) {
        return StartTask.beginBehind("warm-up", times, () -> WarmUp.run(config, rehearsal.get(), WARM_UP_NS));
    }

    /**
     * Forwards first: the connections that an earlier gateway left wait for it. They make do with code that is not compiled yet; whoever
     * waits for the gateway to be ready finds it compiled, and its heap tidy.
     */
    private static Gateway launch(
        final Assembly assembly,
        final CommandControlFile commandControl,
        final Runnable onForwarding,
        final StartTask<Long> warmUp,
        final StartTimes times) throws IOException {
        final Gateway gateway;
        try {
            gateway = new Gateway(assembly, commandControl, times);
        } catch (final RuntimeException | Error e) {
            assembly.ports().close();
            assembly.engine().close();
            throw e;
        }
        try {
            gateway.forward();
            onForwarding.run();
            warmUp.get();
            times.time("collection", Gateway::collect);
            gateway.serve();
        } catch (final IOException | RuntimeException | Error e) {
            gateway.close();
            throw e;
        }
        LOGGER.log(Level.DEBUG, "started, in ms: {0}", times);
        return gateway;
    }

    /**
     * What the start left behind is collected before the gateway is ready, and what lives moves to where later collections do not copy
     * it: the steady state allocates some KB a second (control thread), so there is one every few hours, and it must be short.
     */
    private static Void collect() {
        System.gc();
        return null;
    }

    /** The directory of a gateway's state files. */
    public static Path stateDirectory(final GatewayConfig config) {
        return config.state().directory().resolve(config.name());
    }

    /** The configuration in force, with the interfaces' MAC addresses and MTUs filled in. */
    public GatewayConfig config() {
        return changes.config();
    }

    /** Says where the gateway reads its configuration again when it is asked to, by {@code sallyport reload} or {@link #requestReload}. */
    public void reloadFrom(final ConfigSource source) {
        changes.readFrom(source);
    }

    /** Has the gateway read its configuration again, soon; what comes of it is logged. */
    public void requestReload() {
        reloadRequested.set(true);
    }

    /**
     * Goes over to a configuration as far as that can be done without dropping a connection. When this returns, every packet meets it.
     *
     * @return what has changed, and what needs a restart and stays as it is
     * @throws IllegalArgumentException if the configuration has problems, with one line for each, or its event log cannot be opened;
     *     nothing has changed then
     * @throws IllegalStateException    if the gateway does not take the change up
     */
    public Reconfiguration reconfigure(final GatewayConfig wanted) {
        return changes.reconfigure(wanted);
    }

    /**
     * Takes no new connections any more, or again; those that live go on.
     *
     * @throws IllegalStateException if the gateway does not take the change up
     */
    public void drain(final boolean isDraining) {
        changes.drain(isDraining);
    }

    /** Waits until the gateway is asked to stop, or fails. */
    public void awaitStop() throws InterruptedException {
        stopRequested.await();
    }

    /** Has {@link #awaitStop} return. */
    public void requestStop() {
        stopRequested.countDown();
    }

    /** Why the gateway stopped, as half a sentence, if it failed. */
    public Optional<String> failure() {
        return Optional.ofNullable(failure.get());
    }

    /**
     * Stops receiving, deals with what was received, and closes interfaces and files.
     *
     * @throws IllegalStateException if a thread does not stop; then interfaces and tables are left to the end of the process
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        requestStop();
        try {
            threading.close();
            joinControl();
            ports.close();
            engine.close();
        } finally {
            commandControl.close();
        }
    }

    private void forward() {
        engine.events().ifPresent(EventLog::start);
        threading.start();
    }

    private void serve() throws IOException {
        if (failure().isPresent()) {
            throw new IOException(failure().get());
        }
        commandControl.heartbeat(System.currentTimeMillis());
        commandControl.ready();
        control.start();
    }

    /** Tells observers that the gateway lives, takes their commands, and warns of what runs short. */
    private void control() {
        try {
            for (int round = 0; !stopRequested.await(CONTROL_INTERVAL_MS, TimeUnit.MILLISECONDS); round++) {
                commandControl.heartbeat(System.currentTimeMillis());
                commandControl.drainCommands(this::onCommand, COMMAND_LIMIT);
                wallClock.look();
                if (reloadRequested.getAndSet(false)) {
                    changes.reload();
                }
                changes.tend(SystemNanoClock.INSTANCE.nanoTime());
                if (round % ROUNDS_PER_LOOK == 0) {
                    portWatch.look();
                    ports.inside().failure().or(ports.outside()::failure).ifPresent(this::fail);
                }
                if (round == HUGE_PAGES_ROUND) {
                    adviseHugePages();
                }
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (final RuntimeException e) {
            fail(e);
        }
    }

    private void adviseHugePages() {
        for (final Worker worker : engine.workers()) {
            final Optional<String> refusal = worker.adviseHugePages();
            LOGGER.log(Level.INFO, refusal.isEmpty()
                ? "the table of connections moves to huge pages" : "the table of connections stays on small pages: " + refusal.get());
        }
    }

    /** It looks at the ports, which are closed next. */
    private void joinControl() {
        try {
            control.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void onCommand(final Command command, final long senderPid) {
        commandControl.reply(switch (command) {
            case STOP -> {
                requestStop();
                yield CommandResult.done(List.of());
            }
            case RELOAD -> changes.reload();
            case DRAIN -> changes.drained(true);
            case RESUME -> changes.drained(false);
        });
    }

    private void fail(final Throwable cause) {
        commandControl.errors().record(cause);
        fail("internal error: " + cause);
    }

    private void fail(final String reason) {
        failure.compareAndSet(null, reason);
        requestStop();
    }

    private Threading threading(final IoConfig io, final ErrorHandler errorHandler) {
        final LatencyMeter latency = new LatencyMeter(commandControl.latency(), wallClock, SystemNanoClock.INSTANCE);
        return switch (io.threading()) {
            case PIPELINE -> new PipelineThreading(ports, engine, SystemNanoClock.INSTANCE, io.waiting(), latency, errorHandler);
            case INLINE -> new InlineThreading(ports, engine, SystemNanoClock.INSTANCE,
                Idling.ofAll(io.waiting(), ports.waiter(), Runtime.getRuntime().availableProcessors(), SystemNanoClock.INSTANCE),
                latency, errorHandler);
        };
    }

    private static PacketBackend backend(final String name) throws PortException {
        final List<String> names = new ArrayList<>();
        for (final PacketBackend backend : ServiceLoader.load(PacketBackend.class)) {
            names.add(backend.name());
            if (backend.name().equals(name)) {
                return backend;
            }
        }
        throw new PortException("no backend " + name + "; there are " + String.join(", ", names));
    }

    private static CommandControlFile commandControl(final GatewayConfig config) throws IOException {
        final List<String> stages = new ArrayList<>(List.of("ingress", "egress"));
        for (int worker = 0; worker < config.io().workers(); worker++) {
            stages.add("worker-" + worker);
        }
        stages.add("events");
        return CommandControlFile.create(
            stateDirectory(config),
            new Description(System.currentTimeMillis(), stages, facts(config), Engine.publicPool(config), config.io().workers()));
    }

    static Map<Fact, String> facts(final GatewayConfig config) {
        final long addresses = config.nat().pool().stream().mapToLong(AddressRange::count).sum();
        final long ports = config.nat().ports().last() - config.nat().ports().first() + 1;
        final Map<Fact, String> facts = new EnumMap<>(Fact.class);
        facts.put(Fact.NAME, config.name());
        facts.put(Fact.VERSION, Optional.ofNullable(Gateway.class.getPackage().getImplementationVersion()).orElse("unknown"));
        facts.put(Fact.INSIDE_INTERFACE, config.inside().interfaceName());
        facts.put(Fact.INSIDE_ADDRESS, config.inside().address().toString());
        facts.put(Fact.OUTSIDE_INTERFACE, config.outside().interfaceName());
        facts.put(Fact.OUTSIDE_ADDRESS, config.outside().address().toString());
        facts.put(Fact.BACKEND, config.io().backend());
        facts.put(Fact.THREADING, config.io().threading().name().toLowerCase(Locale.ROOT));
        facts.put(Fact.WORKERS, Integer.toString(config.io().workers()));
        facts.put(Fact.CONNECTIONS_CAPACITY, Integer.toString(config.nat().limits().connections()));
        facts.put(Fact.PUBLIC_ADDRESSES, Long.toString(addresses));
        facts.put(Fact.PORTS_CAPACITY, Long.toString(addresses * ports));
        facts.put(Fact.MAPPING, config.nat().mapping().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        config.events().file().ifPresent(file -> facts.put(Fact.EVENTS_FILE, file.toAbsolutePath().toString()));
        return facts;
    }
}
