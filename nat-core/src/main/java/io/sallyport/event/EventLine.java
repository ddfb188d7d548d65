package io.sallyport.event;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Reads lines of an event log. Keys may come in any order, and unknown ones are passed over; what is no line of a log, like one that a
 * crash has cut, is not understood. One thread at a time.
 */
final class EventLine {

    private static final byte[][] LABELS = new byte[EventKind.count()][];
    private static final int NO_PORT = 0;

    static {
        for (int kind = 0; kind < LABELS.length; kind++) {
            LABELS[kind] = EventKind.of(kind).label().getBytes(StandardCharsets.US_ASCII);
        }
    }

    private byte[] text;
    private int position;
    private int end;

    private EventKind kind;
    private long timeNs;
    private int protocol;
    private int insideAddress;
    private int insidePort;
    private int publicAddress;
    private int publicPort;
    private boolean hasDestination;
    private int destinationAddress;
    private int destinationPort;
    private boolean adopted;
    private long count;
    private long sinceNs;
    private int address;
    private int port;

    /**
     * Reads a line.
     *
     * @param from where it begins
     * @param to   where it ends, without its line break
     * @return whether it was understood
     */
    boolean read(final byte[] bytes, final int from, final int to) {
        text = bytes;
        position = from;
        end = to;
        kind = null;
        timeNs = Long.MIN_VALUE;
        protocol = -1;
        publicAddress = 0;
        publicPort = NO_PORT;
        insideAddress = 0;
        insidePort = NO_PORT;
        hasDestination = false;
        adopted = false;
        count = 0;
        sinceNs = Long.MIN_VALUE;
        if (!skip('{')) {
            return false;
        }
        boolean isWhole = true;
        do {
            isWhole = pair();
        } while (isWhole && skip(','));
        return isWhole && skip('}') && kind != null && timeNs != Long.MIN_VALUE;
    }

    EventKind kind() {
        return kind;
    }

    long timeNs() {
        return timeNs;
    }

    /** Index of the protocol, or -1. */
    int protocol() {
        return protocol;
    }

    int insideAddress() {
        return insideAddress;
    }

    int insidePort() {
        return insidePort;
    }

    int publicAddress() {
        return publicAddress;
    }

    int publicPort() {
        return publicPort;
    }

    boolean hasDestination() {
        return hasDestination;
    }

    int destinationAddress() {
        return destinationAddress;
    }

    int destinationPort() {
        return destinationPort;
    }

    boolean isAdopted() {
        return adopted;
    }

    /** Of lost events, how many. */
    long count() {
        return count;
    }

    /** Of lost events, since when; of a gateway that stops, since when it ran. */
    long sinceNs() {
        return sinceNs;
    }

    /** Key and value. */
    private boolean pair() {
        final int key = position + 1;
        final int keyEnd = string();
        if (keyEnd < 0 || !skip(':')) {
            return false;
        }
        final int length = keyEnd - key;
        final int value = position;
        final boolean isString = value < end && text[value] == '"';
        final int valueEnd = isString ? string() : literal();
        if (valueEnd < 0) {
            return false;
        }
        return !isString ? number(key, length, value, valueEnd) : switch (text[key]) {
            case 't' -> !is(key, length, "time") || (timeNs = time(value + 1, valueEnd)) != Long.MIN_VALUE;
            case 's' -> !is(key, length, "since") || (sinceNs = time(value + 1, valueEnd)) != Long.MIN_VALUE;
            case 'e' -> !is(key, length, "event") || kind(value + 1, valueEnd);
            case 'p' -> is(key, length, "public") ? publicEndpoint(value + 1, valueEnd)
                : !is(key, length, "protocol") || protocol(value + 1, valueEnd);
            case 'i' -> !is(key, length, "inside") || insideEndpoint(value + 1, valueEnd);
            case 'd' -> !is(key, length, "destination") || destinationEndpoint(value + 1, valueEnd);
            default -> true;
        };
    }

    private boolean number(final int key, final int keyLength, final int from, final int to) {
        if (is(key, keyLength, "adopted")) {
            adopted = text[from] == 't';
        } else if (is(key, keyLength, "count")) {
            count = digits(from, to);
            return count >= 0;
        }
        return true;
    }

