package io.sallyport.mapping;

import io.sallyport.counter.PortUseBlock;

/**
 * Gives one worker random public ports, in constant time however full the pool is.
 *
 * <p>For each address, protocol and parity it keeps a bitmap of the blocks in which it has a free port. A port is a random bit of the
 * first block at or after a random one that the worker owns or can claim, so that ports spread over the whole range and not over
 * the few blocks that a worker happens to own (RFC 6056, section 3.2). A port of the parity of the inside port is preferred (RFC 4787,
 * REQ-4). A returned port cools down before it is free again (RFC 6888, REQ-8): the queue is first in, first out, because the time is the
 * same for all.
 */
public final class PortAllocator {

    /** No port is free. */
    public static final int NONE = -1;

    private static final long EVEN_PORTS = 0x5555_5555_5555_5555L;
    private static final int COOLING_TICK_SHIFT = 27;
    private static final int MAX_COOLING = 1 << 22;

    private final PublicAddresses addresses;
    private final RandomSource random;
    private final int worker;
    private final long reuseTicks;
    private final long[][] available;
    private final long[] cooling;
    private final PortCounts counts;
    private long firstTick;
    private int coolingHead;
    private int coolingCount;

    /**
     * An allocator that owns no block yet.
     *
     * @param addresses the pool
     * @param worker    the worker's number, 0 to 126
     * @param random    the worker's source of randomness
     * @param reuseNs   how long a returned port cools down
     * @param use       where observers see how many ports are taken
     */
    public PortAllocator(
        final PublicAddresses addresses, final int worker, final RandomSource random, final long reuseNs, final PortUseBlock use) {
        this.addresses = addresses;
        this.worker = worker;
        this.random = random;
        reuseTicks = (reuseNs + (1L << COOLING_TICK_SHIFT) - 1) >> COOLING_TICK_SHIFT;
        available = new long[addresses.poolSize() * PublicAddresses.PROTOCOLS * 2][PublicPorts.BLOCK_WORDS];
        final long ports = addresses.capacity() * PublicAddresses.PROTOCOLS;
        cooling = new long[(int) Math.min(ports, MAX_COOLING)];
        counts = new PortCounts(use, addresses.poolSize() * PublicAddresses.PROTOCOLS);
    }

    /** Says what time it is; before the first port is returned. */
    public void start(final long nowNs) {
        firstTick = nowNs >> COOLING_TICK_SHIFT;
    }

    /**
     * Takes a random port.
     *
     * @param position   position of the public address
     * @param protocol   {@link PublicAddresses#TCP}, {@link PublicAddresses#UDP} or {@link PublicAddresses#ICMP}
     * @param insidePort the port whose parity is preferred
     * @return the port, or {@link #NONE}
     */
    public int take(final int position, final int protocol, final int insidePort) {
        final int parity = insidePort & 1;
        final int port = takeOfParity(position, protocol, parity);
        return port == NONE ? takeOfParity(position, protocol, parity ^ 1) : port;
    }

    /**
     * Takes one port that is known, when a connection is taken over from a gateway that ran before.
     *
     * @return false when the port is not usable, not free, or another worker's
     */
    public boolean takeKnown(final int position, final int protocol, final int port) {
        final PublicPorts ports = addresses.ports(position, protocol);
        final int block = port >>> PublicPorts.BLOCK_SHIFT;
        if (!ports.isUsable(port) || ports.owner(port) != worker && !ports.claim(block, worker) || !ports.isFree(port)) {
            return false;
        }
        ports.take(port);
        counts.taken(position * PublicAddresses.PROTOCOLS + protocol);
        noteAvailable(position, protocol, block);
        return true;
    }

    /** Returns a port, which cools down from now on. */
    public void giveBack(final int position, final int protocol, final int port, final long nowNs) {
        final long tick = (nowNs + (1L << COOLING_TICK_SHIFT) - 1 >> COOLING_TICK_SHIFT) - firstTick;
        if (coolingCount == cooling.length) {
            releaseOldest();
        }
        int tail = coolingHead + coolingCount;
        if (tail >= cooling.length) {
            tail -= cooling.length;
        }
        final int space = position * PublicAddresses.PROTOCOLS + protocol;
        cooling[tail] = tick << 32 | (long) space << 16 | port;
        coolingCount++;
        counts.returned(space);
    }

