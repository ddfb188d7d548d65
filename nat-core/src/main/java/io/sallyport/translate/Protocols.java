package io.sallyport.translate;

import io.sallyport.mapping.PublicAddresses;
import io.sallyport.wire.Ipv4;

/** Protocols as counters and tables number them. */
public final class Protocols {

    /** Index of all protocols without ports or query identifiers. */
    public static final int OTHER = PublicAddresses.PROTOCOLS;
    /** Number of indices. */
    public static final int COUNT = OTHER + 1;

    private Protocols() {
    }

    /** Index of an IP protocol: {@link PublicAddresses#TCP}, {@code UDP}, {@code ICMP} or {@link #OTHER}. */
    public static int index(final int protocol) {
        return switch (protocol) {
            case Ipv4.TCP -> PublicAddresses.TCP;
            case Ipv4.UDP -> PublicAddresses.UDP;
            case Ipv4.ICMP -> PublicAddresses.ICMP;
            default -> OTHER;
        };
    }
}
