package io.sallyport.io;

import io.sallyport.packet.PacketBatch;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a NIC does with offloaded frames, done by hand: it completes partial checksums and cuts super-frames into segments. For ports
 * whose interface takes whole frames only, and for those that are not told which frames were left to the NIC.
 *
 * <p>Locally made traffic on veth is the source of both: its sender leaves checksum and segmentation to a NIC that never comes.
 *
 * <p>Works on unfragmented TCP and UDP over IPv4; every length is checked here, so that a malformed frame is refused, not read past
 * its end. Allocates nothing.
 */
public final class SoftwareOffload {

    /** Longest headers of a frame that can be segmented: Ethernet, IPv4 and TCP, each with all options. */
    public static final int MAX_HEADERS_LENGTH = Ethernet.HEADER_LENGTH + 60 + 60;

    /** TCP flag: congestion window reduced (RFC 3168); only the first segment of a super-frame keeps it. */
    private static final int CWR = 0x80;
    private static final int MIN_IPV4_FRAME_LENGTH = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH;

    private SoftwareOffload() {
    }

    /** Whether the frame's checksum is partial, as {@link #checksumState} has it. */
    public static boolean isPartial(final UnsafeBuffer frames, final int frame, final int length) {
        return checksumState(frames, frame, length) == PacketBatch.CHECKSUM_PARTIAL;
    }

    /**
     * {@link PacketBatch#CHECKSUM_PARTIAL} if the frame's checksum is: the folded sum of the pseudo-header and nothing more. One whole
     * checksum in 65,536 looks the same; completing that one again does not change it.
     */
    public static byte checksumState(final UnsafeBuffer frames, final int frame, final int length) {
        final int l4 = layer4(frames, frame, length);
        if (l4 < 0) {
            return PacketBatch.CHECKSUM_WHOLE;
        }
        final int field = frames.getShort(l4 + checksumOffset(frames, frame), ByteOrder.BIG_ENDIAN) & 0xFFFF;
        // 1 where they are equal; without a branch, whose first time would have the compiler begin anew with all that receives
        return (byte) ((field ^ Checksum.fold(pseudoHeaderSum(frames, frame, l4))) - 1 >>> Integer.SIZE - 1);
    }

    /**
     * Makes the checksum of a frame that carries a partial one, or any other.
     *
     * @return false when the frame is not unfragmented, well-formed TCP or UDP over IPv4; nothing is changed then
     */
    public static boolean completeChecksum(final UnsafeBuffer frames, final int frame, final int length) {
        final int l4 = layer4(frames, frame, length);
        if (l4 < 0) {
            return false;
        }
        writeChecksum(frames, frame, l4);
        return true;
    }

    /**
     * Completes the partial checksum of any protocol, where its sender says it lies: the field holds the sum of the pseudo-header
     * and is replaced by the complement of the sum from {@code start} to the frame's end.
     *
     * @param start  from where to sum, in bytes from the start of the frame
     * @param offset where the field lies, in bytes from {@code start}
     * @return false when that does not fit the frame; nothing is changed then
     */
    public static boolean completeChecksum(
        final UnsafeBuffer frames, final int frame, final int length, final int start, final int offset) {
        if (start < 0 || offset < 0 || start + offset + Short.BYTES > length) {
            return false;
        }
        final int checksum = Checksum.finish(Checksum.sum(frames, frame + start, length - start));
        frames.putShort(frame + start + offset, (short) (checksum == 0 ? 0xFFFF : checksum), ByteOrder.BIG_ENDIAN);
        return true;
    }

    /**
     * Where the layer-4 checksum of the frame starts to count, in bytes from the start of the frame; -1 when the frame is not
     * unfragmented, well-formed TCP or UDP over IPv4.
     */
    public static int checksumStart(final UnsafeBuffer frames, final int frame, final int length) {
        final int l4 = layer4(frames, frame, length);
        return l4 < 0 ? -1 : l4 - frame;
    }

