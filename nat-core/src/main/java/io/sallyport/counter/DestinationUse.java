package io.sallyport.counter;

/**
 * A destination that most ports of a public address are in use for; with endpoint-dependent mapping only.
 *
 * @param publicAddress the address whose ports they are, numeric
 * @param protocol      0 TCP, 1 UDP, 2 ICMP
 * @param remoteAddress address of the destination, numeric
 * @param remotePort    its port; 0 for ICMP
 * @param inUse         ports in use for the destination, or cooling down
 * @param capacity      ports that there are for it: those of the public address that belong to the worker whose hosts talk to it
 */
public record DestinationUse(int publicAddress, int protocol, int remoteAddress, int remotePort, long inUse, long capacity) {
}
