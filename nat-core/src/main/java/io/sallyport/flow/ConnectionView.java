package io.sallyport.flow;

/**
 * A connection as an observer sees it; addresses and ports numeric.
 *
 * @param protocol       IP protocol number
 * @param direction      who opened it
 * @param insideAddress  address of the inside host
 * @param insidePort     its port, or the ICMP query identifier
 * @param publicAddress  address that the outside sees
 * @param publicPort     port, or ICMP query identifier, that the outside sees
 * @param remoteAddress  address of the other end
 * @param remotePort     its port; 0 for ICMP
 * @param state          one of the values of {@link ConnectionState}
 * @param idleNs         how long neither end was heard
 */
public record ConnectionView(
    int protocol,
    Direction direction,
    int insideAddress,
    int insidePort,
    int publicAddress,
    int publicPort,
    int remoteAddress,
    int remotePort,
    byte state,
    long idleNs) {

    /** Who opened a connection. */
    public enum Direction {
        /** The inside host. */
        OUTBOUND,
        /** The other end, outside. */
        INBOUND,
        /** The inside host, with another inside host at the other end. */
        HAIRPIN
    }
}
