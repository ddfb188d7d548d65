package io.sallyport.mapping;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The ports of one public address and protocol, and who owns them.
 *
 * <p>Ports come in blocks of {@value #BLOCK_PORTS}. A block belongs to at most one worker: it is claimed by compare-and-set, and from then
 * on only its owner takes and returns its ports, without any lock. A packet from outside goes to the owner of its destination port. The
 * block is also the unit that a cluster can lease and an operator can log.
 */
public final class PublicPorts {

    /** Ports in a block, as a power of two. */
    public static final int BLOCK_SHIFT = 6;
    /** Ports in a block. */
    public static final int BLOCK_PORTS = 1 << BLOCK_SHIFT;

    static final int BLOCKS = 65536 / BLOCK_PORTS;
    static final int BLOCK_WORDS = BLOCKS / Long.SIZE;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

    private final long[] usable = new long[BLOCKS];
    private final long[] free = new long[BLOCKS];
    private final long[] unclaimed = new long[BLOCK_WORDS];
    private final byte[] owners = new byte[BLOCKS];
    private final int firstBlock;
    private final int blockCount;
    private final int capacity;

    /**
     * All ports free, no block claimed.
     *
     * @param firstPort lowest usable port
     * @param lastPort  highest usable port
     */
    public PublicPorts(final int firstPort, final int lastPort) {
        for (int port = firstPort; port <= lastPort; port++) {
            usable[port >>> BLOCK_SHIFT] |= 1L << port;
        }
        System.arraycopy(usable, 0, free, 0, BLOCKS);
        for (int block = 0; block < BLOCKS; block++) {
            if (usable[block] != 0) {
                unclaimed[block >>> 6] |= 1L << block;
            }
        }
        Arrays.fill(owners, (byte) -1);
        firstBlock = firstPort >>> BLOCK_SHIFT;
        blockCount = (lastPort >>> BLOCK_SHIFT) - firstBlock + 1;
        capacity = lastPort - firstPort + 1;
    }

    /** Every n-th of the blocks, for one of {@code workers} workers that each take an even share. */
    int[] share(final int worker, final int workers) {
        final int[] mine = new int[Math.max(0, (blockCount - worker + workers - 1) / workers)];
        for (int i = 0; i < mine.length; i++) {
            mine[i] = firstBlock + worker + i * workers;
        }
        return mine;
    }

    /** The lowest port of a block, usable or not. */
    static int firstPort(final int block) {
        return block << BLOCK_SHIFT;
    }

    /** The highest port of a block, usable or not. */
    static int lastPort(final int block) {
        return (block << BLOCK_SHIFT) + BLOCK_PORTS - 1;
    }

    /** Usable ports of a block, as bits. */
    long usable(final int block) {
        return usable[block];
    }

    /** Number of usable ports. */
    public int capacity() {
        return capacity;
    }

    /** One of the blocks that have usable ports, chosen by 32 random bits. */
    int block(final int dice) {
        return firstBlock + (int) ((dice & 0xFFFF_FFFFL) * blockCount >>> 32);
    }

    /** The worker that owns a port, or -1; any thread. Pairs with the release in {@link #claim}. */
    public int owner(final int port) {
        return (byte) BYTES.getAcquire(owners, port >>> BLOCK_SHIFT);
    }

    /** Blocks that no one owns, as bits of a word; any thread. A bit may be stale until {@link #claim} has won it. */
    long unclaimed(final int word) {
        return (long) LONGS.getAcquire(unclaimed, word);
    }

    /** Blocks that have an owner or no usable port, as bits of a word; any thread. */
    long claimed(final int word) {
        return ~unclaimed(word);
    }

    /** Claims a block for a worker; false when another was first. */
    boolean claim(final int block, final int worker) {
        final int word = block >>> 6;
        final long bit = 1L << block;
        while (true) {
            final long current = (long) LONGS.getAcquire(unclaimed, word);
            if ((current & bit) == 0) {
                return false;
            }
            if (LONGS.compareAndSet(unclaimed, word, current, current & ~bit)) {
                BYTES.setRelease(owners, block, (byte) worker);
                return true;
            }
        }
    }

    /** Gives a block whose ports are all free back to everyone; its owner only. */
    void disclaim(final int block) {
        BYTES.setRelease(owners, block, (byte) -1);
        final int word = block >>> 6;
        final long bit = 1L << block;
        LONGS.getAndBitwiseOrRelease(unclaimed, word, bit);
    }

    /** Free ports of a block, as bits; the block's owner only, or anyone while no one owns it. */
    long free(final int block) {
        return free[block];
    }

    /** Marks a port taken; the block's owner only. */
    void take(final int port) {
        free[port >>> BLOCK_SHIFT] &= ~(1L << port);
    }

    /** Marks a port free; the block's owner only. */
    void giveBack(final int port) {
        free[port >>> BLOCK_SHIFT] |= 1L << port;
    }

    /** Whether a port is usable and free; the block's owner only. */
    boolean isFree(final int port) {
        return (free[port >>> BLOCK_SHIFT] & 1L << port) != 0;
    }

    /** Whether all usable ports of a block are free; the block's owner only. */
    boolean isIdle(final int block) {
        return free[block] == usable[block];
    }

    /** Whether a port is within the configured range. */
    boolean isUsable(final int port) {
        return (usable[port >>> BLOCK_SHIFT] & 1L << port) != 0;
    }
}
