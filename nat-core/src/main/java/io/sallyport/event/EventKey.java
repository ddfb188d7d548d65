package io.sallyport.event;

/**
 * What lines are found by: those of a public endpoint by 31 bits of its hash, all others by their kind. Different endpoints may have the
 * same key, so who finds a line looks whether it is the right one.
 */
final class EventKey {

    private static final int WHOLE_ADDRESS = EventProtocols.NAMES.size();
    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private EventKey() {
    }

    /** Key of a public endpoint. */
    static int of(final int protocol, final int publicAddress, final int publicPort) {
        final long endpoint = (publicAddress & 0xFFFF_FFFFL) << 24 | (long) publicPort << 8 | protocol;
        long hash = endpoint * MULTIPLIER;
        hash = (hash ^ hash >>> 32) * MULTIPLIER;
        return Math.max((int) (hash >>> 33), EventKind.count());
    }

    /** Key of a public address that one host has to itself. */
    static int ofAddress(final int publicAddress) {
        return of(WHOLE_ADDRESS, publicAddress, 0);
    }

    /** Key of the lines of a kind that speaks of no endpoint. */
    static int of(final EventKind kind) {
        return kind.ordinal();
    }

    static int of(final EventKind kind, final int protocol, final int publicAddress, final int publicPort) {
        return switch (kind) {
            case CREATED, ENDED, FORWARD, FORWARD_ENDED -> of(protocol, publicAddress, publicPort);
            case ONE_TO_ONE, ONE_TO_ONE_ENDED -> ofAddress(publicAddress);
            default -> of(kind);
        };
    }

    static int of(final EventLine line) {
        return of(line.kind(), line.protocol(), line.publicAddress(), line.publicPort());
    }
}