    /**
     * Into how many segments the frame is to be cut.
     *
     * @param segmentLength payload bytes of each segment but the last
     * @return 0 when the frame cannot be cut: not well-formed TCP or UDP over IPv4, or a fragment
     */
    public static int segmentCount(final UnsafeBuffer frames, final int frame, final int length, final int segmentLength) {
        final int l4 = layer4(frames, frame, length);
        if (l4 < 0 || segmentLength <= 0) {
            return 0;
        }
        final int payloadLength = payloadLength(frames, frame, l4);
        return Math.max(1, (payloadLength + segmentLength - 1) / segmentLength);
    }

    /**
     * Writes one segment of a frame for which {@link #segmentCount} is not 0, with all its checksums: the sequence number (TCP) and
     * the identification (IPv4) count up, FIN and PSH are kept on the last segment only, CWR on the first; each segment of a UDP
     * super-frame is a datagram.
     *
     * @param number which segment, from 0 to one less than the count
     * @param target where to; needs {@link #MAX_HEADERS_LENGTH} and {@code segmentLength} bytes at {@code targetFrame}
     * @return length of the segment's frame, in bytes
     */
    public static int writeSegment(
        final UnsafeBuffer frames,
        final int frame,
        final int length,
        final int segmentLength,
        final int number,
        final UnsafeBuffer target,
        final int targetFrame) {
        final int l4 = layer4(frames, frame, length);
        final int headersLength = l4 - frame + layer4HeaderLength(frames, frame, l4);
        final int payloadLength = payloadLength(frames, frame, l4);
        final int payloadOffset = number * segmentLength;
        final int partLength = Math.min(segmentLength, payloadLength - payloadOffset);

        target.putBytes(targetFrame, frames, frame, headersLength);
        target.putBytes(targetFrame + headersLength, frames, frame + headersLength + payloadOffset, partLength);

        final int targetL4 = targetFrame + l4 - frame;
        final boolean isLast = payloadOffset + partLength == payloadLength;
        writeIpv4(target, targetFrame + Ethernet.HEADER_LENGTH, number, headersLength + partLength - Ethernet.HEADER_LENGTH);
        if (protocol(frames, frame) == Ipv4.TCP) {
            writeTcp(target, targetL4, payloadOffset, number == 0, isLast);
            writeChecksum(target, targetFrame, targetL4);
        } else {
            target.putShort(targetL4 + Udp.LENGTH_OFFSET, (short) (Udp.HEADER_LENGTH + partLength), ByteOrder.BIG_ENDIAN);
            if (target.getShort(targetL4 + Udp.CHECKSUM_OFFSET) != 0) {
                writeChecksum(target, targetFrame, targetL4);
            }
        }
        return headersLength + partLength;
    }

    /**
     * Finds out, for a port that is not told, whether a frame is a super-frame, which it is when longer than the link that it came
     * over allows, and how to cut it.
     *
     * @param linkMtu    longest IP packet of the link that the frame came over
     * @param segmentMtu longest IP packet that a super-frame is to be cut into
     * @return payload length of each segment; 0 for a plain frame; -1 for a UDP super-frame, which cannot be passed on because nothing
     *     tells where its datagrams end
     */
    public static int findSegmentLength(
        final UnsafeBuffer frames, final int frame, final int length, final int linkMtu, final int segmentMtu) {
        final int l4 = layer4(frames, frame, length);
        if (l4 < 0 || Ipv4.totalLength(frames, frame + Ethernet.HEADER_LENGTH) <= linkMtu) {
            return 0;
        }
        if (protocol(frames, frame) != Ipv4.TCP) {
            return -1;
        }
        final int segmentLength = segmentMtu - (l4 - frame - Ethernet.HEADER_LENGTH) - Tcp.headerLength(frames, l4);
        return segmentLength > 0 ? segmentLength : -1;
    }

    private static void writeIpv4(final UnsafeBuffer target, final int l3, final int number, final int totalLength) {
        Ipv4.totalLength(target, l3, totalLength);
        target.putShort(l3 + Ipv4.IDENTIFICATION_OFFSET, (short) (Ipv4.identification(target, l3) + number), ByteOrder.BIG_ENDIAN);
        Ipv4.checksum(target, l3, 0);
        Ipv4.checksum(target, l3, Checksum.finish(Checksum.sum(target, l3, Ipv4.headerLength(target, l3))));
    }

