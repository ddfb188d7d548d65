package io.sallyport.twin;

import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** Packets with one thing wrong. */
final class Hostile {

    private static final List<UnaryOperator<byte[]>> FRAMES = List.of(
        frame -> change(frame, 24, frame[24] ^ 1),
        frame -> change(frame, 0, 0xFF),
        frame -> change(frame, 0, 1),
        frame -> change(frame, 5, 9),
        frame -> change(frame, 12, 0x86, 0xDD),
        frame -> change(frame, 12, 0x81, 0),
        frame -> change(frame, 12, 0x88, 0xCC),
        frame -> Arrays.copyOf(frame, 13),
        frame -> Arrays.copyOf(frame, 33),
        frame -> Arrays.copyOf(frame, frame.length - 1),
        frame -> fixed(change(frame, 14, 0x65)),
        frame -> fixed(change(frame, 14, 0x44)),
        frame -> fixed(change(frame, 16, 0xFF, 0xFF)),
        frame -> fixed(change(frame, 16, 0, 19)),
        frame -> fixed(change(frame, 38, 0, 7)),
        frame -> fixed(change(frame, 38, 0, 200)),
        frame -> change(frame, 40, frame[40] ^ 0x10),
        frame -> Arrays.copyOf(frame, frame.length + 7));

    private static final int[] NEVER = {address("0.1.2.3"), address("127.0.0.1"), address("169.254.9.9"), address("240.0.0.1"),
        address("255.255.255.255"), address("224.0.0.5"), address("10.77.0.255"), address("198.51.100.255"), address("10.77.0.0")};

    private Hostile() {
    }

    /** A frame from a side that was harmless before. */
    static byte[] frame(final int pick, final Side side, final Datagram base) {
        final int choice = pick % (FRAMES.size() + 20);
        if (choice < FRAMES.size()) {
            return FRAMES.get(choice).apply(Craft.frame(side, base));
        }
        return Craft.frame(side, datagram(choice - FRAMES.size(), pick / 38, side, base));
    }

    private static Datagram datagram(final int choice, final int which, final Side side, final Datagram base) {
        final boolean inside = side == Side.INSIDE;
        return switch (choice) {
            case 0, 1 -> moved(base, NEVER[which % NEVER.length], base.destination());
            case 2, 3 -> moved(base, base.source(), NEVER[which % NEVER.length]);
            case 4, 5 -> moved(base, inside ? address("203.0.113.9") : Setting.HOSTS[which % 4], base.destination());
            case 6 -> moved(base, inside ? Setting.INSIDE : Setting.OUTSIDE, base.destination());
            case 7 -> moved(base, inside ? address("10.78.0.1") : Setting.INSIDE, base.destination());
            case 8 -> moved(base, base.source(), Setting.HOSTS[which % 4]);
            case 9 -> moved(base, base.source(), inside ? Setting.INSIDE : address("198.51.100.99"));
            case 10 -> moved(base, base.source(), inside ? Setting.OUTSIDE : Setting.INSIDE);
            case 11, 12 -> base.withOptions(which % 2 == 0 ? new byte[] {(byte) 131, 3, 4, 0} : new byte[] {1, (byte) 137, 3, 4});
            case 13 -> Craft.datagram(Datagram.ICMP, base.source(), base.destination(), Icmp.message(9, 0, 0, new byte[8]));
            case 14 -> Craft.datagram(Datagram.ICMP, base.source(), base.destination(), new byte[7]);
            case 15 -> Craft.datagram(Datagram.TCP, base.source(), base.destination(), new byte[19]);
            case 16 -> Craft.datagram(Datagram.TCP, base.source(), base.destination(), new byte[20]);
            case 17, 18 -> Craft.query(Icmp.ECHO_REQUEST, base.source(), inside ? Setting.INSIDE : Setting.OUTSIDE, 77, which % 100);
            default -> {
                final Datagram ping = Craft.query(Icmp.ECHO_REQUEST, base.source(), inside ? Setting.INSIDE : Setting.OUTSIDE, 77, 30);
                ping.payload()[3] ^= 4;
                yield ping;
            }
        };
    }

    /** An ICMP error about a packet that left, from who or what got it; one in three with something wrong. */
    static Datagram error(final int pick, final int source, final Datagram about) {
        final int choice = pick % 24;
        final int[][] kinds = {{3, 3}, {11, 0}, {3, 4}, {3, 1}, {12, 0}, {3, 13}};
        final int[] kind = kinds[pick / 24 % kinds.length];
        Datagram quoted = about;
        if (choice == 16 && about.protocol() == Datagram.TCP) {
            quoted = with(about, 4, 0x60);
        } else if (choice == 17) {
            quoted = with(about, 0, 0x11);
        } else if (choice == 18) {
            quoted = with(about, 2, 0x11);
        } else if (choice == 19) {
            quoted = moved(about, about.source(), about.destination() ^ 4);
        } else if (choice == 20) {
            quoted = about.piece(8, about.payload().length);
        }
        final byte[] bytes = quoted.bytes();
        final int length = choice == 21 ? 20 + 7 : choice % 3 == 0 ? quoted.headerLength() + 8 : choice % 3 == 1 ? 548 : 60;
        final byte[] quote = Arrays.copyOf(bytes, Math.min(bytes.length, length));
        if (choice == 22) {
            quote[8] ^= 1;
        }
        final byte[] message = Icmp.message(kind[0], kind[1], kind[1] == 4 ? 576 : 0, quote);
        if (choice == 23) {
            message[message.length - 1] ^= 1;
        }
        final Datagram error = Craft.datagram(Datagram.ICMP, source, about.source(), message);
        return choice == 15 ? error.withTtl(1) : error;
    }

    private static Datagram with(final Datagram datagram, final int at, final int flip) {
        final byte[] payload = datagram.payload().clone();
        payload[at] ^= (byte) flip;
        return datagram.withPayload(payload);
    }

    /** The datagram with other addresses and a right checksum. */
    private static Datagram moved(final Datagram datagram, final int source, final int destination) {
        final Tuple tuple = Tuple.of(datagram);
        return Rewriting.to(new Tuple(datagram.protocol(), new Endpoint(source, tuple.source().port()),
            new Endpoint(destination, tuple.destination().port())), datagram);
    }

    private static byte[] change(final byte[] frame, final int at, final int... values) {
        for (int k = 0; k < values.length; k++) {
            frame[at + k] = (byte) values[k];
        }
        return frame;
    }

    /** With a header checksum that is right, for the 20 bytes that were there. */
    private static byte[] fixed(final byte[] frame) {
        Bytes.put16(frame, 24, 0);
        Bytes.put16(frame, 24, Bytes.checksum(Arrays.copyOfRange(frame, 14, 34)));
        return frame;
    }

    private static int address(final String text) {
        return Ipv4Address.parse(text);
    }
}
