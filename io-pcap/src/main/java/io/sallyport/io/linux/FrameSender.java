package io.sallyport.io.linux;

import io.sallyport.counter.DropReason;
import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends frames through a packet socket right from where they lie, many with one system call (sendmmsg(2)), each with the virtio header
 * that precedes it. Belongs to the transmit thread; allocates nothing.
 *
 * <pre>
 *  struct mmsghdr (bits/socket.h): 64 bytes             struct iovec: 16 bytes
 *  +--------------------------------------------+       +------------------------+
 *  | 16  address of the iovec (long)            |------&gt;| 0  address (long)      |
 *  | 24  number of iovecs (long): 1             |       | 8  length (long)       |
 *  | 56  bytes sent (int), written by the call  |       +------------------------+
 *  +--------------------------------------------+
 * </pre>
 */
final class FrameSender {

    private static final int MESSAGE_LENGTH = 64;
    private static final int MESSAGE_VECTOR_OFFSET = 16;
    private static final int MESSAGE_VECTOR_COUNT_OFFSET = 24;
    private static final int VECTOR_LENGTH = 16;
    private static final int VECTOR_LENGTH_OFFSET = 8;

    private static final int MSG_DONTWAIT = 0x40;
    /** Messages in one call. */
    private static final int CAPACITY = 128;
    /** Room for the segments of one super-frame, unless they are very short: then it is used several times. */
    private static final int SCRATCH_LENGTH = 256 * 1024;
    private static final int SCRATCH_HEADROOM = 64;

    private static final int OVERLOAD_RETRIES = 3;
    /** Times 0.5 ms that one batch waits for the interface to take more, before the rest of it is dropped. */
    private static final int WAITS_PER_BATCH = 4;
    private static final long WAIT_NS = 500_000;

    private final LinuxCalls calls = new LinuxCalls();
    private final int fd;
    private final boolean interfaceOffloads;
    private final SocketPoll writable;
    private final UnsafeBuffer messages = NativeMemory.allocate(CAPACITY * MESSAGE_LENGTH);
    private final UnsafeBuffer vectors = NativeMemory.allocate(CAPACITY * VECTOR_LENGTH);
    private final UnsafeBuffer scratch = NativeMemory.allocate(SCRATCH_LENGTH);
    private final int[] rows = new int[CAPACITY];
    private int queued;
    private int scratchUsed;
    private int waitsLeft;

    /**
     * A sender for one socket.
     *
     * @param interfaceOffloads whether super-frames and partial checksums are left to the interface, or done here
     */
    FrameSender(final int fd, final boolean interfaceOffloads) {
        this.fd = fd;
        this.interfaceOffloads = interfaceOffloads;
        writable = SocketPoll.forSending(fd);
        for (int i = 0; i < CAPACITY; i++) {
            messages.putLong(i * MESSAGE_LENGTH + MESSAGE_VECTOR_OFFSET, vectors.addressOffset() + i * VECTOR_LENGTH);
            messages.putLong(i * MESSAGE_LENGTH + MESSAGE_VECTOR_COUNT_OFFSET, 1);
        }
    }

    /** The transmit thread's system calls. */
    LinuxCalls calls() {
        return calls;
    }

    /** See {@link io.sallyport.packet.PacketPort#transmit}. */
    void transmit(final PacketBatch batch, final Side side) {
        waitsLeft = WAITS_PER_BATCH;
        final UnsafeBuffer frames = batch.frames();
        for (int i = 0, size = batch.size(); i < size; i++) {
            if (batch.egress(i) != side.ordinal()) {
                continue;
            }
            final int header = batch.offset(i) - VirtioHeader.LENGTH;
            if (batch.segmentLength(i) == 0 && batch.checksumState(i) == PacketBatch.CHECKSUM_WHOLE) {
                VirtioHeader.clear(frames, header);
                enqueue(batch, i, frames.addressOffset() + header, batch.length(i));
            } else if (interfaceOffloads && VirtioHeader.isOffload(frames, header)) {
                enqueue(batch, i, frames.addressOffset() + header, batch.length(i));
            } else if (batch.segmentLength(i) == 0) {
                completeAndEnqueue(batch, i);
            } else {
                segmentAndEnqueue(batch, i);
            }
        }
        flush(batch);
    }

    private void completeAndEnqueue(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        if (!SoftwareOffload.completeChecksum(frames, batch.offset(i), batch.length(i))) {
            batch.drop(i, DropReason.TRANSMIT_FAILED);
            return;
        }
        batch.offload(i, 0, PacketBatch.CHECKSUM_WHOLE);
        final int header = batch.offset(i) - VirtioHeader.LENGTH;
        VirtioHeader.clear(frames, header);
        enqueue(batch, i, frames.addressOffset() + header, batch.length(i));
    }

    private void segmentAndEnqueue(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int segmentLength = batch.segmentLength(i);
        final int count = SoftwareOffload.segmentCount(frames, batch.offset(i), batch.length(i), segmentLength);
        final int room = SCRATCH_HEADROOM + SoftwareOffload.MAX_HEADERS_LENGTH + segmentLength;
        if (count == 0 || room > SCRATCH_LENGTH) {
            batch.drop(i, DropReason.TRANSMIT_FAILED);
            return;
        }
        for (int number = 0; number < count; number++) {
            if (scratchUsed + room > SCRATCH_LENGTH) {
                flush(batch);
            }
            final int target = scratchUsed + SCRATCH_HEADROOM;
            final int length = SoftwareOffload.writeSegment(
                frames, batch.offset(i), batch.length(i), segmentLength, number, scratch, target);
            VirtioHeader.clear(scratch, target - VirtioHeader.LENGTH);
            scratchUsed = target + length;
            enqueue(batch, i, scratch.addressOffset() + target - VirtioHeader.LENGTH, length);
        }
    }

    private void enqueue(final PacketBatch batch, final int row, final long headerAddress, final int frameLength) {
        vectors.putLong(queued * VECTOR_LENGTH, headerAddress);
        vectors.putLong(queued * VECTOR_LENGTH + VECTOR_LENGTH_OFFSET, VirtioHeader.LENGTH + frameLength);
        rows[queued++] = row;
        if (queued == CAPACITY) {
            flush(batch);
        }
    }

    private void flush(final PacketBatch batch) {
        int first = 0;
        int refusals = 0;
        while (first < queued) {
            final long address = messages.addressOffset() + first * MESSAGE_LENGTH;
            final int sent = calls.sendMessages(fd, address, queued - first, MSG_DONTWAIT);
            if (sent > 0) {
                first += sent;
                refusals = 0;
            } else if (!isWorthRetrying(-sent, refusals++)) {
                batch.drop(rows[first], DropReason.TRANSMIT_FAILED);
                first++;
                refusals = 0;
            }
        }
        queued = 0;
        scratchUsed = 0;
    }

    /**
     * EAGAIN: the send buffer is full of frames that the NIC has still to send. ENOBUFS: the queue discipline refused the frame.
     * ENETDOWN, the first time: the interface may have been down and be up again; the socket reports that once.
     */
    private boolean isWorthRetrying(final int error, final int refusals) {
        return switch (error) {
            case Errno.EINTR -> true;
            case Errno.ENETDOWN -> refusals == 0;
            case Errno.ENOBUFS -> refusals < OVERLOAD_RETRIES;
            case Errno.EAGAIN -> waitsLeft-- > 0 && writable.await(calls, WAIT_NS);
            default -> false;
        };
    }
}
