package io.sallyport.engine;

import io.sallyport.packet.PacketBatch;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import java.nio.ByteOrder;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * The way from an inside host to another whose connections belong to another worker. Neither worker can rewrite both ends, so such a packet
 * goes around as if it left and came back: the sender's worker gives it the public source, the transmit thread hands it over here, and the
 * capture thread lets it arrive once more, on the outside, for the other worker. It loses one hop all the same.
 *
 * <p>One thread offers, another drains.
 */
final class Crossing {

    /** Longest frame that crosses: a super-frame. */
    static final int LONGEST_FRAME_LENGTH = Ethernet.HEADER_LENGTH + Ipv4.MAX_LENGTH;

    private static final int CAPACITY_BYTES = 1 << 22;
    private static final int MESSAGE_TYPE = 1;
    private static final int SEGMENT_LENGTH_OFFSET = 0;
    private static final int CHECKSUM_STATE_OFFSET = 4;
    private static final int FRAME_OFFSET = 8;

    private final OneToOneRingBuffer ring = new OneToOneRingBuffer(new UnsafeBuffer(
        BufferUtil.allocateDirectAligned(CAPACITY_BYTES + RingBufferDescriptor.TRAILER_LENGTH, 64)));
    private final MessageHandler taker = this::take;
    private final long outsideMac;
    private PacketBatch target;

    /** For packets that arrive again on the outside interface, which has a MAC address. */
    Crossing(final long outsideMac) {
        this.outsideMac = outsideMac;
    }

    /** Hands packet {@code i} over, whose source is translated; false when there is no room. Transmit thread. */
    boolean offer(final PacketBatch batch, final int i) {
        final int length = PacketBatch.HEADROOM_LENGTH + batch.length(i);
        final int index = ring.tryClaim(MESSAGE_TYPE, FRAME_OFFSET + length);
        if (index < 0) {
            return false;
        }
        final int frame = batch.offset(i);
        final UnsafeBuffer frames = batch.frames();
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        // the hop that it has lost already is the one that it loses when it arrives again
        frames.putByte(l3 + Ipv4.TTL_OFFSET, (byte) (Ipv4.ttl(frames, l3) + 1));
        Ipv4.checksum(frames, l3, Checksum.update(Ipv4.checksum(frames, l3), Checksum.inverse(Checksum.TTL_DECREMENT_DELTA)));
        Ethernet.addresses(frames, frame, outsideMac, Ethernet.source(frames, frame));
        ring.buffer().putInt(index + SEGMENT_LENGTH_OFFSET, batch.segmentLength(i), ByteOrder.nativeOrder());
        ring.buffer().putInt(index + CHECKSUM_STATE_OFFSET, batch.checksumState(i), ByteOrder.nativeOrder());
        ring.buffer().putBytes(index + FRAME_OFFSET, frames, frame - PacketBatch.HEADROOM_LENGTH, length);
        ring.commit(index);
        return true;
    }

    /** Whether there is anything to drain. Capture thread. */
    boolean hasFrames() {
        return ring.size() > 0;
    }

    /** Fills an empty batch of slots for {@link #LONGEST_FRAME_LENGTH} with what was handed over. Capture thread. */
    void drain(final PacketBatch batch) {
        target = batch;
        ring.read(taker, batch.capacity());
    }

    private void take(final int type, final MutableDirectBuffer buffer, final int index, final int length) {
        final int i = target.claim(length - FRAME_OFFSET - PacketBatch.HEADROOM_LENGTH);
        target.frames().putBytes(target.offset(i) - PacketBatch.HEADROOM_LENGTH, buffer, index + FRAME_OFFSET, length - FRAME_OFFSET);
        target.offload(i, buffer.getInt(index + SEGMENT_LENGTH_OFFSET, ByteOrder.nativeOrder()),
            (byte) buffer.getInt(index + CHECKSUM_STATE_OFFSET, ByteOrder.nativeOrder()));
    }
}
