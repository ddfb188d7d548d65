package io.sallyport.tools.scenario;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads packets in the notation of scenarios, which {@code docs/scenarios/README.md} describes. Problems are half a sentence; whoever
 * knows the line adds it.
 */
final class PacketParser {

    private static final Pattern TOKEN = Pattern.compile("\"[^\"]*\"|\\S+");
    private static final Pattern MAC = Pattern.compile("([0-9a-f]{2}:){5}[0-9a-f]{2}");

    private final String text;
    private final List<String> tokens;
    private int at;
    private Optional<Form> form = Optional.empty();
    private Optional<String> base = Optional.empty();
    private final Map<Field, Term> terms = new EnumMap<>(Field.class);
    private Optional<PacketSpec> inner = Optional.empty();
    private Optional<byte[]> data = Optional.empty();
    private Optional<byte[]> ipOptions = Optional.empty();
    private Optional<byte[]> tcpOptions = Optional.empty();

    private PacketParser(final String text, final List<String> tokens) {
        this.text = text;
        this.tokens = tokens;
    }

    /**
     * Reads a packet.
     *
     * @throws IllegalArgumentException with half a sentence
     */
    static PacketSpec parse(final String text) {
        final List<String> tokens = new ArrayList<>();
        final Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            tokens.add(matcher.group());
        }
        return new PacketParser(text, tokens).packet();
    }

    private PacketSpec packet() {
        final String word = next("a packet");
        if (word.startsWith("@")) {
            base = Optional.of(word.substring(1));
        } else if ("arp".equals(word)) {
            arp();
        } else {
            form = Optional.ofNullable(Form.named(word)).filter(named -> named.layout() != Form.Layout.ARP);
            form.orElseThrow(() -> new IllegalArgumentException("\"" + word + "\" is no kind of packet"));
            head(form.get());
        }
        while (at < tokens.size()) {
            field(next("a field"));
        }
        if (form.isPresent() && form.get() == Form.TCP && !terms.containsKey(Field.FLAGS)) {
            throw new IllegalArgumentException("a TCP segment needs its flags, like [S.]");
        }
        return new PacketSpec(text, form, base, terms, inner, data, ipOptions, tcpOptions);
    }

    private void arp() {
        final String first = next("who-has or an address");
        if ("who-has".equals(first)) {
            form = Optional.of(Form.ARP_REQUEST);
            put(Field.DESTINATION, next("an address"));
            expect("tell");
            put(Field.SOURCE, next("an address"));
        } else {
            form = Optional.of(Form.ARP_REPLY);
            put(Field.SOURCE, first);
            expect("is-at");
            put(Field.SENDER_MAC, next("a MAC address"));
            expect("tell");
            put(Field.DESTINATION, next("an address"));
        }
    }

    private void head(final Form packetForm) {
        switch (packetForm.layout()) {
            case PORTS -> {
                endpoint(next("address:port"), Field.SOURCE, Field.SOURCE_PORT);
                expect(">");
                endpoint(next("address:port"), Field.DESTINATION, Field.DESTINATION_PORT);
            }
            case QUERY, ERROR, PLAIN -> {
                if (packetForm == Form.PROTOCOL) {
                    put(Field.PROTOCOL, next("a protocol number"));
                }
                put(Field.SOURCE, next("an address"));
                expect(">");
                put(Field.DESTINATION, next("an address"));
            }
            case FRAGMENT -> {
                endpoint(next("first:end"), Field.FRAGMENT_START, Field.FRAGMENT_END);
                expect("of");
                inner = Optional.of(braces());
            }
            default -> {
                if (packetForm == Form.RAW) {
                    data = Optional.of(bytes(next("the frame's bytes")));
                }
            }
        }
    }

    private void field(final String word) {
        switch (word) {
            case "nodf" -> putNew(Field.DONT_FRAGMENT, Term.of(0));
            case "nomf" -> putNew(Field.MORE_FRAGMENTS, Term.of(0));
            case "df" -> putNew(Field.DONT_FRAGMENT, Term.of(1));
            case "mf" -> putNew(Field.MORE_FRAGMENTS, Term.of(1));
            case "data" -> data = Optional.of(bytes(next("bytes")));
            case "ipopt" -> ipOptions = Optional.of(bytes(next("bytes")));
            case "tcpopt" -> tcpOptions = Optional.of(bytes(next("bytes")));
            case "quotes" -> {
                if (at + 1 < tokens.size() && "of".equals(tokens.get(at + 1))) {
                    put(Field.QUOTED_LENGTH, next("a length"));
                    expect("of");
                }
                inner = Optional.of(braces());
            }
            default -> {
                final Field field = Field.named(word);
                if (word.startsWith("[") && word.endsWith("]")) {
                    flags(word.substring(1, word.length() - 1));
                } else if (field == null || field.style() == Field.Style.FLAG) {
                    throw new IllegalArgumentException("\"" + word + "\" is no field of a packet");
                } else {
                    put(field, next("a value of " + word));
                }
            }
        }
    }

    private void flags(final String letters) {
        final int flags = PacketPrinter.flagsOf(letters);
        if (flags < 0) {
            throw new IllegalArgumentException("\"[" + letters + "]\" are no TCP flags; they are letters of FSRPUEW and a dot for ACK");
        }
        putNew(Field.FLAGS, Term.of(flags));
    }

    private PacketSpec braces() {
        expect("{");
        final int begin = at;
        int depth = 1;
        while (depth > 0) {
            final String token = next("}");
            depth += "{".equals(token) ? 1 : "}".equals(token) ? -1 : 0;
        }
        final List<String> enclosed = tokens.subList(begin, at - 1);
        return new PacketParser(String.join(" ", enclosed), enclosed).packet();
    }

    private void endpoint(final String token, final Field host, final Field port) {
        final int colon = token.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("\"" + token + "\" is not like a:b");
        }
        put(host, token.substring(0, colon));
        put(port, token.substring(colon + 1));
    }

    private void put(final Field field, final String token) {
        final boolean isMac = field.style() == Field.Style.MAC;
        if (isMac && !MAC.matcher(token).matches()) {
            throw new IllegalArgumentException("\"" + token + "\" is not a MAC address like 02:00:00:00:0a:02");
        }
        putNew(field, isMac ? Term.of(Long.parseLong(token.replace(":", ""), 16)) : Term.parse(token));
    }

    private void putNew(final Field field, final Term term) {
        if (terms.putIfAbsent(field, term) != null) {
            throw new IllegalArgumentException("the packet says twice what its " + field.name().toLowerCase(Locale.ROOT) + " is");
        }
    }

    private static byte[] bytes(final String token) {
        if (token.startsWith("\"") && token.endsWith("\"") && token.length() > 1) {
            return token.substring(1, token.length() - 1).replace("\\r", "\r").replace("\\n", "\n").getBytes(StandardCharsets.US_ASCII);
        }
        if (!token.matches("0x([0-9a-fA-F]{2})*")) {
            throw new IllegalArgumentException("\"" + token + "\" is neither \"text\" nor bytes like 0x0a4d");
        }
        return HexFormat.of().parseHex(token.substring(2));
    }

    private void expect(final String word) {
        final String token = next("\"" + word + "\"");
        if (!token.equals(word)) {
            throw new IllegalArgumentException("\"" + token + "\" stands where \"" + word + "\" is expected");
        }
    }

    private String next(final String what) {
        if (at == tokens.size()) {
            throw new IllegalArgumentException("the line ends where " + what + " is expected");
        }
        return tokens.get(at++);
    }
}
