package io.sallyport.twin;

import java.util.EnumSet;
import java.util.Set;

/** What the engine may not have yet; the generator leaves out what is not in {@link #BUILT}. */
enum Feature {
    ENDPOINT_DEPENDENT_MAPPING,
    WIDE_FILTERING,
    HAIRPINNING,
    EXEMPT,
    ONE_TO_ONE,
    FORWARDS,
    QUOTAS,
    SEGMENT_SIZE,
    OTHER_PROTOCOLS,
    /** Fragments, cutting, and identifications of the gateway's own: all that a datagram without DF leads to. */
    FRAGMENTS,
    /** A packet that is too big for the next link opens no connection. */
    SIZE_FIRST,
    /** The RST that an inside host gets for a segment without connection. */
    RESETS,
    /** A RST does not refresh. */
    RESETS_REFRESH_NOTHING,
    /** When SYNs have crossed, the connection is established once both are acknowledged, not when the responder's is. */
    CROSSED_OPENING,
    /**
     * A number before a SYN does not acknowledge it.
     */
    FAR_BEHIND,
    /** A SYN within a connection is confirmed only by a SYN with ACK that acknowledges it. */
    REOPENING,
    /** A responder's FIN that overtakes the initiator's first ACK is not forgotten. */
    EARLY_FIN,
    /**
     * A packet from inside to a public endpoint that no one holds, or that is the sender's own, is not for the gateway, whatever its
     * time to live, its flags and the host's quotas.
     */
    HAIRPIN_TARGET_FIRST;

    /** What the engine has: one edit widens the tests. */
    static final Set<Feature> BUILT = EnumSet.complementOf(EnumSet.of(CROSSED_OPENING, FAR_BEHIND, REOPENING));
}
