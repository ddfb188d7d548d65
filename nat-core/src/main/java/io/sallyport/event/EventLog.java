package io.sallyport.event;

import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUse;
import io.sallyport.counter.StateFiles;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
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
    private static final String INTERNAL_ERROR = "the event log goes on after an internal error";
    /** Longest time that a change is waited for. */
    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(2);
    /** Longest time that an event waits, and how soon a renamed file is noticed. */
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    /** How long the log sleeps unless it is woken, as long as there is no use for events. */
    private static final long OFF_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long CHECK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final String writer;
    private final EventClock clock;
    private final CounterBlock counters;
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    /**
     * One for each worker, from when there is first use for them. Written by the thread that changes the gateway; the log's reads them in
     * carrying out an order that was given afterwards.
     */
    private List<EventRing> rings = List.of();
    private List<EventRing.Reader> readers = List.of();
    /** Written by the log's thread once there is one; volatile for the thread that changes the gateway, which asks what workers tell. */
    private volatile GatewayConfig config;
    private EventFile file;
    private IpfixExporter exporter;
    private Thread thread;
    private volatile boolean stopping;
    private boolean closed;
    private long reportedLost;
    private long announcedLost;
    private long wholeNs;
    private long startedNs;
    /** Counts of files and ways to collectors that are closed. */
    private long writtenBefore;
    private long lostBefore;
    private long exportedBefore;
    private long notExportedBefore;

    private EventLog(final GatewayConfig config, final String writer, final EventClock clock, final CounterBlock counters) {
        this.config = config;
        this.writer = writer;
        this.clock = clock;
        this.counters = counters;
        clock.refresh();
        wholeNs = clock.nowNs();
        if (config.events().isOn()) {
            rings = newRings(config, this::drain);
            readers = newReaders();
        }
    }

    /**
     * The log of a gateway, which may ask for none and have it begun while it runs.
     *
     * @param clock    the engine's
     * @param counters the log's own
     * @throws IOException with one line for the user, when file or collector cannot be used
     */
    public static EventLog ofGateway(final GatewayConfig config, final NanoClock clock, final CounterBlock counters) throws IOException {
        final EventLog log = new EventLog(config, RUN, EventClock.ofSystem(clock), counters);
        final Change first = log.new Change(EventsConfig.OFF, config);
        log.exporter = first.exporter;
        if (first.file != null) {
            log.begin(first.file);
        }
        return log;
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

    /** What a worker tells the log that was begun before it. For the thread that changes the gateway. */
    public Telling telling(final int worker) {
        final EventsConfig events = config.events();
        return events.isOn() ? new Telling(rings.get(worker), events.destinations(), null) : Telling.NOTHING;
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
        order(() -> portsShort(
            new DestinationUse(use.publicAddress(), use.protocol(), 0, 0, use.taken(), use.capacity()), false));
    }

    /** Says that the ports that a public address has for a destination run short; like the other. */
    public void portsShort(final DestinationUse use) {
        order(() -> portsShort(use, true));
    }

    /**
     * Opens what the log needs for another configuration. For the thread that changes the gateway, as all of the change.
     *
     * @throws IllegalArgumentException with one line for the user, when the file or the collector cannot be used
     */
    public Change prepare(final GatewayConfig before, final GatewayConfig next) {
        try {
            return new Change(before.events(), next);
        } catch (final IOException unusable) {
            throw new IllegalArgumentException(Objects.requireNonNullElseGet(unusable.getMessage(), unusable::toString), unusable);
        }
    }

    /** A way for the log to go over to another configuration, with everything open that it needs. */
    public final class Change {

        private final GatewayConfig next;
        private final boolean hasOtherFile;
        private final boolean hasOtherCollector;
        private final boolean isAnew;
        private final IpfixExporter exporter;
        private final EventFile file;
        private final CountDownLatch made = new CountDownLatch(1);

        private Change(final EventsConfig before, final GatewayConfig next) throws IOException {
            final EventsConfig events = next.events();
            this.next = next;
            final List<EventRing> needed = events.isOn() && rings.isEmpty() ? newRings(next, null) : rings;
            hasOtherFile = !events.file().equals(before.file());
            hasOtherCollector = !events.collector().equals(before.collector());
            isAnew = hasOtherFile || hasOtherCollector || events.destinations() != before.destinations();
            exporter = hasOtherCollector && events.collector().isPresent()
                ? IpfixExporter.open(events.collector().get(), next.nat().limits(), next.name().hashCode()) : null;
            try {
                file = hasOtherFile && events.file().isPresent() ? open(events) : null;
            } catch (final IOException failure) {
                close(exporter);
                throw failure;
            }
            rings = needed;
        }

        /**
         * Whether a log begins or ends, so that what was told before and after must be kept apart: no worker tells anything while the
         * change is made.
         */
        public boolean isAnew() {
            return isAnew;
        }

        /**
         * What a worker tells once the change is made; null where that stays the same.
         *
         * @param numbers how many mappings or connections there can be
         */
        public Telling telling(final int worker, final int numbers) {
            if (!isAnew) {
                return null;
            }
            return next.events().isOn() ? new Telling(rings.get(worker), next.events().destinations(), new long[(numbers + 63) / 64])
                : Telling.NOTHING;
        }

        /**
         * Has the log pass on all that it was told, and go over. Where it begins or ends that is waited for; not for long, since a disk may
         * hang.
         *
         * @return whether workers can tell what they tell from now on; false when they must not before it {@linkplain #isMade is made}
         */
        public boolean make() {
            if (thread == null) {
                goOver();
                return true;
            }
            orders.add(this::goOver);
            LockSupport.unpark(thread);
            return !isAnew || isMadeInTime();
        }

        /** Whether the log has gone over. */
        public boolean isMade() {
            return made.getCount() == 0;
        }

        private void goOver() {
            try {
                EventLog.this.goOver(this);
            } finally {
                made.countDown();
            }
        }

        private boolean isMadeInTime() {
            try {
                if (!made.await(LONGEST_WAIT_NS, TimeUnit.NANOSECONDS)) {
                    LOGGER.log(Level.WARNING,
                        "the event log takes its time to go over to another configuration; no events are told until it has");
                }
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return isMade();
        }

        /** Closes what was opened. */
        public void undo() {
            close(exporter);
            if (file != null) {
                file.close();
            }
        }
    }

    private EventFile open(final EventsConfig events) throws IOException {
        final Path path = events.file().orElseThrow().toAbsolutePath();
        // opening a pipe that nobody reads would take for ever
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new IOException("events.file: " + path + ": not a regular file");
        }
        try {
            return EventFile.open(path, events.rotateLength(), this::preamble);
        } catch (final NoSuchFileException none) {
            throw new IOException("events.file: " + path + ": no such directory", none);
        } catch (final FileSystemException failure) {
            throw new IOException("events.file: " + path + ": " + StateFiles.reason(failure), failure);
        } catch (final IOException failure) {
            throw new IOException("events.file: " + path + ": " + failure.getMessage(), failure);
        }
    }

    private void goOver(final Change change) {
        clock.refresh();
        if (change.isAnew) {
            drain();
            reportLosses();
            flush();
        }
        if (change.hasOtherFile) {
            endFile();
        }
        if (change.hasOtherCollector) {
            endExport();
            exporter = change.exporter;
        }
        final GatewayConfig before = config;
        config = change.next;
        readers = readers.isEmpty() ? newReaders() : readers;
        if (change.file != null) {
            begin(change.file);
        } else if (file != null) {
            file.rotateAt(change.next.events().rotateLength());
            if (change.isAnew) {
                preamble(file, EventKind.STARTED);
            } else {
                GivenAway.tellDifference(file, before.nat(), change.next.nat(), clock.nowNs());
            }
        }
    }

    /** What was lost is a matter of the file before. */
    private void begin(final EventFile opened) {
        opened.start();
        file = opened;
        wholeNs = clock.nowNs();
        announcedLost = lost();
        reportedLost = announcedLost;
    }

    private void order(final Runnable work) {
        if (orders.size() < MOST_ORDERS) {
            orders.add(work);
            LockSupport.unpark(thread);
        }
    }

    private static List<EventRing> newRings(final GatewayConfig config, final Runnable whenFull) {
        return Stream.generate(() -> new EventRing(EventRing.DEFAULT_LENGTH, whenFull)).limit(config.io().workers()).toList();
    }

    private List<EventRing.Reader> newReaders() {
        return rings.stream().map(ring -> new EventRing.Reader(ring, this::onEvent)).toList();
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

    /**
     * Takes out of the rings what is there; only without a thread.
     *
     * @param timeNs how far the engine's time has come, in ns
     */
    public void drain(final long timeNs) {
        clock.reached(timeNs);
        drain();
    }

    private void drain() {
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
        endFile();
        endExport();
        publish();
    }

    private void endFile() {
        if (file != null) {
            file.begin();
            file.text().stopped(clock.nowNs(), startedNs);
            file.end(EventKey.of(EventKind.STOPPED), clock.nowNs());
            file.close();
            writtenBefore += file.written();
            lostBefore += file.lost();
            file = null;
        }
    }

    private void endExport() {
        if (exporter != null) {
            exporter.flush(clock.nowNs());
            exportedBefore += exporter.exported();
            notExportedBefore += exporter.lost();
            close(exporter);
            exporter = null;
        }
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
                    LockSupport.parkNanos(config.events().isOn() ? IDLE_NS : OFF_NS);
                }
            } catch (final RuntimeException unexpected) {
                LOGGER.log(Level.ERROR, INTERNAL_ERROR, unexpected);
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
        long lost = lostBefore + (file == null ? 0 : file.lost());
        for (final EventRing.Reader reader : readers) {
            lost += reader.lost();
        }
        return lost;
    }

    private void publish() {
        counters.set(Counter.EVENTS_WRITTEN, writtenBefore + (file == null ? 0 : file.written()));
        counters.set(Counter.EVENTS_LOST, lostBefore + (file == null ? 0 : file.lost()));
        counters.set(Counter.EVENTS_EXPORTED, exportedBefore + (exporter == null ? 0 : exporter.exported()));
        counters.set(Counter.EVENTS_NOT_EXPORTED, notExportedBefore + (exporter == null ? 0 : exporter.lost()));
    }

    /** What a file begins with, and what a gateway that starts begins with. */
    private void preamble(final EventFile to, final EventKind kind) {
        final long nowNs = clock.nowNs();
        to.begin();
        startedNs = kind == EventKind.STARTED ? nowNs : startedNs;
        to.text().beginning(kind, nowNs, config.name(), writer);
        to.end(EventKey.of(kind), nowNs);
        GivenAway.tell(to, config.nat(), nowNs);
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

    private static void close(final IpfixExporter exporter) {
        try {
            if (exporter != null) {
                exporter.close();
            }
        } catch (final IOException failure) {
            LOGGER.log(Level.DEBUG, "closing the way to the collector", failure);
        }
    }
}
