package io.sallyport.mapping;

import io.sallyport.counter.PortUseBlock;
import io.sallyport.flow.KeyIndex;
import io.sallyport.flow.SeededHash;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives one worker random public ports of which each serves many destinations at once (RFC 7857, section 3): a port is free for a
 * destination when no connection with that destination has it. So a public address serves as many connections to each destination as it
 * has ports, however many there are to others.
 *
 * <p>A destination has a record with the number of its ports in use, even and odd, so that one that is full is refused at once, and for
 * each block of 64 ports of which it uses any, a bitmap. A port is a random free bit of the first block at or after a random one, of
 * the parity of the inside port while there is one (RFC 4787, REQ-4). Even at 95 % full a block of 64 has a free port 24 times in 25.
 *
 * <p>A returned port cools down for its destination (RFC 6888, REQ-8).
 *
 * <p>Blocks are shared out evenly among the workers at the start and stay with them, since a port that serves everyone is never idle.
 */
public final class OverlappingPorts {

    /** All ports are in use for the destination. */
    public static final int EXHAUSTED = -1;
    /** No room to note another port. */
    public static final int FULL = -2;

    private static final long EVEN_PORTS = 0x5555_5555_5555_5555L;
    private static final int TICK_SHIFT = 27;
    /** Ports that can cool down at a time in the smallest table; beyond that, and as many as connections, the oldest is freed early. */
    private static final int LEAST_COOLING = 1 << 16;

    private final PublicAddresses addresses;
    private final RandomSource random;
    private final long reuseTicks;
    private final int[] blocks;
    private final KeyIndex destinations;
    /** Two counts for each destination: even and odd ports in use or cooling. */
    private final UnsafeBuffer used;
    private final KeyIndex bitmaps;
    private final UnsafeBuffer words;
    /** By space and parity. */
    private final int[] capacities;
    private final long[] cooling;
    private final PortUseBlock use;
    private long firstTick;
    private int coolingHead;
    private int coolingCount;

    /**
     * All ports free.
     *
     * @param addresses   the pool, whose blocks this claims its share of
     * @param worker      the worker's number
     * @param workers     how many workers there are
     * @param connections most connections of this worker
     * @param random      the worker's source of randomness
     * @param hash        the hash with its secrets
     * @param reuseNs     how long a returned port cools down
     * @param use         where observers see which destinations are crowded
     */
    public OverlappingPorts(
        final PublicAddresses addresses,
        final int worker,
        final int workers,
        final int connections,
        final RandomSource random,
        final SeededHash hash,
        final long reuseNs,
        final PortUseBlock use) {
        this.addresses = addresses;
        this.random = random;
        this.use = use;
        reuseTicks = (reuseNs + (1L << TICK_SHIFT) - 1) >> TICK_SHIFT;
        blocks = addresses.ports(0, 0).share(worker, workers);
        final int mostCooling = Math.max(connections, LEAST_COOLING);
        final int records = Math.addExact(connections, mostCooling);
        destinations = new KeyIndex(records, hash);
        used = destinations.column(2 * Integer.BYTES);
        bitmaps = new KeyIndex(records, hash);
        words = bitmaps.column(Long.BYTES);
        cooling = new long[mostCooling];
        capacities = new int[addresses.poolSize() * PublicAddresses.PROTOCOLS * 2];
        for (int space = 0; space < addresses.poolSize() * PublicAddresses.PROTOCOLS; space++) {
            final PublicPorts ports = addresses.ports(space / PublicAddresses.PROTOCOLS, space % PublicAddresses.PROTOCOLS);
            for (final int block : blocks) {
                if (ports.usable(block) != 0 && !ports.claim(block, worker)) {
                    throw new IllegalStateException("block " + block + " has an owner");
                }
                capacities[space * 2] += Long.bitCount(ports.usable(block) & EVEN_PORTS);
                capacities[space * 2 + 1] += Long.bitCount(ports.usable(block) & ~EVEN_PORTS);
            }
        }
    }

