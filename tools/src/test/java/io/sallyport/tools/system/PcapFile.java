package io.sallyport.tools.system;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Classic pcap files, as small as can be: the tests' own reader and writer, independent of the program's
 * (draft-ietf-opsawg-pcap; link type Ethernet).
 */
final class PcapFile {

    private static final int MICROSECONDS = 0xa1b2c3d4;
    private static final int NANOSECONDS = 0xa1b23c4d;
    private static final int FILE_HEADER_LENGTH = 24;
    private static final int RECORD_HEADER_LENGTH = 16;
    private static final int ETHERNET = 1;

    private PcapFile() {
    }

    /**
     * A captured frame.
     *
     * @param timeNs nanoseconds since 1970
     * @param bytes  the frame from its destination MAC address on
     */
    record Frame(long timeNs, byte[] bytes) {

        /** EtherType of ARP. */
        static final int ARP = 0x0806;

        /** Source MAC address, in hexadecimal. */
        String source() {
            return HexFormat.of().formatHex(bytes, 6, 12);
        }

        /** EtherType. */
        int etherType() {
            return (bytes[12] & 0xff) << 8 | bytes[13] & 0xff;
        }

        /** Sender's protocol address of an ARP packet (RFC 826), in hexadecimal. */
        String arpSender() {
            return HexFormat.of().formatHex(bytes, 28, 32);
        }

        /** Target's protocol address of an ARP packet, in hexadecimal. */
        String arpTarget() {
            return HexFormat.of().formatHex(bytes, 38, 42);
        }

        /** All bytes, in hexadecimal. */
        String hex() {
            return HexFormat.of().formatHex(bytes);
        }
    }

    /** Reads a file. */
    static List<Frame> read(final byte[] file) {
        final ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        final int magic = buffer.getInt(0);
        final boolean isSwapped = magic != MICROSECONDS && magic != NANOSECONDS;
        if (isSwapped) {
            buffer.order(ByteOrder.BIG_ENDIAN);
        }
        final int unitNs = switch (buffer.getInt(0)) {
            case MICROSECONDS -> 1_000;
            case NANOSECONDS -> 1;
            default -> throw new AssertionError("not a pcap file: magic " + Integer.toHexString(magic));
        };
        buffer.position(FILE_HEADER_LENGTH);
        final List<Frame> frames = new ArrayList<>();
        while (buffer.remaining() >= RECORD_HEADER_LENGTH) {
            final long timeNs = Integer.toUnsignedLong(buffer.getInt()) * 1_000_000_000L + Integer.toUnsignedLong(buffer.getInt()) * unitNs;
            final byte[] bytes = new byte[buffer.getInt()];
            if (buffer.getInt() != bytes.length) {
                throw new AssertionError("cut short by the capture");
            }
            buffer.get(bytes);
            frames.add(new Frame(timeNs, bytes));
        }
        return frames;
    }

    /** The bytes of a file with nanosecond timestamps. */
    static byte[] write(final List<Frame> frames) {
        final ByteArrayOutputStream file = new ByteArrayOutputStream();
        final ByteBuffer header = ByteBuffer.allocate(FILE_HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(NANOSECONDS).putShort((short) 2).putShort((short) 4).putInt(0).putInt(0).putInt(262_144).putInt(ETHERNET);
        file.writeBytes(header.array());
        for (final Frame frame : frames) {
            final ByteBuffer record = ByteBuffer.allocate(RECORD_HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
            record.putInt((int) (frame.timeNs() / 1_000_000_000L)).putInt((int) (frame.timeNs() % 1_000_000_000L));
            record.putInt(frame.bytes().length).putInt(frame.bytes().length);
            file.writeBytes(record.array());
            file.writeBytes(frame.bytes());
        }
        return file.toByteArray();
    }
}
