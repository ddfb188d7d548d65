package io.sallyport.io.linux;

import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortException;
import io.sallyport.wire.Ethernet;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The receive ring that the kernel shares with the gateway (TPACKET_V2, linux/if_packet.h): slots that the kernel fills one after the
 * other, frame by frame.
 *
 * <pre>
 *  slot
 *  +---------------------------------------------------------------+
 *  | 0   status (int): whose the slot is, and flags                |
 *  | 4   length of the frame (int)                                 |
 *  | 8   length of what was captured of it (int)                   |
 *  | 12  offset of the Ethernet header in the slot (short)         |
 *  | 14  offset of the network header (short)                      |
 *  | 16  time of receipt: seconds (int), nanoseconds (int)         |
 *  | 24  VLAN tag (short), VLAN EtherType (short), padding         |
 *  | 32  struct sockaddr_ll, 20 bytes                              |
 *  | 66  virtio header, 10 bytes                                   |
 *  | 76  the frame                                                 |
 *  +---------------------------------------------------------------+
 * </pre>
 *
 * <p>So all that a NAT reads and writes of a frame, from the virtio header to the TCP checksum at 126, lies in the slot's second
 * cache line. Slots hold the longest super-frame; their length is not a power of two, so that they spread over the cache's sets.
 *
 * <p>The status word says whose a slot is. The kernel writes {@link #OWNED_BY_USER} into it with a barrier, paired with the acquire
 * in {@link #receive}; the capture thread turns that into {@link #HANDED_OUT}, which neither the kernel (it waits for
 * {@link #OWNED_BY_KERNEL}) nor a later {@code receive} takes; the transmit thread, which got the batch by the hand-over between the
 * threads, writes {@link #OWNED_BY_KERNEL} with release. No slot is ever handed out twice, in whichever order they come back.
 */
final class ReceiveRing {

    /** Whose the slot is. */
    static final int STATUS_OFFSET = 0;
    /** Length of the frame. */
    static final int LENGTH_OFFSET = 4;
    /** Length of what was captured of it. */
    static final int CAPTURED_LENGTH_OFFSET = 8;
    /** Where in the slot the frame begins. */
    static final int FRAME_OFFSET_OFFSET = 12;
    private static final int SECONDS_OFFSET = 16;
    private static final int NANOSECONDS_OFFSET = 20;
    private static final int VLAN_TAG_OFFSET = 24;
    private static final int VLAN_TYPE_OFFSET = 26;

    /** Status of a slot with a frame in it. */
    static final int OWNED_BY_USER = 1;

    private static final int OWNED_BY_KERNEL = 0;
    private static final int VLAN_VALID = 1 << 4;
    private static final int VLAN_TYPE_VALID = 1 << 6;
    private static final int HANDED_OUT = 1 << 16;

    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int VLAN_TAG_LENGTH = 4;
    private static final int MAC_ADDRESSES_LENGTH = 12;

    /** Kernel memory comes in blocks; a slot lies within one. */
    static final int BLOCK_LENGTH = 1 << 20;
    /** 76 bytes before the frame, then 14 of Ethernet header and an IP packet of 65,535, in whole cache lines. */
    private static final int SLOT_LENGTH = 65_664;
    static final int SLOTS_PER_BLOCK = BLOCK_LENGTH / SLOT_LENGTH;
    /** 64 MiB, 960 slots: about 2 ms of the shortest frames at the rate at which the kernel delivers them. */
    private static final int BLOCKS = 64;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_POPULATE = 0x8000;

    private final LinuxCalls calls;
    private final long address;
    private final UnsafeBuffer memory;
    private final int[] slots;
    private final AtomicLong truncatedFrames = new AtomicLong();
    private int next;

    /** Over mapped memory, which the ring unmaps in the end. */
    ReceiveRing(final LinuxCalls calls, final long address, final int blocks) {
        this.calls = calls;
        this.address = address;
        memory = new UnsafeBuffer(address, blocks * BLOCK_LENGTH);
        slots = new int[blocks * SLOTS_PER_BLOCK];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = i / SLOTS_PER_BLOCK * BLOCK_LENGTH + i % SLOTS_PER_BLOCK * SLOT_LENGTH;
        }
    }

    /** Gives a packet socket, not yet bound, its ring. */
    static ReceiveRing create(final LinuxCalls calls, final PacketSocket socket) throws PortException {
        final UnsafeBuffer request = NativeMemory.allocate(4 * Integer.BYTES);
        request.putInt(0, BLOCK_LENGTH);
        request.putInt(4, BLOCKS);
        request.putInt(8, SLOT_LENGTH);
        request.putInt(12, BLOCKS * SLOTS_PER_BLOCK);
        socket.option(PacketSocket.PACKET_RX_RING, request, "a receive ring of " + (BLOCKS * BLOCK_LENGTH >> 20) + " MiB");
        final long address =
            calls.mmap((long) BLOCKS * BLOCK_LENGTH, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, socket.fd());
        if (address < 0) {
            throw socket.failed("mapping the receive ring", (int) address);
        }
        return new ReceiveRing(calls, address, BLOCKS);
    }

    /** The ring's memory. */
    UnsafeBuffer memory() {
        return memory;
    }

    /** Where in it each slot begins, in the order in which they are filled. */
    int[] slots() {
        return slots;
    }

    /** Clears the batch and fills it with the frames that wait; capture thread. */
    int receive(final PacketBatch batch) {
        batch.clear();
        final int capacity = batch.capacity();
        for (int looked = 0; looked < capacity; looked++) {
            final int slot = slots[next];
            final int status = memory.getIntAcquire(slot + STATUS_OFFSET);
            if ((status & OWNED_BY_USER) == 0) {
                break;
            }
            next = next + 1 == slots.length ? 0 : next + 1;
            if (memory.getInt(slot + CAPTURED_LENGTH_OFFSET) < memory.getInt(slot + LENGTH_OFFSET)) {
                truncatedFrames.lazySet(truncatedFrames.get() + 1);
                memory.putIntRelease(slot + STATUS_OFFSET, OWNED_BY_KERNEL);
            } else {
                take(batch, slot, status);
            }
        }
        if (batch.size() > 0) {
            batch.received(epochNs(batch.descriptor(0)));
        }
        return batch.size();
    }

    /** When the kernel put a frame into its slot. */
    private long epochNs(final int slot) {
        return (memory.getInt(slot + SECONDS_OFFSET) & 0xFFFF_FFFFL) * NS_PER_SECOND + memory.getInt(slot + NANOSECONDS_OFFSET);
    }

    private void take(final PacketBatch batch, final int slot, final int status) {
        int frame = slot + (memory.getShort(slot + FRAME_OFFSET_OFFSET) & 0xFFFF);
        int length = memory.getInt(slot + CAPTURED_LENGTH_OFFSET);
        if ((status & VLAN_VALID) != 0) {
            frame = insertTag(slot, frame, status);
            length += VLAN_TAG_LENGTH;
        }
        memory.putInt(slot + STATUS_OFFSET, HANDED_OUT);
        final int i = batch.add(frame, length);
        batch.descriptor(i, slot);
        final int header = frame - VirtioHeader.LENGTH;
        if (VirtioHeader.isOffload(memory, header)) {
            takeOffload(batch, i, header);
        } else {
            VirtioHeader.clear(memory, header);
        }
    }

    /** The kernel strips the VLAN tag; it goes back in, before the frame's EtherType, and offload header and addresses move down. */
    private int insertTag(final int slot, final int frame, final int status) {
        final int header = frame - VirtioHeader.LENGTH;
        if (VirtioHeader.isOffload(memory, header)) {
            VirtioHeader.shift(memory, header, VLAN_TAG_LENGTH);
        }
        for (int at = header; at < frame + MAC_ADDRESSES_LENGTH; at++) {
            memory.putByte(at - VLAN_TAG_LENGTH, memory.getByte(at));
        }
        final boolean isTyped = (status & VLAN_TYPE_VALID) != 0;
        final int type = isTyped ? memory.getShort(slot + VLAN_TYPE_OFFSET) & 0xFFFF : Ethernet.TYPE_VLAN;
        final int tag = frame - VLAN_TAG_LENGTH + Ethernet.TYPE_OFFSET;
        memory.putShort(tag, (short) type, ByteOrder.BIG_ENDIAN);
        memory.putShort(tag + Short.BYTES, memory.getShort(slot + VLAN_TAG_OFFSET), ByteOrder.BIG_ENDIAN);
        return frame - VLAN_TAG_LENGTH;
    }

    /**
     * A partial checksum that is not the IP packet's own belongs to a packet inside it, a tunnel's. It is completed here, since the
     * stages know partial checksums of the outer packet only.
     */
    private void takeOffload(final PacketBatch batch, final int i, final int header) {
        final int frame = batch.offset(i);
        final int segmentLength = VirtioHeader.segmentLength(memory, header);
        byte state = PacketBatch.CHECKSUM_WHOLE;
        if (VirtioHeader.needsChecksum(memory, header)) {
            state = PacketBatch.CHECKSUM_PARTIAL;
            final int start = VirtioHeader.checksumStart(memory, header);
            final int ownStart = SoftwareOffload.checksumStart(memory, frame, batch.length(i));
            if (segmentLength == 0 && ownStart >= 0 && ownStart != start) {
                final int offset = VirtioHeader.checksumOffset(memory, header);
                SoftwareOffload.completeChecksum(memory, frame, batch.length(i), start, offset);
                VirtioHeader.clear(memory, header);
                state = PacketBatch.CHECKSUM_WHOLE;
            }
        }
        batch.offload(i, segmentLength, state);
    }

    /** Gives the frames of a batch back to the kernel; transmit thread. */
    void release(final PacketBatch batch) {
        for (int i = 0, size = batch.size(); i < size; i++) {
            memory.putIntRelease(batch.descriptor(i) + STATUS_OFFSET, OWNED_BY_KERNEL);
        }
    }

    /** Frames that did not fit a slot, and were lost; any thread. */
    long truncatedFrames() {
        return truncatedFrames.get();
    }

    /** Unmaps the memory: no thread may touch the ring or its batches any more. */
    void close() {
        calls.munmap(address, memory.capacity());
    }
}
