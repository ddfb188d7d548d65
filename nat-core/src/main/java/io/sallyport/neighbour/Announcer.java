package io.sallyport.neighbour;

import io.sallyport.packet.Side;
import io.sallyport.wire.AddressSet;

/**
 * Walks through the gateway's own addresses for their ARP announcements (RFC 5227, section 2.3): all of them twice, two seconds apart,
 * in bursts that a link takes easily even if the pool is a large network.
 */
final class Announcer {

    /** Announcements of each address (RFC 5227: ANNOUNCE_NUM). */
    static final int ROUNDS = 2;
    /** Time between two announcements of the same address (RFC 5227: ANNOUNCE_INTERVAL). */
    static final long ROUND_INTERVAL_NS = 2_000_000_000L;
    /** Announcements in a burst. */
    static final int BURST_LENGTH = 32;
    /** Time between two bursts. */
    static final long BURST_INTERVAL_NS = 10_000_000L;

    private final AddressSet inside;
    private AddressSet outside;
    private int round = ROUNDS;
    private long roundStartNs;
    private long nextNs;
    private int leftInBurst;
    private Side side = Side.INSIDE;
    private int range;
    private int address;

    Announcer(final AddressSet inside, final AddressSet outside) {
        this.inside = inside;
        this.outside = outside;
    }

    /** Whether there is anything left to announce. */
    boolean isAtWork() {
        return round < ROUNDS;
    }

    /** Begins with other addresses on the outside. */
    void announce(final AddressSet outsideAddresses, final long nowNs) {
        outside = outsideAddresses;
        start(nowNs);
    }

    /** Begins, anew if it has begun before. */
    void start(final long nowNs) {
        round = 0;
        startRound(nowNs);
    }

    /** Whether {@link #address} is to be announced now. */
    boolean isDue(final long nowNs) {
        return round < ROUNDS && nextNs - nowNs <= 0;
    }

    /** Time until an announcement is due, in ns: 0 when one is, {@link Long#MAX_VALUE} when all were made. */
    long delayNs(final long nowNs) {
        return round < ROUNDS ? Math.max(0, nextNs - nowNs) : Long.MAX_VALUE;
    }

    /** The side that the next announcement goes to. */
    Side side() {
        return side;
    }

    /** The address that is announced next. */
    int address() {
        return address;
    }

    /** The address was announced: goes on to the next. */
    void next(final long nowNs) {
        if (--leftInBurst == 0) {
            leftInBurst = BURST_LENGTH;
            nextNs = nowNs + BURST_INTERVAL_NS;
        }
        if (address != addresses().last(range)) {
            address++;
        } else if (range + 1 < addresses().rangeCount()) {
            startRange(side, range + 1);
        } else if (side == Side.INSIDE) {
            startRange(Side.OUTSIDE, 0);
        } else {
            round++;
            startRound(Math.max(nowNs - roundStartNs, ROUND_INTERVAL_NS) + roundStartNs);
        }
    }

    private void startRound(final long startNs) {
        roundStartNs = startNs;
        nextNs = startNs;
        leftInBurst = BURST_LENGTH;
        startRange(Side.INSIDE, 0);
    }

    private void startRange(final Side newSide, final int newRange) {
        side = newSide;
        range = newRange;
        address = addresses().first(range);
    }

    private AddressSet addresses() {
        return side == Side.INSIDE ? inside : outside;
    }
}
