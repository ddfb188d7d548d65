package io.sallyport.mapping;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The public addresses, each at a position by which the tables know it: those of the pool, each with its ports for each protocol, and those
 * that the operator has given to forwards and single hosts, with the outside interface's own. Shared by all workers; immutable but for the
 * ports' owners.
 *
 * <p>Where the configuration changes, a {@linkplain #next successor} takes its place. A position never changes: an address that comes later
 * gets one behind all others, and one that went and comes again has its old one. An address on which nothing new may begin is
 * <em>leaving</em>: it is ours as long as connections use it.
 */
public final class PublicAddresses {

    /** Most addresses in a pool: ports of each take 60 KiB. */
    public static final int MAX_ADDRESSES = 4096;
    /** Most positions: a position and a protocol have 16 bits in the tables. */
    public static final int MAX_POSITIONS = 65536 / PublicAddresses.PROTOCOLS;
    /** Index of TCP's ports. */
    public static final int TCP = 0;
    /** Index of UDP's ports. */
    public static final int UDP = 1;
    /** Index of ICMP's query identifiers. */
    public static final int ICMP = 2;
    /** Number of protocols that have ports. */
    public static final int PROTOCOLS = 3;

    private static final byte GONE = 0;
    private static final byte POOLED = 1;
    private static final byte OTHER = 2;
    private static final byte LEAVING = 3;

    private final int firstPort;
    private final int lastPort;
    private final int[] addresses;
    private final byte[] roles;
    private final int[] sorted;
    private final int[] sortedPosition;
    /** By space, which is a position and a protocol; null where the address was never in the pool. */
    private final PublicPorts[] ports;
    /** By space and block: ports that are the operator's, as bits; null where there are none. */
    private final long[][] withheld;
    /** Positions of all that were ever in the pool, in the order in which they came. */
    private final int[] slots;
    private final int poolSize;

    /**
     * Who has which address.
     *
     * @param pool     the pool, numeric, without duplicates
     * @param others   addresses of forwards, single hosts and the interface, numeric, without duplicates and none of the pool
     * @param leaving  addresses on which connections only go on, numeric, without duplicates and none of those
     * @param withheld endpoints whose ports are not for the taking; those of other addresses do not matter
     */
    public record Roles(int[] pool, int[] others, int[] leaving, List<Endpoint> withheld) {
    }

    /**
     * A public endpoint.
     *
     * @param address  numeric
     * @param protocol {@link #TCP}, {@link #UDP} or {@link #ICMP}
     * @param port     numeric
     */
    public record Endpoint(int address, int protocol, int port) {
    }

    /**
     * A pool with all ports free, and nothing else.
     *
     * @param addresses the addresses, numeric, without duplicates
     * @param firstPort lowest usable port
     * @param lastPort  highest usable port
     */
    public PublicAddresses(final int[] addresses, final int firstPort, final int lastPort) {
        this(new Roles(addresses, new int[0], new int[0], List.of()), firstPort, lastPort);
    }

    /**
     * A pool with all ports free but those withheld, and further addresses.
     *
     * @param firstPort lowest usable port
     * @param lastPort  highest usable port
     */
    public PublicAddresses(final Roles roles, final int firstPort, final int lastPort) {
        this(null, roles, firstPort, lastPort);
    }

    private PublicAddresses(final PublicAddresses before, final Roles given, final int firstPort, final int lastPort) {
        this.firstPort = firstPort;
        this.lastPort = lastPort;
        addresses = union(before == null ? new int[0] : before.addresses, given.pool, given.others, given.leaving);
        final Map<Integer, Integer> positions = new HashMap<>();
        for (int position = 0; position < addresses.length; position++) {
            positions.put(addresses[position], position);
        }
        roles = new byte[addresses.length];
        Arrays.stream(given.leaving).forEach(address -> roles[positions.get(address)] = LEAVING);
        Arrays.stream(given.others).forEach(address -> roles[positions.get(address)] = OTHER);
        Arrays.stream(given.pool).forEach(address -> roles[positions.get(address)] = POOLED);
        sorted = Arrays.stream(addresses).filter(address -> roles[positions.get(address)] != GONE).sorted().toArray();
        sortedPosition = Arrays.stream(sorted).map(positions::get).toArray();
        poolSize = given.pool.length;
        slots = union(before == null ? new int[0] : before.slots, Arrays.stream(given.pool).map(positions::get).toArray());
        ports = before == null ? new PublicPorts[addresses.length * PROTOCOLS] : Arrays.copyOf(before.ports, addresses.length * PROTOCOLS);
        for (int space = 0; space < ports.length; space++) {
            if (ports[space] == null && roles[space / PROTOCOLS] == POOLED) {
                ports[space] = new PublicPorts(firstPort, lastPort);
            }
        }
        withheld = new long[ports.length][];
        given.withheld.forEach(this::withhold);
    }

    /**
     * The same with other roles; ports keep their owners.
     *
     * @throws IllegalArgumentException if there would be more than {@value #MAX_POSITIONS} positions
     */
    public PublicAddresses next(final Roles newRoles) {
        final PublicAddresses next = new PublicAddresses(this, newRoles, firstPort, lastPort);
        if (next.size() > MAX_POSITIONS) {
            throw new IllegalArgumentException("more than " + MAX_POSITIONS + " public addresses since the start");
        }
        return next;
    }

    private void withhold(final Endpoint endpoint) {
        final int position = position(endpoint.address);
        if (position >= 0 && hasPorts(position)) {
            final int space = position * PROTOCOLS + endpoint.protocol;
            withheld[space] = withheld[space] == null ? new long[PublicPorts.BLOCKS] : withheld[space];
            withheld[space][endpoint.port >>> PublicPorts.BLOCK_SHIFT] |= 1L << endpoint.port;
        }
    }

    private static int[] union(final int[]... sets) {
        return Arrays.stream(sets).flatMapToInt(Arrays::stream).distinct().toArray();
    }

    /** Number of positions. */
    public int size() {
        return addresses.length;
    }

    /** Number of addresses of the pool. */
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
            return sorted[0] == address ? sortedPosition[0] : -1;
        }
        final int found = Arrays.binarySearch(sorted, address);
        return found < 0 ? -1 : sortedPosition[found];
    }

    /** Whether the address at a position is of the pool, so that new mappings can be there. */
    public boolean isPooled(final int position) {
        return roles[position] == POOLED;
    }

    /** Whether connections only go on at a position, and none begin. */
    public boolean isLeaving(final int position) {
        return roles[position] == LEAVING;
    }

    /** Whether the address at a position is, or was, of the pool, and so has {@link #ports}. */
    public boolean hasPorts(final int position) {
        return ports[position * PROTOCOLS] != null;
    }

    /** Ports of an address that {@link #hasPorts}, and a protocol. */
    public PublicPorts ports(final int position, final int protocol) {
        return ports[position * PROTOCOLS + protocol];
    }

    /** Whether a port of an address that {@link #hasPorts}, or has none, is the operator's. */
    public boolean isWithheld(final int position, final int protocol, final int port) {
        return (withheld(position * PROTOCOLS + protocol, port >>> PublicPorts.BLOCK_SHIFT) & 1L << port) != 0;
    }

    /** Usable ports of a block that are the operator's, as bits. */
    long withheld(final int space, final int block) {
        final long[] bits = withheld[space];
        return bits == null ? 0 : bits[block];
    }

    /** How many addresses were ever in the pool. */
    public int slotCount() {
        return slots.length;
    }

    /** The position of one of them, by the order in which they came; it may not be {@linkplain #isPooled of the pool} any more. */
    public int slot(final int number) {
        return slots[number];
    }

    /** Ports of one protocol on all addresses of the pool together, but for those that the operator has. */
    public long capacity() {
        long capacity = 0;
        for (int position = 0; position < addresses.length; position++) {
            capacity += isPooled(position) ? capacity(position * PROTOCOLS) : 0;
        }
        return capacity;
    }

    /** Ports of a space that are not the operator's. */
    public int capacity(final int space) {
        int capacity = ports[space].capacity();
        for (int block = 0; withheld[space] != null && block < PublicPorts.BLOCKS; block++) {
            capacity -= Long.bitCount(ports[space].usable(block) & withheld[space][block]);
        }
        return capacity;
    }
}
