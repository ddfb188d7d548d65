package io.sallyport.engine;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.Side;
import java.util.ArrayList;
import java.util.List;

/**
 * The connections whose packets from outside would go to another worker than the one that has them, because what the operator has opened
 * was changed since they began: a forward that leads elsewhere now. Immutable, for any thread; empty with one worker.
 */
final class Strays {

    /** No connection, or none of these. */
    static final int NONE = -1;

    private static final int LEAST_SLOTS = 16;

    private final SeededHash hash;
    private final List<Stray> strays;
    /** A hash table with linear probing; a port key is never 0. */
    private final long[] addressKeys;
    private final long[] portKeys;
    private final byte[] workers;

    private Strays(final List<Stray> strays, final SeededHash hash) {
        this.strays = strays;
        this.hash = hash;
        final int slots = Math.max(LEAST_SLOTS, Integer.highestOneBit(strays.size()) << 2);
        addressKeys = new long[slots];
        portKeys = new long[slots];
        workers = new byte[slots];
        strays.forEach(this::add);
    }

    /** A direction of a connection, by its entry in a worker's table. */
    private record Stray(long addressKey, long portKey, int worker, int entry) {
    }

    /** No connections. */
    static Strays none(final SeededHash hash) {
        return new Strays(List.of(), hash);
    }

    /**
     * All connections that packets would miss.
     *
     * @param tables   of each worker; no connection may be opened meanwhile
     * @param sharding who will own packets then
     */
    static Strays of(final List<FlowTable> tables, final Sharding sharding, final SeededHash hash) {
        final List<Stray> strays = new ArrayList<>();
        for (int worker = 0; worker < tables.size(); worker++) {
            final FlowTable flows = tables.get(worker);
            for (int connection = 0; connection < flows.capacity() << 1; connection += 2) {
                if (flows.isLive(connection)) {
                    look(flows, connection, worker, sharding, strays);
                    look(flows, connection + 1, worker, sharding, strays);
                }
            }
        }
        return new Strays(strays, hash);
    }

    private static void look(
        final FlowTable flows, final int entry, final int worker, final Sharding sharding, final List<Stray> strays) {
        final long addressKey = flows.addressKey(entry);
        final long portKey = flows.portKey(entry);
        if (FlowKey.sideOrdinal(portKey) == Side.OUTSIDE.ordinal()
            && (sharding.owner(addressKey, portKey) != worker || sharding.mayChange(addressKey, portKey))) {
            strays.add(new Stray(addressKey, portKey, worker, entry));
        }
    }

    /** Those that live still: this, if all do. */
    Strays living(final List<FlowTable> tables) {
        final List<Stray> living = strays.stream().filter(stray -> {
            final FlowTable flows = tables.get(stray.worker);
            return flows.isLive(stray.entry & ~1) && flows.isKeyOf(stray.entry, stray.addressKey, stray.portKey);
        }).toList();
        return living.size() == strays.size() ? this : new Strays(living, hash);
    }

    /** Whether there are none. */
    boolean isEmpty() {
        return strays.isEmpty();
    }

    /** The worker that has the connection of a packet, or {@link #NONE} when that is none of these. */
    int worker(final long addressKey, final long portKey) {
        int slot = slot(addressKey, portKey);
        while (portKeys[slot] != 0) {
            if (portKeys[slot] == portKey && addressKeys[slot] == addressKey) {
                return workers[slot];
            }
            slot = slot + 1 & portKeys.length - 1;
        }
        return NONE;
    }

    private void add(final Stray stray) {
        int slot = slot(stray.addressKey, stray.portKey);
        while (portKeys[slot] != 0) {
            slot = slot + 1 & portKeys.length - 1;
        }
        addressKeys[slot] = stray.addressKey;
        portKeys[slot] = stray.portKey;
        workers[slot] = (byte) stray.worker;
    }

    private int slot(final long addressKey, final long portKey) {
        return (int) hash.of(addressKey, portKey) & portKeys.length - 1;
    }
}
