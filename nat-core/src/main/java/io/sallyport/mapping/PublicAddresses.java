package io.sallyport.mapping;

import java.util.Arrays;

/**
 * The public addresses: first the pool, each address with its ports for each protocol, then those that the operator has given to forwards
 * and single hosts, and the outside interface's own. Shared by all workers; immutable but for the ports' owners.
 */
public final class PublicAddresses {

    /** Most addresses in a pool: ports of each take 60 KiB. */
    public static final int MAX_ADDRESSES = 4096;
    /** Index of TCP's ports. */
    public static final int TCP = 0;
    /** Index of UDP's ports. */
    public static final int UDP = 1;
    /** Index of ICMP's query identifiers. */
    public static final int ICMP = 2;
    /** Number of protocols that have ports. */
    public static final int PROTOCOLS = 3;

    private final int[] addresses;
    private final int[] sorted;
    private final int[] sortedPosition;
    private final PublicPorts[] ports;
    private final int poolSize;

    /**
     * A pool with all ports free, and nothing else.
     *
     * @param addresses the addresses, numeric, without duplicates
     * @param firstPort lowest usable port
     * @param lastPort  highest usable port
     */
    public PublicAddresses(final int[] addresses, final int firstPort, final int lastPort) {
        this(addresses, new int[0], firstPort, lastPort);
    }

    /**
     * A pool with all ports free, and further addresses.
     *
     * @param pool      the pool, numeric, without duplicates
     * @param others    the others, numeric, without duplicates and none of the pool
     * @param firstPort lowest usable port
     * @param lastPort  highest usable port
     */
    public PublicAddresses(final int[] pool, final int[] others, final int firstPort, final int lastPort) {
        poolSize = pool.length;
        addresses = Arrays.copyOf(pool, pool.length + others.length);
        System.arraycopy(others, 0, addresses, pool.length, others.length);
        sorted = addresses.clone();
        Arrays.sort(sorted);
        sortedPosition = new int[addresses.length];
        for (int i = 0; i < addresses.length; i++) {
            sortedPosition[Arrays.binarySearch(sorted, addresses[i])] = i;
        }
        ports = new PublicPorts[poolSize * PROTOCOLS];
        for (int i = 0; i < poolSize; i++) {
            for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
                ports[i * PROTOCOLS + protocol] = new PublicPorts(firstPort, lastPort);
            }
        }
    }

    /** Number of addresses, the pool's and others. */
    public int size() {
        return addresses.length;
    }

    /** Number of addresses of the pool; their positions are the lowest. */
    public int poolSize() {
        return poolSize;
    }

    /** The address at a position. */
    public int address(final int position) {
        return addresses[position];
    }

    /** Position of an address, or -1 when it is not public. */
    public int position(final int address) {
        if (sorted.length == 1) {
            return sorted[0] == address ? 0 : -1;
        }
        final int found = Arrays.binarySearch(sorted, address);
        return found < 0 ? -1 : sortedPosition[found];
    }

    /** Ports of an address of the pool and a protocol. */
    public PublicPorts ports(final int position, final int protocol) {
        return ports[position * PROTOCOLS + protocol];
    }

    /** Ports of one protocol on all addresses together. */
    public long capacity() {
        long capacity = 0;
        for (int position = 0; position < poolSize; position++) {
            capacity += ports(position, TCP).capacity();
        }
        return capacity;
    }
}
