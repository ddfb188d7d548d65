package io.sallyport.tools.scenario;

import io.sallyport.packet.Side;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/** Writes packets in the notation of scenarios; without what a reader of the notation takes for granted. */
final class PacketPrinter {

    private static final String FLAG_LETTERS = "FSRP.UEW";
    /** In the order of tcpdump: SYN before FIN before RST, and the dot last. */
    private static final int[] FLAG_ORDER = {1, 0, 2, 3, 5, 6, 7, 4};
    private static final List<Field> IN_ORDER = List.of(
        Field.TYPE, Field.CODE, Field.QUERY_ID, Field.SEQUENCE, Field.ACKNOWLEDGEMENT, Field.WINDOW, Field.SEGMENT_SIZE,
        Field.WINDOW_SCALE, Field.MTU, Field.REST, Field.LENGTH, Field.TTL, Field.TYPE_OF_SERVICE, Field.IP_ID, Field.DONT_FRAGMENT,
        Field.CHECKSUM, Field.IP_CHECKSUM, Field.PAD, Field.ETHER_TYPE);

    private final BiFunction<Field, Long, Optional<String>> names;

    /** Writes what {@code names} knows by its name, and the rest as numbers. */
    PacketPrinter(final BiFunction<Field, Long, Optional<String>> names) {
        this.names = names;
    }

    /** Writes all values as numbers. */
    static PacketPrinter ofNumbers() {
        return new PacketPrinter((field, value) -> Optional.empty());
    }

    /** A packet that leaves, or would, on {@code side}. */
    String leaving(final Packet packet, final Side side) {
        final StringBuilder text = new StringBuilder();
        packet(text, packet, Standard.FORWARDED_TTL);
        final Packet plain = Packet.of(packet.form()).withInner(packet.inner().orElse(packet));
        plain.values().putAll(packet.values());
        List.of(Field.FROM_MAC, Field.TO_MAC, Field.SENDER_MAC, Field.TARGET_MAC).forEach(plain.values()::remove);
        final Packet standard = Standard.leaving(plain, side);
        for (final Field field : List.of(Field.FROM_MAC, Field.TO_MAC, Field.SENDER_MAC, Field.TARGET_MAC)) {
            if (packet.has(field) && !packet.values().get(field).equals(standard.values().get(field))
                && !(field == Field.SENDER_MAC && packet.form() == Form.ARP_REPLY)) {
                text.append(' ').append(field.keyword()).append(' ').append(value(packet, field));
            }
        }
        return text.toString();
    }

    private void packet(final StringBuilder text, final Packet packet, final int ttl) {
        final Form form = packet.form();
        switch (form.layout()) {
            case PORTS -> text.append(form.word()).append(' ').append(value(packet, Field.SOURCE)).append(':')
                .append(value(packet, Field.SOURCE_PORT)).append(" > ").append(value(packet, Field.DESTINATION)).append(':')
                .append(value(packet, Field.DESTINATION_PORT));
            case QUERY, ERROR, PLAIN -> {
                text.append(form.word()).append(' ');
                if (form == Form.PROTOCOL) {
                    text.append(packet.get(Field.PROTOCOL)).append(' ');
                }
                text.append(value(packet, Field.SOURCE)).append(" > ").append(value(packet, Field.DESTINATION));
            }
            case FRAGMENT -> {
                text.append("frag ").append(packet.get(Field.FRAGMENT_START)).append(':').append(packet.get(Field.FRAGMENT_END));
                if (packet.get(Field.MORE_FRAGMENTS, 0) == 0) {
                    text.append(" nomf");
                }
                inner(text, " of", packet, ttl);
            }
            case ARP -> text.append("arp ").append(form == Form.ARP_REQUEST
                ? "who-has " + value(packet, Field.DESTINATION) + " tell " + value(packet, Field.SOURCE)
                : value(packet, Field.SOURCE) + " is-at " + value(packet, Field.SENDER_MAC) + " tell " + value(packet, Field.DESTINATION));
            default -> text.append(form.word());
        }
        fields(text, packet, ttl);
        if (form.layout() == Form.Layout.ERROR) {
            inner(text, packet.has(Field.QUOTED_LENGTH) ? " quotes " + packet.get(Field.QUOTED_LENGTH) + " of" : " quotes", packet,
                Standard.TTL);
        }
    }

    private void inner(final StringBuilder text, final String word, final Packet packet, final int ttl) {
        packet.inner().ifPresent(inner -> {
            text.append(word).append(" { ");
            packet(text, inner, ttl);
            text.append(" }");
        });
    }

    private void fields(final StringBuilder text, final Packet packet, final int ttl) {
        if (packet.form() == Form.TCP) {
            text.append(" [").append(flags(packet.get(Field.FLAGS))).append(']');
        }
        for (final Field field : IN_ORDER) {
            final boolean isStandard = !packet.has(field) || field.standard().isPresent()
                && field.standard().getAsLong() == packet.values().get(field) || field == Field.TTL && packet.get(field) == ttl
                || field == Field.LENGTH && packet.data().isPresent();
            if (field == Field.DONT_FRAGMENT) {
                text.append(isStandard ? "" : " nodf");
            } else if (!isStandard || field == Field.SEQUENCE && packet.form() == Form.TCP) {
                text.append(' ').append(field.keyword()).append(' ').append(value(packet, field));
            }
        }
        hex(text, " ipopt", packet.ipOptions());
        hex(text, " tcpopt", packet.tcpOptions());
        packet.data().filter(data -> packet.form() != Form.FRAGMENT).ifPresent(data -> hex(text, " data", data));
    }

    private static void hex(final StringBuilder text, final String word, final byte[] bytes) {
        if (bytes.length > 0) {
            text.append(word).append(" 0x").append(HexFormat.of().formatHex(bytes));
        }
    }

    private String value(final Packet packet, final Field field) {
        final long value = packet.find(field).orElseThrow();
        return names.apply(field, value).orElseGet(() -> field.format(value));
    }

    /** TCP flags as tcpdump writes them. */
    static String flags(final int flags) {
        final StringBuilder text = new StringBuilder();
        for (final int bit : FLAG_ORDER) {
            if ((flags & 1 << bit) != 0) {
                text.append(FLAG_LETTERS.charAt(bit));
            }
        }
        return text.isEmpty() ? "none" : text.toString();
    }

    /** The flags that {@link #flags} writes, or -1. */
    static int flagsOf(final String letters) {
        int flags = 0;
        for (final char letter : "none".equals(letters) ? new char[0] : letters.toCharArray()) {
            final int bit = FLAG_LETTERS.indexOf(letter);
            if (bit < 0 || (flags & 1 << bit) != 0) {
                return -1;
            }
            flags |= 1 << bit;
        }
        return letters.isEmpty() ? -1 : flags;
    }
}
