package io.sallyport.tools.scenario;

import java.util.Arrays;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The fields of a packet: how scenarios call them, how their values are written, and what they are unless said. */
enum Field {
    /** Source address; of ARP the sender's. */
    SOURCE("", Style.ADDRESS),
    /** Destination address; of ARP the target's. */
    DESTINATION("", Style.ADDRESS),
    SOURCE_PORT("", Style.DECIMAL),
    DESTINATION_PORT("", Style.DECIMAL),
    /** The protocol of a packet that is none of those with a form of their own. */
    PROTOCOL("", Style.DECIMAL),
    /** First byte of a fragment, counted from behind the IP header. */
    FRAGMENT_START("", Style.DECIMAL),
    /** The byte behind its last. */
    FRAGMENT_END("", Style.DECIMAL),

    // of ICMP
    TYPE("type", Style.DECIMAL),
    CODE("code", Style.DECIMAL, 0),
    QUERY_ID("id", Style.DECIMAL, 0),
    MTU("mtu", Style.DECIMAL, 0),
    /** The second word of an ICMP message that has neither identifier nor MTU. */
    REST("rest", Style.HEX, 0),
    /** Bytes of the quoted packet behind its IP header; all of them unless said. */
    QUOTED_LENGTH("", Style.DECIMAL),

    // of TCP
    FLAGS("", Style.DECIMAL),
    SEQUENCE("seq", Style.DECIMAL, 0),
    ACKNOWLEDGEMENT("ack", Style.DECIMAL, 0),
    WINDOW("win", Style.DECIMAL, 65_535),
    SEGMENT_SIZE("mss", Style.DECIMAL),
    WINDOW_SCALE("ws", Style.DECIMAL),

    // of all
    LENGTH("len", Style.DECIMAL, 0),
    TTL("ttl", Style.DECIMAL),
    TYPE_OF_SERVICE("tos", Style.HEX, 0),
    IP_ID("ipid", Style.DECIMAL, 0),
    DONT_FRAGMENT("df", Style.FLAG, 1),
    MORE_FRAGMENTS("mf", Style.FLAG),

    // what is wrong about a packet, or unusual
    VERSION("version", Style.DECIMAL, 4),
    HEADER_WORDS("ihl", Style.DECIMAL),
    TOTAL_LENGTH("total-length", Style.DECIMAL),
    IP_CHECKSUM("ip-checksum", Style.HEX),
    DATAGRAM_LENGTH("udp-length", Style.DECIMAL),
    DATA_OFFSET("data-offset", Style.DECIMAL),
    /** Checksum of the transport header or of the ICMP message. */
    CHECKSUM("checksum", Style.HEX),
    /** Length of the frame, the rest of which is missing. */
    CUT("cut", Style.DECIMAL),
    /** Bytes behind the packet, which a link with a shortest frame adds. */
    PAD("pad", Style.DECIMAL),
    VLAN("vlan", Style.DECIMAL),
    ETHER_TYPE("ethertype", Style.HEX),
    FROM_MAC("from", Style.MAC),
    TO_MAC("to", Style.MAC),
    SENDER_MAC("sender-mac", Style.MAC),
    TARGET_MAC("target-mac", Style.MAC);

    private static final Map<String, Field> BY_KEYWORD = Arrays.stream(values()).filter(field -> !field.keyword.isEmpty())
        .collect(Collectors.toMap(field -> field.keyword, Function.identity()));

    private final String keyword;
    private final Style style;
    private final OptionalLong standard;

    Field(final String keyword, final Style style) {
        this.keyword = keyword;
        this.style = style;
        this.standard = OptionalLong.empty();
    }

    Field(final String keyword, final Style style, final long standard) {
        this.keyword = keyword;
        this.style = style;
        this.standard = OptionalLong.of(standard);
    }

    /** How values are written. */
    enum Style { DECIMAL, HEX, ADDRESS, MAC, FLAG }

    /** The field with this keyword, or null. */
    static Field named(final String keyword) {
        return BY_KEYWORD.get(keyword);
    }

    /** What comes before the value; empty for a field that is known by its place. */
    String keyword() {
        return keyword;
    }

    Style style() {
        return style;
    }

    /** The value of a packet that does not say. */
    OptionalLong standard() {
        return standard;
    }

    /** Whether an engine chooses the value, so that a scenario gives it a name. */
    boolean isChosen() {
        return this == SOURCE_PORT || this == DESTINATION_PORT || this == QUERY_ID || this == IP_ID;
    }

    /** The value as scenarios write it, without keyword. */
    String format(final long value) {
        return switch (style) {
            case ADDRESS -> (value >>> 24 & 0xFF) + "." + (value >>> 16 & 0xFF) + "." + (value >>> 8 & 0xFF) + "." + (value & 0xFF);
            case MAC -> macText(value);
            case HEX -> "0x" + Long.toHexString(value);
            default -> Long.toString(value);
        };
    }

    private static String macText(final long mac) {
        final StringBuilder text = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append("%02x".formatted(mac >>> shift & 0xFF)).append(shift > 0 ? ":" : "");
        }
        return text.toString();
    }
}
