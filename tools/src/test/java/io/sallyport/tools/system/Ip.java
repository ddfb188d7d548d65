package io.sallyport.tools.system;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * An IPv4 packet as the probes make and see it: the tests' own, independent of the program's codecs (RFC 791, 768, 9293, 792).
 *
 * @param bytes from the first byte of the IPv4 header to the last of the packet
 */
record Ip(byte[] bytes) {

    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int GRE = 47;
    static final int SCTP = 132;

    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;

    static final int ECHO_REPLY = 0;
    static final int UNREACHABLE = 3;
    static final int ECHO_REQUEST = 8;
    static final int TIME_EXCEEDED = 11;

    private static final int HEADER_LENGTH = 20;
    private static final int DEFAULT_TTL = 64;
    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int DO_NOT_FRAGMENT = 0x4000;
    private static final int WINDOW = 65_535;

    /** An address with a port, or with an ICMP identifier. */
    record Endpoint(String address, int port) {

        Endpoint port(final int other) {
            return new Endpoint(address, other);
        }
    }

    /** A packet without DF, of protocol {@code protocol}, with an identification of its own. */
    static Ip of(final int protocol, final String source, final String destination, final byte[] payload) {
        final ByteBuffer packet = ByteBuffer.allocate(HEADER_LENGTH + payload.length);
        packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.capacity()).putShort((short) 0x1234).putShort((short) 0);
        packet.put((byte) DEFAULT_TTL).put((byte) protocol).putShort((short) 0).put(address(source)).put(address(destination)).put(payload);
        return new Ip(packet.array()).sealed();
    }

    static Ip udp(final Endpoint from, final Endpoint to, final String data) {
        return udp(from, to, data.getBytes(StandardCharsets.US_ASCII));
    }

    static Ip udp(final Endpoint from, final Endpoint to, final byte[] data) {
        final ByteBuffer payload = ByteBuffer.allocate(8 + data.length);
        payload.putShort((short) from.port).putShort((short) to.port).putShort((short) payload.capacity()).putShort((short) 0).put(data);
        return of(UDP, from.address, to.address, payload.array());
    }

    static Ip tcp(final Endpoint from, final Endpoint to, final int flags, final int sequence, final int acknowledgement,
            final String data) {
        final ByteBuffer payload = ByteBuffer.allocate(20 + data.length());
        payload.putShort((short) from.port).putShort((short) to.port).putInt(sequence).putInt(acknowledgement);
        payload.put((byte) 0x50).put((byte) flags).putShort((short) WINDOW).putInt(0).put(data.getBytes(StandardCharsets.US_ASCII));
        return of(TCP, from.address, to.address, payload.array());
    }

    /** An ICMP echo request or reply; the identifier is the port of the end that asked. */
    static Ip echo(final int type, final Endpoint from, final Endpoint to, final String data) {
        final ByteBuffer payload = ByteBuffer.allocate(8 + data.length());
        payload.put((byte) type).put((byte) 0).putShort((short) 0);
        payload.putShort((short) (type == ECHO_REQUEST ? from.port : to.port)).putShort((short) 1);
        payload.put(data.getBytes(StandardCharsets.US_ASCII));
        return of(ICMP, from.address, to.address, payload.array());
    }

    /** An ICMP error about a packet, of which it quotes the header and 8 bytes (RFC 792). */
    static Ip error(final int type, final int code, final String from, final Ip about) {
        final ByteBuffer payload = ByteBuffer.allocate(8 + about.headerLength() + 8);
        payload.put((byte) type).put((byte) code).putShort((short) 0).putInt(0).put(about.bytes, 0, about.headerLength() + 8);
        return of(ICMP, from, about.source().address, payload.array());
    }

    Ip ttl(final int ttl) {
        return change(packet -> packet.put(8, (byte) ttl));
    }

    Ip tos(final int tos) {
        return change(packet -> packet.put(1, (byte) tos));
    }

    Ip identification(final int identification) {
        return change(packet -> packet.putShort(4, (short) identification));
    }

    Ip doNotFragment() {
        return change(packet -> packet.putShort(6, (short) DO_NOT_FRAGMENT));
    }

    /** With a transport checksum that is what it was, changed by {@code difference}. */
    Ip checksumChangedBy(final int difference) {
        final ByteBuffer packet = ByteBuffer.wrap(bytes.clone());
        final int offset = headerLength() + checksumOffset();
        packet.putShort(offset, (short) (packet.getShort(offset) + difference));
        return new Ip(packet.array());
    }

    /** With a UDP checksum of zero: none (RFC 768). */
    Ip withoutChecksum() {
        final byte[] changed = bytes.clone();
        changed[headerLength() + 6] = 0;
        changed[headerLength() + 7] = 0;
        return new Ip(changed);
    }

    /** With IPv4 options, a multiple of 4 bytes long, before the transport header. */
    Ip options(final byte... options) {
        final byte[] changed = new byte[bytes.length + options.length];
        System.arraycopy(bytes, 0, changed, 0, HEADER_LENGTH);
        System.arraycopy(options, 0, changed, HEADER_LENGTH, options.length);
        System.arraycopy(bytes, HEADER_LENGTH, changed, HEADER_LENGTH + options.length, bytes.length - HEADER_LENGTH);
        final ByteBuffer packet = ByteBuffer.wrap(changed);
        packet.put(0, (byte) (0x40 | (HEADER_LENGTH + options.length) / 4)).putShort(2, (short) changed.length);
        return new Ip(changed).withHeaderChecksum();
    }

    /** The part of the payload from {@code from} to {@code to}, multiples of 8, as a fragment. */
    Ip fragment(final int from, final int to) {
        final int end = Math.min(to, payloadLength());
        final byte[] part = new byte[headerLength() + end - from];
        System.arraycopy(bytes, 0, part, 0, headerLength());
        System.arraycopy(bytes, headerLength() + from, part, headerLength(), end - from);
        final ByteBuffer packet = ByteBuffer.wrap(part);
        packet.putShort(2, (short) part.length).putShort(6, (short) (from / 8 | (end < payloadLength() ? MORE_FRAGMENTS : 0)));
        return new Ip(part).withHeaderChecksum();
    }

    Endpoint source() {
        return endpoint(12, 0);
    }

    Endpoint destination() {
        return endpoint(16, 2);
    }

    private Endpoint endpoint(final int addressOffset, final int portOffset) {
        try {
            final String address = InetAddress.getByAddress(Arrays.copyOfRange(bytes, addressOffset, addressOffset + 4)).getHostAddress();
            final boolean hasPorts = (protocol() == TCP || protocol() == UDP) && payloadLength() >= 4 && fragmentOffset() == 0;
            final int identifier = isEcho() ? unsigned16(headerLength() + 4) : 0;
            return new Endpoint(address, hasPorts ? unsigned16(headerLength() + portOffset) : identifier);
        } catch (final UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private boolean isEcho() {
        return protocol() == ICMP && (icmpType() == ECHO_REQUEST || icmpType() == ECHO_REPLY);
    }

    int protocol() {
        return bytes[9] & 0xff;
    }

    int tos() {
        return bytes[1] & 0xff;
    }

    int ttl() {
        return bytes[8] & 0xff;
    }

    int identification() {
        return unsigned16(4);
    }

    /** In bytes. */
    int fragmentOffset() {
        return (unsigned16(6) & 0x1fff) * 8;
    }

    boolean isFragment() {
        return (unsigned16(6) & 0x3fff) != 0;
    }

    int tcpFlags() {
        return bytes[headerLength() + 13];
    }

    long tcpSequence() {
        return Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt(headerLength() + 4));
    }

    int icmpType() {
        return bytes[headerLength()];
    }

    int icmpCode() {
        return bytes[headerLength() + 1];
    }

    /** The MTU of the next hop that type 3, code 4 tells (RFC 1191). */
    int icmpMtu() {
        return unsigned16(headerLength() + 6);
    }

    /** The packet that an ICMP error quotes, or what it has of it. */
    Ip quoted() {
        return new Ip(Arrays.copyOfRange(bytes, headerLength() + 8, bytes.length));
    }

    int transportChecksum() {
        return unsigned16(headerLength() + checksumOffset());
    }

    int headerLength() {
        return (bytes[0] & 0xf) * 4;
    }

    int payloadLength() {
        return bytes.length - headerLength();
    }

    byte[] payload() {
        return Arrays.copyOfRange(bytes, headerLength(), bytes.length);
    }

    byte[] optionBytes() {
        return Arrays.copyOfRange(bytes, HEADER_LENGTH, headerLength());
    }

    /** The data behind the header of UDP, TCP without options or an ICMP echo. */
    String data() {
        final int length = headerLength() + (protocol() == TCP ? 20 : 8);
        return new String(bytes, length, Math.max(0, bytes.length - length), StandardCharsets.US_ASCII);
    }

    /** Whether the checksums of the header and, of a whole packet whose protocol is known, of the transport header are right. */
    boolean isSound() {
        final Ip right = sealed();
        final boolean isUnchecked = isFragment() || protocol() == UDP && transportChecksum() == 0;
        return unsigned16(10) == right.unsigned16(10)
            && (isUnchecked || checksumOffset() < 0 || transportChecksum() == right.transportChecksum());
    }

    private int checksumOffset() {
        return switch (protocol()) {
            case ICMP -> 2;
            case TCP -> 16;
            case UDP -> 6;
            default -> -1;
        };
    }

    private interface Change {
        void on(ByteBuffer packet);
    }

    private Ip change(final Change change) {
        final byte[] changed = bytes.clone();
        change.on(ByteBuffer.wrap(changed));
        return new Ip(changed).withHeaderChecksum();
    }

    private Ip withHeaderChecksum() {
        final ByteBuffer packet = ByteBuffer.wrap(bytes.clone());
        packet.putShort(10, (short) 0);
        packet.putShort(10, (short) checksum(sum(packet.array(), 0, headerLength())));
        return new Ip(packet.array());
    }

    private Ip sealed() {
        final ByteBuffer packet = ByteBuffer.wrap(withHeaderChecksum().bytes);
        final int offset = headerLength() + checksumOffset();
        if (checksumOffset() < 0 || offset + 2 > bytes.length || isFragment()) {
            return new Ip(packet.array());
        }
        packet.putShort(offset, (short) 0);
        long sum = sum(packet.array(), headerLength(), bytes.length);
        if (protocol() != ICMP) {
            sum += sum(packet.array(), 12, 20) + protocol() + payloadLength();
        }
        final int checksum = checksum(sum);
        packet.putShort(offset, (short) (checksum == 0 && protocol() == UDP ? 0xffff : checksum));
        return new Ip(packet.array());
    }

    private static long sum(final byte[] bytes, final int from, final int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += (bytes[i] & 0xff) << (((i - from) & 1) == 0 ? 8 : 0);
        }
        return sum;
    }

    private static int checksum(final long sum) {
        long folded = sum;
        while (folded > 0xffff) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) ~folded & 0xffff;
    }

    private int unsigned16(final int offset) {
        return (bytes[offset] & 0xff) << 8 | bytes[offset + 1] & 0xff;
    }

    private static byte[] address(final String text) {
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (final UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public String toString() {
        return "protocol " + protocol() + " " + source() + " > " + destination() + " ttl " + ttl()
            + (protocol() == ICMP && payloadLength() >= 2 ? " type " + icmpType() + "/" + icmpCode() : "")
            + (protocol() == TCP && payloadLength() >= 20 ? " flags " + tcpFlags() : "") + " " + bytes.length + " bytes";
    }
}
