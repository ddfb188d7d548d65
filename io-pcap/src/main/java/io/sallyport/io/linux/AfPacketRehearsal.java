package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend.Rehearsal;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The code of {@link AfPacketPort} at work without an interface: frames lie in a receive ring of plain memory, which is filled here as the
 * kernel would, and leave by a pair of sockets of this process, whose other end throws them away (unix(7)).
 */
final class AfPacketRehearsal implements Rehearsal {

    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = 0x20;

    /** More slots than a burst has frames. */
    private static final int BLOCKS = MAX_FRAMES / ReceiveRing.SLOTS_PER_BLOCK + 1;
    private static final int FRAME_OFFSET = 76;
    private static final int FRAME_LENGTH = 74;
    private static final int L3 = Ethernet.HEADER_LENGTH;
    private static final int L4 = L3 + Ipv4.MIN_HEADER_LENGTH;
    private static final int UDP_CHECKSUM_OFFSET = 6;
    private static final int HOST = 0x0A4D_0002;
    private static final int REMOTE = 0xCB00_7105;

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

    /** Ready to begin; empty where the system lacks what it takes. */
    static Optional<AfPacketRehearsal> open() {
        final LinuxCalls calls = new LinuxCalls();
        final UnsafeBuffer ends = NativeMemory.allocate(2 * Integer.BYTES);
        if (calls.socketPair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.addressOffset()) < 0) {
            return Optional.empty();
        }
        final long lengthBytes = (long) BLOCKS * ReceiveRing.BLOCK_LENGTH;
        final long address = calls.mmap(lengthBytes, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
        if (address < 0) {
            calls.close(ends.getInt(0));
            calls.close(ends.getInt(Integer.BYTES));
            return Optional.empty();
        }
        return Optional.of(new AfPacketRehearsal(
            calls, ends.getInt(0), ends.getInt(Integer.BYTES), new ReceiveRing(calls, address, BLOCKS)));
    }

    @Override
    public int burst(final int frames) {
        for (int k = 0; k < frames; k++) {
            arrive(k);
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

    /** Fills the next slot as the kernel does: with a UDP packet, some of whose checksums are partial. */
    private void arrive(final int k) {
        final UnsafeBuffer memory = ring.memory();
        final int slot = ring.slots()[next];
        next = next + 1 == ring.slots().length ? 0 : next + 1;
        final int frame = slot + FRAME_OFFSET;
        final int header = frame - VirtioHeader.LENGTH;
        Ethernet.header(memory, frame, 0, 0, Ethernet.TYPE_IPV4);
        Ipv4.header(memory, frame + L3, FRAME_LENGTH - L3, k, Ipv4.DONT_FRAGMENT, 64, Ipv4.UDP, HOST, REMOTE);
        VirtioHeader.clear(memory, header);
        if ((k & 7) == 6) {
            memory.putByte(header + VirtioHeader.FLAGS_OFFSET, (byte) VirtioHeader.NEEDS_CHECKSUM);
            memory.putShort(header + VirtioHeader.CHECKSUM_START_OFFSET, (short) L4);
            memory.putShort(header + VirtioHeader.CHECKSUM_OFFSET_OFFSET, (short) UDP_CHECKSUM_OFFSET);
        }
        memory.putInt(slot + ReceiveRing.LENGTH_OFFSET, FRAME_LENGTH);
        memory.putInt(slot + ReceiveRing.CAPTURED_LENGTH_OFFSET, FRAME_LENGTH);
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
