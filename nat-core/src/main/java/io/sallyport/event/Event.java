package io.sallyport.event;

import org.agrona.MutableDirectBuffer;

/**
 * An event as it lies in a ring.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |                    Time, in ns of the engine                  |
 *  |                                                               |
 *  +---------------------------------------------------------------+  8
 *  |                         Inside address                        |
 *  +---------------------------------------------------------------+ 12
 *  |                         Public address                        |
 *  +---------------------------------------------------------------+ 16
 *  |                 Destination address, or 0                     |
 *  +-------------------------------+-------------------------------+ 20
 *  |          Inside port          |          Public port          |   of a block: last and first port
 *  +-------------------------------+---------------+---------------+ 24
 *  |       Destination port        |   Protocol    |     Flags     |   1: adopted, 2: with destination
 *  +-------------------------------+---------------+---------------+ 28
 *  |                Detail: worker, or Refusal                     |
 *  +---------------------------------------------------------------+ 32
 * </pre>
 *
 * <p>The kind is the type of the ring's message, {@link EventKind#ordinal} + 1. Addresses and ports are numeric, the protocol is an index:
 * 0 TCP, 1 UDP, 2 ICMP, whose identifiers stand in place of ports.
 */
final class Event {

    static final int LENGTH = 32;

    /** Taken over from a gateway that ran before. */
    static final int ADOPTED = 1;
    /** The destination is known and may be written. */
    static final int WITH_DESTINATION = 2;

    private static final int TIME_OFFSET = 0;
    private static final int INSIDE_ADDRESS_OFFSET = 8;
    private static final int PUBLIC_ADDRESS_OFFSET = 12;
    private static final int DESTINATION_ADDRESS_OFFSET = 16;
    private static final int INSIDE_PORT_OFFSET = 20;
    private static final int PUBLIC_PORT_OFFSET = 22;
    private static final int DESTINATION_PORT_OFFSET = 24;
    private static final int PROTOCOL_OFFSET = 26;
    private static final int FLAGS_OFFSET = 27;
    private static final int DETAIL_OFFSET = 28;

    private MutableDirectBuffer buffer;
    private int offset;

    /** Looks at an event. */
    Event wrap(final MutableDirectBuffer memory, final int at) {
        buffer = memory;
        offset = at;
        return this;
    }

    /** Fills it with the time and zeros. */
    Event begin(final long timeNs) {
        buffer.setMemory(offset, LENGTH, (byte) 0);
        buffer.putLong(offset + TIME_OFFSET, timeNs);
        return this;
    }

    Event inside(final int address, final int port) {
        buffer.putInt(offset + INSIDE_ADDRESS_OFFSET, address);
        buffer.putShort(offset + INSIDE_PORT_OFFSET, (short) port);
        return this;
    }

    Event publicSide(final int protocol, final int address, final int port) {
        buffer.putByte(offset + PROTOCOL_OFFSET, (byte) protocol);
        buffer.putInt(offset + PUBLIC_ADDRESS_OFFSET, address);
        buffer.putShort(offset + PUBLIC_PORT_OFFSET, (short) port);
        return this;
    }

    Event destination(final int address, final int port) {
        buffer.putInt(offset + DESTINATION_ADDRESS_OFFSET, address);
        buffer.putShort(offset + DESTINATION_PORT_OFFSET, (short) port);
        return this;
    }

    Event flags(final int flags) {
        buffer.putByte(offset + FLAGS_OFFSET, (byte) flags);
        return this;
    }

    Event detail(final int detail) {
        buffer.putInt(offset + DETAIL_OFFSET, detail);
        return this;
    }

    long timeNs() {
        return buffer.getLong(offset + TIME_OFFSET);
    }

    int insideAddress() {
        return buffer.getInt(offset + INSIDE_ADDRESS_OFFSET);
    }

    int insidePort() {
        return buffer.getShort(offset + INSIDE_PORT_OFFSET) & 0xFFFF;
    }

    int publicAddress() {
        return buffer.getInt(offset + PUBLIC_ADDRESS_OFFSET);
    }

    int publicPort() {
        return buffer.getShort(offset + PUBLIC_PORT_OFFSET) & 0xFFFF;
    }

    int destinationAddress() {
        return buffer.getInt(offset + DESTINATION_ADDRESS_OFFSET);
    }

    int destinationPort() {
        return buffer.getShort(offset + DESTINATION_PORT_OFFSET) & 0xFFFF;
    }

    int protocol() {
        return buffer.getByte(offset + PROTOCOL_OFFSET);
    }

    boolean isAdopted() {
        return (buffer.getByte(offset + FLAGS_OFFSET) & ADOPTED) != 0;
    }

    boolean hasDestination() {
        return (buffer.getByte(offset + FLAGS_OFFSET) & WITH_DESTINATION) != 0;
    }

    int detail() {
        return buffer.getInt(offset + DETAIL_OFFSET);
    }
}
