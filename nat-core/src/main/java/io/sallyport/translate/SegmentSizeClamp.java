package io.sallyport.translate;

import io.sallyport.config.NatConfig.TcpMss;
import io.sallyport.packet.PacketBatch;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Lowers the maximum segment size that a SYN announces (RFC 9293, section 3.7.1), for paths on which ICMP gets lost. Never raises it, never
 * adds the option.
 *
 * <p>Immutable.
 */
public final class SegmentSizeClamp {

    private static final int HEADERS_LENGTH = Ipv4.MIN_HEADER_LENGTH + Tcp.MIN_HEADER_LENGTH;
    private static final int OFF = Integer.MAX_VALUE;

    private final int mostBytes;

    /**
     * As configured.
     *
     * @param smallestMtu the smaller MTU of the two links, in bytes
     */
    public SegmentSizeClamp(final TcpMss tcpMss, final int smallestMtu) {
        mostBytes = switch (tcpMss.mode()) {
            case OFF -> OFF;
            case CLAMP -> smallestMtu - HEADERS_LENGTH;
            case FIXED -> tcpMss.segmentSize().orElseThrow();
        };
    }

    /** Lowers the segment size of TCP packet {@code i} if it is a SYN. */
    void apply(final PacketBatch batch, final int i) {
        if (mostBytes == OFF) {
            return;
        }
        final UnsafeBuffer frames = batch.frames();
        final int l4 = batch.l4Offset(i);
        if ((Tcp.flags(frames, l4) & Tcp.SYN) == 0) {
            return;
        }
        final int value = Tcp.option(batch.memory(), l4, Tcp.OPTION_SEGMENT_SIZE, Tcp.OPTION_SEGMENT_SIZE_LENGTH);
        if (value < 0) {
            return;
        }
        final int before = frames.getShort(value, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        if (before <= mostBytes) {
            return;
        }
        frames.putShort(value, (short) mostBytes, ByteOrder.BIG_ENDIAN);
        if (batch.checksumState(i) == PacketBatch.CHECKSUM_WHOLE) {
            // at an odd place the option's bytes are summed the other way round
            final boolean isOdd = (value - l4 & 1) != 0;
            final int delta = isOdd ? Checksum.delta16(swap(before), swap(mostBytes)) : Checksum.delta16(before, mostBytes);
            Tcp.checksum(frames, l4, Checksum.update(Tcp.checksum(frames, l4), delta));
        }
    }

    private static int swap(final int word) {
        return (word & 0xFF) << 8 | word >>> 8 & 0xFF;
    }
}
