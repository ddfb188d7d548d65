package io.sallyport.mapping;

import io.sallyport.counter.PortUseBlock;
import io.sallyport.event.MappingEvents;
import java.util.Arrays;

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

    private final RandomSource random;
    private final int worker;
    private final PortCounts counts;
    private final MappingEvents events;
    private PublicAddresses addresses;
    private long reuseTicks;
    private long[][] available;
    private long[] cooling;
    private long firstTick;
    private int coolingHead;
    private int coolingCount;
    /** Word of the blocks that are told next to a log that was begun while they are owned; none when it is {@link Integer#MAX_VALUE}. */
    private int untoldWord = Integer.MAX_VALUE;

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
        this(addresses, worker, random, reuseNs, use, MappingEvents.none());
    }

    /**
     * An allocator that owns no block yet, and tells when it does.
     *
     * @param events for the event log
     */
    public PortAllocator(
        final PublicAddresses addresses, final int worker, final RandomSource random, final long reuseNs, final PortUseBlock use,
        final MappingEvents events) {
        this.events = events;
        this.addresses = addresses;
        this.worker = worker;
        this.random = random;
        reuseTicks = ticks(reuseNs);
        available = new long[addresses.size() * PublicAddresses.PROTOCOLS * 2][PublicPorts.BLOCK_WORDS];
        cooling = new long[coolingFor(addresses)];
        counts = new PortCounts(use, addresses.size() * PublicAddresses.PROTOCOLS);
    }

    /**
     * Memory for more addresses than an allocator had, made by another thread than the worker's.
     *
     * @param available the bitmaps, with those that the worker has
     * @param cooling   the queue, empty; null where the old one is long enough
     */
    public record Room(long[][] available, long[] cooling) {
    }

    /** Room for a successor of the addresses. Any thread, while the worker {@linkplain #adopt adopts} nothing. */
    public Room roomFor(final PublicAddresses next) {
        final int spaces = next.size() * PublicAddresses.PROTOCOLS * 2;
        final long[][] larger = Arrays.copyOf(available, spaces);
        for (int space = available.length; space < spaces; space++) {
            larger[space] = new long[PublicPorts.BLOCK_WORDS];
        }
        final int needed = coolingFor(next);
        return new Room(larger, needed > cooling.length ? new long[needed] : null);
    }

    /** Goes on with other addresses and another cool-down, which counts for the ports that cool down already, too. */
    public void adopt(final PublicAddresses next, final Room room, final long reuseNs) {
        addresses = next;
        reuseTicks = ticks(reuseNs);
        available = room.available;
        if (room.cooling != null) {
            final int untilEnd = Math.min(coolingCount, cooling.length - coolingHead);
            System.arraycopy(cooling, coolingHead, room.cooling, 0, untilEnd);
            System.arraycopy(cooling, 0, room.cooling, untilEnd, coolingCount - untilEnd);
            cooling = room.cooling;
            coolingHead = 0;
        }
    }

    private static int coolingFor(final PublicAddresses addresses) {
        return (int) Math.min(addresses.capacity() * PublicAddresses.PROTOCOLS, MAX_COOLING);
    }

    private static long ticks(final long reuseNs) {
        return (reuseNs + (1L << COOLING_TICK_SHIFT) - 1) >> COOLING_TICK_SHIFT;
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
     * The port that {@link #take} will most likely give, or {@link #NONE}; changes nothing.
     *
     * @param ahead how many ports are taken before
     */
    public int likely(final int position, final int protocol, final int insidePort, final int ahead) {
        final PublicPorts ports = addresses.ports(position, protocol);
        final long dice = random.peek(ahead);
        final int block = ports.block((int) dice);
        final long candidates = ports.free(block) & EVEN_PORTS << (insidePort & 1)
            & ~addresses.withheld(position * PublicAddresses.PROTOCOLS + protocol, block);
        return candidates == 0 ? NONE : block << PublicPorts.BLOCK_SHIFT | pick(candidates, dice);
    }

    /**
     * Takes one port that is known, when a connection is taken over from a gateway that ran before.
     *
     * @return false when the port is not usable, not free, or another worker's
     */
    public boolean takeKnown(final int position, final int protocol, final int port) {
        final PublicPorts ports = addresses.ports(position, protocol);
        final int block = port >>> PublicPorts.BLOCK_SHIFT;
        final int space = position * PublicAddresses.PROTOCOLS + protocol;
        if (!ports.isUsable(port) || (addresses.withheld(space, block) & 1L << port) != 0
            || ports.owner(port) != worker && !claim(position, protocol, block) || !ports.isFree(port)) {
            return false;
        }
        ports.take(port);
        counts.taken(space);
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
            if (isTold(space, block)) {
                events.blockReturned(protocol, addresses.address(position), PublicPorts.firstPort(block), PublicPorts.lastPort(block));
            }
        } else {
            noteAvailable(position, protocol, block);
        }
    }

    private int takeOfParity(final int position, final int protocol, final int parity) {
        final PublicPorts ports = addresses.ports(position, protocol);
        final int space = position * PublicAddresses.PROTOCOLS + protocol;
        final long[] mine = available[space * 2 + parity];
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
                final long candidates = ports.free(block) & parityPorts & ~addresses.withheld(space, block);
                if (candidates != 0 && (owned || claim(position, protocol, block))) {
                    final int port = block << PublicPorts.BLOCK_SHIFT | pick(candidates, dice);
                    counts.taken(space);
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

    private boolean claim(final int position, final int protocol, final int block) {
        final boolean claimed = addresses.ports(position, protocol).claim(block, worker);
        if (claimed && isTold(position * PublicAddresses.PROTOCOLS + protocol, block)) {
            events.blockClaimed(protocol, addresses.address(position), PublicPorts.firstPort(block), PublicPorts.lastPort(block));
        }
        return claimed;
    }

    /** Has the blocks that the worker owns told to a log that has just begun, if one has. */
    void beginRetelling() {
        untoldWord = events.retelling().isPending() ? 0 : Integer.MAX_VALUE;
    }

    /**
     * Tells of blocks.
     *
     * @param limit most words of 64 to look at, and blocks to tell of but for the last word's
     * @return the number of words looked at; 0 when all are told
     */
    int retellBlocks(final int limit) {
        if (untoldWord == Integer.MAX_VALUE) {
            return 0;
        }
        final int first = untoldWord;
        final int end = addresses.size() * PublicAddresses.PROTOCOLS * PublicPorts.BLOCK_WORDS;
        int told = 0;
        while (untoldWord < end && untoldWord - first < limit && told < limit) {
            told += retellWord(untoldWord / PublicPorts.BLOCK_WORDS, untoldWord % PublicPorts.BLOCK_WORDS);
            untoldWord++;
        }
        final int looked = untoldWord - first;
        untoldWord = untoldWord == end ? Integer.MAX_VALUE : untoldWord;
        return looked;
    }

    private int retellWord(final int space, final int word) {
        final int position = space / PublicAddresses.PROTOCOLS;
        final int protocol = space - position * PublicAddresses.PROTOCOLS;
        int told = 0;
        for (long blocks = addresses.hasPorts(position) ? addresses.ports(position, protocol).claimed(word) : 0; blocks != 0;
            blocks &= blocks - 1) {
            final int block = word << 6 | Long.numberOfTrailingZeros(blocks);
            if (addresses.ports(position, protocol).owner(PublicPorts.firstPort(block)) == worker) {
                events.blockClaimed(protocol, addresses.address(position), PublicPorts.firstPort(block), PublicPorts.lastPort(block));
                told++;
            }
        }
        return told;
    }

    /** Whether the log is told of a block now, and not when its turn comes. */
    private boolean isTold(final int space, final int block) {
        return events.isOn() && (untoldWord == Integer.MAX_VALUE || space * PublicPorts.BLOCK_WORDS + (block >>> 6) < untoldWord);
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
