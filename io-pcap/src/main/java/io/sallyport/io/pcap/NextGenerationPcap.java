package io.sallyport.io.pcap;

import io.sallyport.packet.PortException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): blocks, of which unknown ones are skipped. A section header says in which byte order
 * the blocks up to the next one are written, and forgets the interfaces described before.
 *
 * <pre>
 *  block                              body of a section header     body of an interface description
 *  +-----------------------------+    +-----------------------+    +--------------------------------+
 *  | 0   type                    |    | 8   byte-order magic  |    | 8   link type (short)          |
 *  | 4   length of the block     |    | 12  version: major,   |    | 12  snapshot length            |
 *  | 8   body, in words of 32    |    |     minor (short)     |    | 16  options                    |
 *  |     bits                    |    | 16  section length    |    +--------------------------------+
 *  | ... length of the block     |    | 24  options           |
 *  +-----------------------------+    +-----------------------+
 *
 *  enhanced packet, obsolete packet               simple packet
 *  +----------------------------------------+     +--------------------------------+
 *  | 8   interface (int; obsolete: short)   |     | 8   original length            |
 *  | 12  time, upper half                   |     | 12  data                       |
 *  | 16  time, lower half                   |     +--------------------------------+
 *  | 20  captured length                    |
 *  | 24  original length                    |
 *  | 28  data, then options                 |
 *  +----------------------------------------+
 * </pre>
 */
final class NextGenerationPcap implements CaptureFormat {

    /** Type of a section header, the same in both byte orders. */
    static final int SECTION_HEADER = 0x0A0D0D0A;

    private static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int OBSOLETE_PACKET = 2;
    private static final int SIMPLE_PACKET = 3;
    private static final int ENHANCED_PACKET = 6;

    private static final int BLOCK_LENGTH_OFFSET = 4;
    private static final int BODY_OFFSET = 8;
    private static final int TRAILER_LENGTH = 4;
    private static final int MIN_BLOCK_LENGTH = BODY_OFFSET + TRAILER_LENGTH;

    private static final int SECTION_BODY_END = 24;
    private static final int VERSION_OFFSET = 12;
    private static final int VERSION = 1;

    private static final int INTERFACE_SNAPSHOT_OFFSET = 12;
    private static final int INTERFACE_OPTIONS_OFFSET = 16;
    private static final int MAX_INTERFACES = 65_536;
    private static final int OPTION_END = 0;
    private static final int OPTION_RESOLUTION = 9;
    private static final int OPTION_TIME_OFFSET = 14;
    private static final int OPTION_HEADER_LENGTH = 4;

    private static final int TIME_OFFSET = 12;
    private static final int CAPTURED_LENGTH_OFFSET = 20;
    private static final int ORIGINAL_LENGTH_OFFSET = 24;
    private static final int DATA_OFFSET = 28;
    private static final int SIMPLE_DATA_OFFSET = 12;

    private final List<Interface> interfaces = new ArrayList<>();
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private long latestNs;

    /**
     * An interface that the section describes.
     *
     * @param linkType       what its frames are
     * @param snapshotLength most bytes captured of a frame, 0 for all
     * @param clock          how its times are written
     */
    private record Interface(int linkType, long snapshotLength, CaptureClock clock) {
    }

    @Override
    public boolean next(final CaptureInput input, final CaptureRecord target) throws PortException, PcapFormatException {
        while (!input.isAtEnd()) {
            input.require(MIN_BLOCK_LENGTH, "a block header");
            if (input.int32(0, order) == SECTION_HEADER) {
                readOrder(input);
            }
            final int type = input.int32(0, order);
            final long length = input.unsigned32(BLOCK_LENGTH_OFFSET, order);
            if (length < MIN_BLOCK_LENGTH || (length & 3) != 0) {
                throw input.damaged(BLOCK_LENGTH_OFFSET, "a block of " + length + " bytes");
            }
            if (!isKnown(type)) {
                input.skip(length, "a block of " + length + " bytes");
                continue;
            }
            if (length > CaptureInput.MAX_WINDOW_LENGTH) {
                throw input.damaged(BLOCK_LENGTH_OFFSET,
                    "a block of " + length + " bytes; the longest allowed is " + CaptureInput.MAX_WINDOW_LENGTH);
            }
            if (readBlock(input, type, (int) length, target)) {
                return true;
            }
        }
        return false;
    }

    private void readOrder(final CaptureInput input) throws PcapFormatException {
        if (input.int32(BODY_OFFSET, ByteOrder.LITTLE_ENDIAN) == BYTE_ORDER_MAGIC) {
            order = ByteOrder.LITTLE_ENDIAN;
        } else if (input.int32(BODY_OFFSET, ByteOrder.BIG_ENDIAN) == BYTE_ORDER_MAGIC) {
            order = ByteOrder.BIG_ENDIAN;
        } else {
            throw input.damaged(BODY_OFFSET, "a section header without the byte-order magic");
        }
    }

    private static boolean isKnown(final int type) {
        return switch (type) {
            case SECTION_HEADER, INTERFACE_DESCRIPTION, OBSOLETE_PACKET, SIMPLE_PACKET, ENHANCED_PACKET -> true;
            default -> false;
        };
    }

