package io.sallyport.event;

import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.agrona.concurrent.NanoClock;

/**
 * Takes the workers' events out of their rings, and passes them on to the file and the collector that the configuration names. No worker
 * ever waits for it: what it cannot keep up with is lost and counted, and the file says so.
 *
 * <p>Either it runs on a thread of its own ({@link #start}), or its owner has it {@link #drain}. Not thread-safe otherwise.
 */
public final class EventLog implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger(EventLog.class.getName());
    private static final String RUN = "run";
    private static final String REPLAY = "replay";
    /** Most events of a worker before it is another's turn. */
    private static final int EVENTS_PER_TURN = 4096;
    /** Most things that other threads have the log say at a time. */
    private static final int MOST_ORDERS = 256;
    /** Longest time that an event waits, and how soon a renamed file is noticed. */
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long CHECK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String writer;
    private final EventClock clock;
    private final CounterBlock counters;
    private final List<EventRing> rings = new ArrayList<>();
    private final List<EventRing.Reader> readers = new ArrayList<>();
    private final Queue<Runnable> orders = new ArrayBlockingQueue<>(MOST_ORDERS);
    private GatewayConfig config;
    private EventFile file;
    private IpfixExporter exporter;
    private Thread thread;
    private volatile boolean stopping;
    private boolean closed;
    private long reportedLost;
    private long announcedLost;
    private long wholeNs;
    private long startedNs;

    private EventLog(final GatewayConfig config, final String writer, final EventClock clock, final CounterBlock counters) {
        this.config = config;
        this.writer = writer;
        this.clock = clock;
        this.counters = counters;
        clock.refresh();
        wholeNs = clock.nowNs();
        for (int worker = 0; worker < config.io().workers(); worker++) {
            final EventRing ring = new EventRing(EventRing.DEFAULT_LENGTH, this::drain);
            rings.add(ring);
            readers.add(new EventRing.Reader(ring, this::onEvent));
        }
    }

    /**
     * The log of a gateway; empty when its configuration asks for none.
     *
     * @param clock    the engine's
     * @param counters the log's own
     * @throws IOException with one line for the user, when file or collector cannot be used
     */
    public static Optional<EventLog> ofGateway(
        final GatewayConfig config, final NanoClock clock, final Supplier<CounterBlock> counters) throws IOException {
        final EventsConfig events = config.events();
        if (!events.isOn()) {
            return Optional.empty();
        }
        final EventLog log = new EventLog(config, RUN, EventClock.ofSystem(clock), counters.get());
        if (events.collector().isPresent()) {
            log.exporter = IpfixExporter.open(events.collector().get(), config.nat().limits(), config.name().hashCode());
        }
        try {
            if (events.file().isPresent()) {
                log.file = EventFile.append(events.file().get().toAbsolutePath(), events.rotateLength(), log::preamble);
            }
        } catch (final IOException failure) {
            log.closeExporter();
            throw failure;
        }
        return Optional.of(log);
    }

    /**
     * The log of a replay, which has the same file written from its beginning, and sends nothing; empty when the configuration asks for no
     * file.
     *
     * @param startNs  time of the first packet, in ns since 1970
     * @param counters the log's own
     * @throws IOException with one line for the user, when the file cannot be written, or is a gateway's
     */
    public static Optional<EventLog> ofReplay(final GatewayConfig config, final long startNs, final CounterBlock counters)
        throws IOException {
        if (config.events().file().isEmpty()) {
            return Optional.empty();
        }
        final EventLog log = new EventLog(config, REPLAY, EventClock.ofPackets(startNs), counters);
        log.file = EventFile.replace(config.events().file().get().toAbsolutePath(), REPLAY, log::preamble);
        return Optional.of(log);
    }

    /** The way of a worker's events to the log. */
    public EventRing ring(final int worker) {
        return rings.get(worker);
    }

    /** What the log counts itself. */
    public CounterBlock counters() {
        return counters;
    }

    /** Passes events on from now on, on a thread of its own. */
    public void start() {
        thread = new Thread(this::run, "sallyport-events");
        thread.setDaemon(true);
        thread.start();
    }

    /** Says that the ports of a public address run short. Any thread; where too much is said at a time, it is left out. */
    public void portsShort(final PortUse use) {
        orders.offer(() -> portsShort(
            new DestinationUse(use.publicAddress(), use.protocol(), 0, 0, use.taken(), use.capacity()), false));
    }

    /** Says that the ports that a public address has for a destination run short; like the other. */
    public void portsShort(final DestinationUse use) {
        orders.offer(() -> portsShort(use, true));
    }

    /** Says what the operator gives away from now on. Any thread. */
    public void reconfigured(final GatewayConfig next) {
        orders.offer(() -> {
            final GatewayConfig before = config;
            config = next;
            if (file != null) {
                next.nat().forwards().stream().filter(forward -> !before.nat().forwards().contains(forward))
                    .forEach(forward -> tell(file, forward));
                next.nat().oneToOne().stream().filter(host -> !before.nat().oneToOne().contains(host)).forEach(host -> tell(file, host));
            }
        });
    }

    private void portsShort(final DestinationUse use, final boolean isForDestination) {
        if (file != null) {
            file.begin();
            file.text().portsShort(clock.nowNs(), use, isForDestination);
            file.end(EventKey.of(EventKind.PORTS_SHORT), clock.nowNs());
        }
    }

    private void carryOut() {
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
            order.run();
        }
    }

    /** Takes out of the rings what is there; only without a thread. */
    public void drain() {
        for (final EventRing.Reader reader : readers) {
            while (!reader.isEmpty()) {
                reader.read(EVENTS_PER_TURN);
            }
        }
    }

    /** Passes on what is left, and says so. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stopThread();
        clock.refresh();
        carryOut();
        drain();
        reportLosses();
        if (file != null) {
            file.begin();
            file.text().stopped(clock.nowNs(), startedNs);
            file.end(EventKey.of(EventKind.STOPPED), clock.nowNs());
            file.close();
        }
        if (exporter != null) {
            exporter.flush(clock.nowNs());
        }
        publish();
        closeExporter();
    }

    private void run() {
        long nextCheckNs = System.nanoTime() + CHECK_INTERVAL_NS;
        while (!stopping) {
            try {
                clock.refresh();
                carryOut();
                final int events = take();
                reportLosses();
                flush();
                if (System.nanoTime() - nextCheckNs >= 0) {
                    nextCheckNs = System.nanoTime() + CHECK_INTERVAL_NS;
                    check();
                }
                if (events == 0) {
                    LockSupport.parkNanos(IDLE_NS);
                }
            } catch (final RuntimeException unexpected) {
                LOGGER.log(Level.ERROR, "the event log goes on after an internal error", unexpected);
                LockSupport.parkNanos(CHECK_INTERVAL_NS);
            }
        }
    }

    private int take() {
        int events = 0;
        for (final EventRing.Reader reader : readers) {
            events += reader.read(EVENTS_PER_TURN);
        }
        return events;
    }

    private void onEvent(final EventKind kind, final Event event) {
        final long epochNs = clock.epochNs(event.timeNs());
        if (file != null) {
            file.begin();
            file.text().event(kind, event, epochNs);
            file.end(EventKey.of(kind, event.protocol(), event.publicAddress(), event.publicPort()), epochNs);
        }
        if (exporter != null) {
            exporter.event(kind, event, epochNs);
        }
    }

    /** Says in the file that it has a gap, and from when to when. */
    private void reportLosses() {
        announcedLost = lost();
        if (file != null && announcedLost > reportedLost) {
            file.begin();
            file.text().lost(clock.nowNs(), announcedLost - reportedLost, wholeNs);
            file.end(EventKey.of(EventKind.LOST), clock.nowNs());
        }
    }

    private void flush() {
        final long nowNs = clock.nowNs();
        if (file != null && file.flush()) {
            reportedLost = announcedLost;
            wholeNs = nowNs;
        }
        if (exporter != null) {
            exporter.flush(nowNs);
        }
        publish();
    }

    private void check() {
        if (file != null) {
            file.check();
        }
    }

    private long lost() {
        long lost = file == null ? 0 : file.lost();
        for (final EventRing.Reader reader : readers) {
            lost += reader.lost();
        }
        return lost;
    }

    private void publish() {
        if (file != null) {
            counters.set(Counter.EVENTS_WRITTEN, file.written());
            counters.set(Counter.EVENTS_LOST, file.lost());
        }
        if (exporter != null) {
            counters.set(Counter.EVENTS_EXPORTED, exporter.exported());
            counters.set(Counter.EVENTS_NOT_EXPORTED, exporter.lost());
        }
    }

    /** What a file begins with, and what a gateway that starts begins with. */
    private void preamble(final EventFile to, final EventKind kind) {
        final long nowNs = clock.nowNs();
        to.begin();
        startedNs = kind == EventKind.STARTED ? nowNs : startedNs;
        to.text().beginning(kind, nowNs, config.name(), writer);
        to.end(EventKey.of(kind), nowNs);
        config.nat().forwards().forEach(forward -> tell(to, forward));
        config.nat().oneToOne().forEach(host -> tell(to, host));
    }

    private void tell(final EventFile to, final NatConfig.Forward forward) {
        final int protocol = EventProtocols.index(forward.protocol() == NatConfig.Protocol.TCP ? "tcp" : "udp");
        to.begin();
        to.text().forward(clock.nowNs(), protocol, forward.outsideAddress(), forward.outsidePort(), forward.insideAddress(),
            forward.insidePort());
        to.end(EventKey.of(protocol, forward.outsideAddress(), forward.outsidePort()), clock.nowNs());
    }

    private void tell(final EventFile to, final NatConfig.OneToOne host) {
        to.begin();
        to.text().oneToOne(clock.nowNs(), host.outside(), host.inside());
        to.end(EventKey.ofAddress(host.outside()), clock.nowNs());
    }

    private void stopThread() {
        stopping = true;
        if (thread != null) {
            LockSupport.unpark(thread);
            try {
                thread.join();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void closeExporter() {
        try {
            if (exporter != null) {
                exporter.close();
            }
        } catch (final IOException failure) {
            LOGGER.log(Level.DEBUG, "closing the way to the collector", failure);
        }
    }
}
