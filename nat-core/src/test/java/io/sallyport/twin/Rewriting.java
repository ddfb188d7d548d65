package io.sallyport.twin;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Gives datagrams other addresses and ports, and cuts them. */
final class Rewriting {

    private Rewriting() {
    }

    /** The datagram as it belongs to another tuple; whatever is wrong with its checksum stays wrong (RFC 1624). */
    static Datagram to(final Tuple tuple, final Datagram datagram) {
        final byte[] payload = datagram.payload().clone();
        final int source = tuple.source().address();
        final int destination = tuple.destination().address();
        if (datagram.offset() == 0) {
            final byte[] before = covered(datagram.protocol(), datagram.source(), datagram.destination(), payload);
            switch (datagram.protocol()) {
                case Datagram.TCP, Datagram.UDP -> {
                    Bytes.put16(payload, 0, tuple.source().port());
                    Bytes.put16(payload, 2, tuple.destination().port());
                }
                case Datagram.ICMP -> Bytes.put16(payload, 4,
                    Icmp.isRequest(payload[0]) ? tuple.source().port() : tuple.destination().port());
                default -> { }
            }
            adjustChecksum(datagram.protocol(), payload, before, covered(datagram.protocol(), source, destination, payload));
        }
        return datagram.withPayload(payload).withAddresses(source, destination);
    }

    /** Pieces that fit (RFC 791, section 3.2): all but the last as long as possible. Options are not supported. */
    static List<Datagram> cut(final Datagram datagram, final int mtu) {
        final int most = (mtu - datagram.headerLength()) / 8 * 8;
        final List<Datagram> pieces = new ArrayList<>();
        for (int from = 0; from < datagram.payload().length; from += most) {
            final boolean last = datagram.headerLength() + datagram.payload().length - from <= mtu;
            pieces.add(datagram.piece(from, last ? datagram.payload().length : from + most));
            if (last) {
                break;
            }
        }
        return pieces;
    }

    /** Lowers the MSS option of a SYN (RFC 9293, section 3.7.1). */
    static Datagram withSegmentSizeAtMost(final int most, final Datagram datagram) {
        if (datagram.protocol() != Datagram.TCP || datagram.offset() != 0 || !Segment.of(datagram).syn()) {
            return datagram;
        }
        final byte[] payload = datagram.payload().clone();
        final int option = Segment.option(payload, 2, 4);
        if (option < 0 || Bytes.u16(payload, option + 2) <= most) {
            return datagram;
        }
        // the option may lie at an odd offset: the words that change are found by taking the header as it was and as it is
        final byte[] before = payload.clone();
        Bytes.put16(payload, option + 2, most);
        Bytes.put16(payload, 16, Bytes.adjusted(Bytes.u16(payload, 16), before, payload));
        return datagram.withPayload(payload);
    }

    /** The bytes that change and that the transport checksum covers. */
    private static byte[] covered(final int protocol, final int source, final int destination, final byte[] payload) {
        final ByteBuffer bytes = ByteBuffer.allocate(12);
        if (protocol != Datagram.ICMP) {
            bytes.putInt(source).putInt(destination);
        }
        if (protocol == Datagram.TCP || protocol == Datagram.UDP) {
            bytes.put(payload, 0, 4);
        } else if (protocol == Datagram.ICMP) {
            bytes.put(payload, 4, 2);
        }
        return bytes.array();
    }

    private static void adjustChecksum(final int protocol, final byte[] payload, final byte[] before, final byte[] after) {
        final int at = checksumOffset(protocol);
        if (at < 0 || payload.length < at + 2) {
            return;
        }
        final int given = Bytes.u16(payload, at);
        if (protocol == Datagram.UDP && given == 0) {
            return;
        }
        final int adjusted = Bytes.adjusted(given, before, after);
        // RFC 768, RFC 3828: zero would say that there is none
        final boolean zeroMeansNone = protocol == Datagram.UDP || protocol == Datagram.UDP_LITE;
        Bytes.put16(payload, at, adjusted == 0 && zeroMeansNone ? 0xFFFF : adjusted);
    }

    private static int checksumOffset(final int protocol) {
        return switch (protocol) {
            case Datagram.TCP -> 16;
            case Datagram.UDP, Datagram.UDP_LITE, Datagram.DCCP -> 6;
            case Datagram.ICMP -> 2;
            default -> -1;
        };
    }
}
