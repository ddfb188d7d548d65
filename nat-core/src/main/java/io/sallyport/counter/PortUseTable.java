package io.sallyport.counter;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The ports section of the command-and-control file: how many ports of each public address and protocol are in use.
 *
 * <pre>
 *   0          number of public addresses, the pool's (4 bytes)
 *   4          number of workers (4 bytes)
 *              padding
 * 128          the addresses, 4 bytes each
 *              padding to a multiple of 128 bytes
 *   C          for each address and protocol: ports that there are for the taking, 4 bytes
 *              padding
 *   B          a {@link PortUseBlock} for each worker
 * </pre>
 *
 * <p>The counts never change. The ports that there are are stored by the thread that makes the engine. Each worker writes what
 * it has taken itself into its block; readers, of any thread and process, add the workers up.
 */
public final class PortUseTable {

    private static final int ADDRESS_COUNT_OFFSET = 0;
    private static final int WORKER_COUNT_OFFSET = 4;
    private static final int ADDRESSES_OFFSET = 128;
    private static final int MOST_ADDRESSES = 1 << 16;

    private final UnsafeBuffer section;
    private final int addresses;
    private final PortUseBlock[] workers;

    private PortUseTable(final UnsafeBuffer section, final int addresses, final int workers) {
        this.section = section;
        this.addresses = addresses;
        this.workers = new PortUseBlock[workers];
        final int length = (int) PortUseBlock.length(spaces());
        for (int worker = 0; worker < workers; worker++) {
            this.workers[worker] = new PortUseBlock(
                new UnsafeBuffer(section, (int) blocksOffset(addresses) + worker * length, length), spaces());
        }
    }

    /** Makes an empty table in a new section. */
    static PortUseTable create(final UnsafeBuffer section, final List<Integer> addresses, final int workers) {
        section.putInt(ADDRESS_COUNT_OFFSET, addresses.size());
        section.putInt(WORKER_COUNT_OFFSET, workers);
        for (int position = 0; position < addresses.size(); position++) {
            section.putInt(ADDRESSES_OFFSET + position * Integer.BYTES, addresses.get(position));
        }
        return new PortUseTable(section, addresses.size(), workers);
    }

    /** The table in a section; empty if its counts are such as they cannot be, or do not fit its length. */
    static Optional<PortUseTable> open(final UnsafeBuffer section) {
        if (section.capacity() < ADDRESSES_OFFSET) {
            return Optional.empty();
        }
        final int addresses = section.getInt(ADDRESS_COUNT_OFFSET);
        final int workers = section.getInt(WORKER_COUNT_OFFSET);
        final boolean isWhole = addresses >= 0 && addresses <= MOST_ADDRESSES
            && workers >= 0 && workers <= CommandControlLayout.MOST_STAGES && section.capacity() == length(addresses, workers);
        return isWhole ? Optional.of(new PortUseTable(section, addresses, workers)) : Optional.empty();
    }

    /** A table on memory of its own, for tests. */
    public static PortUseTable inMemory(final List<Integer> addresses, final int workers) {
        final int length = Math.toIntExact(length(addresses.size(), workers));
        return create(new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, BitUtil.CACHE_LINE_LENGTH)), addresses, workers);
    }

    /** Length of the section, in bytes. */
    static long length(final int addresses, final int workers) {
        return blocksOffset(addresses) + workers * PortUseBlock.length(addresses * PortUse.PROTOCOLS);
    }

    /** Number of spaces: public addresses × protocols. */
    public int spaces() {
        return addresses * PortUse.PROTOCOLS;
    }

    /** Where a worker writes what it has taken. */
    public PortUseBlock block(final int worker) {
        return workers[worker];
    }

    /** Says how many ports a space has for the taking; once, before the workers run. */
    public void capacity(final int space, final int ports) {
        section.putIntRelease(capacityOffset(space), ports);
    }

    /** Public address of a space, numeric. */
    public int address(final int space) {
        return section.getInt(ADDRESSES_OFFSET + space / PortUse.PROTOCOLS * Integer.BYTES);
    }

    /** Ports that a space has. */
    public long capacity(final int space) {
        return section.getIntAcquire(capacityOffset(space));
    }

    /** Ports of a space that no new mapping can have now: in use by any worker, or cooling down. Allocates nothing. */
    public long taken(final int space) {
        long sum = 0;
        for (final PortUseBlock worker : workers) {
            sum += worker.inUse(space) + worker.cooling(space);
        }
        return sum;
    }

    /** How many ports of a space are taken. */
    public PortUse use(final int space) {
        long inUse = 0;
        long cooling = 0;
        for (final PortUseBlock worker : workers) {
            inUse += worker.inUse(space);
            cooling += worker.cooling(space);
        }
        return new PortUse(address(space), space % PortUse.PROTOCOLS, inUse, capacity(space), cooling);
    }

    /** How many ports of each space are taken, in the order of the spaces. */
    public List<PortUse> use() {
        final List<PortUse> use = new ArrayList<>(spaces());
        for (int space = 0; space < spaces(); space++) {
            use.add(use(space));
        }
        return List.copyOf(use);
    }

    /** The destinations that most of a public address's ports are in use for, in no order. Allocates little where there are none. */
    public List<DestinationUse> crowdedDestinations() {
        final List<DestinationUse> crowded = new ArrayList<>();
        for (final PortUseBlock worker : workers) {
            for (int place = 0; place < PortUseBlock.DESTINATIONS; place++) {
                final long key = worker.destinationKey(place);
                final long use = worker.destinationUse(place);
                final long space = key >>> 48;
                // asked again: another destination may have come in its place
                if (key != 0 && space < spaces() && worker.destinationKey(place) == key) {
                    crowded.add(new DestinationUse(address((int) space), (int) space % PortUse.PROTOCOLS, (int) (key >>> 16),
                        (int) key & 0xFFFF, (int) use, use >>> 32));
                }
            }
        }
        return crowded;
    }

    private int capacityOffset(final int space) {
        return (int) capacitiesOffset(addresses) + space * Integer.BYTES;
    }

    private static long capacitiesOffset(final int addresses) {
        return BitUtil.align(ADDRESSES_OFFSET + (long) addresses * Integer.BYTES, CommandControlLayout.SECTION_ALIGNMENT);
    }

    private static long blocksOffset(final int addresses) {
        return BitUtil.align(
            capacitiesOffset(addresses) + (long) addresses * PortUse.PROTOCOLS * Integer.BYTES, CommandControlLayout.SECTION_ALIGNMENT);
    }
}
