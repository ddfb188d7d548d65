package io.sallyport.mapping;

import java.util.Arrays;

/**
 * The pool of public addresses, each with its ports for each protocol. Shared by all workers; immutable but for the ports' owners.
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

    /**
     * A pool with all ports free.
     *
     * @param addresses the addresses, numeric, without duplicates
     * @param firstPort lowest usable port
     * @param lastPort  highest usable port
     */
    public PublicAddresses(final int[] addresses, final int firstPort, final int lastPort) {
        this.addresses = addresses.clone();
        sorted = addresses.clone();
        Arrays.sort(sorted);
        sortedPosition = new int[addresses.length];
        ports = new PublicPorts[addresses.length * PROTOCOLS];
        for (int i = 0; i < addresses.length; i++) {
            sortedPosition[Arrays.binarySearch(sorted, addresses[i])] = i;
            for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
                ports[i * PROTOCOLS + protocol] = new PublicPorts(firstPort, lastPort);
            }
        }
    }

    /** Number of addresses. */
    public int size() {
        return addresses.length;
    }

    /** The address at a position. */
    public int address(final int position) {
        return addresses[position];
    }

    /** Position of an address, or -1 when it is not in the pool. */
    public int position(final int address) {
        if (sorted.length == 1) {
            return sorted[0] == address ? 0 : -1;
        }
        final int found = Arrays.binarySearch(sorted, address);
        return found < 0 ? -1 : sortedPosition[found];
    }

    /** Ports of an address and protocol. */
    public PublicPorts ports(final int position, final int protocol) {
        return ports[position * PROTOCOLS + protocol];
    }

    /** Ports of one protocol on all addresses together. */
    public long capacity() {
        return (long) ports[0].capacity() * addresses.length;
    }
}
