package io.sallyport.event;

import io.sallyport.counter.DestinationUse;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Writes events as lines of JSON into a block of memory, for whoever writes that to a file. One object a line, its keys always in the
 * same order, no blanks, times in UTC with nine digits after the second.
 *
 * <p>One thread at a time.
 */
final class EventText {

    /** Longest line, in bytes: a name has 64 letters, everything else is short. */
    static final int LONGEST_LINE_LENGTH = 512;

    private static final int SECOND_LENGTH = "2026-11-28T14:03:07".length();
    private static final byte[] TIME = bytes("{\"time\":\"");
    private static final byte[][] EVENTS = new byte[EventKind.count()][];
    private static final byte[][] PROTOCOLS = new byte[EventProtocols.NAMES.size()][];
    private static final byte[] PUBLIC = bytes(",\"public\":\"");
    private static final byte[] INSIDE = bytes(",\"inside\":\"");
    private static final byte[] DESTINATION = bytes(",\"destination\":\"");
    private static final byte[] ADOPTED = bytes(",\"adopted\":true");
    private static final byte[] WORKER = bytes(",\"worker\":");
    private static final byte[] END = bytes("}\n");

    static {
        for (int kind = 0; kind < EVENTS.length; kind++) {
            EVENTS[kind] = bytes("Z\",\"event\":\"" + EventKind.of(kind).label() + "\"");
        }
        for (int protocol = 0; protocol < PROTOCOLS.length; protocol++) {
            PROTOCOLS[protocol] = bytes(",\"protocol\":\"" + EventProtocols.NAMES.get(protocol) + "\"");
        }
    }

    private final byte[] memory;
    private final byte[] second = new byte[SECOND_LENGTH];
    private long secondOf = Long.MIN_VALUE;
    private int length;

    /** Text of at most so many bytes. */
    EventText(final int capacity) {
        memory = new byte[capacity];
    }

    byte[] memory() {
        return memory;
    }

    int length() {
        return length;
    }

    boolean isFull() {
        return memory.length - length < LONGEST_LINE_LENGTH;
    }

    void clear() {
        length = 0;
    }

    /** A line for an event out of a ring. */
    void event(final EventKind kind, final Event event, final long epochNs) {
        begin(kind, epochNs);
        switch (kind) {
            case REFUSED -> {
                if (event.protocol() < PROTOCOLS.length) {
                    put(PROTOCOLS[event.protocol()]);
                }
                quoted(PUBLIC, event.publicAddress());
                quoted(INSIDE, event.insideAddress());
                word("reason", Refusal.of(event.detail()).label());
            }
            case BLOCK_CLAIMED, BLOCK_RETURNED -> {
                put(PROTOCOLS[event.protocol()]);
                put(PUBLIC);
                address(event.publicAddress());
                put((byte) ':');
                number(event.publicPort());
                put((byte) '-');
                number(event.insidePort());
                put((byte) '"');
                put(WORKER);
                number(event.detail());
            }
            default -> binding(event);
        }
        put(END);
    }

    private void binding(final Event event) {
        put(PROTOCOLS[event.protocol()]);
        endpoint(PUBLIC, event.publicAddress(), event.publicPort());
        endpoint(INSIDE, event.insideAddress(), event.insidePort());
        if (event.hasDestination() && event.protocol() == EventProtocols.ICMP) {
            quoted(DESTINATION, event.destinationAddress());
        } else if (event.hasDestination()) {
            endpoint(DESTINATION, event.destinationAddress(), event.destinationPort());
        }
        if (event.isAdopted()) {
            put(ADOPTED);
        }
    }

    /** A line that says where the log begins or goes on. */
    void beginning(final EventKind kind, final long epochNs, final String gateway, final String writer) {
        begin(kind, epochNs);
        word("gateway", gateway);
        put(bytes("," + writtenBy(writer)));
        put(END);
    }

    /** What the first line of a log has in it. */
    static String writtenBy(final String writer) {
        return "\"by\":\"" + writer + "\"";
    }

    /** A line that says where it ends, and since when its gateway ran: another may have taken over before. */
    void stopped(final long epochNs, final long sinceNs) {
        begin(EventKind.STOPPED, epochNs);
        since(sinceNs);
        put(END);
    }

