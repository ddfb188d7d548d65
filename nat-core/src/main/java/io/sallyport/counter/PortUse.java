package io.sallyport.counter;

/**
 * How many ports of a public address and protocol are taken.
 *
 * @param publicAddress the address, numeric
 * @param protocol      0 TCP, 1 UDP, 2 ICMP, whose query identifiers count as ports
 * @param inUse         ports that speak for an inside endpoint, the forwards' not counted; with endpoint-dependent mapping each
 *                      serves many destinations, so that all can be in use and none be short, see {@link DestinationUse}
 * @param capacity      ports that there are for the taking
 * @param cooling       ports that cool down before they can be used again; 0 with endpoint-dependent mapping, where a port cools down
 *                      for one destination
 */
public record PortUse(int publicAddress, int protocol, long inUse, long capacity, long cooling) {

    /** Number of protocols that have ports. */
    public static final int PROTOCOLS = 3;

    private static final String[] NAMES = {"tcp", "udp", "icmp"};

    /** Without ports that cool down. */
    public PortUse(final int publicAddress, final int protocol, final long inUse, final long capacity) {
        this(publicAddress, protocol, inUse, capacity, 0);
    }

    /** Ports that no new mapping can have now: in use, or cooling down. */
    public long taken() {
        return inUse + cooling;
    }

    /** Name of the protocol, in lower case. */
    public String protocolName() {
        return NAMES[protocol];
    }

    /** Name of a protocol by its index, in lower case. */
    public static String protocolName(final int protocol) {
        return NAMES[protocol];
    }
}