    /** Says what time it is; before the first port is returned. */
    public void start(final long nowNs) {
        firstTick = nowNs >> TICK_SHIFT;
    }

    /**
     * Takes a random port for a destination.
     *
     * @param position      position of the public address
     * @param protocol      index of the protocol
     * @param insidePort    the port whose parity is preferred
     * @param remoteAddress the destination
     * @param remotePort    its port; 0 for ICMP
     * @return the port, {@link #EXHAUSTED} or {@link #FULL}
     */
    public int take(final int position, final int protocol, final int insidePort, final int remoteAddress, final int remotePort) {
        final int space = position * PublicAddresses.PROTOCOLS + protocol;
        final int destination = destination(space, remoteAddress, remotePort);
        if (destination == KeyIndex.NONE) {
            return FULL;
        }
        int port = EXHAUSTED;
        for (int attempt = 0; attempt < 2 && port == EXHAUSTED; attempt++) {
            final int parity = insidePort + attempt & 1;
            if (used(destination, parity) < capacities[space * 2 + parity]) {
                port = takeOfParity(space, destination, parity);
            }
        }
        forgetIfUnused(destination);
        return port;
    }

    /**
     * Takes one port that is known, when a connection is taken over from a gateway that ran before.
     *
     * @return false when the port is not usable, not free for the destination, or another worker's
     */
    public boolean takeKnown(final int position, final int protocol, final int port, final int remoteAddress, final int remotePort) {
        final int space = position * PublicAddresses.PROTOCOLS + protocol;
        final PublicPorts ports = addresses.ports(position, protocol);
        final int block = port >>> PublicPorts.BLOCK_SHIFT;
        if (!ports.isUsable(port) || !owns(block)) {
            return false;
        }
        final int destination = destination(space, remoteAddress, remotePort);
        if (destination == KeyIndex.NONE) {
            return false;
        }
        final int bitmap = bitmaps.find(bitmapKey(destination, block));
        final boolean isFree = bitmap == KeyIndex.NONE || (words.getLong(bitmap << 3) & 1L << port) == 0;
        final boolean taken = isFree && mark(destination, block, port);
        forgetIfUnused(destination);
        return taken;
    }

    /** Returns the port of a destination, which cools down from now on. */
    public void giveBack(
        final int position, final int protocol, final int port, final int remoteAddress, final int remotePort, final long nowNs) {
        final int destination = destinations.find(
            destinationKey(position * PublicAddresses.PROTOCOLS + protocol, remoteAddress, remotePort));
        final int bitmap = bitmaps.find(bitmapKey(destination, port >>> PublicPorts.BLOCK_SHIFT));
        if (coolingCount == cooling.length) {
            releaseOldest();
        }
        final long tick = (nowNs + (1L << TICK_SHIFT) - 1 >> TICK_SHIFT) - firstTick;
        final int tail = coolingHead + coolingCount;
        cooling[tail >= cooling.length ? tail - cooling.length : tail] = tick << 32 | (long) bitmap << 6 & 0xFFFF_FFFFL | port & 63;
        coolingCount++;
    }

    /**
     * Frees the ports that have cooled down.
     *
     * @param limit most ports to free
     * @return the number freed
     */
    public int poll(final long nowNs, final int limit) {
        final long nowTick = (nowNs >> TICK_SHIFT) - firstTick;
        int freed = 0;
        while (coolingCount > 0 && freed < limit && nowTick - (cooling[coolingHead] >>> 32) >= reuseTicks) {
            releaseOldest();
            freed++;
        }
        return freed;
    }

    /** The next time at which {@link #poll} has a port to free, or {@link Long#MAX_VALUE}. */
    public long nextNs() {
        return coolingCount == 0
            ? Long.MAX_VALUE : firstTick + (cooling[coolingHead] >>> 32) + reuseTicks << TICK_SHIFT;
    }

    /** Ports that cool down, each for one destination. */
    public int cooling() {
        return coolingCount;
    }

    /** Destinations that ports are in use or cool down for. */
    int destinations() {
        return destinations.size();
    }

