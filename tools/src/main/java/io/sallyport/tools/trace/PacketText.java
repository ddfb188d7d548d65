package io.sallyport.tools.trace;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bytes of a packet as people have them: hexadecimal digits, with or without spaces, colons and {@code 0x}; or what
 * {@code tcpdump -xx}, {@code xxd}, {@code hexdump -C} and Wireshark print, of which offsets and text are left out.
 */
public final class PacketText {

    /** Longest packet: Ethernet header and the longest that IPv4 knows. */
    static final int LONGEST_LENGTH = 14 + 65_535;

    /** An offset, and what stands behind it. */
    private static final Pattern DUMP_LINE = Pattern.compile("\\s*(?:0[xX])?([0-9A-Fa-f]{4,8})(?::\\s+|\\s{2,})(\\S.*)");
    private static final Pattern DUMP_WORD = Pattern.compile("(?:[0-9A-Fa-f]{2}){1,2}");
    private static final int BYTES_PER_DUMP_LINE = 16;
    private static final int SHOWN_LENGTH = 20;

    private PacketText() {
    }

    /**
     * Reads a packet.
     *
     * @throws IllegalArgumentException with half a sentence for the user
     */
    public static byte[] parse(final String text) {
        final List<Matcher> dump = text.lines().map(DUMP_LINE::matcher).filter(Matcher::matches).toList();
        final byte[] bytes = !dump.isEmpty() && offset(dump.getFirst()) == 0 ? parseDump(dump) : parseDigits(text);
        if (bytes.length == 0) {
            throw new IllegalArgumentException("no bytes");
        }
        if (bytes.length > LONGEST_LENGTH) {
            throw new IllegalArgumentException("longer than " + LONGEST_LENGTH + " bytes, which no packet is");
        }
        return bytes;
    }

    private static byte[] parseDigits(final String text) {
        final StringBuilder digits = new StringBuilder();
        for (final String word : text.strip().split("[\\s:]+")) {
            final String part = word.startsWith("0x") || word.startsWith("0X") ? word.substring(2) : word;
            if (!part.matches("[0-9A-Fa-f]*")) {
                throw new IllegalArgumentException("\"" + shortened(word) + "\" is not hexadecimal");
            }
            digits.append(part);
        }
        if (digits.length() % 2 != 0) {
            throw new IllegalArgumentException("an odd number of hexadecimal digits: " + digits.length());
        }
        return HexFormat.of().parseHex(digits);
    }

    private static byte[] parseDump(final List<Matcher> lines) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (final Matcher line : lines) {
            if (offset(line) != bytes.size()) {
                throw new IllegalArgumentException("offset " + line.group(1) + " does not follow on " + bytes.size()
                    + " bytes: one packet at a time, and whole");
            }
            addDumpLine(line.group(2), bytes);
        }
        return bytes.toByteArray();
    }

    /** Up to 16 bytes in words of one or two; two spaces or more end them, but for the gap in the middle of some dumps. */
    private static void addDumpLine(final String line, final ByteArrayOutputStream bytes) {
        int at = 0;
        int count = 0;
        while (at < line.length() && count < BYTES_PER_DUMP_LINE) {
            final int end = indexOf(line, at, true);
            final String word = line.substring(at, end);
            if (!DUMP_WORD.matcher(word).matches()) {
                return;
            }
            bytes.writeBytes(HexFormat.of().parseHex(word));
            count += word.length() / 2;
            at = indexOf(line, end, false);
            if (at - end > (count == BYTES_PER_DUMP_LINE / 2 ? 2 : 1)) {
                return;
            }
        }
    }

    private static int indexOf(final String line, final int from, final boolean isBlank) {
        int at = from;
        while (at < line.length() && Character.isWhitespace(line.charAt(at)) != isBlank) {
            at++;
        }
        return at;
    }

    private static long offset(final Matcher line) {
        return Long.parseLong(line.group(1), 16);
    }

    private static String shortened(final String word) {
        return word.length() <= SHOWN_LENGTH ? word : word.substring(0, SHOWN_LENGTH) + "...";
    }
}
