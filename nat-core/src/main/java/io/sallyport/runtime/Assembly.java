package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.engine.Engine;
import io.sallyport.engine.EngineOptions;
import io.sallyport.event.EventLog;
import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PacketBackend.Link;
import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.agrona.concurrent.SystemNanoClock;

/**
 * What a gateway is put together from: open interfaces, and an engine with its tables. Opening interfaces is mostly waiting for the kernel,
 * an engine mostly zeroing memory, so both happen at once.
 *
 * @param config the configuration, with the interfaces' MAC addresses and MTUs filled in
 * @param ports  the interfaces
 * @param engine the engine
 */
record Assembly(GatewayConfig config, PortPair ports, Engine engine) {

    /**
     * Puts a gateway together with interfaces of its own.
     *
     * @throws IOException with one line for the user, after undoing what was done
     */
    static Assembly of(
        final GatewayConfig config, final CommandControlFile commandControl, final PacketBackend backend, final StartTimes times)
        throws IOException {
        final Settings inside = settings(config, config.inside());
        final Settings outside = settings(config, config.outside());
        final Optional<Link> insideLink = backend.guess(inside);
        final Optional<Link> outsideLink = backend.guess(outside);
        final StartTask<PortPair> ports = StartTask.begin("interfaces", times, () -> open(backend, inside, outside));
        if (insideLink.isEmpty() || outsideLink.isEmpty()) {
            return over(config, commandControl, ports.get(), times);
        }
        final GatewayConfig guessed = resolved(config, insideLink.get(), outsideLink.get());
        final StartTask<Engine> engine = StartTask.begin("engine", times, () -> engine(guessed, commandControl));
        final PortPair open;
        try {
            open = ports.get();
        } catch (final IOException | RuntimeException | Error e) {
            engine.undo(Engine::close);
            throw e;
        }
        if (!insideLink.get().isSameAs(Link.of(open.inside())) || !outsideLink.get().isSameAs(Link.of(open.outside()))) {
            engine.undo(Engine::close);
            return over(config, commandControl, open, times);
        }
        try {
            return new Assembly(guessed, open, engine.get());
        } catch (final IOException | RuntimeException | Error e) {
            open.close();
            engine.undo(Engine::close);
            throw e;
        }
    }

    /**
     * Puts a gateway together on open ports, which are closed when that fails.
     *
     * @throws IOException with one line for the user
     */
    static Assembly over(
        final GatewayConfig config, final CommandControlFile commandControl, final PortPair ports, final StartTimes times)
        throws IOException {
        try {
            final GatewayConfig resolved = resolved(config, Link.of(ports.inside()), Link.of(ports.outside()));
            return new Assembly(resolved, ports, times.time("engine", () -> engine(resolved, commandControl)));
        } catch (final IOException | RuntimeException | Error e) {
            ports.close();
            throw e;
        }
    }

    private static PortPair open(final PacketBackend backend, final Settings inside, final Settings outside) throws PortException {
        final Optional<String> reason = backend.unavailable();
        if (reason.isPresent()) {
            throw new PortException("backend " + backend.name() + " does not work here: " + reason.get());
        }
        return backend.open(inside, outside);
    }

    private static GatewayConfig resolved(final GatewayConfig config, final Link inside, final Link outside) {
        return config.withInterfaces(
            config.inside().resolved(inside.mac(), inside.mtu()), config.outside().resolved(outside.mac(), outside.mtu()));
    }

    private static Engine engine(final GatewayConfig config, final CommandControlFile commandControl) throws IOException {
        final Path directory = Gateway.stateDirectory(config);
        if (!config.state().keep()) {
            Engine.forgetConnections(directory);
        }
        final EngineOptions options = new EngineOptions(
            EngineOptions.Secrets.random(), Optional.of(directory), commandControl::counters, Optional.of(commandControl.ports()),
            Optional.of(EventLog.ofGateway(config, SystemNanoClock.INSTANCE,
                commandControl.counters(EngineOptions.FIRST_WORKER_STAGE + config.io().workers()))));
        return Engine.create(config, options, SystemNanoClock.INSTANCE.nanoTime());
    }

    private static Settings settings(final GatewayConfig config, final InterfaceConfig side) {
        return new Settings(side.interfaceName(), config.io().offload() == IoConfig.Offload.AUTO,
            config.io().isolate(), side.mac(), side.mtu());
    }
}
