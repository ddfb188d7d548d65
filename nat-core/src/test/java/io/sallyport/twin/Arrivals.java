package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.util.Arrays;

/** What is looked at before anything is known of a packet (RFC 1812, section 5.2.2; RFC 1858; RFC 3128). */
final class Arrivals {

    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;

    private Arrivals() {
    }

    /** The datagram in a frame; what fails is thrown out. ARP is not modelled. */
    static Datagram datagram(final Rules rules, final Side side, final byte[] frame) {
        check(frame.length >= 14, "malformed");
        check((frame[0] & 1) == 0, "link-broadcast");
        check(Bytes.mac(frame, 0) == rules.mac(side), "other-station");
        switch (Bytes.u16(frame, 12)) {
            case 0x0800 -> { }
            case 0x86DD -> throw new Dropped("ipv6");
            case 0x8100, 0x88A8 -> throw new Dropped("vlan-tagged");
            default -> throw new Dropped("not-ipv4");
        }
        final byte[] bytes = Arrays.copyOfRange(frame, 14, frame.length);
        check(bytes.length >= 20, "malformed");
        final int headerLength = (bytes[0] & 0xF) * 4;
        final int totalLength = Bytes.u16(bytes, 2);
        check(Bytes.u8(bytes, 0) >>> 4 == 4 && headerLength >= 20 && headerLength <= totalLength && totalLength <= bytes.length,
            "malformed");
        check(Bytes.checksum(Arrays.copyOf(bytes, headerLength)) == 0, "bad-ip-checksum");
        final Datagram datagram = Datagram.parse(bytes);
        checkOptions(datagram.options());
        if (datagram.isFragment()) {
            checkFragment(datagram);
        }
        if (datagram.offset() == 0) {
            checkTransport(datagram);
        }
        return datagram;
    }

    private static void checkOptions(final byte[] options) {
        int at = 0;
        while (at < options.length && options[at] != 0) {
            final int kind = Bytes.u8(options, at);
            check(kind != LOOSE_SOURCE_ROUTE && kind != STRICT_SOURCE_ROUTE, "source-route");
            at += kind == 1 ? 1 : at + 1 < options.length ? Math.max(2, Bytes.u8(options, at + 1)) : options.length;
        }
    }

    private static void checkFragment(final Datagram fragment) {
        check(!fragment.moreFragments() || fragment.payload().length % 8 == 0, "malformed");
        check(fragment.headerLength() + fragment.offset() + fragment.payload().length <= 65_535, "malformed");
        check(fragment.protocol() != Datagram.TCP || fragment.offset() == 0 || fragment.offset() >= 20, "malformed");
        check(!fragment.isIcmpError());
    }

    private static void checkTransport(final Datagram datagram) {
        final byte[] payload = datagram.payload();
        switch (datagram.protocol()) {
            case Datagram.TCP -> {
                check(payload.length >= 20, "malformed");
                final int headerLength = (Bytes.u8(payload, 12) >>> 4) * 4;
                check(headerLength >= 20 && headerLength <= payload.length, "malformed");
            }
            case Datagram.UDP -> {
                check(payload.length >= 8, "malformed");
                final int length = Bytes.u16(payload, 4);
                check(length >= 8 && (datagram.moreFragments() || length <= payload.length), "malformed");
            }
            case Datagram.ICMP -> {
                check(payload.length >= 8, "malformed");
                check(Icmp.isRequest(payload[0]) || Icmp.isReply(payload[0]) || Icmp.isError(payload[0]), "unsupported-protocol");
            }
            default -> { }
        }
    }

    private static void check(final boolean holds, final String... reasons) {
        if (!holds) {
            throw new Dropped(reasons);
        }
    }
}
