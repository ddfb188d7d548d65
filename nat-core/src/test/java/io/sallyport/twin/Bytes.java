package io.sallyport.twin;

/** Numbers in byte arrays, and the Internet checksum as the RFCs write it. */
final class Bytes {

    private Bytes() {
    }

    static int u8(final byte[] bytes, final int at) {
        return bytes[at] & 0xFF;
    }

    static int u16(final byte[] bytes, final int at) {
        return u8(bytes, at) << 8 | u8(bytes, at + 1);
    }

    static int i32(final byte[] bytes, final int at) {
        return u16(bytes, at) << 16 | u16(bytes, at + 2);
    }

    static long mac(final byte[] bytes, final int at) {
        return (long) u16(bytes, at) << 32 | i32(bytes, at + 2) & 0xFFFF_FFFFL;
    }

    static void put16(final byte[] bytes, final int at, final int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    static void put32(final byte[] bytes, final int at, final int value) {
        put16(bytes, at, value >>> 16);
        put16(bytes, at + 2, value);
    }

    static void putMac(final byte[] bytes, final int at, final long mac) {
        put16(bytes, at, (int) (mac >>> 32));
        put32(bytes, at + 2, (int) mac);
    }

    /** The ones' complement sum of 16-bit words, an odd byte padded with zero (RFC 1071). */
    static int sum(final byte[] bytes) {
        int sum = 0;
        for (int k = 0; k < bytes.length; k++) {
            sum = fold(sum + (u8(bytes, k) << (k % 2 == 0 ? 8 : 0)));
        }
        return sum;
    }

    /** The Internet checksum (RFC 1071). */
    static int checksum(final byte[] bytes) {
        return ~sum(bytes) & 0xFFFF;
    }

    /** HC' = ~(~HC + ~m + m'), RFC 1624, equation 3, for words that changed from {@code before} to {@code after}. */
    static int adjusted(final int checksum, final byte[] before, final byte[] after) {
        return ~fold(fold((~checksum & 0xFFFF) + (~sum(before) & 0xFFFF)) + sum(after)) & 0xFFFF;
    }

    private static int fold(final int sum) {
        return (sum & 0xFFFF) + (sum >>> 16);
    }
}
