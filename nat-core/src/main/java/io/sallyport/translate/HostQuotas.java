package io.sallyport.translate;

import io.sallyport.config.NatConfig.Limits;
import io.sallyport.flow.RecordTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.memory.OffHeap;
import java.util.concurrent.TimeUnit;

/**
 * What one inside host may have of the connections that it opens: so many live ones, and so many new ones a second, with a burst of one
 * second's worth (RFC 6888, REQ-4 and REQ-5). The rate is a bucket that leaks steadily, kept as the time when it will be empty.
 *
 * <p>A host without connections whose bucket is empty is forgotten. Owned by one worker.
 */
public final class HostQuotas {

    /** A live connection more than the host may have. */
    static final int HOST_LIMIT = -1;
    /** A new connection too soon. */
    static final int HOST_RATE = -2;
    /** No room for another host. */
    static final int FULL = -3;
    /** There are no quotas. */
    static final int UNLIMITED = Integer.MAX_VALUE;

    private static final long BURST_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int SLOTS_SWEPT = 64;
    private static final int LIVE_OFFSET = 8;
    private static final int VALUE_LENGTH = 12;

    private int mostConnections;
    private long intervalNs;
    private RecordTable hosts;
    /** For each host: when its bucket is empty (8 bytes), live connections (4 bytes). */
    private OffHeap records;
    private int sweep;

    /**
     * No host known.
     *
     * @param limits   the quotas
     * @param capacity most connections of the worker
     * @param hash     the hash with its secrets
     */
    public HostQuotas(final Limits limits, final int capacity, final SeededHash hash) {
        limit(limits);
        if (areIn(limits)) {
            take(table(capacity, hash));
        }
    }

    /** Whether there are any quotas among limits. */
    public static boolean areIn(final Limits limits) {
        return limits.perHost() != 0 || limits.perHostNewPerSecond() != 0;
    }

    /** A table of hosts, empty, for a worker with so many connections. */
    public static RecordTable table(final int capacity, final SeededHash hash) {
        return new RecordTable(capacity, VALUE_LENGTH, hash);
    }

    /**
     * Goes on with other quotas.
     *
     * @param table empty, for those that have had none so far; connections opened until now do not count then
     */
    void adopt(final Limits limits, final RecordTable table) {
        limit(limits);
        if (hosts == null && table != null) {
            take(table);
        }
    }

    private void take(final RecordTable table) {
        hosts = table;
        records = table.memory();
    }

    private void limit(final Limits limits) {
        mostConnections = limits.perHost() == 0 ? Integer.MAX_VALUE : limits.perHost();
        intervalNs = limits.perHostNewPerSecond() == 0 ? 0 : BURST_NS / limits.perHostNewPerSecond();
    }

    /**
     * Whether a host may have one connection more, now.
     *
     * @return the host, for {@link #opened}, or a negative code
     */
    int admit(final int address, final long nowNs) {
        if (hosts == null) {
            return UNLIMITED;
        }
        final int known = hosts.find(address);
        if (known != RecordTable.NONE) {
            if (live(known) >= mostConnections) {
                return HOST_LIMIT;
            }
            return fillNs(known, nowNs) + intervalNs > BURST_NS ? HOST_RATE : known;
        }
        int host = hosts.add(address);
        if (host == RecordTable.NONE) {
            sweep(nowNs);
            host = hosts.add(address);
        }
        if (host == RecordTable.NONE) {
            return mostConnections == Integer.MAX_VALUE && intervalNs == 0 ? UNLIMITED : FULL;
        }
        records.putLong(hosts.at(host), nowNs);
        records.putInt(hosts.at(host) + LIVE_OFFSET, 0);
        return host;
    }

    /** An admitted host's connection was opened. */
    void opened(final int host, final long nowNs) {
        if (host != UNLIMITED) {
            records.putLong(hosts.at(host), nowNs + fillNs(host, nowNs) + intervalNs);
            records.putInt(hosts.at(host) + LIVE_OFFSET, live(host) + 1);
        }
    }

    /** An admitted host's connection was not opened. */
    void refused(final int host, final long nowNs) {
        if (host != UNLIMITED) {
            forgetIfIdle(host, nowNs);
        }
    }

    /** A connection is taken over from a gateway that ran before; it costs nothing of the rate. False where there are no quotas. */
    boolean adopted(final int address, final long nowNs) {
        if (hosts == null) {
            return false;
        }
        int host = hosts.find(address);
        if (host == RecordTable.NONE) {
            host = hosts.add(address);
            if (host == RecordTable.NONE) {
                return false;
            }
            records.putLong(hosts.at(host), nowNs);
            records.putInt(hosts.at(host) + LIVE_OFFSET, 0);
        }
        records.putInt(hosts.at(host) + LIVE_OFFSET, live(host) + 1);
        return true;
    }

    /** A connection of a host, which was opened or adopted here, has ended. */
    void ended(final int address, final long nowNs) {
        final int host = hosts.find(address);
        if (host != RecordTable.NONE) {
            records.putInt(hosts.at(host) + LIVE_OFFSET, Math.max(0, live(host) - 1));
            forgetIfIdle(host, nowNs);
        }
    }

    /** Hosts that are known. */
    int size() {
        return hosts == null ? 0 : hosts.size();
    }

    private void sweep(final long nowNs) {
        for (int i = 0; i < SLOTS_SWEPT; i++) {
            sweep = sweep + 1 == hosts.slots() ? 0 : sweep + 1;
            if (hosts.isTaken(sweep)) {
                forgetIfIdle(sweep, nowNs);
            }
        }
    }

    private void forgetIfIdle(final int host, final long nowNs) {
        if (live(host) == 0 && fillNs(host, nowNs) == 0) {
            hosts.remove(host);
        }
    }

    private int live(final int host) {
        return records.getInt(hosts.at(host) + LIVE_OFFSET);
    }

    private long fillNs(final int host, final long nowNs) {
        return Math.max(0, records.getLong(hosts.at(host)) - nowNs);
    }
}
