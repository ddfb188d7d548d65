package io.sallyport.tools.top;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUse;
import io.sallyport.engine.Engine;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.agrona.collections.Int2IntCounterMap;
import org.agrona.collections.Long2LongCounterMap;

/**
 * A look at all connections of a gateway, added up by inside host and by destination. Immutable once taken.
 *
 * <p>It costs the gateway nothing, and the machine about 0.1 s of one core for a million connections: {@link TopModel} looks the less often
 * the longer it takes.
 */
final class TableLook {

    /** No connections at all. */
    static final TableLook NONE = new TableLook(0, 0, new Int2IntCounterMap(0));

    /** Destinations that are kept. */
    private static final int MOST_DESTINATIONS = 64;
    private static final int POSITION_BITS = 14;
    private static final int MOST_POSITIONS = 1 << POSITION_BITS;
    private static final Comparator<DestinationUse> BY_SHARE =
        Comparator.comparingDouble((DestinationUse use) -> (double) use.inUse() / Math.max(1, use.capacity())).reversed();

    private final long takenNs;
    private final long sinceNs;
    private final Int2IntCounterMap earlier;
    private final Int2IntCounterMap connections = new Int2IntCounterMap(0);
    private final Int2IntCounterMap active = new Int2IntCounterMap(0);
    private final List<DestinationUse> destinations = new ArrayList<>();

    private TableLook(final long takenNs, final long sinceNs, final Int2IntCounterMap earlier) {
        this.takenNs = takenNs;
        this.sinceNs = sinceNs;
        this.earlier = earlier;
    }

    /**
     * Looks at the tables in a state directory.
     *
     * @param before           the look before this one
     * @param ports            ports of each public address and protocol, in their order
     * @param portsOfOneWorker whether the ports that a destination can have are those of one worker: with endpoint-dependent mapping
     */
    static TableLook at(
        final Path stateDirectory, final TableLook before, final List<PortUse> ports, final boolean portsOfOneWorker, final long nowNs)
        throws IOException {
        final TableLook look = new TableLook(nowNs, before == NONE ? 0 : nowNs - before.takenNs, before.connections);
        final List<Path> files = Engine.connectionFiles(stateDirectory);
        final Map<Integer, Integer> positions = positions(ports);
        for (final Path file : files) {
            final Long2LongCounterMap uses = new Long2LongCounterMap(0);
            try (ConnectionReader reader = new ConnectionReader(file)) {
                reader.forEach(connection -> {
                    look.add(connection);
                    look.add(connection, positions, uses);
                    return true;
                });
            }
            look.keep(uses, ports, portsOfOneWorker ? files.size() : 1);
        }
        look.destinations.sort(BY_SHARE);
        return look;
    }

    private static Map<Integer, Integer> positions(final List<PortUse> ports) {
        final Map<Integer, Integer> positions = new HashMap<>();
        for (int space = 0; space < ports.size() && positions.size() < MOST_POSITIONS; space += PortUse.PROTOCOLS) {
            positions.put(ports.get(space).publicAddress(), space / PortUse.PROTOCOLS);
        }
        return positions;
    }

    private void add(final ConnectionView connection) {
        connections.incrementAndGet(connection.insideAddress());
        if (connection.idleNs() < sinceNs) {
            active.incrementAndGet(connection.insideAddress());
        }
    }

    private void add(final ConnectionView connection, final Map<Integer, Integer> positions, final Long2LongCounterMap uses) {
        final Integer position = positions.get(connection.publicAddress());
        final int protocol = switch (connection.protocol()) {
            case 6 -> 0;
            case 17 -> 1;
            case 1 -> 2;
            default -> -1;
        };
        if (position != null && protocol >= 0) {
            uses.incrementAndGet((long) connection.remoteAddress() << 32 | (long) connection.remotePort() << 16
                | (long) position << 2 | protocol);
        }
    }

    /** Keeps the destinations of one table that most ports are in use for; the ports of an address are shared out among the tables. */
    private void keep(final Long2LongCounterMap uses, final List<PortUse> ports, final int sharers) {
        final PriorityQueue<DestinationUse> most = new PriorityQueue<>(BY_SHARE.reversed());
        uses.forEach((key, count) -> {
            final PortUse space = ports.get((int) (key >>> 2 & MOST_POSITIONS - 1) * PortUse.PROTOCOLS + (int) (key & 3));
            final long capacity = Math.max(1, space.capacity() / sharers);
            if (most.size() < MOST_DESTINATIONS || count * most.peek().capacity() > most.peek().inUse() * capacity) {
                most.add(new DestinationUse(
                    space.publicAddress(), space.protocol(), (int) (key >>> 32), (int) (key >>> 16) & 0xFFFF, count, capacity));
            }
            if (most.size() > MOST_DESTINATIONS) {
                most.poll();
            }
        });
        destinations.addAll(most);
    }

    /** The busiest inside hosts, the busiest first. */
    List<HostUse> hosts(final HostOrder order, final int most) {
        final Comparator<HostUse> byMeasure = Comparator.comparingDouble((HostUse use) -> use.measure(order))
            .thenComparingInt(HostUse::connections).thenComparing(Comparator.comparingInt(HostUse::address).reversed());
        final PriorityQueue<HostUse> busiest = new PriorityQueue<>(byMeasure);
        connections.forEach((address, count) -> {
            busiest.add(new HostUse(address, count, active.get(address), changePerSecond(address, count)));
            if (busiest.size() > most) {
                busiest.poll();
            }
        });
        return busiest.stream().sorted(byMeasure.reversed()).toList();
    }

    private double changePerSecond(final int address, final int count) {
        return sinceNs <= 0 ? 0 : (count - earlier.get(address)) * 1e9 / sinceNs;
    }

    /**
     * The destinations closest to running out of ports, the closest first.
     *
     * @param exact those that the gateway itself names: it also knows of ports that cool down
     */
    List<DestinationUse> destinations(final List<DestinationUse> exact, final int most) {
        final List<DestinationUse> all = new ArrayList<>(exact);
        destinations.stream().filter(use -> exact.stream().noneMatch(known -> isSame(known, use))).forEach(all::add);
        return all.stream().sorted(BY_SHARE).limit(most).toList();
    }

    private static boolean isSame(final DestinationUse one, final DestinationUse other) {
        return one.publicAddress() == other.publicAddress() && one.protocol() == other.protocol()
            && one.remoteAddress() == other.remoteAddress() && one.remotePort() == other.remotePort();
    }
}