    private boolean kind(final int from, final int to) {
        for (int candidate = 0; candidate < LABELS.length; candidate++) {
            final byte[] label = LABELS[candidate];
            if (label.length == to - from && isAt(from, label)) {
                kind = EventKind.of(candidate);
            }
        }
        return kind != null;
    }

    private boolean protocol(final int from, final int to) {
        protocol = EventProtocols.index(new String(text, from, to - from, StandardCharsets.US_ASCII));
        return protocol >= 0;
    }

    private boolean publicEndpoint(final int from, final int to) {
        final boolean understood = endpoint(from, to);
        publicAddress = address;
        publicPort = port;
        return understood;
    }

    private boolean insideEndpoint(final int from, final int to) {
        final boolean understood = endpoint(from, to);
        insideAddress = address;
        insidePort = port;
        return understood;
    }

    private boolean destinationEndpoint(final int from, final int to) {
        hasDestination = endpoint(from, to);
        destinationAddress = address;
        destinationPort = port;
        return hasDestination;
    }

    /** An address, and a port or the first of several, if there is one. */
    private boolean endpoint(final int from, final int to) {
        int value = 0;
        int octets = 0;
        int number = 0;
        int at = from;
        for (; at < to && text[at] != ':'; at++) {
            if (text[at] == '.') {
                value = value << 8 | number;
                number = 0;
                octets++;
            } else {
                number = number * 10 + text[at] - '0';
            }
        }
        address = value << 8 | number;
        int numeral = 0;
        for (at++; at < to && text[at] != '-'; at++) {
            numeral = numeral * 10 + text[at] - '0';
        }
        port = numeral & 0xFFFF;
        return octets == 3 && number >= 0 && number < 256;
    }

    /** A time in UTC, {@code 2026-11-28T14:03:07.123456789Z}, in ns since 1970. */
    private long time(final int from, final int to) {
        if (to - from != 30 || text[from + 10] != 'T' || text[to - 1] != 'Z') {
            return Long.MIN_VALUE;
        }
        final long days = daysSinceEpoch((int) digits(from, from + 4), (int) digits(from + 5, from + 7), (int) digits(from + 8, from + 10));
        final long seconds = ((days * 24 + digits(from + 11, from + 13)) * 60 + digits(from + 14, from + 16)) * 60
            + digits(from + 17, from + 19);
        return TimeUnit.SECONDS.toNanos(seconds) + digits(from + 20, from + 29);
    }

    /** Days from 1970-01-01 by the Gregorian calendar: years that begin in March have their leap day at the end. */
    private static long daysSinceEpoch(final int year, final int month, final int day) {
        final long marchYear = month > 2 ? year : year - 1;
        final long dayOfYear = (153L * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
        return marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468;
    }

    private long digits(final int from, final int to) {
        long value = 0;
        for (int at = from; at < to; at++) {
            value = value * 10 + text[at] - '0';
        }
        return value;
    }

    private boolean skip(final char wanted) {
        while (position < end && text[position] == ' ') {
            position++;
        }
        if (position < end && text[position] == wanted) {
            position++;
            while (position < end && text[position] == ' ') {
                position++;
            }
            return true;
        }
        return false;
    }

    /** Passes over a string; where it ends, or -1. There are no quotes within ours. */
    private int string() {
        if (position >= end || text[position] != '"') {
            return -1;
        }
        for (int at = position + 1; at < end; at++) {
            if (text[at] == '"') {
                position = at + 1;
                return at;
            }
        }
        return -1;
    }

    /** Passes over a number or a truth; where it ends, or -1. */
    private int literal() {
        final int from = position;
        while (position < end && text[position] != ',' && text[position] != '}' && text[position] != ' ') {
            position++;
        }
        return position > from ? position : -1;
    }

    private boolean is(final int from, final int length, final String word) {
        if (length != word.length()) {
            return false;
        }
        for (int at = 0; at < length; at++) {
            if (text[from + at] != word.charAt(at)) {
                return false;
            }
        }
        return true;
    }

    private boolean isAt(final int from, final byte[] word) {
        for (int at = 0; at < word.length; at++) {
            if (text[from + at] != word[at]) {
                return false;
            }
        }
        return true;
    }
}