    /** Whether the block held a packet. */
    private boolean readBlock(final CaptureInput input, final int type, final int length, final CaptureRecord target)
        throws PortException, PcapFormatException {
        input.require(length, "a block of " + length + " bytes");
        if (input.unsigned32(length - TRAILER_LENGTH, order) != length) {
            throw input.damaged(length - TRAILER_LENGTH, "a block's second length differs from its first, " + length);
        }
        final int bodyEnd = length - TRAILER_LENGTH;
        boolean isPacket = true;
        switch (type) {
            case ENHANCED_PACKET -> readPacket(input, bodyEnd, target, input.unsigned32(needs(input, bodyEnd, DATA_OFFSET), order));
            case OBSOLETE_PACKET -> readPacket(input, bodyEnd, target, input.unsigned16(needs(input, bodyEnd, DATA_OFFSET), order));
            case SIMPLE_PACKET -> readSimplePacket(input, bodyEnd, target);
            case INTERFACE_DESCRIPTION -> {
                readInterface(input, bodyEnd);
                isPacket = false;
            }
            default -> {
                readSection(input, bodyEnd);
                isPacket = false;
            }
        }
        input.consume(length);
        return isPacket;
    }

    /** Refuses a block that ends before {@code end}; where its body begins. */
    private static int needs(final CaptureInput input, final int bodyEnd, final int end) throws PcapFormatException {
        if (bodyEnd < end) {
            throw input.damaged(BLOCK_LENGTH_OFFSET, "a block too short for its type");
        }
        return BODY_OFFSET;
    }

    private void readSection(final CaptureInput input, final int bodyEnd) throws PcapFormatException {
        needs(input, bodyEnd, SECTION_BODY_END);
        final int version = input.unsigned16(VERSION_OFFSET, order);
        if (version != VERSION) {
            throw input.damaged(VERSION_OFFSET, "version " + version + " of the pcapng format is not known");
        }
        interfaces.clear();
    }

    private void readInterface(final CaptureInput input, final int bodyEnd) throws PcapFormatException {
        needs(input, bodyEnd, INTERFACE_OPTIONS_OFFSET);
        if (interfaces.size() == MAX_INTERFACES) {
            throw input.damaged(0, "more than " + MAX_INTERFACES + " interfaces");
        }
        CaptureClock clock = CaptureClock.MICROSECONDS;
        int at = INTERFACE_OPTIONS_OFFSET;
        while (at + OPTION_HEADER_LENGTH <= bodyEnd && input.unsigned16(at, order) != OPTION_END) {
            final int valueAt = at + OPTION_HEADER_LENGTH;
            final int valueLength = input.unsigned16(at + 2, order);
            if (valueAt + valueLength > bodyEnd) {
                throw input.damaged(at, "an option that ends after its block");
            }
            clock = readOption(input, clock, input.unsigned16(at, order), valueAt, valueLength);
            at = valueAt + (valueLength + 3 & ~3);
        }
        interfaces.add(new Interface(
            input.unsigned16(BODY_OFFSET, order), input.unsigned32(INTERFACE_SNAPSHOT_OFFSET, order), clock));
    }

    private CaptureClock readOption(
        final CaptureInput input, final CaptureClock clock, final int option, final int valueAt, final int valueLength)
        throws PcapFormatException {
        if (option == OPTION_RESOLUTION && valueLength == 1) {
            final int resolution = input.unsigned8(valueAt);
            if (!CaptureClock.isUsable(resolution)) {
                throw input.damaged(valueAt, "a clock finer than can be read (if_tsresol " + resolution + ")");
            }
            return clock.withResolution(resolution);
        }
        if (option == OPTION_TIME_OFFSET && valueLength == Long.BYTES) {
            return clock.withOffsetSeconds(input.int64(valueAt, order));
        }
        return clock;
    }

    private void readPacket(final CaptureInput input, final int bodyEnd, final CaptureRecord target, final long interfaceNumber)
        throws PcapFormatException {
        final Interface source = source(input, interfaceNumber);
        final long captured = input.unsigned32(CAPTURED_LENGTH_OFFSET, order);
        target.lengths(input, CAPTURED_LENGTH_OFFSET, captured, input.unsigned32(ORIGINAL_LENGTH_OFFSET, order));
        if (captured > bodyEnd - DATA_OFFSET) {
            throw input.damaged(CAPTURED_LENGTH_OFFSET, "a record of " + captured + " bytes in a shorter block");
        }
        final long time = input.unsigned32(TIME_OFFSET, order) << 32 | input.unsigned32(TIME_OFFSET + Integer.BYTES, order);
        try {
            latestNs = source.clock.toNs(time);
        } catch (final ArithmeticException e) {
            throw input.damaged(TIME_OFFSET, "a time that is centuries away");
        }
        target.timestampNs = latestNs;
        input.view(DATA_OFFSET, (int) captured, target.data);
    }

    /** A simple packet has no time: it gets that of the packet before. */
    private void readSimplePacket(final CaptureInput input, final int bodyEnd, final CaptureRecord target) throws PcapFormatException {
        needs(input, bodyEnd, SIMPLE_DATA_OFFSET);
        final Interface source = source(input, 0);
        final long original = input.unsigned32(BODY_OFFSET, order);
        final long snapshotLength = source.snapshotLength == 0 ? Long.MAX_VALUE : source.snapshotLength;
        final long captured = Math.min(original, snapshotLength);
        target.lengths(input, BODY_OFFSET, captured, original);
        if (captured > bodyEnd - SIMPLE_DATA_OFFSET) {
            throw input.damaged(BODY_OFFSET, "a record of " + captured + " bytes in a shorter block");
        }
        target.timestampNs = latestNs;
        input.view(SIMPLE_DATA_OFFSET, (int) captured, target.data);
    }

    private Interface source(final CaptureInput input, final long number) throws PcapFormatException {
        if (number >= interfaces.size()) {
            throw input.damaged(BODY_OFFSET, "a packet of interface " + number + ", which the file does not describe");
        }
        final Interface source = interfaces.get((int) number);
        if (source.linkType != CaptureRecord.LINK_TYPE_ETHERNET) {
            throw input.damaged(BODY_OFFSET, "link type " + source.linkType + "; only captures of Ethernet (1) can be used");
        }
        return source;
    }
}
