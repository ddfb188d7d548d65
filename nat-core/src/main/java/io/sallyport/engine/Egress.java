package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.icmp.IcmpErrors;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.neighbour.Neighbours;
import io.sallyport.neighbour.RouteTable;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;

/**
 * Last stage: finds the next hop of each forwarded packet and its link address, answers ARP, tells senders whose packets find no one,
 * hands the frames over for sending, and counts what became of every packet, in one place, so that the accounting is exact.
 *
 * <p>One thread: the transmit thread, which alone owns the neighbours.
 */
public final class Egress {

    private static final int INSIDE = Side.INSIDE.ordinal();
    private static final int OUTSIDE = Side.OUTSIDE.ordinal();
    private static final Origin[] ORIGINS = Origin.values();
    private static final long NO_HOP = -1;
    private static final int RECEIVED = Origin.RECEIVED.ordinal();
    private static final int RELEASED = Origin.RELEASED.ordinal();

    private final RouteTable routes;
    private final Neighbours neighbours;
    /** Our own addresses, see {@link Ethernet#rawMac}. */
    private final long[] rawMacs;
    private final Departures departures;
    private final IcmpErrors errors;
    private final PublicAddresses publicAddresses;
    private final Crossing crossing;
    private final PacketBatch originated = Engine.newOriginatedBatch();
    private final CounterBlock counters;
    private boolean asked;
    /**
     * Where the last destination lay; the next hop that was resolved last, with the side above it, and its address, which within a batch
     * need not be asked for again.
     */
    private int lastInterval;
    private long lastHop;
    private long lastRawMac;
    private final long[] drops = new long[DropReason.count()];
    private final long[] packets = new long[2];
    private final long[] bytes = new long[2];
    private int forwarded;

    /** Made by {@link Engine}; {@code crossing} is null where no packet needs it. */
    Egress(
        final RouteTable routes,
        final Neighbours neighbours,
        final long[] macs,
        final int[] mtu,
        final IcmpErrors errors,
        final PublicAddresses publicAddresses,
        final Crossing crossing,
        final CounterBlock counters) {
        this.routes = routes;
        this.publicAddresses = publicAddresses;
        this.crossing = crossing;
        this.neighbours = neighbours;
        rawMacs = new long[] {Ethernet.rawMac(macs[INSIDE]), Ethernet.rawMac(macs[OUTSIDE])};
        this.errors = errors;
        departures = new Departures(mtu, Math.max(Engine.MAX_BATCH, neighbours.originated().capacity()), counters);
        this.counters = counters;
    }

    /** Where frames go that leave the gateway. */
    @FunctionalInterface
    public interface Transmitter {
        /** Sends the frames of a batch whose egress column names {@code side}; see {@code PacketPort.transmit}. */
        void transmit(PacketBatch batch, Side side);
    }

    /** Says on both sides who the gateway's addresses belong to (RFC 5227, section 3). */
    public void announce(final long nowNs) {
        neighbours.announce(nowNs);
    }

    /** Chooses next hop and link address of every packet that leaves. */
    public void process(final PacketBatch batch, final long nowNs) {
        lastHop = NO_HOP;
        for (int i = 0, size = batch.size(); i < size; i++) {
            final byte verdict = batch.verdict(i);
            if (Verdict.forwards(verdict)) {
                forward(batch, i, verdict, nowNs);
            } else if (verdict == Verdict.ARP) {
                neighbours.receive(batch, i, nowNs);
                lastHop = NO_HOP;
            }
        }
    }

    /**
     * Sends a processed batch, and counts what became of the packets that came in with it. Packets that waited for ARP leave before
     * it, because they came before it.
     */
    public void finish(final PacketBatch batch, final Transmitter transmitter, final long nowNs) {
        forwarded = 0;
        if (batch.size() > 0) {
            finishNeighbours(transmitter);
            departures.send(batch, transmitter);
            settleReceived(batch);
            finishOriginated(originated, transmitter, nowNs);
        }
        if (asked) {
            asked = false;
            poll(transmitter, nowNs);
        }
    }

    /** How many packets of the batch that was finished last were handed over for sending. */
    public int forwarded() {
        return forwarded;
    }

    /** Finds the way of what a stage had to say itself, sends it and counts it apart; then clears the batch. */
    public void finishOriginated(final PacketBatch own, final Transmitter transmitter, final long nowNs) {
        if (own.size() > 0) {
            process(own, nowNs);
            departures.send(own, transmitter);
            settleOriginated(own);
            own.clear();
        }
    }

