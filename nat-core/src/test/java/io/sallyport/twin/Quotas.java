package io.sallyport.twin;

import io.sallyport.config.NatConfig.Limits;
import io.sallyport.packet.Side;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How much of the gateway a host, and all of them, may have. */
final class Quotas {

    /** How near to a whole token counts as either. */
    private static final double UNCERTAIN = 0.01;

    private final Limits limits;
    private final List<Connection> connections;
    private final Map<Integer, Bucket> buckets = new HashMap<>();

    /** A host's tokens: one for each new connection, refilled by the second, a second's worth at most. */
    private static final class Bucket {
        private double tokens;
        private long filledNs;

        private Bucket(final double tokens, final long filledNs) {
            this.tokens = tokens;
            this.filledNs = filledNs;
        }
    }

    Quotas(final Limits limits, final List<Connection> connections) {
        this.limits = limits;
        this.connections = connections;
    }

    /** Whether the host has as many connections as it may: those that it opened itself. */
    boolean isAtLimit(final int host) {
        return limits.perHost() > 0 && connections.stream().filter(connection -> connection.there.arrives() == Side.INSIDE
            && connection.there.seen().source().address() == host).count() >= limits.perHost();
    }

    /** Whether the host opens connections too fast; when it is too close to tell, the gateway decides. */
    boolean isTooFast(final int host, final boolean wasForwarded, final long nowNs) {
        if (limits.perHostNewPerSecond() == 0) {
            return false;
        }
        final double tokens = bucket(host, nowNs).tokens;
        final boolean full = tokens >= limits.perHostNewPerSecond();
        return Math.abs(tokens - 1) < UNCERTAIN && !full ? !wasForwarded : tokens < 1;
    }

    void opened(final int host, final long nowNs) {
        if (limits.perHostNewPerSecond() > 0) {
            final Bucket bucket = bucket(host, nowNs);
            bucket.tokens = Math.max(0, bucket.tokens - 1);
        }
    }

    /** Whether there is no room; guests have an eighth. */
    boolean isFull(final boolean forGuest) {
        return connections.size() >= limits.connections()
            || forGuest && connections.stream().filter(connection -> connection.isGuest).count() >= limits.connections() / 8;
    }

    private Bucket bucket(final int host, final long nowNs) {
        final double most = limits.perHostNewPerSecond();
        final Bucket bucket = buckets.computeIfAbsent(host, key -> new Bucket(most, nowNs));
        bucket.tokens = Math.min(most, bucket.tokens + (nowNs - bucket.filledNs) * most / 1e9);
        bucket.filledNs = nowNs;
        return bucket;
    }
}
