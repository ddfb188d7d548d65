package io.sallyport.io.linux;

import io.sallyport.counter.DropReason;
import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ethernet;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends frames through the transmit ring of an AF_XDP socket. A frame that lies in the shared memory is handed on as it is, any other is
 * copied into a free chunk. There is no way to leave checksums or segmentation to the interface: both are done here. Belongs to the
 * transmit thread; allocates nothing.
 */
final class XdpSender {

    private static final int VLAN_TAG_LENGTH = 4;

    private final LinuxCalls calls;
    private final XskSocket socket;
    private final XskProducerRing ring;
    private final Umem umem;
    private final int mtu;
    private boolean isDown;

    /**
     * A sender through one socket.
     *
     * @param mtu longest IP packet that the interface takes, in bytes; it would drop longer ones without a word
     */
    XdpSender(final LinuxCalls calls, final XskSocket socket, final Umem umem, final int mtu) {
        this.calls = calls;
        this.socket = socket;
        this.umem = umem;
        this.mtu = mtu;
        ring = socket.transmitting();
    }

    /** See {@link io.sallyport.packet.PacketPort#transmit}. */
    void transmit(final PacketBatch batch, final Side side) {
        if (isDown) {
            kick();
        }
        boolean any = false;
        for (int i = 0, size = batch.size(); i < size; i++) {
            if (batch.egress(i) == side.ordinal()) {
                any = true;
                if (isDown || !send(batch, i)) {
                    batch.drop(i, DropReason.TRANSMIT_FAILED);
                }
            }
        }
        if (any && !isDown) {
            kick();
            if (isDown) {
                dropAll(batch, side);
            }
        }
    }

    /** The interface went down under this batch: its frames stay in the ring, and may leave when it is up again. */
    private static void dropAll(final PacketBatch batch, final Side side) {
        for (int i = 0, size = batch.size(); i < size; i++) {
            if (batch.egress(i) == side.ordinal()) {
                batch.drop(i, DropReason.TRANSMIT_FAILED);
            }
        }
    }

    private boolean send(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        if (batch.segmentLength(i) != 0) {
            return sendSegments(batch, i);
        }
        if (batch.checksumState(i) == PacketBatch.CHECKSUM_PARTIAL) {
            if (!SoftwareOffload.completeChecksum(frames, batch.offset(i), batch.length(i))) {
                return false;
            }
            batch.offload(i, 0, PacketBatch.CHECKSUM_WHOLE);
        }
        if (!fits(frames, batch.offset(i), batch.length(i)) || !makeRoom()) {
            return false;
        }
        return frames == umem.memory() ? handOn(batch, i) : copy(frames, batch.offset(i), batch.length(i));
    }

    /** Frame and chunk change owner: {@code release} finds nothing to give back. A frame that was handed on already is not ours. */
    private boolean handOn(final PacketBatch batch, final int i) {
        final int chunk = batch.descriptor(i);
        if (chunk == Umem.HANDED_ON || batch.offset(i) + batch.length(i) > chunk + umem.chunkLength()) {
            return false;
        }
        ring.putFrame(batch.offset(i), batch.length(i));
        batch.descriptor(i, Umem.HANDED_ON);
        return true;
    }

    private boolean copy(final UnsafeBuffer frames, final int frame, final int length) {
        final int chunk = takeChunk();
        if (chunk == Umem.HANDED_ON) {
            return false;
        }
        umem.memory().putBytes(chunk + Umem.FRAME_OFFSET, frames, frame, length);
        ring.putFrame(chunk + Umem.FRAME_OFFSET, length);
        return true;
    }

    private boolean sendSegments(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int segmentLength = batch.segmentLength(i);
        final int count = SoftwareOffload.segmentCount(frames, batch.offset(i), batch.length(i), segmentLength);
        if (count == 0 || SoftwareOffload.MAX_HEADERS_LENGTH + segmentLength > umem.chunkLength() - Umem.FRAME_OFFSET) {
            return false;
        }
        for (int number = 0; number < count; number++) {
            if (!sendSegment(batch, i, number)) {
                return false;
            }
        }
        return true;
    }

    private boolean sendSegment(final PacketBatch batch, final int i, final int number) {
        final int chunk = makeRoom() ? takeChunk() : Umem.HANDED_ON;
        if (chunk == Umem.HANDED_ON) {
            return false;
        }
        final int target = chunk + Umem.FRAME_OFFSET;
        final int length = SoftwareOffload.writeSegment(
            batch.frames(), batch.offset(i), batch.length(i), batch.segmentLength(i), number, umem.memory(), target);
        if (!fits(umem.memory(), target, length)) {
            umem.give(chunk);
            return false;
        }
        ring.putFrame(target, length);
        return true;
    }

    /** Whether the interface takes it, and a chunk can hold it. */
    private boolean fits(final UnsafeBuffer frames, final int frame, final int length) {
        final boolean isTagged = length > Ethernet.HEADER_LENGTH && Ethernet.type(frames, frame) == Ethernet.TYPE_VLAN;
        final int headersLength = Ethernet.HEADER_LENGTH + (isTagged ? VLAN_TAG_LENGTH : 0);
        return length >= Ethernet.HEADER_LENGTH && length <= headersLength + mtu && length <= umem.chunkLength() - Umem.FRAME_OFFSET;
    }

    private boolean makeRoom() {
        if (!ring.hasRoom()) {
            kick();
        }
        return ring.hasRoom();
    }

    private int takeChunk() {
        final int chunk = umem.take();
        if (chunk != Umem.HANDED_ON) {
            return chunk;
        }
        kick();
        umem.reap();
        return umem.take();
    }

    /** Sends what an earlier call has left in the ring, if any. */
    void sendRest() {
        if (ring.pending() > 0) {
            kick();
        }
    }

    /**
     * Has the kernel send what is in the ring. With copy mode one call may send a part only, and says EAGAIN; as long as it gets on it is
     * called again. What it cannot send now stays in the ring.
     */
    private void kick() {
        ring.publish();
        if (!ring.needsWakeup()) {
            return;
        }
        int pending = ring.pending();
        int result = calls.wakeTransmit(socket.fd());
        while (result < 0 && ring.pending() > 0 && ring.pending() < pending) {
            pending = ring.pending();
            result = calls.wakeTransmit(socket.fd());
        }
        isDown = result == -Errno.ENETDOWN || result == -Errno.ENXIO || result == -Errno.ENODEV;
    }
}
