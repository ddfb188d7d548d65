package io.sallyport.twin;

import java.util.Arrays;

/**
 * An IPv4 datagram or fragment (RFC 791), with a header checksum that is right.
 *
 * @param offset  where the payload lies in the whole datagram's, in bytes
 * @param options of the header, a multiple of four bytes
 */
record Datagram(
    int typeOfService,
    int identification,
    boolean dontFragment,
    boolean moreFragments,
    int offset,
    int ttl,
    int protocol,
    int source,
    int destination,
    byte[] options,
    byte[] payload) {

    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int DCCP = 33;
    static final int GRE = 47;
    static final int ESP = 50;
    static final int SCTP = 132;
    static final int UDP_LITE = 136;

    /** What a header says of itself, whose length fields were checked; the payload ends with {@code bytes} or earlier. */
    static Datagram parse(final byte[] bytes) {
        final int headerLength = (bytes[0] & 0xF) * 4;
        final int flags = Bytes.u16(bytes, 6);
        return new Datagram(Bytes.u8(bytes, 1), Bytes.u16(bytes, 4), (flags & 0x4000) != 0, (flags & 0x2000) != 0,
            (flags & 0x1FFF) * 8, Bytes.u8(bytes, 8), Bytes.u8(bytes, 9), Bytes.i32(bytes, 12), Bytes.i32(bytes, 16),
            Arrays.copyOfRange(bytes, 20, headerLength),
            Arrays.copyOfRange(bytes, headerLength, Math.max(headerLength, Math.min(bytes.length, Bytes.u16(bytes, 2)))));
    }

    /** The datagram in a frame that a gateway sent. */
    static Datagram inFrame(final byte[] frame) {
        return parse(Arrays.copyOfRange(frame, 14, frame.length));
    }

    int headerLength() {
        return 20 + options.length;
    }

    int length() {
        return headerLength() + payload.length;
    }

    boolean isFragment() {
        return moreFragments || offset > 0;
    }

    boolean isIcmpError() {
        return protocol == ICMP && offset == 0 && payload.length > 0 && Icmp.isError(payload[0]);
    }

    byte[] bytes() {
        return bytes(length());
    }

    /** Header and payload, where the header may claim to be longer: quotes are cut off. */
    byte[] bytes(final int totalLength) {
        final byte[] bytes = new byte[length()];
        bytes[0] = (byte) (0x40 | headerLength() / 4);
        bytes[1] = (byte) typeOfService;
        Bytes.put16(bytes, 2, totalLength);
        Bytes.put16(bytes, 4, identification);
        Bytes.put16(bytes, 6, (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | offset / 8);
        bytes[8] = (byte) ttl;
        bytes[9] = (byte) protocol;
        Bytes.put32(bytes, 12, source);
        Bytes.put32(bytes, 16, destination);
        System.arraycopy(options, 0, bytes, 20, options.length);
        Bytes.put16(bytes, 10, Bytes.checksum(Arrays.copyOf(bytes, headerLength())));
        System.arraycopy(payload, 0, bytes, headerLength(), payload.length);
        return bytes;
    }

    Datagram withTtl(final int newTtl) {
        return new Datagram(typeOfService, identification, dontFragment, moreFragments, offset, newTtl, protocol, source, destination,
            options, payload);
    }

    Datagram withIdentification(final int newIdentification) {
        return new Datagram(typeOfService, newIdentification, dontFragment, moreFragments, offset, ttl, protocol, source, destination,
            options, payload);
    }

    Datagram withDontFragment(final boolean set) {
        return new Datagram(typeOfService, identification, set, moreFragments, offset, ttl, protocol, source, destination,
            options, payload);
    }

    Datagram withAddresses(final int newSource, final int newDestination) {
        return new Datagram(typeOfService, identification, dontFragment, moreFragments, offset, ttl, protocol, newSource,
            newDestination, options, payload);
    }

    Datagram withPayload(final byte[] newPayload) {
        return new Datagram(typeOfService, identification, dontFragment, moreFragments, offset, ttl, protocol, source, destination,
            options, newPayload);
    }

    Datagram withOptions(final byte[] newOptions) {
        return new Datagram(typeOfService, identification, dontFragment, moreFragments, offset, ttl, protocol, source, destination,
            newOptions, payload);
    }

    /** A part of this datagram: RFC 791, section 3.2. */
    Datagram piece(final int from, final int to) {
        return new Datagram(typeOfService, identification, dontFragment, to < payload.length || moreFragments, offset + from, ttl,
            protocol, source, destination, options, Arrays.copyOfRange(payload, from, to));
    }
}
