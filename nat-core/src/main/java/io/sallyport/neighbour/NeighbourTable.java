package io.sallyport.neighbour;

import io.sallyport.flow.SeededHash;

/**
 * The MAC addresses of one side's hosts and routers: RFC 1122, section 2.3.2.1, as a table of fixed capacity. Times and states only;
 * {@link Neighbours} speaks ARP.
 *
 * <pre>
 *              resolve                                asked 3 times, no answer
 *     FREE ───────────────▶ DUE ⇄ ASKED ──────────────────────────────────────▶ REFUSED ──3 s──▶ FREE
 *       │                    ▲       │ answered                                    (with an address: FREE)
 *       │ asks for us        │       ▼
 *       └─────▶ LEARNED ─used┼▶ REACHABLE
 *                  │         │       │
 *                60 s    used│     60 s
 *                  ▼         │       ▼
 *                STALE ◀─────┴───────┘   unused for 4 h: FREE
 * </pre>
 *
 * <p>{@code DUE} means that a request waits to be sent, {@code ASKED} that one was sent less than a second ago. An entry in these two
 * that has a MAC address already (it was stale and is used again) goes on being used: its host is asked by unicast.
 *
 * <p>When the table is full, the oldest entry makes room that is refused, or stale, or learned and never used, in this order.
 * Static entries, and all that packets flow to or wait for, stay; then the new address is not taken in.
 */
final class NeighbourTable {

    /** Look-up: no MAC address yet; the packet can be held. */
    static final long UNRESOLVED = -1;
    /** Look-up: did not answer lately; the packet cannot be held. */
    static final long REFUSED_TO_ANSWER = -2;
    /** No entry. */
    static final int NONE = -1;
    /** {@link #expireNext}: no timer is due. */
    static final int NOTHING_DUE = -2;

    /** Time between two requests for the same address: RFC 1122 allows one a second. */
    static final long REQUEST_INTERVAL_NS = 1_000_000_000L;
    /** Requests that are sent before an address counts as silent. */
    static final int MAX_REQUESTS = 3;
    /** How long a silent address is not asked again. */
    static final long REFUSED_NS = 3_000_000_000L;
    /** How long an answer counts: "on the order of a minute" (RFC 1122, section 2.3.2.1). */
    static final long REACHABLE_NS = 60_000_000_000L;
    /** How long an unused entry is kept; longer than connections idle, so that the next packet of one need not wait. */
    static final long STALE_NS = 4 * 3600 * 1_000_000_000L;

    private static final int FREE = 0;
    private static final int DUE = 1;
    private static final int ASKED = 2;
    private static final int REFUSED = 3;
    private static final int LEARNED = 4;
    private static final int REACHABLE = 5;
    private static final int STALE = 6;
    private static final int STATIC = 7;
    private static final int STATE_COUNT = 8;
    private static final int[] EVICTABLE = {REFUSED, STALE, LEARNED};

    /** In {@link #macs}: the first use of this entry changes its state (LEARNED, STALE). */
    private static final long FIRST_USE = 1L << 48;
    private static final long MAC_MASK = FIRST_USE - 1;

    private final AddressIndex index;
    private final EntryQueues states;
    private final int[] addresses;
    /** MAC address, with {@link #FIRST_USE} perhaps, or a negative code: what a look-up gives. */
    private final long[] macs;
    private final byte[] requestsSent;

    /** A table for at most {@code capacity} neighbours, which is a power of two. */
    NeighbourTable(final int capacity, final SeededHash hash) {
        index = new AddressIndex(capacity, hash);
        states = new EntryQueues(STATE_COUNT, capacity);
        addresses = new int[capacity];
        macs = new long[capacity];
        requestsSent = new byte[capacity];
    }

    /** The MAC address to send to, or {@link #UNRESOLVED} or {@link #REFUSED_TO_ANSWER}; the use of a stale entry has it asked again. */
    long lookup(final int address, final long nowNs) {
        final int entry = index.find(address);
        if (entry == AddressIndex.NONE) {
            return UNRESOLVED;
        }
        final long mac = macs[entry];
        return mac >>> 48 == 0 || mac < 0 ? mac : firstUse(entry, nowNs);
    }

    private long firstUse(final int entry, final long nowNs) {
        macs[entry] &= MAC_MASK;
        if (states.queueOf(entry) == STALE) {
            requestsSent[entry] = 0;
            states.move(entry, DUE, nowNs);
        } else {
            states.move(entry, REACHABLE, nowNs + REACHABLE_NS);
        }
        return macs[entry];
    }