    /** A line that says how many events were lost since a time. */
    void lost(final long epochNs, final long count, final long sinceNs) {
        begin(EventKind.LOST, epochNs);
        put(bytes(",\"count\":" + count));
        since(sinceNs);
        put(END);
    }

    /** A line for a forward that comes into the configuration or goes. */
    void forward(
        final EventKind kind, final long epochNs, final int protocol, final int publicAddress, final int publicPort,
        final int insideAddress, final int insidePort) {
        begin(kind, epochNs);
        put(PROTOCOLS[protocol]);
        endpoint(PUBLIC, publicAddress, publicPort);
        endpoint(INSIDE, insideAddress, insidePort);
        put(END);
    }

    /** A line for a host that gets an address of its own or loses it. */
    void oneToOne(final EventKind kind, final long epochNs, final int publicAddress, final int insideAddress) {
        begin(kind, epochNs);
        quoted(PUBLIC, publicAddress);
        quoted(INSIDE, insideAddress);
        put(END);
    }

    /** A line for a public address, or the ports that it has for a destination, of which most are taken. */
    void portsShort(final long epochNs, final DestinationUse use, final boolean isForDestination) {
        begin(EventKind.PORTS_SHORT, epochNs);
        put(PROTOCOLS[use.protocol()]);
        quoted(PUBLIC, use.publicAddress());
        if (isForDestination && use.protocol() != EventProtocols.ICMP) {
            endpoint(DESTINATION, use.remoteAddress(), use.remotePort());
        } else if (isForDestination) {
            quoted(DESTINATION, use.remoteAddress());
        }
        put(bytes(",\"taken\":" + use.inUse() + ",\"capacity\":" + use.capacity()));
        put(END);
    }

    private void begin(final EventKind kind, final long epochNs) {
        put(TIME);
        time(epochNs);
        put(EVENTS[kind.ordinal()]);
    }

    private void since(final long epochNs) {
        put(bytes(",\"since\":\""));
        time(epochNs);
        put(bytes("Z\""));
    }

    /** Without the Z. */
    private void time(final long epochNs) {
        final long epochSecond = Math.floorDiv(epochNs, TimeUnit.SECONDS.toNanos(1));
        if (epochSecond != secondOf) {
            final String text = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC).toString();
            final byte[] shown = bytes(text.length() < SECOND_LENGTH ? text + ":00" : text);
            System.arraycopy(shown, 0, second, 0, SECOND_LENGTH);
            secondOf = epochSecond;
        }
        put(second);
        put((byte) '.');
        int rest = (int) Math.floorMod(epochNs, TimeUnit.SECONDS.toNanos(1));
        for (int digit = 8; digit >= 0; digit--) {
            memory[length + digit] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += 9;
    }

    private void endpoint(final byte[] key, final int address, final int port) {
        put(key);
        address(address);
        put((byte) ':');
        number(port);
        put((byte) '"');
    }

    private void quoted(final byte[] key, final int address) {
        put(key);
        address(address);
        put((byte) '"');
    }

    private void word(final String key, final String value) {
        put(bytes(",\"" + key + "\":\"" + value + "\""));
    }

    private void address(final int address) {
        number(address >>> 24);
        put((byte) '.');
        number(address >>> 16 & 0xFF);
        put((byte) '.');
        number(address >>> 8 & 0xFF);
        put((byte) '.');
        number(address & 0xFF);
    }

    /** A number from 0 to 99,999. */
    private void number(final int value) {
        int digits = value < 10 ? 1 : value < 100 ? 2 : value < 1_000 ? 3 : value < 10_000 ? 4 : 5;
        int rest = value;
        final int end = length + digits;
        while (digits-- > 0) {
            memory[length + digits] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length = end;
    }

    private void put(final byte value) {
        memory[length++] = value;
    }

    private void put(final byte[] text) {
        System.arraycopy(text, 0, memory, length, text.length);
        length += text.length;
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The text, for tests. */
    @Override
    public String toString() {
        return new String(Arrays.copyOf(memory, length), StandardCharsets.US_ASCII);
    }
}
