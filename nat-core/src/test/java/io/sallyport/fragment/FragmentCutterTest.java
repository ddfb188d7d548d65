package io.sallyport.fragment;

import io.sallyport.engine.Fragments;
import io.sallyport.engine.Packets;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FragmentCutterTest {

    /** Put together again, the pieces are the datagram, to the byte; each fits, in order, and none is shorter than it must be. */
    @Property(tries = 500)
    void rfc791_piecesMakeUpTheDatagram(@ForAll @IntRange(min = 68, max = 1500) final int mtu, @ForAll final Random random) {
        final int optionsLength = 4 * random.nextInt(11);
        final byte[] datagram = datagram(mtu + 1 - optionsLength - 20 + random.nextInt(4 * mtu), optionsLength, random);
        final PacketBatch whole = batch(datagram, optionsLength);
        assertTrue(FragmentCutter.isToBeCut(whole, 0, mtu));
        final List<byte[]> pieces = cut(whole, mtu, 1 + random.nextInt(5));
        int position = 0;
        for (final byte[] piece : pieces) {
            final boolean last = piece == pieces.get(pieces.size() - 1);
            assertEquals(position, Fragments.offset(piece));
            assertTrue(piece.length - 14 <= mtu && (last || piece.length - 14 > mtu - 8), "length " + piece.length);
            assertEquals(last ? 0 : 0x2000, Fragments.fragment(piece) & 0xE000);
            position += piece.length - 34 - optionsLength;
        }
        final byte[] expected = datagram.clone();
        assertArrayEquals(expected, Fragments.reassemble(pieces));
    }

    /** The last piece need not be a multiple of 8 long: what just fits is not cut once more. */
    @Property(tries = 50)
    void whatJustFitsIsTheLastPiece(@ForAll @IntRange(min = 68, max = 1500) final int mtu, @ForAll final Random random) {
        final List<byte[]> pieces = cut(batch(datagram((mtu - 20 & ~7) + mtu - 20, 0, random), 0), mtu, 64);
        assertEquals(2, pieces.size());
        assertEquals(14 + mtu, pieces.get(1).length);
    }

    /** A fragment in the middle stays one: its last piece says that more follows. */
    @Property(tries = 100)
    void rfc791_aFragmentIsCutLikeADatagram(@ForAll @IntRange(min = 68, max = 600) final int mtu, @ForAll final Random random) {
        final byte[] datagram = datagram(2400, 0, random);
        final byte[][] fragments = Fragments.split(datagram, 800, 1600);
        final List<byte[]> pieces = new ArrayList<>();
        for (final byte[] fragment : fragments) {
            pieces.addAll(cut(batch(fragment, 0), mtu, 64));
        }
        assertArrayEquals(datagram, Fragments.reassemble(pieces));
        assertEquals(1, pieces.stream().filter(piece -> (Fragments.fragment(piece) & 0x2000) == 0).count());
    }

    private static List<byte[]> cut(final PacketBatch whole, final int mtu, final int room) {
        final FragmentCutter cutter = new FragmentCutter();
        final PacketBatch pieces = PacketBatch.owning(room, 14 + mtu);
        final List<byte[]> all = new ArrayList<>();
        assertTrue(cutter.begin(whole, 0, Side.OUTSIDE, mtu));
        boolean done = false;
        for (int round = 0; round < 1000 && !done; round++) {
            done = cutter.cutInto(pieces);
            for (int j = 0; j < pieces.size(); j++) {
                final byte[] piece = new byte[pieces.length(j)];
                pieces.frames().getBytes(pieces.offset(j), piece);
                all.add(piece);
                assertEquals(Origin.FRAGMENT.ordinal(), pieces.origin(j));
                assertEquals(Verdict.TO_OUTSIDE, pieces.verdict(j));
                assertEquals(Side.OUTSIDE.ordinal(), pieces.egress(j));
                assertEquals(pieces.offset(j) + 14, pieces.l3Offset(j));
            }
            pieces.clear();
        }
        assertTrue(done);
        return all;
    }

    /** With random options, which is to say nonsense mostly. */
    private static byte[] datagram(final int payloadLength, final int optionsLength, final Random random) {
        final byte[] payload = new byte[payloadLength];
        random.nextBytes(payload);
        final byte[] plain = Packets.ip("198.51.100.1", "203.0.113.5", 99, Arrays.copyOf(payload, Math.max(8, payloadLength)), 64);
        final byte[] frame = new byte[34 + optionsLength + payloadLength];
        System.arraycopy(plain, 0, frame, 0, 34);
        for (int k = 34; k < 34 + optionsLength; k++) {
            frame[k] = (byte) random.nextInt();
        }
        System.arraycopy(payload, 0, frame, 34 + optionsLength, payloadLength);
        frame[14] = (byte) (0x45 + optionsLength / 4);
        frame[16] = (byte) (frame.length - 14 >>> 8);
        frame[17] = (byte) (frame.length - 14);
        return Fragments.datagram(frame, random.nextInt(1 << 16));
    }

    private static PacketBatch batch(final byte[] frame, final int optionsLength) {
        final PacketBatch batch = PacketBatch.owning(1, frame.length);
        final int at = batch.offset(batch.claim(frame.length));
        batch.frames().putBytes(at, frame);
        batch.headers(0, at + Ethernet.HEADER_LENGTH, at + Ethernet.HEADER_LENGTH + 20 + optionsLength);
        return batch;
    }
}
