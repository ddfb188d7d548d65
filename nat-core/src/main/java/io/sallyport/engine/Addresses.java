package io.sallyport.engine;

/** Addresses that no router forwards (RFC 1812, section 5.3.7; RFC 3927, section 2.7; RFC 6890). */
final class Addresses {

    private Addresses() {
    }

    /** 224.0.0.0/4. */
    static boolean isMulticast(final int address) {
        return address >>> 28 == 0xE;
    }

    /** 0/8, 127/8, 169.254/16, multicast, 240/4 with the limited broadcast. */
    static boolean isMartianSource(final int address) {
        final int top = address >>> 24;
        return top == 0 || top == 127 || top >= 224 || address >>> 16 == 0xA9FE;
    }

    /** The same; a multicast destination is told apart by {@link #isMulticast}. */
    static boolean isMartianDestination(final int address) {
        return isMartianSource(address);
    }
}