    /** Has an unknown address asked for. Gives the entry that packets can wait for, or {@link #NONE} when none can. */
    int ask(final int address, final long nowNs) {
        final int known = index.find(address);
        if (known != AddressIndex.NONE) {
            return macs[known] == UNRESOLVED ? known : NONE;
        }
        final int entry = take(address);
        if (entry != NONE) {
            macs[entry] = UNRESOLVED;
            requestsSent[entry] = 0;
            states.move(entry, DUE, nowNs);
        }
        return entry;
    }

    /** A neighbour said that it has this MAC address: changes its entry, unless that is static. Gives the entry, or {@link #NONE}. */
    int confirm(final int address, final long mac, final long nowNs) {
        final int entry = index.find(address);
        if (entry == AddressIndex.NONE) {
            return NONE;
        }
        final int state = states.queueOf(entry);
        if (state == DUE || state == ASKED || state == REACHABLE) {
            macs[entry] = mac;
            states.move(entry, REACHABLE, nowNs + REACHABLE_NS);
        } else if (state != STATIC) {
            macs[entry] = mac | FIRST_USE;
            states.move(entry, LEARNED, nowNs + REACHABLE_NS);
        }
        return entry;
    }

    /** Takes in a neighbour that is not there yet, if there is room. */
    void learn(final int address, final long mac, final long nowNs) {
        final int entry = take(address);
        if (entry != NONE) {
            macs[entry] = mac | FIRST_USE;
            states.move(entry, LEARNED, nowNs + REACHABLE_NS);
        }
    }

    /** Adds an entry that nothing changes; at construction, to a table with room. */
    void addStatic(final int address, final long mac) {
        final int known = index.find(address);
        final int entry = known == AddressIndex.NONE ? take(address) : known;
        macs[entry] = mac;
        states.move(entry, STATIC, 0);
    }

    /** The next entry that a request is to be sent for, or {@link #NONE}. */
    int nextDue() {
        return states.head(DUE);
    }

    /** A request for {@code entry} was sent. */
    void asked(final int entry, final long nowNs) {
        requestsSent[entry]++;
        states.move(entry, ASKED, nowNs + REQUEST_INTERVAL_NS);
    }

    /** The address of an entry. */
    int address(final int entry) {
        return addresses[entry];
    }

    /** The MAC address of an entry, or a negative code. */
    long mac(final int entry) {
        return macs[entry];
    }

    /**
     * Runs one timer that is due. Gives the entry that turned silent, whose packets wait in vain; {@link #NONE} after any other timer;
     * {@link #NOTHING_DUE} when there was none.
     */
    int expireNext(final long nowNs) {
        if (states.isDue(ASKED, nowNs)) {
            return askAgain(states.head(ASKED), nowNs);
        }
        if (states.isDue(REACHABLE, nowNs)) {
            turnStale(states.head(REACHABLE), nowNs);
        } else if (states.isDue(LEARNED, nowNs)) {
            turnStale(states.head(LEARNED), nowNs);
        } else if (states.isDue(REFUSED, nowNs)) {
            remove(states.head(REFUSED));
        } else if (states.isDue(STALE, nowNs)) {
            remove(states.head(STALE));
        } else {
            return NOTHING_DUE;
        }
        return NONE;
    }

    /** Time until a request or timer is due, in ns: 0 when one is, {@link Long#MAX_VALUE} when none waits. */
    long delayNs(final long nowNs) {
        if (states.head(DUE) != NONE) {
            return 0;
        }
        long delayNs = Long.MAX_VALUE;
        for (int state = ASKED; state <= STALE; state++) {
            final int head = states.head(state);
            if (head != NONE) {
                delayNs = Math.min(delayNs, Math.max(0, states.deadlineNs(head) - nowNs));
            }
        }
        return delayNs;
    }

    private int askAgain(final int entry, final long nowNs) {
        if (requestsSent[entry] < MAX_REQUESTS) {
            states.move(entry, DUE, nowNs);
            return NONE;
        }
        if (macs[entry] >= 0) {
            remove(entry);
            return NONE;
        }
        macs[entry] = REFUSED_TO_ANSWER;
        states.move(entry, REFUSED, nowNs + REFUSED_NS);
        return entry;
    }

    private void turnStale(final int entry, final long nowNs) {
        macs[entry] |= FIRST_USE;
        states.move(entry, STALE, nowNs + STALE_NS);
    }

    private int take(final int address) {
        if (states.head(FREE) == NONE) {
            evict();
        }
        final int entry = states.head(FREE);
        if (entry != NONE) {
            addresses[entry] = address;
            index.put(address, entry);
        }
        return entry;
    }

    private void evict() {
        for (final int state : EVICTABLE) {
            final int oldest = states.head(state);
            if (oldest != NONE) {
                remove(oldest);
                return;
            }
        }
    }

    private void remove(final int entry) {
        index.remove(addresses[entry]);
        states.move(entry, FREE, 0);
    }
}
