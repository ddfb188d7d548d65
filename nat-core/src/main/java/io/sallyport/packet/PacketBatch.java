package io.sallyport.packet;

import io.sallyport.counter.DropReason;
import java.util.Arrays;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A burst of packets as a struct of arrays: one column for each thing that the stages learn about a packet, over the frame memory of
 * the port that received it. The batch is the unit of work, of hand-over between threads, of system calls and of counting.
 *
 * <p>A packet is its index in the batch. It lives until the batch is released to its port or cleared; nothing keeps it longer (the
 * packet that waits for ARP is copied).
 *
 * <p>Before every frame lie at least {@link #HEADROOM_LENGTH} writable bytes, the last {@link #OFFLOAD_HEADER_LENGTH} of which hold
 * the frame's virtio offload header ({@code struct virtio_net_hdr}, linux/virtio_net.h), all zero for a plain frame: so any frame
 * can be sent by any port right from where it lies.
 *
 * <p>Not thread-safe: the stage that holds the batch owns it. Workers that share a batch write only the rows of their own shard.
 */
public final class PacketBatch {

    /** Bytes before each frame that belong to it. */
    public static final int HEADROOM_LENGTH = 16;
    /** Length of the offload header, which ends where the frame begins. */
    public static final int OFFLOAD_HEADER_LENGTH = 10;

    /** Checksum column: the packet carries its whole layer-4 checksum. */
    public static final byte CHECKSUM_WHOLE = 0;
    /** Checksum column: the packet carries only the sum of its pseudo-header; the sending NIC, or a port, completes it. */
    public static final byte CHECKSUM_PARTIAL = 1;

    /** Egress column: stays here. */
    public static final byte NOWHERE = -1;

    private final UnsafeBuffer frames;
    private final int slotLength;
    private final int capacity;
    private final int[] offset;
    private final int[] length;
    private final int[] segmentLength;
    private final byte[] checksumState;
    private final int[] descriptor;
    private final int[] l3Offset;
    private final int[] l4Offset;
    private final long[] addresses;
    private final long[] ports;
    private final int[] identification;
    private final int[] flow;
    private final byte[] kind;
    private final byte[] shard;
    private final byte[] verdict;
    private final byte[] dropReason;
    private final byte[] egress;
    private final byte[] origin;
    private int size;
    private Side arrivalSide = Side.INSIDE;
    private long arrivalNs;
    private boolean hasTurned;

    private PacketBatch(final UnsafeBuffer frames, final int capacity, final int slotLength) {
        this.frames = frames;
        this.capacity = capacity;
        this.slotLength = slotLength;
        offset = new int[capacity];
        length = new int[capacity];
        segmentLength = new int[capacity];
        checksumState = new byte[capacity];
        descriptor = new int[capacity];
        l3Offset = new int[capacity];
        l4Offset = new int[capacity];
        addresses = new long[capacity];
        ports = new long[capacity];
        identification = new int[capacity];
        flow = new int[capacity];
        kind = new byte[capacity];
        shard = new byte[capacity];
        verdict = new byte[capacity];
        dropReason = new byte[capacity];
        egress = new byte[capacity];
        origin = new byte[capacity];
    }

    /**
     * A batch over the frame memory of a port.
     *
     * @param frames   the port's memory; every frame lies within it
     * @param capacity most packets that the batch holds, at least 1
     */
    public static PacketBatch over(final UnsafeBuffer frames, final int capacity) {
        return new PacketBatch(frames, capacity, 0);
    }

    /**
     * A batch with memory of its own, a slot for each packet: for packets that the gateway makes, and for ports that copy.
     *
     * @param capacity    most packets that the batch holds, at least 1
     * @param frameLength longest frame, in bytes
     */
    public static PacketBatch owning(final int capacity, final int frameLength) {
        final int slotLength = BitUtil.align(HEADROOM_LENGTH + frameLength, BitUtil.CACHE_LINE_LENGTH);
        final UnsafeBuffer memory = new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(Math.multiplyExact(capacity, slotLength), BitUtil.CACHE_LINE_LENGTH));
        return new PacketBatch(memory, capacity, slotLength);
    }

    /** Forgets all packets. */
    public void clear() {
        size = 0;
    }

    /**
     * Adds a packet that lies in the frame memory.
     *
     * @param frameOffset where its Ethernet header begins
     * @param frameLength its length, in bytes
     * @return its index
     */
    public int add(final int frameOffset, final int frameLength) {
        final int i = size++;
        offset[i] = frameOffset;
        length[i] = frameLength;
        segmentLength[i] = 0;
        checksumState[i] = CHECKSUM_WHOLE;
        identification[i] = -1;
        flow[i] = -1;
        verdict[i] = Verdict.NONE;
        egress[i] = NOWHERE;
        origin[i] = 0;
        return i;
    }

    /**
     * Adds a packet in a slot of its own memory, for the caller to fill; its offload header is cleared.
     *
     * @param frameLength its length, in bytes; must fit the slot
     * @return its index, or -1 when the batch is full
     */
    public int claim(final int frameLength) {
        if (size == capacity || frameLength > slotLength - HEADROOM_LENGTH) {
            return -1;
        }
        final int slot = size * slotLength;
        frames.putLong(slot, 0);
        frames.putLong(slot + Long.BYTES, 0);
        return add(slot + HEADROOM_LENGTH, frameLength);
    }

    /** Whether no packet can be added. */
    public boolean isFull() {
        return size == capacity;
    }

    /** Number of packets. */
    public int size() {
        return size;
    }

    /** Most packets that it holds. */
    public int capacity() {
        return capacity;
    }

    /** The memory that all frames lie in. */
    public UnsafeBuffer frames() {
        return frames;
    }

    /** The side on which all packets of the batch arrived. */
    public Side arrivalSide() {
        return arrivalSide;
    }

    /** When the batch was taken from the receive ring, in ns of the gateway's clock. */
    public long arrivalNs() {
        return arrivalNs;
    }

    /** Says where and when the packets of the batch arrived. */
    public void arrived(final Side side, final long nowNs) {
        arrivalSide = side;
        arrivalNs = nowNs;
        hasTurned = false;
    }

    /** Says that the packets are those of inside hosts to public addresses, which arrive once more, on the outside. */
    public void turned(final long nowNs) {
        arrived(Side.OUTSIDE, nowNs);
        hasTurned = true;
    }

    /** Whether the packets have been through once: their sources are public addresses of our own, and rightly so. */
    public boolean hasTurned() {
        return hasTurned;
    }

    /** Where the Ethernet header begins in {@link #frames}. */
    public int offset(final int i) {
        return offset[i];
    }

    /** Length of the frame, in bytes, without offload header and check sequence. */
    public int length(final int i) {
        return length[i];
    }

    /** Shortens or lengthens the frame within its slot. */
    public void length(final int i, final int frameLength) {
        length[i] = frameLength;
    }

    /** Payload bytes of each segment of a super-frame (virtio {@code gso_size}); 0 for a plain frame. */
    public int segmentLength(final int i) {
        return segmentLength[i];
    }

    /** {@link #CHECKSUM_WHOLE} or {@link #CHECKSUM_PARTIAL}. */
    public byte checksumState(final int i) {
        return checksumState[i];
    }

    /** Takes over what the frame's offload header says. */
    public void offload(final int i, final int segmentLengthBytes, final byte state) {
        segmentLength[i] = segmentLengthBytes;
        checksumState[i] = state;
    }

    /** The receiving port's own handle of the frame: a ring slot or descriptor. */
    public int descriptor(final int i) {
        return descriptor[i];
    }

    /** Sets the receiving port's own handle of the frame. */
    public void descriptor(final int i, final int value) {
        descriptor[i] = value;
    }

    /** Where the layer-3 header begins in {@link #frames}; set by the parser. */
    public int l3Offset(final int i) {
        return l3Offset[i];
    }

    /** Where the layer-4 header begins in {@link #frames}; set by the parser. */
    public int l4Offset(final int i) {
        return l4Offset[i];
    }

    /** Sets both header offsets. */
    public void headers(final int i, final int l3, final int l4) {
        l3Offset[i] = l3;
        l4Offset[i] = l4;
    }

    /** First half of the flow key: raw source and destination address. */
    public long addressKey(final int i) {
        return addresses[i];
    }

    /** Second half of the flow key: raw ports, protocol, arrival side. */
    public long portKey(final int i) {
        return ports[i];
    }

    /** Sets the flow key. */
    public void key(final int i, final long addressKey, final long portKey) {
        addresses[i] = addressKey;
        ports[i] = portKey;
    }

    /** The IP identification that the packet gets if its source address is rewritten, or -1: it keeps its own. */
    public int identification(final int i) {
        return identification[i];
    }

    /** Sets the IP identification that the packet gets. */
    public void identification(final int i, final int value) {
        identification[i] = value;
    }

    /** Index of the packet's flow entry, or -1. */
    public int flow(final int i) {
        return flow[i];
    }

    /** Sets the index of the packet's flow entry. */
    public void flow(final int i, final int flowIndex) {
        flow[i] = flowIndex;
    }

    /** One of the values of {@link PacketKind}. */
    public byte kind(final int i) {
        return kind[i];
    }

    /** Sets the kind. */
    public void kind(final int i, final byte value) {
        kind[i] = value;
    }

    /** The worker that owns the packet. */
    public int shard(final int i) {
        return shard[i];
    }

    /** Sets the worker that owns the packet, 0 to 127. */
    public void shard(final int i, final int worker) {
        shard[i] = (byte) worker;
    }

    /** One of the values of {@link Verdict}. */
    public byte verdict(final int i) {
        return verdict[i];
    }

    /** Sets the verdict. */
    public void verdict(final int i, final byte value) {
        verdict[i] = value;
    }

    /** Drops the packet: the one expression that does, and it counts, because the egress stage counts every verdict. */
    public void drop(final int i, final DropReason reason) {
        verdict[i] = Verdict.DROP;
        dropReason[i] = (byte) reason.ordinal();
        egress[i] = NOWHERE;
    }

    /** Ordinal of the {@link DropReason} of a dropped packet. */
    public int dropReason(final int i) {
        return dropReason[i];
    }

    /** The packet was for the gateway itself and ends here. */
    public void consume(final int i) {
        verdict[i] = Verdict.CONSUMED;
        egress[i] = NOWHERE;
    }

    /** The packet was for the gateway itself; its frame now holds the answer and goes back to where it came from. */
    public void reply(final int i, final Origin kind) {
        verdict[i] = Verdict.CONSUMED;
        egress[i] = (byte) arrivalSide.ordinal();
        origin[i] = (byte) kind.ordinal();
    }

    /** Ordinal of the side that the frame leaves on, or {@link #NOWHERE}; set by the egress stage. */
    public byte egress(final int i) {
        return egress[i];
    }

    /** Sets the side that the frame leaves on. */
    public void egress(final int i, final byte sideOrdinal) {
        egress[i] = sideOrdinal;
    }

    /** Ordinal of the packet's {@link Origin}. */
    public byte origin(final int i) {
        return origin[i];
    }

    /** Says that the gateway made the packet, and what it is. */
    public void origin(final int i, final Origin kind) {
        origin[i] = (byte) kind.ordinal();
    }

    /** Forgets the verdicts, so that the same packets can be processed again; for benchmarks. */
    public void resetVerdicts() {
        Arrays.fill(verdict, 0, size, Verdict.NONE);
        Arrays.fill(egress, 0, size, NOWHERE);
        Arrays.fill(flow, 0, size, -1);
    }
}
