package io.sallyport.twin;

import io.sallyport.packet.Side;

/**
 * One direction of a connection.
 *
 * @param becomes addresses and ports that its packets leave with
 */
record Way(Side arrives, Tuple seen, Side leaves, Tuple becomes) {
}
