package io.sallyport.io.linux;

import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBackend.Rehearsal;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The code of {@link AfPacketPort} at work without an interface: frames lie in a receive ring of plain memory, which is filled here as the
 * kernel would, and leave by a pair of sockets of this process, whose other end throws them away (unix(7)).
 */
final class AfPacketRehearsal implements Rehearsal {

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_CLOEXEC = 0x80000;

    /** More slots than a burst has frames. */
    private static final int BLOCKS = MAX_FRAMES / ReceiveRing.SLOTS_PER_BLOCK + 1;
    private static final int FRAME_OFFSET = 76;

    private final LinuxCalls calls;
    private final int nearEnd;
    private final int farEnd;
    private final ReceiveRing ring;
    private final FrameSender sender;
    private final PacketBatch batch;
    private int next;

    private AfPacketRehearsal(final LinuxCalls calls, final int nearEnd, final int farEnd, final ReceiveRing ring) {
        this.calls = calls;
        this.nearEnd = nearEnd;
        this.farEnd = farEnd;
        this.ring = ring;
        sender = new FrameSender(nearEnd, true);
        batch = PacketBatch.over(ring.memory(), MAX_FRAMES);
    }

    /** Ready to begin; nothing to rehearse where the system lacks what it takes. */
    static Rehearsal open() {
        final LinuxCalls calls = new LinuxCalls();
        final UnsafeBuffer ends = NativeMemory.allocate(2 * Integer.BYTES);
        if (calls.socketPair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.addressOffset()) < 0) {
            return NONE;
        }
        final long address = calls.mapMemory((long) BLOCKS * ReceiveRing.BLOCK_LENGTH);
        if (address < 0) {
            calls.close(ends.getInt(0));
            calls.close(ends.getInt(Integer.BYTES));
            return NONE;
        }
        return new AfPacketRehearsal(calls, ends.getInt(0), ends.getInt(Integer.BYTES), new ReceiveRing(calls, address, BLOCKS));
    }

    @Override
    public int burst(final PacketBatch frames) {
        for (int row = 0; row < frames.size(); row++) {
            arrive(frames, row);
        }
        ring.receive(batch);
        final int count = batch.size();
        for (int i = 0; i < count; i++) {
            batch.egress(i, (byte) Side.OUTSIDE.ordinal());
        }
        sender.transmit(batch, Side.OUTSIDE);
        int sent = 0;
        for (int i = 0; i < count; i++) {
            if (batch.verdict(i) != Verdict.DROP) {
                calls.receiveNothing(farEnd);
                sent++;
            }
        }
        ring.release(batch);
        return sent;
    }

    /** Fills the next slot as the kernel does. */
    private void arrive(final PacketBatch frames, final int row) {
        final UnsafeBuffer memory = ring.memory();
        final int slot = ring.slots()[next];
        next = next + 1 == ring.slots().length ? 0 : next + 1;
        final int length = frames.length(row);
        final int frame = slot + FRAME_OFFSET;
        final int header = frame - VirtioHeader.LENGTH;
        memory.putBytes(frame, frames.frames(), frames.offset(row), length);
        VirtioHeader.clear(memory, header);
        if (frames.checksumState(row) == PacketBatch.CHECKSUM_PARTIAL) {
            memory.putByte(header + VirtioHeader.FLAGS_OFFSET, (byte) VirtioHeader.NEEDS_CHECKSUM);
            memory.putShort(header + VirtioHeader.CHECKSUM_START_OFFSET, (short) SoftwareOffload.checksumStart(memory, frame, length));
        }
        memory.putInt(slot + ReceiveRing.LENGTH_OFFSET, length);
        memory.putInt(slot + ReceiveRing.CAPTURED_LENGTH_OFFSET, length);
        memory.putShort(slot + ReceiveRing.FRAME_OFFSET_OFFSET, (short) FRAME_OFFSET);
        memory.putIntRelease(slot + ReceiveRing.STATUS_OFFSET, ReceiveRing.OWNED_BY_USER);
    }

    @Override
    public void close() {
        calls.close(nearEnd);
        calls.close(farEnd);
        ring.close();
    }
}
