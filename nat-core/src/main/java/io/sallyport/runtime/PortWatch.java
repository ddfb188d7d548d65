package io.sallyport.runtime;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUseTable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Notices, before it hurts, that public ports run short. It looks at what the workers publish anyway, so they do nothing for it. With
 * endpoint-independent mapping a public address runs short; with endpoint-dependent mapping, where all ports of an address can well be in
 * use, it is its ports for one destination, of which a worker names the most crowded.
 *
 * <p>One thread, the control thread.
 */
final class PortWatch {

    private static final int WARN_PERCENT = 80;
    private static final int CALM_PERCENT = 70;

    private final PortUseTable ports;
    private final boolean isShared;
    private final PortUseListener listener;
    private final Level[] levels;
    private final Map<Destination, Level> destinations = new HashMap<>();

    /** What was said last. */
    private enum Level {
        CALM,
        SHORT,
        EXHAUSTED
    }

    /**
     * Nothing was said yet.
     *
     * @param ports    what is taken
     * @param isShared whether a port serves many destinations at once: endpoint-dependent mapping
     * @param listener hears it
     */
    PortWatch(final PortUseTable ports, final boolean isShared, final PortUseListener listener) {
        this.ports = ports;
        this.isShared = isShared;
        this.listener = listener;
        levels = new Level[ports.spaces()];
        Arrays.fill(levels, Level.CALM);
    }

    /** Looks once, and tells the listener what is new. */
    void look() {
        if (isShared) {
            lookAtDestinations();
        } else {
            lookAtAddresses();
        }
    }

    private void lookAtAddresses() {
        for (int space = 0; space < levels.length; space++) {
            final Level before = levels[space];
            levels[space] = next(before, ports.taken(space), ports.capacity(space));
            if (levels[space].compareTo(before) > 0) {
                listener.onPortUse(ports.use(space));
            }
        }
    }

    private void lookAtDestinations() {
        final Set<Destination> crowded = new HashSet<>();
        for (final DestinationUse use : ports.crowdedDestinations()) {
            final Destination destination = new Destination(
                use.publicAddress(), use.protocol(), use.remoteAddress(), use.remotePort());
            final Level before = destinations.getOrDefault(destination, Level.CALM);
            final Level now = next(before, use.inUse(), use.capacity());
            crowded.add(destination);
            destinations.put(destination, now);
            if (now.compareTo(before) > 0) {
                listener.onDestinationUse(use);
            }
        }
        destinations.keySet().retainAll(crowded);
    }

    /** Rises with what is taken, and falls only when it is calm again, so that nothing is said twice. */
    private static Level next(final Level before, final long taken, final long capacity) {
        if (capacity == 0 || taken * 100 < capacity * CALM_PERCENT) {
            return Level.CALM;
        }
        final Level now = taken >= capacity ? Level.EXHAUSTED : taken * 100 >= capacity * WARN_PERCENT ? Level.SHORT : Level.CALM;
        return now.compareTo(before) > 0 ? now : before;
    }

    /** A destination; workers whose hosts share it are not told apart, and the fullest speaks for all. */
    private record Destination(int publicAddress, int protocol, int remoteAddress, int remotePort) {
    }
}
