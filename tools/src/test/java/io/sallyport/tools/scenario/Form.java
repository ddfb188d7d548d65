package io.sallyport.tools.scenario;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The kinds of packet that scenarios know, by the word that they begin with. */
enum Form {
    UDP("udp", Layout.PORTS, 17, -1),
    UDP_LITE("udplite", Layout.PORTS, 136, -1),
    DCCP("dccp", Layout.PORTS, 33, -1),
    TCP("tcp", Layout.PORTS, 6, -1),
    ECHO("echo", Layout.QUERY, 1, 8),
    ECHO_REPLY("echo-reply", Layout.QUERY, 1, 0),
    TIMESTAMP("timestamp", Layout.QUERY, 1, 13),
    TIMESTAMP_REPLY("timestamp-reply", Layout.QUERY, 1, 14),
    UNREACHABLE("unreachable", Layout.ERROR, 1, 3),
    SOURCE_QUENCH("source-quench", Layout.ERROR, 1, 4),
    REDIRECT("redirect", Layout.ERROR, 1, 5),
    TIME_EXCEEDED("time-exceeded", Layout.ERROR, 1, 11),
    PARAMETER_PROBLEM("parameter-problem", Layout.ERROR, 1, 12),
    /** An ICMP message of any other type. */
    ICMP("icmp", Layout.PLAIN, 1, -1),
    /** Any other protocol. */
    PROTOCOL("proto", Layout.PLAIN, -1, -1),
    FRAGMENT("frag", Layout.FRAGMENT, -1, -1),
    ARP_REQUEST("who-has", Layout.ARP, -1, -1),
    ARP_REPLY("is-at", Layout.ARP, -1, -1),
    /** A frame that holds neither IPv4 nor ARP. */
    ETHERNET("eth", Layout.LINK, -1, -1),
    /** A frame as bytes. */
    RAW("raw", Layout.LINK, -1, -1);

    private static final Map<String, Form> BY_WORD =
        Arrays.stream(values()).collect(Collectors.toMap(form -> form.word, Function.identity()));

    private final String word;
    private final Layout layout;
    private final int protocol;
    private final int icmpType;

    Form(final String word, final Layout layout, final int protocol, final int icmpType) {
        this.word = word;
        this.layout = layout;
        this.protocol = protocol;
        this.icmpType = icmpType;
    }

    /** What stands behind the word. */
    enum Layout { PORTS, QUERY, ERROR, PLAIN, FRAGMENT, ARP, LINK }

    /** The form that begins with this word, or null. */
    static Form named(final String word) {
        return BY_WORD.get(word);
    }

    /** The form with ports of an IP protocol, or null. */
    static Form ofProtocol(final int protocol) {
        return Arrays.stream(values()).filter(form -> form.layout == Layout.PORTS && form.protocol == protocol).findAny().orElse(null);
    }

    /** The form of an ICMP type. */
    static Form ofIcmpType(final int type) {
        return Arrays.stream(values()).filter(form -> form.icmpType == type).findAny().orElse(ICMP);
    }

    String word() {
        return word;
    }

    Layout layout() {
        return layout;
    }

    /** The protocol of the IP header, or -1 where the packet says it. */
    int protocol() {
        return protocol;
    }

    /** The ICMP type, or -1. */
    int icmpType() {
        return icmpType;
    }
}