    /**
     * Runs what is due for the neighbours, and sends it: requests, packets whose next hop has answered, and errors to the senders of those
     * whose has not.
     *
     * @return the number of things done
     */
    public int poll(final Transmitter transmitter, final long nowNs) {
        final int work = neighbours.poll(nowNs);
        finishNeighbours(transmitter);
        final PacketBatch unanswered = neighbours.unanswered();
        for (int i = 0; i < unanswered.size(); i++) {
            errors.hostUnreachable(unanswered, i, originated, nowNs);
        }
        unanswered.clear();
        finishOriginated(originated, transmitter, nowNs);
        return work;
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs(final long nowNs) {
        final long delayNs = neighbours.pollDelayNs(nowNs);
        return delayNs == Long.MAX_VALUE ? Long.MAX_VALUE : nowNs + delayNs;
    }

    private void finishNeighbours(final Transmitter transmitter) {
        final PacketBatch own = neighbours.originated();
        if (own.size() > 0) {
            departures.send(own, transmitter);
            settleOriginated(own);
            own.clear();
        }
    }

    /** Drops what waits for ARP, when the gateway stops. */
    public void discardHeld() {
        neighbours.discardHeld();
    }

    /** Takes note of frames that the receive rings could not take. */
    public void receiveDrops(final long inside, final long outside) {
        counters.set(Counter.RECEIVE_RING_DROPS_INSIDE, inside);
        counters.set(Counter.RECEIVE_RING_DROPS_OUTSIDE, outside);
    }

    private void forward(final PacketBatch batch, final int i, final byte verdict, final long nowNs) {
        final int sideOrdinal = verdict - Verdict.TO_INSIDE;
        final int destination = Integer.reverseBytes(batch.memory().getInt(batch.l3Offset(i) + Ipv4.DESTINATION_OFFSET));
        if (crossing != null && sideOrdinal == OUTSIDE && batch.origin(i) == RECEIVED && publicAddresses.position(destination) >= 0) {
            cross(batch, i);
            return;
        }
        lastInterval = routes.interval(destination, lastInterval);
        final long route = routes.route(lastInterval, destination);
        final long hop = RouteTable.hop(route);
        if (hop == lastHop && RouteTable.sideOrdinal(hop) == sideOrdinal) {
            leave(batch, i, sideOrdinal);
        } else {
            resolve(batch, i, route, sideOrdinal, nowNs);
        }
    }

    private void resolve(final PacketBatch batch, final int i, final long route, final int sideOrdinal, final long nowNs) {
        if (route == RouteTable.NO_ROUTE) {
            batch.drop(i, DropReason.NO_ROUTE);
            return;
        }
        if (RouteTable.sideOrdinal(route) != sideOrdinal) {
            batch.drop(i, DropReason.SAME_SIDE);
            return;
        }
        final Side side = RouteTable.side(route);
        final int nextHop = RouteTable.nextHop(route);
        final long mac = neighbours.resolve(side, nextHop, nowNs);
        if (mac >= 0) {
            lastHop = RouteTable.hop(route);
            lastRawMac = Ethernet.rawMac(mac);
            leave(batch, i, sideOrdinal);
        } else if (neighbours.hold(batch, i, side, nextHop, nowNs)) {
            batch.verdict(i, Verdict.HELD);
            asked = true;
        } else {
            if (mac != Neighbours.UNRESOLVED && batch.origin(i) == RECEIVED) {
                errors.hostUnreachable(batch, i, originated, nowNs);
            }
            batch.drop(i, DropReason.NEIGHBOUR_UNRESOLVED);
        }
    }

    /** Sends a packet around, to the worker of another inside host; until it arrives again it is under way. */
    private void cross(final PacketBatch batch, final int i) {
        if (crossing.offer(batch, i)) {
            batch.verdict(i, Verdict.HELD);
        } else {
            batch.drop(i, DropReason.TRANSMIT_FAILED);
        }
    }

    private void leave(final PacketBatch batch, final int i, final int sideOrdinal) {
        Ethernet.rawAddresses(batch.memory(), batch.offset(i), lastRawMac, rawMacs[sideOrdinal]);
        batch.egress(i, (byte) sideOrdinal);
    }

    /** Counts every received packet once, by its verdict. */
    private void settleReceived(final PacketBatch batch) {
        long consumed = 0;
        for (int i = 0; i < batch.size(); i++) {
            final byte verdict = batch.verdict(i);
            final byte egress = batch.egress(i);
            if (batch.origin(i) != RECEIVED) {
                consumed++;
                countOwn(batch.origin(i), egress);
            } else if (Verdict.forwards(verdict)) {
                packets[egress]++;
                bytes[egress] += batch.length(i);
            } else if (verdict == Verdict.CONSUMED) {
                consumed++;
            } else if (verdict != Verdict.HELD) {
                drops[batch.dropReason(i)]++;
            }
        }
        counters.add(Counter.CONSUMED, consumed);
        forwarded = (int) (packets[INSIDE] + packets[OUTSIDE]);
        publish();
    }

    /** Counts what the gateway made apart from the packets that it held and now forwards. */
    private void settleOriginated(final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            final byte egress = batch.egress(i);
            if (batch.verdict(i) == Verdict.HELD) {
                continue;
            }
            if (batch.origin(i) != RELEASED) {
                countOwn(batch.origin(i), egress);
            } else if (egress == PacketBatch.NOWHERE) {
                drops[batch.dropReason(i)]++;
            } else {
                packets[egress]++;
                bytes[egress] += batch.length(i);
            }
        }
        publish();
    }

    private void countOwn(final byte origin, final byte egress) {
        counters.increment(egress == PacketBatch.NOWHERE ? Counter.ORIGINATED_LOST : switch (ORIGINS[origin]) {
            case ARP -> Counter.ORIGINATED_ARP;
            case ECHO_REPLY -> Counter.ORIGINATED_ECHO_REPLIES;
            case ICMP_ERROR -> Counter.ORIGINATED_ICMP_ERRORS;
            default -> Counter.ORIGINATED_RESETS;
        });
    }

    private void publish() {
        counters.add(Counter.PACKETS_OUT_TO_SOURCE, packets[INSIDE]);
        counters.add(Counter.BYTES_OUT_TO_SOURCE, bytes[INSIDE]);
        counters.add(Counter.PACKETS_OUT_TO_DESTINATION, packets[OUTSIDE]);
        counters.add(Counter.BYTES_OUT_TO_DESTINATION, bytes[OUTSIDE]);
        packets[INSIDE] = 0;
        bytes[INSIDE] = 0;
        packets[OUTSIDE] = 0;
        bytes[OUTSIDE] = 0;
        for (int reason = 0; reason < drops.length; reason++) {
            if (drops[reason] != 0) {
                counters.addDrops(reason, drops[reason]);
                drops[reason] = 0;
            }
        }
    }
}
