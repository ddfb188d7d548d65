package io.sallyport.twin;

/**
 * A TCP segment (RFC 9293, section 3.1).
 *
 * @param end   sequence number behind it: data, SYN and FIN count
 * @param scale of the window (RFC 7323), or -1 for none offered
 */
record Segment(int flags, int sequence, int acknowledgement, int window, int payload, int end, int scale) {

    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int ACK = 16;

    static Segment of(final Datagram datagram) {
        final byte[] bytes = datagram.payload();
        final int flags = Bytes.u8(bytes, 13);
        final int payload = bytes.length - (Bytes.u8(bytes, 12) >>> 4) * 4;
        final int sequence = Bytes.i32(bytes, 4);
        final int option = option(bytes, 3, 3);
        final int end = sequence + payload + ((flags & SYN) != 0 ? 1 : 0) + ((flags & FIN) != 0 ? 1 : 0);
        return new Segment(flags, sequence, Bytes.i32(bytes, 8), Bytes.u16(bytes, 14), payload, end,
            option < 0 ? -1 : Math.min(14, Bytes.u8(bytes, option + 2)));
    }

    boolean syn() {
        return (flags & SYN) != 0;
    }

    boolean ack() {
        return (flags & ACK) != 0;
    }

    boolean rst() {
        return (flags & RST) != 0;
    }

    boolean fin() {
        return (flags & FIN) != 0;
    }

    /** Whether it may open a connection. */
    boolean opens() {
        return (flags & (SYN | ACK | RST | FIN)) == SYN;
    }

    /** Where an option of that kind and length begins, or -1. */
    static int option(final byte[] segment, final int kind, final int length) {
        final int end = (Bytes.u8(segment, 12) >>> 4) * 4;
        int at = 20;
        while (at < end && segment[at] != 0) {
            if (segment[at] == 1) {
                at++;
                continue;
            }
            final int optionLength = at + 1 < end ? Bytes.u8(segment, at + 1) : 0;
            if (optionLength < 2 || at + optionLength > end) {
                return -1;
            }
            if (segment[at] == kind && optionLength == length) {
                return at;
            }
            at += optionLength;
        }
        return -1;
    }
}