    private int takeOfParity(final int space, final int destination, final int parity) {
        final PublicPorts ports = addresses.ports(space / PublicAddresses.PROTOCOLS, space % PublicAddresses.PROTOCOLS);
        final long parityPorts = EVEN_PORTS << parity;
        final long dice = random.nextLong();
        int at = (int) ((dice & 0xFFFF_FFFFL) * blocks.length >>> 32);
        for (int visited = 0; visited < blocks.length; visited++) {
            final int block = blocks[at];
            final int bitmap = bitmaps.find(bitmapKey(destination, block));
            final long free = ports.usable(block) & parityPorts & (bitmap == KeyIndex.NONE ? -1L : ~words.getLong(bitmap << 3));
            if (free != 0) {
                final int port = block << PublicPorts.BLOCK_SHIFT | PortAllocator.pick(free, dice);
                return mark(destination, block, port) ? port : FULL;
            }
            at = at + 1 == blocks.length ? 0 : at + 1;
        }
        return EXHAUSTED;
    }

    private boolean mark(final int destination, final int block, final int port) {
        final long key = bitmapKey(destination, block);
        int bitmap = bitmaps.find(key);
        if (bitmap == KeyIndex.NONE) {
            bitmap = bitmaps.add(key);
            if (bitmap == KeyIndex.NONE) {
                return false;
            }
            words.putLong(bitmap << 3, 0);
        }
        words.putLong(bitmap << 3, words.getLong(bitmap << 3) | 1L << port);
        count(destination, port & 1, 1);
        return true;
    }

    private void releaseOldest() {
        final long entry = cooling[coolingHead];
        coolingHead = coolingHead + 1 == cooling.length ? 0 : coolingHead + 1;
        coolingCount--;
        final int bitmap = (int) (entry >>> 6) & (1 << 26) - 1;
        final int destination = (int) (bitmaps.key(bitmap) >>> 10);
        final long word = words.getLong(bitmap << 3) & ~(1L << entry);
        words.putLong(bitmap << 3, word);
        if (word == 0) {
            bitmaps.remove(bitmap);
        }
        count(destination, (int) entry & 1, -1);
        forgetIfUnused(destination);
    }

    private int destination(final int space, final int remoteAddress, final int remotePort) {
        final long key = destinationKey(space, remoteAddress, remotePort);
        int destination = destinations.find(key);
        if (destination == KeyIndex.NONE) {
            destination = destinations.add(key);
            if (destination != KeyIndex.NONE) {
                used.putLong(destination << 3, 0);
            }
        }
        return destination;
    }

    private void forgetIfUnused(final int destination) {
        if (used.getLong(destination << 3) == 0) {
            destinations.remove(destination);
        }
    }

    private int used(final int destination, final int parity) {
        return used.getInt((destination << 3) + (parity << 2));
    }

    private void count(final int destination, final int parity, final int change) {
        used.putInt((destination << 3) + (parity << 2), used(destination, parity) + change);
        noteCrowd(destination);
    }

    /** Names a destination from 80 % of its ports in use on, until it has fallen below 70 %. */
    private void noteCrowd(final int destination) {
        final long key = destinations.key(destination);
        final int space = (int) (key >>> 48);
        final int inUse = used(destination, 0) + used(destination, 1);
        final int capacity = capacities[space * 2] + capacities[space * 2 + 1];
        final int least = PortUseBlock.leastCrowd(capacity);
        if (inUse >= least - 1) {
            use.destination(key, inUse, capacity);
        }
    }

    private boolean owns(final int block) {
        for (final int mine : blocks) {
            if (mine == block) {
                return true;
            }
        }
        return false;
    }

    private static long destinationKey(final int space, final int remoteAddress, final int remotePort) {
        return (long) space << 48 | (remoteAddress & 0xFFFF_FFFFL) << 16 | remotePort;
    }

    private static long bitmapKey(final int destination, final int block) {
        return (long) destination << 10 | block;
    }
}
