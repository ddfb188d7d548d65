package io.sallyport.packet;

import io.sallyport.counter.DropReason;
import io.sallyport.memory.OffHeap;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A burst of packets over the frame memory of the port that received them: a row for each packet, and in it a column for each thing that
 * the stages learn about it. The batch is the unit of work, of hand-over between threads, of system calls and of counting.
 *
 * <p>A row is one cache line: a stage that has touched one column has them all, and workers that share a batch share no line of it.
 * (Columns as arrays cost a load of the array and a check of its length for each; docs/decisions/009 has what that made.)
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |                      Offset of the frame                      |
 *  +---------------------------------------------------------------+  4
 *  |                      Length of the frame                      |
 *  +---------------------------------------------------------------+  8
 *  |                      Offset of layer 3                        |
 *  +---------------------------------------------------------------+ 12
 *  |                      Offset of layer 4                        |
 *  +---------------------------------------------------------------+ 16
 *  |                      Address key (8 bytes)                    |
 *  +---------------------------------------------------------------+ 24
 *  |                      Port key (8 bytes)                       |
 *  +---------------------------------------------------------------+ 32
 *  |                      Segment length                           |
 *  +---------------------------------------------------------------+ 36
 *  |                      Descriptor                               |
 *  +---------------------------------------------------------------+ 40
 *  |                      Identification                           |
 *  +---------------+---------------+---------------+---------------+ 44
 *  |     Kind      |     Shard     |    Verdict    |  Drop reason  |
 *  +---------------+---------------+---------------+---------------+ 48
 *  |    Egress     |    Origin     | Checksum state|               |
 *  +---------------+---------------+---------------+               + 52
 *  |                          (unused)                             |
 *  +---------------------------------------------------------------+ 64
 * </pre>
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

    private static final int FRAME_OFFSET = 0;
    private static final int LENGTH_OFFSET = 4;
    private static final int L3_OFFSET = 8;
    private static final int L4_OFFSET = 12;
    private static final int ADDRESSES_OFFSET = 16;
    private static final int PORTS_OFFSET = 24;
    private static final int SEGMENT_LENGTH_OFFSET = 32;
    private static final int DESCRIPTOR_OFFSET = 36;
    private static final int IDENTIFICATION_OFFSET = 40;
    private static final int KIND_OFFSET = 44;
    private static final int SHARD_OFFSET = 45;
    private static final int VERDICT_OFFSET = 46;
    private static final int DROP_REASON_OFFSET = 47;
    private static final int EGRESS_OFFSET = 48;
    private static final int ORIGIN_OFFSET = 49;
    private static final int CHECKSUM_STATE_OFFSET = 50;
    private static final int ROW_SHIFT = 6;

    /** What a new row holds from the identification on: -1, and zeros, which is what {@link Verdict#NONE} is. */
    private static final long NEW_MIDDLE = 0xFFFF_FFFFL;
    /** What it holds from the egress on: {@link #NOWHERE}, and zeros, which is what {@link #CHECKSUM_WHOLE} is. */
    private static final int NEW_END = 0xFF;

    private final UnsafeBuffer frames;
    private final OffHeap memory;
    private final OffHeap rows;
    private final int slotLength;
    private final int capacity;
    private int size;
    private Side arrivalSide = Side.INSIDE;
    private long arrivalNs;
    private long receivedEpochNs;
    private boolean hasTurned;

    private PacketBatch(final UnsafeBuffer frames, final int capacity, final int slotLength) {
        this.frames = frames;
        memory = OffHeap.of(frames);
        rows = OffHeap.allocate(Math.multiplyExact(capacity, 1 << ROW_SHIFT));
        this.capacity = capacity;
        this.slotLength = slotLength;
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

    private static long row(final int i) {
        return (long) i << ROW_SHIFT;
    }

    /** Forgets all packets. */
    public void clear() {
        size = 0;
        receivedEpochNs = 0;
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
        final long row = row(i);
        rows.putInt(row + FRAME_OFFSET, frameOffset);
        rows.putInt(row + LENGTH_OFFSET, frameLength);
        rows.putInt(row + SEGMENT_LENGTH_OFFSET, 0);
        rows.putLong(row + IDENTIFICATION_OFFSET, NEW_MIDDLE);
        rows.putInt(row + EGRESS_OFFSET, NEW_END);
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

    /** The same, for those who see every packet. */
    public OffHeap memory() {
        return memory;
    }

    /** The side on which all packets of the batch arrived. */
    public Side arrivalSide() {
        return arrivalSide;
    }

    /** When the batch was taken from the receive ring, in ns of the gateway's clock. */
    public long arrivalNs() {
        return arrivalNs;
    }

    /** When the first packet of the batch came into the receive ring, in ns since the epoch; 0 where the port does not know. */
    public long receivedEpochNs() {
        return receivedEpochNs;
    }

    /** Says when the first packet came into the receive ring; the port that fills the batch. */
    public void received(final long epochNs) {
        receivedEpochNs = epochNs;
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
        return rows.getInt(row(i) + FRAME_OFFSET);
    }

    /** Length of the frame, in bytes, without offload header and check sequence. */
    public int length(final int i) {
        return rows.getInt(row(i) + LENGTH_OFFSET);
    }

    /** Shortens or lengthens the frame within its slot. */
    public void length(final int i, final int frameLength) {
        rows.putInt(row(i) + LENGTH_OFFSET, frameLength);
    }

    /** Payload bytes of each segment of a super-frame (virtio {@code gso_size}); 0 for a plain frame. */
    public int segmentLength(final int i) {
        return rows.getInt(row(i) + SEGMENT_LENGTH_OFFSET);
    }

    /** {@link #CHECKSUM_WHOLE} or {@link #CHECKSUM_PARTIAL}. */
    public byte checksumState(final int i) {
        return rows.getByte(row(i) + CHECKSUM_STATE_OFFSET);
    }

    /** Takes over what the frame's offload header says. */
    public void offload(final int i, final int segmentLengthBytes, final byte state) {
        rows.putInt(row(i) + SEGMENT_LENGTH_OFFSET, segmentLengthBytes);
        rows.putByte(row(i) + CHECKSUM_STATE_OFFSET, state);
    }

    /** The receiving port's own handle of the frame: a ring slot or descriptor. */
    public int descriptor(final int i) {
        return rows.getInt(row(i) + DESCRIPTOR_OFFSET);
    }

    /** Sets the receiving port's own handle of the frame. */
    public void descriptor(final int i, final int value) {
        rows.putInt(row(i) + DESCRIPTOR_OFFSET, value);
    }

    /** Where the layer-3 header begins in {@link #frames}; set by the parser. */
    public int l3Offset(final int i) {
        return rows.getInt(row(i) + L3_OFFSET);
    }

    /** Where the layer-4 header begins in {@link #frames}; set by the parser. */
    public int l4Offset(final int i) {
        return rows.getInt(row(i) + L4_OFFSET);
    }

    /** Sets both header offsets. */
    public void headers(final int i, final int l3, final int l4) {
        rows.putInt(row(i) + L3_OFFSET, l3);
        rows.putInt(row(i) + L4_OFFSET, l4);
    }

    /** First half of the flow key: raw source and destination address. */
    public long addressKey(final int i) {
        return rows.getLong(row(i) + ADDRESSES_OFFSET);
    }

    /** Second half of the flow key: raw ports, protocol, arrival side. */
    public long portKey(final int i) {
        return rows.getLong(row(i) + PORTS_OFFSET);
    }

    /** Sets the flow key. */
    public void key(final int i, final long addressKey, final long portKey) {
        rows.putLong(row(i) + ADDRESSES_OFFSET, addressKey);
        rows.putLong(row(i) + PORTS_OFFSET, portKey);
    }

    /** The IP identification that the packet gets if its source address is rewritten, or -1: it keeps its own. */
    public int identification(final int i) {
        return rows.getInt(row(i) + IDENTIFICATION_OFFSET);
    }

    /** Sets the IP identification that the packet gets. */
    public void identification(final int i, final int value) {
        rows.putInt(row(i) + IDENTIFICATION_OFFSET, value);
    }

    /** One of the values of {@link PacketKind}. */
    public byte kind(final int i) {
        return rows.getByte(row(i) + KIND_OFFSET);
    }

    /** Sets the kind. */
    public void kind(final int i, final byte value) {
        rows.putByte(row(i) + KIND_OFFSET, value);
    }

    /** The worker that owns the packet. */
    public int shard(final int i) {
        return rows.getByte(row(i) + SHARD_OFFSET);
    }

    /** Sets the worker that owns the packet, 0 to 127. */
    public void shard(final int i, final int worker) {
        rows.putByte(row(i) + SHARD_OFFSET, (byte) worker);
    }

    /** One of the values of {@link Verdict}. */
    public byte verdict(final int i) {
        return rows.getByte(row(i) + VERDICT_OFFSET);
    }

    /** Sets the verdict. */
    public void verdict(final int i, final byte value) {
        rows.putByte(row(i) + VERDICT_OFFSET, value);
    }

    /** Drops the packet: the one expression that does, and it counts, because the egress stage counts every verdict. */
    public void drop(final int i, final DropReason reason) {
        rows.putByte(row(i) + VERDICT_OFFSET, Verdict.DROP);
        rows.putByte(row(i) + DROP_REASON_OFFSET, (byte) reason.ordinal());
        rows.putByte(row(i) + EGRESS_OFFSET, NOWHERE);
    }

    /** Ordinal of the {@link DropReason} of a dropped packet. */
    public int dropReason(final int i) {
        return rows.getByte(row(i) + DROP_REASON_OFFSET);
    }

    /** The packet was for the gateway itself and ends here. */
    public void consume(final int i) {
        rows.putByte(row(i) + VERDICT_OFFSET, Verdict.CONSUMED);
        rows.putByte(row(i) + EGRESS_OFFSET, NOWHERE);
    }

    /** The packet was for the gateway itself; its frame now holds the answer and goes back to where it came from. */
    public void reply(final int i, final Origin kind) {
        rows.putByte(row(i) + VERDICT_OFFSET, Verdict.CONSUMED);
        rows.putByte(row(i) + EGRESS_OFFSET, (byte) arrivalSide.ordinal());
        rows.putByte(row(i) + ORIGIN_OFFSET, (byte) kind.ordinal());
    }

    /** Ordinal of the side that the frame leaves on, or {@link #NOWHERE}; set by the egress stage. */
    public byte egress(final int i) {
        return rows.getByte(row(i) + EGRESS_OFFSET);
    }

    /** Sets the side that the frame leaves on. */
    public void egress(final int i, final byte sideOrdinal) {
        rows.putByte(row(i) + EGRESS_OFFSET, sideOrdinal);
    }

    /** Ordinal of the packet's {@link Origin}. */
    public byte origin(final int i) {
        return rows.getByte(row(i) + ORIGIN_OFFSET);
    }

    /** Says that the gateway made the packet, and what it is. */
    public void origin(final int i, final Origin kind) {
        rows.putByte(row(i) + ORIGIN_OFFSET, (byte) kind.ordinal());
    }
}