    /**
     * Frees the ports that have cooled down.
     *
     * @param limit most ports to free
     * @return the number freed
     */
    public int poll(final long nowNs, final int limit) {
        final long nowTick = (nowNs >> COOLING_TICK_SHIFT) - firstTick;
        int freed = 0;
        while (coolingCount > 0 && freed < limit && isCool(cooling[coolingHead], nowTick)) {
            releaseOldest();
            freed++;
        }
        return freed;
    }

    /** The next time at which {@link #poll} has a port to free, or {@link Long#MAX_VALUE}. */
    public long nextNs() {
        return coolingCount == 0
            ? Long.MAX_VALUE : firstTick + (cooling[coolingHead] >>> 32) + reuseTicks << COOLING_TICK_SHIFT;
    }

    /** Ports that cool down. */
    public int cooling() {
        return coolingCount;
    }

    /** How many ports are taken. */
    PortCounts counts() {
        return counts;
    }

    /** Most ports that can cool down at a time; beyond it the oldest is freed early. */
    public int coolingCapacity() {
        return cooling.length;
    }

    private boolean isCool(final long entry, final long nowTick) {
        return nowTick - (entry >>> 32) >= reuseTicks;
    }

    private void releaseOldest() {
        final long entry = cooling[coolingHead];
        coolingHead = coolingHead + 1 == cooling.length ? 0 : coolingHead + 1;
        coolingCount--;
        final int space = (int) (entry >>> 16) & 0xFFFF;
        final int position = space / PublicAddresses.PROTOCOLS;
        final int protocol = space - position * PublicAddresses.PROTOCOLS;
        final int port = (int) entry & 0xFFFF;
        final PublicPorts ports = addresses.ports(position, protocol);
        final int block = port >>> PublicPorts.BLOCK_SHIFT;
        ports.giveBack(port);
        counts.cooled(space);
        if (ports.isIdle(block)) {
            noteUnavailable(position, protocol, block);
            ports.disclaim(block);
        } else {
            noteAvailable(position, protocol, block);
        }
    }

    private int takeOfParity(final int position, final int protocol, final int parity) {
        final PublicPorts ports = addresses.ports(position, protocol);
        final long[] mine = available[(position * PublicAddresses.PROTOCOLS + protocol) * 2 + parity];
        final long parityPorts = EVEN_PORTS << parity;
        final long dice = random.nextLong();
        final int firstBlock = ports.block((int) dice);
        int word = firstBlock >>> 6;
        long blocks = (mine[word] | ports.unclaimed(word)) & -1L << firstBlock;
        // one round over the words, and the first once more for the blocks before the random one
        for (int visited = 0; visited <= PublicPorts.BLOCK_WORDS; visited++) {
            while (blocks != 0) {
                final int block = word << 6 | Long.numberOfTrailingZeros(blocks);
                blocks &= blocks - 1;
                final boolean owned = (mine[word] & 1L << block) != 0;
                final long candidates = ports.free(block) & parityPorts;
                if (candidates != 0 && (owned || ports.claim(block, worker))) {
                    final int port = block << PublicPorts.BLOCK_SHIFT | pick(candidates, dice);
                    counts.taken(position * PublicAddresses.PROTOCOLS + protocol);
                    ports.take(port);
                    noteAvailable(position, protocol, block);
                    return port;
                }
            }
            word = word + 1 & PublicPorts.BLOCK_WORDS - 1;
            blocks = mine[word] | ports.unclaimed(word);
        }
        return NONE;
    }

    /** A random one of the set bits. */
    static int pick(final long candidates, final long dice) {
        final int nth = (int) ((dice >>> 32) * Long.bitCount(candidates) >>> 32);
        return Long.numberOfTrailingZeros(Long.expand(1L << nth, candidates));
    }

    private void noteAvailable(final int position, final int protocol, final int block) {
        final long free = addresses.ports(position, protocol).free(block);
        final int space = (position * PublicAddresses.PROTOCOLS + protocol) * 2;
        note(available[space], block, (free & EVEN_PORTS) != 0);
        note(available[space + 1], block, (free & ~EVEN_PORTS) != 0);
    }

    private void noteUnavailable(final int position, final int protocol, final int block) {
        final int space = (position * PublicAddresses.PROTOCOLS + protocol) * 2;
        note(available[space], block, false);
        note(available[space + 1], block, false);
    }

    private static void note(final long[] bitmap, final int block, final boolean isAvailable) {
        final long bit = 1L << block;
        bitmap[block >>> 6] = isAvailable ? bitmap[block >>> 6] | bit : bitmap[block >>> 6] & ~bit;
    }
}
