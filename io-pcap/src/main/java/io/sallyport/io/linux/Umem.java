package io.sallyport.io.linux;

import io.sallyport.packet.PortException;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The memory that all frames of both interfaces lie in (UMEM), in chunks of equal length, one frame in each. A frame that arrives on one
 * interface leaves on the other from where it lies: only its address goes from ring to ring.
 *
 * <pre>
 *              transmit thread                 kernel                capture thread
 *  +-------+   refill    +---------+ a frame  +--------------+  receive   +----------------+
 *  | free  |------------&gt;|  fill   |---------&gt;|   receive    |-----------&gt;|  batch: capture, |
 *  | stack |             |  ring   | arrives  |   ring       |            |  workers,       |
 *  +-------+             +---------+          +--------------+            |  transmit       |
 *   ^  ^  |  copy: a foreign frame, a segment                             +----------------+
 *   |  |  |                                                                |            |
 *   |  |  +-------------------------+     transmit: handed on as it is     |            |
 *   |  |                            v  &lt;------------------------------------+            |
 *   |  |   reap   +------------+  sent  +------------+                                  |
 *   |  +----------| completion |&lt;-------|  transmit  |                                  |
 *   |             | ring       |        |  ring      |                                  |
 *   |             +------------+        +------------+                                  |
 *   +-----------------------------------------------------------------------------------+
 *                            release: everything that was not handed on
 * </pre>
 *
 * <p>At each moment a chunk is in exactly one of these places. The batch says which of its rows it still owns: its descriptor column holds
 * the chunk, or {@link #HANDED_ON}. The stack belongs to the transmit thread, which alone writes fill and transmit rings and reads
 * completion rings; the capture thread reads receive rings and nothing else. So no chunk changes hands between these threads but by
 * the batch.
 *
 * <pre>
 *  chunk
 *  +----------------------------------------------------------------------+
 *  | 0    room that XDP keeps free before each frame, 256 bytes           |
 *  | 256  headroom, 2 bytes of padding, virtio header, 10 bytes           |
 *  | 268  the frame                                                       |
 *  +----------------------------------------------------------------------+
 * </pre>
 *
 * <p>So everything that a NAT reads and writes of a frame, to the end of the TCP checksum at 320, lies in one cache line. The memory is on
 * huge pages where the system has some: frames come back in any order, so on small pages each would be a miss of the TLB.
 */
final class Umem {

    /** Descriptor of a row whose chunk the batch does not own any more, and what {@link #take} gives when there is none. */
    static final int HANDED_ON = -1;
    /** Headroom that the kernel is asked for, in bytes, beyond its own. */
    static final int KERNEL_HEADROOM_LENGTH = 12;
    /** Where a frame begins in its chunk. */
    static final int FRAME_OFFSET = 256 + KERNEL_HEADROOM_LENGTH;

    /** Chunks that are never put into a fill ring, so that there is always room for what the gateway itself has to say. */
    private static final int RESERVE = 512;
    /** Ethernet header and two VLAN tags. */
    private static final int LINK_HEADERS_LENGTH = 22;
    private static final int SHORT_CHUNK_LENGTH = 2048;
    private static final int LONG_CHUNK_LENGTH = 4096;

    private final LinuxCalls calls = new LinuxCalls();
    private final int chunkLength;
    private final long mapping;
    private final long mappingLength;
    private final UnsafeBuffer memory;
    private final int[] free;
    private int freeCount;
    private XskConsumerRing[] completed = {};
    private int users;

    private Umem(final int chunks, final int chunkLength) throws PortException {
        this.chunkLength = chunkLength;
        final int lengthBytes = Math.multiplyExact(chunks, chunkLength);
        mappingLength = lengthBytes + TransparentHugePages.HUGE_PAGE_LENGTH;
        mapping = calls.mapMemory(mappingLength);
        if (mapping < 0) {
            throw new PortException("backend xdp: " + (lengthBytes >> 20) + " MiB of frame memory: " + Errno.describe((int) mapping));
        }
        final long address = TransparentHugePages.alignedUp(mapping);
        calls.advise(address, TransparentHugePages.alignedUp(lengthBytes), TransparentHugePages.MADV_HUGEPAGE);
        memory = new UnsafeBuffer(address, lengthBytes);
        memory.setMemory(0, lengthBytes, (byte) 0);
        free = new int[chunks];
        forgetRings();
    }

    /**
     * Memory for some frames, besides those that are kept for what the gateway itself sends.
     *
     * @param frames frames that rings and batches can hold
     * @param mtu    longest IP packet, at most {@link #longestMtu}
     */
    static Umem allocate(final int frames, final int mtu) throws PortException {
        final boolean isShort = FRAME_OFFSET + LINK_HEADERS_LENGTH + mtu <= SHORT_CHUNK_LENGTH;
        return new Umem(frames + RESERVE, isShort ? SHORT_CHUNK_LENGTH : LONG_CHUNK_LENGTH);
    }

    /** Longest IP packet that fits a chunk, in bytes. */
    static int longestMtu() {
        return LONG_CHUNK_LENGTH - FRAME_OFFSET - LINK_HEADERS_LENGTH;
    }

    /** All chunks are free again; before the rings have any, or after they are gone. */
    void forgetRings() {
        completed = new XskConsumerRing[0];
        freeCount = 0;
        for (int chunk = free.length - 1; chunk >= 0; chunk--) {
            free[freeCount++] = chunk * chunkLength;
        }
    }

    /** From which rings frames come back that have been sent. */
    void completeBy(final XskConsumerRing... rings) {
        completed = rings.clone();
        users = rings.length;
    }

    /** Where it lies. */
    long address() {
        return memory.addressOffset();
    }

    /** Its length. */
    long lengthBytes() {
        return memory.capacity();
    }

    /** The memory; addresses in rings and batches are offsets in it. */
    UnsafeBuffer memory() {
        return memory;
    }

    /** Length of a chunk, in bytes. */
    int chunkLength() {
        return chunkLength;
    }

    /** The chunk that an address lies in. */
    int chunk(final int frameAddress) {
        return frameAddress & -chunkLength;
    }

    /** Number of chunks. */
    int chunks() {
        return free.length;
    }

    /** Number of free chunks. */
    int freeChunks() {
        return freeCount;
    }

    /** Whether a fill ring may have another chunk. */
    boolean canFill() {
        return freeCount > RESERVE;
    }

    /** A free chunk, or {@link #HANDED_ON} when there is none. */
    int take() {
        return freeCount == 0 ? HANDED_ON : free[--freeCount];
    }

    /** The chunk is free. */
    void give(final int chunk) {
        free[freeCount++] = chunk;
    }

    /** Takes back what has been sent. */
    void reap() {
        for (final XskConsumerRing ring : completed) {
            final int count = ring.available();
            for (int i = 0; i < count; i++) {
                give(chunk(ring.address(i)));
            }
            if (count > 0) {
                ring.advance(count);
            }
        }
    }

    /** One of the interfaces is closed; after the last one the memory is gone. */
    void leave() {
        if (--users <= 0) {
            close();
        }
    }

    /** Unmaps the memory: no thread may touch it any more. */
    void close() {
        calls.munmap(mapping, mappingLength);
    }
}