    private static void writeTcp(
        final UnsafeBuffer target, final int l4, final int payloadOffset, final boolean isFirst, final boolean isLast) {
        target.putInt(l4 + Tcp.SEQUENCE_OFFSET, Tcp.sequence(target, l4) + payloadOffset, ByteOrder.BIG_ENDIAN);
        int flags = Tcp.flags(target, l4);
        if (!isFirst) {
            flags &= ~CWR;
        }
        if (!isLast) {
            flags &= ~(Tcp.FIN | Tcp.PSH);
        }
        target.putByte(l4 + Tcp.FLAGS_OFFSET, (byte) flags);
    }

    private static void writeChecksum(final UnsafeBuffer frames, final int frame, final int l4) {
        final int field = l4 + checksumOffset(frames, frame);
        frames.putShort(field, (short) 0);
        final int checksum =
            Checksum.finish(pseudoHeaderSum(frames, frame, l4) + Checksum.sum(frames, l4, layer4Length(frames, frame, l4)));
        final boolean isZeroUdp = checksum == 0 && protocol(frames, frame) == Ipv4.UDP;
        frames.putShort(field, (short) (isZeroUdp ? 0xFFFF : checksum), ByteOrder.BIG_ENDIAN);
    }

    /** The offset of the layer-4 header, or -1 when the frame is not unfragmented, well-formed TCP or UDP over IPv4. */
    private static int layer4(final UnsafeBuffer frames, final int frame, final int length) {
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        if (length < MIN_IPV4_FRAME_LENGTH || Ethernet.type(frames, frame) != Ethernet.TYPE_IPV4 || Ipv4.version(frames, l3) != 4) {
            return -1;
        }
        final int headerLength = Ipv4.headerLength(frames, l3);
        final int layer4Length = Ipv4.totalLength(frames, l3) - headerLength;
        final boolean isFragment = (Ipv4.fragment(frames, l3) & (Ipv4.MORE_FRAGMENTS | Ipv4.FRAGMENT_OFFSET_MASK)) != 0;
        if (headerLength < Ipv4.MIN_HEADER_LENGTH || isFragment
            || Ipv4.totalLength(frames, l3) > length - Ethernet.HEADER_LENGTH) {
            return -1;
        }
        final int l4 = l3 + headerLength;
        return switch (Ipv4.protocol(frames, l3)) {
            case Ipv4.TCP -> layer4Length >= Tcp.MIN_HEADER_LENGTH && Tcp.headerLength(frames, l4) >= Tcp.MIN_HEADER_LENGTH
                && Tcp.headerLength(frames, l4) <= layer4Length ? l4 : -1;
            case Ipv4.UDP -> layer4Length >= Udp.HEADER_LENGTH ? l4 : -1;
            default -> -1;
        };
    }

    private static long pseudoHeaderSum(final UnsafeBuffer frames, final int frame, final int l4) {
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        return Checksum.pseudoHeaderSum(
            Ipv4.source(frames, l3), Ipv4.destination(frames, l3), Ipv4.protocol(frames, l3), layer4Length(frames, frame, l4));
    }

    private static int protocol(final UnsafeBuffer frames, final int frame) {
        return Ipv4.protocol(frames, frame + Ethernet.HEADER_LENGTH);
    }

    private static int layer4Length(final UnsafeBuffer frames, final int frame, final int l4) {
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        return l3 + Ipv4.totalLength(frames, l3) - l4;
    }

    private static int layer4HeaderLength(final UnsafeBuffer frames, final int frame, final int l4) {
        return protocol(frames, frame) == Ipv4.TCP ? Tcp.headerLength(frames, l4) : Udp.HEADER_LENGTH;
    }

    private static int payloadLength(final UnsafeBuffer frames, final int frame, final int l4) {
        return layer4Length(frames, frame, l4) - layer4HeaderLength(frames, frame, l4);
    }

    private static int checksumOffset(final UnsafeBuffer frames, final int frame) {
        return protocol(frames, frame) == Ipv4.TCP ? Tcp.CHECKSUM_OFFSET : Udp.CHECKSUM_OFFSET;
    }
}
