package io.sallyport.packet;

/**
 * What becomes of a packet: the values of the batch's verdict column. Every packet ends with exactly one of the last five, which is
 * what makes the accounting exact.
 */
public final class Verdict {

    /** Not decided. */
    public static final byte NONE = 0;
    /** An ARP packet, for the egress stage, which owns the neighbours. */
    public static final byte ARP = 1;
    /** Leaves on the inside. */
    public static final byte TO_INSIDE = 2;
    /** Leaves on the outside. */
    public static final byte TO_OUTSIDE = 3;
    /** Dropped; the batch's reason column says why. */
    public static final byte DROP = 4;
    /** Was for the gateway itself, and ends here; the frame may carry the answer back (see {@link PacketBatch#reply}). */
    public static final byte CONSUMED = 5;
    /** Copied aside until ARP finds the next hop, or until the first fragment of its datagram comes. */
    public static final byte HELD = 6;

    private Verdict() {
    }

    /** The verdict that forwards to {@code side}. */
    public static byte to(final Side side) {
        return side == Side.INSIDE ? TO_INSIDE : TO_OUTSIDE;
    }

    /** The verdict that forwards to the side with an ordinal. */
    public static byte to(final int sideOrdinal) {
        return (byte) (TO_INSIDE + sideOrdinal);
    }

    /** Whether {@code verdict} forwards the packet. */
    public static boolean forwards(final byte verdict) {
        return (verdict & ~1) == TO_INSIDE;
    }
}
