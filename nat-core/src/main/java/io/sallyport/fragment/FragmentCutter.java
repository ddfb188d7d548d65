package io.sallyport.fragment;

import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Cuts a packet that is too long for its link into fragments (RFC 791, section 3.2), in order. A fragment is cut further the same way.
 *
 * <pre>
 *   packet   | IP header, options |            payload               |
 *   pieces   | header, options | 8 × k bytes |
 *                       | header, copied options | 8 × k bytes |
 *                                               | header, copied options | rest |
 * </pre>
 *
 * <p>All headers are of one length: where an option is not to be copied, later pieces have no-operations.
 *
 * <p>Owned by the transmit thread.
 */
public final class FragmentCutter {

    private static final int OPTION_END = 0;
    private static final int OPTION_NO_OPERATION = 1;
    private static final int OPTION_COPIED = 0x80;

    private PacketBatch whole;
    private int row;
    private Side side;
    private int headerLength;
    private int payloadLength;
    private int longest;
    private int cut;

    /** Whether packet {@code i} is to be cut for a link: too long, not a super-frame, which is cut into segments, and DF is clear. */
    public static boolean isToBeCut(final PacketBatch batch, final int i, final int mtu) {
        return batch.length(i) - Ethernet.HEADER_LENGTH > mtu
            && batch.segmentLength(i) == 0
            && (Ipv4.fragment(batch.frames(), batch.l3Offset(i)) & Ipv4.DONT_FRAGMENT) == 0;
    }

    /**
     * Begins with a packet, which is complete but for its checksum, perhaps; that is completed in place.
     *
     * @param to  the side that it leaves on
     * @param mtu longest IP packet of the link, in bytes, at least 68
     * @return false if it cannot be cut: its protocol does not say where the checksum is
     */
    public boolean begin(final PacketBatch batch, final int i, final Side to, final int mtu) {
        whole = batch;
        row = i;
        side = to;
        final int l3 = batch.l3Offset(i);
        headerLength = Ipv4.headerLength(batch.frames(), l3);
        payloadLength = Ipv4.totalLength(batch.frames(), l3) - headerLength;
        longest = mtu - headerLength;
        cut = 0;
        return batch.checksumState(i) == PacketBatch.CHECKSUM_WHOLE || completeChecksum();
    }

    /**
     * Adds pieces to a batch that owns its memory, as many as fit.
     *
     * @return whether the last one is among them; if not, call again when the batch has room
     */
    public boolean cutInto(final PacketBatch pieces) {
        while (cut < payloadLength) {
            final int rest = payloadLength - cut;
            final int length = rest <= longest ? rest : longest & ~7;
            final int j = pieces.claim(Ethernet.HEADER_LENGTH + headerLength + length);
            if (j < 0) {
                return false;
            }
            write(pieces, j, length);
            cut += length;
        }
        return true;
    }

    private void write(final PacketBatch pieces, final int j, final int length) {
        final UnsafeBuffer from = whole.frames();
        final UnsafeBuffer frames = pieces.frames();
        final int frame = pieces.offset(j);
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        final int l4 = l3 + headerLength;
        frames.putBytes(frame, from, whole.offset(row), Ethernet.HEADER_LENGTH + headerLength);
        frames.putBytes(l4, from, whole.l3Offset(row) + headerLength + cut, length);
        if (cut > 0) {
            blankOptions(frames, l3 + Ipv4.MIN_HEADER_LENGTH, l4);
        }
        final int more = cut + length < payloadLength ? Ipv4.MORE_FRAGMENTS : 0;
        Ipv4.totalLength(frames, l3, headerLength + length);
        Ipv4.fragment(frames, l3, Ipv4.fragment(frames, l3) + (cut >>> 3) | more);
        Ipv4.checksum(frames, l3, 0);
        Ipv4.checksum(frames, l3, Checksum.finish(Checksum.sum(frames, l3, headerLength)));
        pieces.headers(j, l3, l4);
        pieces.verdict(j, Verdict.to(side));
        pieces.egress(j, (byte) side.ordinal());
        pieces.origin(j, Origin.FRAGMENT);
    }

    /** Overwrites the options that only the first piece has. */
    private static void blankOptions(final UnsafeBuffer frames, final int begin, final int end) {
        int option = begin;
        while (option < end) {
            final int type = frames.getByte(option) & 0xFF;
            if (type == OPTION_END) {
                return;
            }
            final int length = type == OPTION_NO_OPERATION || option + 1 == end ? 1 : Math.max(1, frames.getByte(option + 1) & 0xFF);
            if ((type & OPTION_COPIED) == 0) {
                frames.setMemory(option, Math.min(length, end - option), (byte) OPTION_NO_OPERATION);
            }
            option += length;
        }
    }

    /** The field holds the sum of the pseudo-header: with that of all the rest it becomes the checksum. */
    private boolean completeChecksum() {
        final UnsafeBuffer frames = whole.frames();
        final int l3 = whole.l3Offset(row);
        final int l4 = l3 + headerLength;
        final int protocol = Ipv4.protocol(frames, l3);
        if (protocol != Ipv4.TCP && protocol != Ipv4.UDP) {
            return false;
        }
        final int field = l4 + (protocol == Ipv4.TCP ? Tcp.CHECKSUM_OFFSET : Udp.CHECKSUM_OFFSET);
        final int checksum = Checksum.finish(Checksum.sum(frames, l4, payloadLength));
        frames.putShort(field, (short) (checksum == 0 && protocol == Ipv4.UDP ? 0xFFFF : checksum), ByteOrder.BIG_ENDIAN);
        whole.offload(row, 0, PacketBatch.CHECKSUM_WHOLE);
        return true;
    }
}
