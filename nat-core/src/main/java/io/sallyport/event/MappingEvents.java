package io.sallyport.event;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import java.util.concurrent.TimeUnit;

/**
 * What one worker has to tell the event log. It writes into a ring and never waits; where there is no room, the event is lost and counted.
 *
 * <p>Owned by one worker. Everything happens at the time that it said last.
 */
public final class MappingEvents {

    /** Hosts of which is remembered that a refusal was told; a power of two. */
    private static final int TOLD_HOSTS = 1024;
    private static final long REFUSAL_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    private final int worker;
    private final CounterBlock counters;
    private final int[] toldHosts = new int[TOLD_HOSTS];
    private final long[] toldNs = new long[TOLD_HOSTS];
    private final Retelling retelling = new Retelling();
    /** Null when there is no use for events. */
    private EventRing ring;
    private boolean withDestinations;
    private int adopted = Event.ADOPTED;
    private long nowNs;
    /** When the log was begun. */
    private long begunNs;

    /**
     * Events of a worker that is about to take over what an earlier gateway left.
     *
     * @param telling  what is told at the start
     * @param worker   the worker's number
     * @param counters the worker's counters
     */
    public MappingEvents(final Telling telling, final int worker, final CounterBlock counters) {
        this.worker = worker;
        this.counters = counters;
        adopt(telling);
    }

    /** Those of a worker whose events no one will ever want. */
    public static MappingEvents none() {
        return new MappingEvents(Telling.NOTHING, 0, null);
    }

    /** Tells something else from now on. */
    public void adopt(final Telling telling) {
        ring = telling.ring();
        withDestinations = telling.withDestinations();
        retelling.begin(telling.told());
        begunNs = nowNs;
    }

    /** Whether there is any use for events; nothing else may be called when there is none. */
    public boolean isOn() {
        return ring != null;
    }

    /** Whether destinations are written down, so that there is an event for each connection. */
    public boolean withDestinations() {
        return withDestinations;
    }

    /** What lived when the log was begun, and has not been told yet. */
    public Retelling retelling() {
        return retelling;
    }

    /** Whether there is room for what can wait. */
    public boolean hasRoomToRetell() {
        return ring.isHalfEmpty();
    }

    /** Nothing more is taken over: what is created from now on is new. */
    public void started() {
        adopted = 0;
        if (ring != null) {
            ring.started();
        }
    }

    /** Says at what time everything happens from now on, in ns of the engine. */
    public void time(final long timeNs) {
        nowNs = timeNs;
    }

    /** An inside endpoint has a public one from now on; all numeric, the protocol as an index. */
    public void created(
        final int protocol, final int insideAddress, final int insidePort, final int publicAddress, final int publicPort,
        final int destinationAddress, final int destinationPort) {
        created(nowNs, adopted, protocol, insideAddress, insidePort, publicAddress, publicPort, destinationAddress, destinationPort);
    }

    /** An inside endpoint had a public one when the log was begun, and has it since; the same. */
    public void retold(
        final int protocol, final int insideAddress, final int insidePort, final int publicAddress, final int publicPort,
        final int destinationAddress, final int destinationPort) {
        created(begunNs, Event.ADOPTED, protocol, insideAddress, insidePort, publicAddress, publicPort, destinationAddress,
            destinationPort);
    }

    private void created(
        final long timeNs, final int flags, final int protocol, final int insideAddress, final int insidePort, final int publicAddress,
        final int publicPort, final int destinationAddress, final int destinationPort) {
        final Event event = begin(EventKind.CREATED, timeNs);
        if (event != null) {
            event.inside(insideAddress, insidePort).publicSide(protocol, publicAddress, publicPort);
            end(event, destinationAddress, destinationPort, flags);
        }
    }

    /** An inside endpoint has a public one no longer. */
    public void ended(
        final int protocol, final int insideAddress, final int insidePort, final int publicAddress, final int publicPort,
        final int destinationAddress, final int destinationPort) {
        final Event event = begin(EventKind.ENDED, nowNs);
        if (event != null) {
            event.inside(insideAddress, insidePort).publicSide(protocol, publicAddress, publicPort);
            end(event, destinationAddress, destinationPort, 0);
        }
    }

    /** The worker owns a block of ports from now on. */
    public void blockClaimed(final int protocol, final int publicAddress, final int firstPort, final int lastPort) {
        block(EventKind.BLOCK_CLAIMED, protocol, publicAddress, firstPort, lastPort);
    }

    /** The worker owns it no longer. */
    public void blockReturned(final int protocol, final int publicAddress, final int firstPort, final int lastPort) {
        block(EventKind.BLOCK_RETURNED, protocol, publicAddress, firstPort, lastPort);
    }

    /**
     * An inside host was refused a connection (RFC 6888, REQ-11). It is told once a minute for a host; of very many hosts some are told
     * more often.
     *
     * @param protocol      index of the protocol, one beyond the last for those without ports
     * @param publicAddress the address that the host is paired with
     */
    public void refused(final int protocol, final int insideAddress, final int publicAddress, final Refusal reason) {
        final int slot = insideAddress * 0x9E37_79B9 >>> Integer.SIZE - Integer.numberOfTrailingZeros(TOLD_HOSTS);
        if (toldHosts[slot] == insideAddress && nowNs - toldNs[slot] < REFUSAL_INTERVAL_NS) {
            return;
        }
        toldHosts[slot] = insideAddress;
        toldNs[slot] = nowNs;
        final Event event = begin(EventKind.REFUSED, nowNs);
        if (event != null) {
            event.inside(insideAddress, 0).publicSide(protocol, publicAddress, 0).detail(reason.ordinal());
            ring.commit();
        }
    }

    private void block(final EventKind kind, final int protocol, final int publicAddress, final int firstPort, final int lastPort) {
        final Event event = begin(kind, nowNs);
        if (event != null) {
            event.inside(0, lastPort).publicSide(protocol, publicAddress, firstPort).detail(worker);
            ring.commit();
        }
    }

    private Event begin(final EventKind kind, final long timeNs) {
        final Event event = ring.claim(kind);
        if (event == null) {
            counters.increment(Counter.EVENTS_LOST);
            return null;
        }
        return event.begin(timeNs);
    }

    private void end(final Event event, final int destinationAddress, final int destinationPort, final int flags) {
        if (withDestinations) {
            event.destination(destinationAddress, destinationPort).flags(flags | Event.WITH_DESTINATION);
        } else {
            event.flags(flags);
        }
        ring.commit();
    }
}
