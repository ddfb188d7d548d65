package io.sallyport.engine;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Takes datagrams to pieces and puts them together, in plain arrays, as hosts do. */
public final class Fragments {

    private static final int DONT_FRAGMENT = 0x4000;
    private static final int MORE = 0x2000;

    private Fragments() {
    }

    /** The frame with this identification and DF clear. */
    public static byte[] datagram(final byte[] frame, final int identification) {
        final byte[] datagram = frame.clone();
        final ByteBuffer header = ByteBuffer.wrap(datagram);
        header.putShort(18, (short) identification);
        header.putShort(20, (short) (header.getShort(20) & ~DONT_FRAGMENT));
        return fixHeader(datagram);
    }

    /** The pieces of a frame, cut at these offsets of the IP payload, multiples of 8. */
    public static byte[][] split(final byte[] frame, final int... cuts) {
        final int headers = 14 + headerLength(frame);
        final byte[][] pieces = new byte[cuts.length + 1][];
        for (int k = 0; k <= cuts.length; k++) {
            final int from = k == 0 ? 0 : cuts[k - 1];
            final int to = k == cuts.length ? frame.length - headers : cuts[k];
            final byte[] piece = Arrays.copyOf(frame, headers + to - from);
            System.arraycopy(frame, headers + from, piece, headers, to - from);
            final ByteBuffer header = ByteBuffer.wrap(piece);
            header.putShort(16, (short) (piece.length - 14));
            header.putShort(20, (short) (fragment(frame) + from / 8 | (k == cuts.length ? 0 : MORE)));
            pieces[k] = fixHeader(piece);
        }
        return pieces;
    }

    /** The datagram that fragments make up, with fresh header checksum; fails unless they are all of it and nothing contradicts. */
    public static byte[] reassemble(final List<byte[]> fragments) {
        final byte[] payload = new byte[65536];
        final BitSet known = new BitSet();
        byte[] first = null;
        int end = -1;
        for (final byte[] fragment : fragments) {
            assertEquals(Packets.hex(fixHeader(fragment.clone())), Packets.hex(fragment), "header checksum");
            assertEquals(identity(fragments.get(0)), identity(fragment), "one datagram");
            final int headers = 14 + headerLength(fragment);
            final int length = (ByteBuffer.wrap(fragment).getShort(16) & 0xFFFF) + 14 - headers;
            final int start = offset(fragment);
            for (int k = 0; k < length; k++) {
                assertTrue(!known.get(start + k) || payload[start + k] == fragment[headers + k], "overlap");
                payload[start + k] = fragment[headers + k];
            }
            known.set(start, start + length);
            first = start == 0 ? fragment : first;
            end = (fragment(fragment) & MORE) == 0 ? start + length : end;
        }
        assertTrue(first != null && known.nextClearBit(0) == end && known.length() == end, "not complete");
        final byte[] whole = Arrays.copyOf(first, 14 + headerLength(first) + end);
        System.arraycopy(payload, 0, whole, 14 + headerLength(first), end);
        ByteBuffer.wrap(whole).putShort(16, (short) (whole.length - 14)).putShort(20, (short) 0);
        return fixHeader(whole);
    }

    /** The frames of what left. */
    static List<byte[]> frames(final List<Lab.Sent> sent) {
        return new ArrayList<>(sent.stream().map(Lab.Sent::frame).toList());
    }

    public static int identification(final byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(18) & 0xFFFF;
    }

    /** Flags and offset. */
    public static int fragment(final byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(20) & 0xFFFF;
    }

    /** Where a fragment lies in its datagram, in bytes. */
    public static int offset(final byte[] frame) {
        return (fragment(frame) & 0x1FFF) * 8;
    }

    private static String identity(final byte[] frame) {
        return Packets.source(frame) + " " + Packets.destination(frame) + " " + frame[23] + " " + identification(frame);
    }

    private static int headerLength(final byte[] frame) {
        return (frame[14] & 0xF) * 4;
    }

    static byte[] fixHeader(final byte[] frame) {
        final ByteBuffer buffer = ByteBuffer.wrap(frame);
        buffer.putShort(24, (short) 0);
        int sum = 0;
        for (int k = 14; k < 14 + headerLength(frame); k += 2) {
            sum += buffer.getShort(k) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        buffer.putShort(24, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
        return frame;
    }
}
