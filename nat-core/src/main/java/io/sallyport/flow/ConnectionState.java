package io.sallyport.flow;

/**
 * States of a connection, as stored in its entries (RFC 7857, section 2.1, for TCP).
 *
 * <pre>
 *   UDP, ICMP query:   NEW ── answer ──▶ REPLIED
 *
 *   TCP:  SYN_SENT ── SYN back ──▶ SYN_RECEIVED ── ACK ──▶ ESTABLISHED ──▶ FIN of one end ──▶ FIN of both
 *                                                     ▲          │
 *                                                     └── data ──┴── RST ──▶ RESET
 * </pre>
 */
public final class ConnectionState {

    /** UDP, ICMP: only the initiator was heard. */
    public static final byte NEW = 0;
    /** UDP, ICMP: both ends were heard. */
    public static final byte REPLIED = 1;
    /** TCP: the initiator's SYN was seen. */
    public static final byte SYN_SENT = 2;
    /** TCP: both SYNs were seen. */
    public static final byte SYN_RECEIVED = 3;
    /** TCP: the handshake has ended. */
    public static final byte ESTABLISHED = 4;
    /** TCP: the initiator has sent its FIN. */
    public static final byte FIN_INITIATOR = 5;
    /** TCP: the responder has sent its FIN. */
    public static final byte FIN_RESPONDER = 6;
    /** TCP: both have sent their FIN. */
    public static final byte FIN_BOTH = 7;
    /** TCP: a RST within the window was seen; data that still comes revives the connection (RFC 7857, section 2.2). */
    public static final byte RESET = 8;

    private static final String[] NAMES = {
        "new", "replied", "syn-sent", "syn-received", "established", "fin-initiator", "fin-responder", "fin-both", "reset",
    };

    private ConnectionState() {
    }

    /** Name of a state, for people; {@code unknown} for values that are none. */
    public static String name(final byte state) {
        return state >= 0 && state < NAMES.length ? NAMES[state] : "unknown";
    }

    /** Whether a state is one that a connection of the protocol can be in. */
    public static boolean isValid(final byte state, final boolean tcp) {
        return tcp ? state >= SYN_SENT && state <= RESET : state == NEW || state == REPLIED;
    }
}
