package io.sallyport.mapping;

import io.sallyport.counter.PortUseBlock;
import io.sallyport.flow.RecordTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.memory.OffHeap;

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

    private final int worker;
    private final RandomSource random;
    private final int[] blocks;
    private final RecordTable destinations;
    /** Two counts of 2 bytes for each destination: even and odd ports in use or cooling, at most 32,768 of either. */
    private final OffHeap used;
    private final RecordTable bitmaps;
    private final OffHeap words;
    private final long[] cooling;
    private final PortUseBlock use;
    private PublicAddresses addresses;
    private long reuseTicks;
    /** By space and parity. */
    private int[] capacities;
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
        this.worker = worker;
        this.random = random;
        this.use = use;
        reuseTicks = ticks(reuseNs);
        blocks = addresses.ports(addresses.slot(0), 0).share(worker, workers);
        final int mostCooling = Math.max(connections, LEAST_COOLING);
        final int records = Math.addExact(connections, mostCooling);
        destinations = new RecordTable(records, 2 * Short.BYTES, hash);
        used = destinations.memory();
        bitmaps = new RecordTable(records, Long.BYTES, hash);
        words = bitmaps.memory();
        cooling = new long[mostCooling];
        capacities = capacitiesOf(addresses);
    }

    /**
     * Claims this worker's share of the blocks of addresses that are new in a successor of its own, and counts its ports there. Any thread,
     * while the worker {@linkplain #adopt adopts} nothing.
     *
     * @return for {@link #adopt}
     */
    public int[] capacitiesOf(final PublicAddresses next) {
        final int[] counts = new int[next.size() * PublicAddresses.PROTOCOLS * 2];
        for (int space = 0; space < next.size() * PublicAddresses.PROTOCOLS; space++) {
            final int position = space / PublicAddresses.PROTOCOLS;
            if (next.hasPorts(position)) {
                final PublicPorts ports = next.ports(position, space % PublicAddresses.PROTOCOLS);
                for (final int block : blocks) {
                    if (ports.usable(block) != 0 && ports.owner(block << PublicPorts.BLOCK_SHIFT) != worker
                        && !ports.claim(block, worker)) {
                        throw new IllegalStateException("block " + block + " has an owner");
                    }
                    final long free = ports.usable(block) & ~next.withheld(space, block);
                    counts[space * 2] += Long.bitCount(free & EVEN_PORTS);
                    counts[space * 2 + 1] += Long.bitCount(free & ~EVEN_PORTS);
                }
            }
        }
        return counts;
    }

    /** Goes on with other addresses and another cool-down, which counts for the ports that cool down already, too. */
    public void adopt(final PublicAddresses next, final int[] nextCapacities, final long reuseNs) {
        addresses = next;
        capacities = nextCapacities;
        reuseTicks = ticks(reuseNs);
    }

    private static long ticks(final long reuseNs) {
        return (reuseNs + (1L << TICK_SHIFT) - 1) >> TICK_SHIFT;
    }

    void adviseHugePages() {
        destinations.adviseHugePages();
        bitmaps.adviseHugePages();
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
        if (destination == RecordTable.NONE) {
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
     * The port that {@link #take} will most likely give, or {@link #EXHAUSTED}; changes nothing.
     *
     * @param ahead how many ports are taken before
     */
    public int likely(
        final int position, final int protocol, final int insidePort, final int remoteAddress, final int remotePort, final int ahead) {
        final long dice = random.peek(ahead);
        final int block = blocks[(int) ((dice & 0xFFFF_FFFFL) * blocks.length >>> 32)];
        final int destination = destinations.find(
            destinationKey(position * PublicAddresses.PROTOCOLS + protocol, remoteAddress, remotePort));
        final long free = addresses.ports(position, protocol).usable(block) & EVEN_PORTS << (insidePort & 1)
            & ~addresses.withheld(position * PublicAddresses.PROTOCOLS + protocol, block)
            & free(destination == RecordTable.NONE ? RecordTable.NONE : bitmaps.find(bitmapKey(destination, block)));
        return free == 0 ? EXHAUSTED : block << PublicPorts.BLOCK_SHIFT | PortAllocator.pick(free, dice);
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
        if (!ports.isUsable(port) || (addresses.withheld(space, block) & 1L << port) != 0 || !owns(block)) {
            return false;
        }
        final int destination = destination(space, remoteAddress, remotePort);
        if (destination == RecordTable.NONE) {
            return false;
        }
        final int bitmap = bitmaps.find(bitmapKey(destination, block));
        final boolean isFree = bitmap == RecordTable.NONE || (words.getLong(bitmaps.at(bitmap)) & 1L << port) == 0;
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
            final long free = ports.usable(block) & parityPorts & ~addresses.withheld(space, block) & free(bitmap);
            if (free != 0) {
                final int port = block << PublicPorts.BLOCK_SHIFT | PortAllocator.pick(free, dice);
                return mark(destination, block, port) ? port : FULL;
            }
            at = at + 1 == blocks.length ? 0 : at + 1;
        }
        return EXHAUSTED;
    }

    private long free(final int bitmap) {
        return bitmap == RecordTable.NONE ? -1L : ~words.getLong(bitmaps.at(bitmap));
    }

    private boolean mark(final int destination, final int block, final int port) {
        final long key = bitmapKey(destination, block);
        int bitmap = bitmaps.find(key);
        if (bitmap == RecordTable.NONE) {
            bitmap = bitmaps.add(key);
            if (bitmap == RecordTable.NONE) {
                return false;
            }
            words.putLong(bitmaps.at(bitmap), 0);
        }
        words.putLong(bitmaps.at(bitmap), words.getLong(bitmaps.at(bitmap)) | 1L << port);
        count(destination, port & 1, 1);
        return true;
    }

    private void releaseOldest() {
        final long entry = cooling[coolingHead];
        coolingHead = coolingHead + 1 == cooling.length ? 0 : coolingHead + 1;
        coolingCount--;
        final int bitmap = (int) (entry >>> 6) & (1 << 26) - 1;
        final int destination = (int) (bitmaps.key(bitmap) >>> 10);
        final long word = words.getLong(bitmaps.at(bitmap)) & ~(1L << entry);
        words.putLong(bitmaps.at(bitmap), word);
        if (word == 0) {
            bitmaps.remove(bitmap);
        }
        count(destination, (int) entry & 1, -1);
        forgetIfUnused(destination);
    }

    private int destination(final int space, final int remoteAddress, final int remotePort) {
        final long key = destinationKey(space, remoteAddress, remotePort);
        int destination = destinations.find(key);
        if (destination == RecordTable.NONE) {
            destination = destinations.add(key);
            if (destination != RecordTable.NONE) {
                used.putInt(destinations.at(destination), 0);
            }
        }
        return destination;
    }

    private void forgetIfUnused(final int destination) {
        if (used.getInt(destinations.at(destination)) == 0) {
            destinations.remove(destination);
        }
    }

    private int used(final int destination, final int parity) {
        return used.getShort(destinations.at(destination) + (parity << 1)) & 0xFFFF;
    }

    private void count(final int destination, final int parity, final int change) {
        used.putShort(destinations.at(destination) + (parity << 1), (short) (used(destination, parity) + change));
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
