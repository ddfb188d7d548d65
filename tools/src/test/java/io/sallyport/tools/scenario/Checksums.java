package io.sallyport.tools.scenario;

/** The internet checksum (RFC 1071), summed up plainly. */
final class Checksums {

    private Checksums() {
    }

    /** The checksum of {@code length} bytes, whose checksum field is 0; 0 of bytes that hold their right checksum. */
    static int of(final byte[] bytes, final int offset, final int length) {
        return ~folded(sum(bytes, offset, length)) & 0xFFFF;
    }

    /** The same of a transport header and payload, with the pseudo-header of its packet. */
    static int of(final byte[] bytes, final Packet packet, final int length) {
        return of(bytes, 0, length, packet.get(Field.SOURCE), packet.get(Field.DESTINATION), packet.form().protocol());
    }

    /** The same with a pseudo-header. */
    static int of(
        final byte[] bytes, final int offset, final int length, final int source, final int destination, final int protocol) {
        final long addresses = (source >>> 16) + (source & 0xFFFF) + (destination >>> 16) + (destination & 0xFFFF);
        return ~folded(sum(bytes, offset, length) + addresses + protocol + length) & 0xFFFF;
    }

    private static long sum(final byte[] bytes, final int offset, final int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (long) (bytes[offset + i] & 0xFF) << (i % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    private static int folded(final long sum) {
        long rest = sum;
        while (rest >>> 16 != 0) {
            rest = (rest & 0xFFFF) + (rest >>> 16);
        }
        return (int) rest;
    }
}
