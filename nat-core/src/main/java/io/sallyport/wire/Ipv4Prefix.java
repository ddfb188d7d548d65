package io.sallyport.wire;

/**
 * An IPv4 network in CIDR notation, or an interface's address within one.
 *
 * @param address the address as it was written; bits below the prefix may be set
 * @param length  number of leading bits that name the network, 0 to 32
 */
public record Ipv4Prefix(int address, int length) {

    /** Checks the length. */
    public Ipv4Prefix {
        if (length < 0 || length > 32) {
            throw new IllegalArgumentException("/" + length + " is not a prefix length within 0-32");
        }
    }

    /**
     * Reads {@code 10.77.0.0/24}.
     *
     * @throws IllegalArgumentException if {@code text} is anything else
     */
    public static Ipv4Prefix parse(final String text) {
        final int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]|[12][0-9]|3[0-2]")) {
            throw new IllegalArgumentException("\"" + text + "\" is not an address with a prefix length, like 10.0.0.0/24");
        }
        return new Ipv4Prefix(Ipv4Address.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** The network mask. */
    public int mask() {
        return length == 0 ? 0 : -1 << 32 - length;
    }

    /** First address: the network's own. */
    public int first() {
        return address & mask();
    }

    /** Last address: the directed broadcast's, in networks that have one. */
    public int last() {
        return first() | ~mask();
    }

    /** Whether {@code candidate} lies in this network. */
    public boolean contains(final int candidate) {
        return (candidate & mask()) == first();
    }

    /**
     * Whether {@code candidate} is the network's own address or its directed broadcast, which no host has. Networks of 31 and 32 bits
     * have neither (RFC 3021).
     */
    public boolean isNetworkOrBroadcast(final int candidate) {
        return length < 31 && (candidate == first() || candidate == last());
    }

    /** Whether the two networks share an address. */
    public boolean overlaps(final Ipv4Prefix other) {
        return contains(other.first()) || other.contains(first());
    }

    /** The network, without the host bits. */
    public Ipv4Prefix network() {
        return new Ipv4Prefix(first(), length);
    }

    @Override
    public String toString() {
        return Ipv4Address.format(address) + "/" + length;
    }
}
