package io.sallyport.twin;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The packet that an ICMP error quotes (RFC 5508, section 4). */
final class Quotes {

    private Quotes() {
    }

    /** All that is wrong with an error and its quote, whatever it is about. */
    static Set<String> faults(final Datagram error) {
        final Set<String> faults = new HashSet<>();
        if (Bytes.checksum(error.payload()) != 0) {
            faults.add("bad-icmp-checksum");
        }
        final byte[] quote = bytes(error);
        final int headerLength = quote.length == 0 ? 0 : (quote[0] & 0xF) * 4;
        if (quote.length < 28 || Bytes.u8(quote, 0) >>> 4 != 4 || headerLength < 20 || quote.length < headerLength + 8
            || Bytes.u16(quote, 2) < headerLength + 8) {
            faults.add("malformed");
        } else if (Bytes.checksum(Arrays.copyOf(quote, headerLength)) != 0) {
            faults.add("bad-ip-checksum");
        }
        return faults;
    }

    /** The packet, as far as it is quoted; empty when no connection can be told from it. */
    static Optional<Datagram> quoted(final Datagram error) {
        final Datagram quoted = Datagram.parse(bytes(error));
        final boolean ofConnection = quoted.offset() == 0 && (quoted.protocol() != Datagram.ICMP
            || Icmp.isRequest(quoted.payload()[0]) || Icmp.isReply(quoted.payload()[0]));
        return ofConnection ? Optional.of(quoted) : Optional.empty();
    }

    /** The error with another quote of the same length. */
    static Datagram with(final Datagram error, final Datagram quoted) {
        final byte[] message = error.payload().clone();
        final byte[] quote = quoted.bytes(Bytes.u16(message, 10));
        System.arraycopy(quote, 0, message, 8, quote.length);
        return error.withPayload(Icmp.withChecksum(message));
    }

    private static byte[] bytes(final Datagram error) {
        return Arrays.copyOfRange(error.payload(), 8, error.payload().length);
    }
}
