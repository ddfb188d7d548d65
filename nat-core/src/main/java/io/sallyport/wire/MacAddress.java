package io.sallyport.wire;

/** MAC addresses as text and as {@code long}s; for the control path. */
public final class MacAddress {

    private MacAddress() {
    }

    /**
     * Reads six hexadecimal bytes parted by colons.
     *
     * @throws IllegalArgumentException if {@code text} is anything else
     */
    public static long parse(final String text) {
        if (!text.matches("([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a MAC address, like 02:00:00:00:00:01");
        }
        return Long.parseLong(text.replace(":", ""), 16);
    }

    /** Six lower-case hexadecimal bytes parted by colons. */
    public static String format(final long mac) {
        return "%02x:%02x:%02x:%02x:%02x:%02x".formatted(
            mac >>> 40 & 0xFF, mac >>> 32 & 0xFF, mac >>> 24 & 0xFF, mac >>> 16 & 0xFF, mac >>> 8 & 0xFF, mac & 0xFF);
    }
}
