package io.sallyport.wire;

/** IPv4 addresses as text and as {@code int}s; for the control path. */
public final class Ipv4Address {

    private Ipv4Address() {
    }

    /**
     * Reads dotted decimal notation, four numbers without leading zeros.
     *
     * @throws IllegalArgumentException if {@code text} is anything else
     */
    public static int parse(final String text) {
        int address = 0;
        final String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("\"" + text + "\" is not an IPv4 address");
        }
        for (final String part : parts) {
            if (!part.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(part) > 255) {
                throw new IllegalArgumentException("\"" + text + "\" is not an IPv4 address");
            }
            address = address << 8 | Integer.parseInt(part);
        }
        return address;
    }

    /** Dotted decimal notation. */
    public static String format(final int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xFF) + "." + (address >>> 8 & 0xFF) + "." + (address & 0xFF);
    }
}
