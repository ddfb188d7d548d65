package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.util.Arrays;

/**
 * A frame that the twin sends, or the gateway sent.
 *
 * @param free     what the gateway may choose in it
 * @param fromNs   when it may leave, at the earliest
 * @param untilNs  and at the latest
 */
record Out(Side side, byte[] frame, Free free, long fromNs, long untilNs) {

    /** Fields that no one prescribes. */
    enum Free {
        /** All is prescribed. */
        NOTHING,
        /** IP identification and DF. */
        IDENTIFICATION,
        /** Those and the TCP window: it means nothing in a RST. */
        IDENTIFICATION_AND_WINDOW
    }

    static Out sent(final Side side, final byte[] frame, final long nowNs) {
        return new Out(side, frame, Free.NOTHING, nowNs, nowNs);
    }

    /** Whether a frame that was sent is this one. */
    boolean isMetBy(final Out sent) {
        return side == sent.side && fromNs <= sent.fromNs && sent.fromNs <= untilNs && Arrays.equals(like(sent.frame), sent.frame);
    }

    /** This frame with another's choices. */
    private byte[] like(final byte[] chosen) {
        if (free == Free.NOTHING || chosen.length != frame.length) {
            return frame;
        }
        final Datagram choice = Datagram.inFrame(chosen);
        Datagram mine = Datagram.inFrame(frame).withIdentification(choice.identification()).withDontFragment(choice.dontFragment());
        if (free == Free.IDENTIFICATION_AND_WINDOW) {
            final byte[] payload = mine.payload().clone();
            System.arraycopy(choice.payload(), 14, payload, 14, 2);
            mine = mine.withPayload(Own.tcpWithChecksum(mine.source(), mine.destination(), payload));
        }
        final byte[] result = frame.clone();
        System.arraycopy(mine.bytes(), 0, result, 14, mine.length());
        return result;
    }
}
