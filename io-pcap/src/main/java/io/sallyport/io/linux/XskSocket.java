package io.sallyport.io.linux;

import io.sallyport.packet.PortException;
import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An AF_XDP socket (Documentation/networking/af_xdp.rst in the kernel's source): one receive queue of one interface, with its rings. How it
 * is opened and set up: control path. What its rings do belongs to {@link XdpPort}.
 *
 * <pre>
 *  struct sockaddr_xdp (linux/if_xdp.h): 16 bytes          struct xdp_umem_reg: 32 bytes
 *  +-------------------------------------------+           +-------------------------------------------+
 *  | 0   family (short) | 2  flags (short)     |           | 0   address (long)                        |
 *  | 4   interface (int)                       |           | 8   length (long)                         |
 *  | 8   queue (int)                           |           | 16  chunk length (int)                    |
 *  | 12  descriptor of the socket with the     |           | 20  headroom (int)                        |
 *  |     frame memory, if shared (int)         |           | 24  flags (int), padding                  |
 *  +-------------------------------------------+           +-------------------------------------------+
 * </pre>
 */
final class XskSocket {

    /** Flag of {@link #bind}: uses the frame memory of another socket. */
    static final int SHARED_UMEM = 1;
    /** Flag of {@link #bind}: frames are copied between driver and frame memory. */
    static final int COPY = 2;
    /** Flag of {@link #bind}: the kernel says when it must be woken. */
    static final int USE_NEED_WAKEUP = 8;

    private static final int AF_XDP = 44;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;

    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SOL_XDP = 283;
    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_RX_RING = 2;
    private static final int XDP_TX_RING = 3;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_UMEM_FILL_RING = 5;
    private static final int XDP_UMEM_COMPLETION_RING = 6;
    private static final int XDP_STATISTICS = 7;
    /** Since Linux 6.17: how many frames one call sends; 32 otherwise. */
    private static final int XDP_MAX_TX_SKB_BUDGET = 9;

    private static final long PGOFF_RX_RING = 0;
    private static final long PGOFF_TX_RING = 0x8000_0000L;
    private static final long PGOFF_FILL_RING = 0x1_0000_0000L;
    private static final long PGOFF_COMPLETION_RING = 0x1_8000_0000L;

    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MAP_POPULATE = 0x8000;

    private static final int ADDRESS_LENGTH = 16;
    private static final int UMEM_REG_LENGTH = 32;
    private static final int STATISTICS_LENGTH = 48;
    private static final int STATISTICS_RING_FULL_OFFSET = 24;
    /** Room for some thousands of the shortest frames on their way through the kernel. */
    private static final int SEND_BUFFER_LENGTH = 8 << 20;
    /** The kernel lets go of a queue a moment after the socket of a killed process is gone. */
    private static final long BUSY_PATIENCE_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long BUSY_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final String interfaceName;
    private final LinuxCalls calls;
    private final int fd;
    private final UnsafeBuffer statistics = NativeMemory.allocate(STATISTICS_LENGTH + Integer.BYTES);
    private final long[] mappedAddress = new long[4];
    private final long[] mappedLength = new long[4];
    private int mappings;
    private XskConsumerRing received;
    private XskProducerRing transmitting;
    private XskProducerRing filling;
    private XskConsumerRing completed;

    private XskSocket(final String interfaceName, final LinuxCalls calls, final int fd) {
        this.interfaceName = interfaceName;
        this.calls = calls;
        this.fd = fd;
    }

    /** Why no socket can be opened, as a negated error number, or 0. */
    static int probe(final LinuxCalls calls) {
        final int fd = calls.socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            return fd;
        }
        calls.close(fd);
        return 0;
    }

    /** A socket without memory, rings and queue. */
    static XskSocket open(final String interfaceName, final LinuxCalls calls) throws PortException {
        final int fd = calls.socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
        final XskSocket socket = new XskSocket(interfaceName, calls, fd);
        if (fd < 0) {
            throw socket.failed("opening an AF_XDP socket", fd);
        }
        return socket;
    }

    /** Registers the memory that this socket, and those that share it, have their frames in. */
    void register(final Umem umem) throws PortException {
        final UnsafeBuffer request = NativeMemory.allocate(UMEM_REG_LENGTH);
        request.putLong(0, umem.address());
        request.putLong(8, umem.lengthBytes());
        request.putInt(16, umem.chunkLength());
        request.putInt(20, Umem.KERNEL_HEADROOM_LENGTH);
        final int result = set(SOL_XDP, XDP_UMEM_REG, request);
        if (result == -Errno.ENOBUFS) {
            throw new PortException("backend xdp locks " + (umem.lengthBytes() >> 10) + " KiB of memory, which the limit does not allow:"
                + " raise it (ulimit -l, LimitMEMLOCK=) or add the capability CAP_IPC_LOCK");
        }
        if (result < 0) {
            throw failed("registering " + (umem.lengthBytes() >> 20) + " MiB of frame memory", result);
        }
    }

    /**
     * Makes and maps the rings; capacities are powers of two, in entries.
     *
     * @param transmitCapacity 0 for a socket that only receives
     */
    void makeRings(final int receiveCapacity, final int transmitCapacity) throws PortException {
        final int completionCapacity = Math.max(transmitCapacity, 1);
        ring(XDP_UMEM_FILL_RING, receiveCapacity);
        ring(XDP_UMEM_COMPLETION_RING, completionCapacity);
        ring(XDP_RX_RING, receiveCapacity);
        if (transmitCapacity > 0) {
            ring(XDP_TX_RING, transmitCapacity);
        }
        final UnsafeBuffer offsets = NativeMemory.allocate(4 * XskRingLayout.LENGTH + Integer.BYTES);
        offsets.putInt(4 * XskRingLayout.LENGTH, 4 * XskRingLayout.LENGTH);
        final long address = offsets.addressOffset();
        if (calls.getOption(fd, SOL_XDP, XDP_MMAP_OFFSETS, address, address + 4 * XskRingLayout.LENGTH) < 0
            || offsets.getInt(4 * XskRingLayout.LENGTH) != 4 * XskRingLayout.LENGTH) {
            throw new PortException("interface " + interfaceName + ": the kernel is too old for backend xdp (Linux 5.10 or later)");
        }
        final XskRingLayout rx = XskRingLayout.read(offsets, 0);
        received = new XskConsumerRing(map(PGOFF_RX_RING, rx, receiveCapacity, XskProducerRing.FRAME_ENTRY_LENGTH), rx, receiveCapacity);
        if (transmitCapacity > 0) {
            final XskRingLayout tx = XskRingLayout.read(offsets, XskRingLayout.LENGTH);
            transmitting = new XskProducerRing(
                map(PGOFF_TX_RING, tx, transmitCapacity, XskProducerRing.FRAME_ENTRY_LENGTH), tx, transmitCapacity);
            prepareToSend(transmitCapacity);
        }
        final XskRingLayout fill = XskRingLayout.read(offsets, 2 * XskRingLayout.LENGTH);
        filling = new XskProducerRing(
            map(PGOFF_FILL_RING, fill, receiveCapacity, XskProducerRing.ADDRESS_ENTRY_LENGTH), fill, receiveCapacity);
        final XskRingLayout completion = XskRingLayout.read(offsets, 3 * XskRingLayout.LENGTH);
        completed = new XskConsumerRing(
            map(PGOFF_COMPLETION_RING, completion, completionCapacity, XskProducerRing.ADDRESS_ENTRY_LENGTH), completion,
            completionCapacity);
    }

    private void ring(final int option, final int capacity) throws PortException {
        final int result = set(SOL_XDP, option, value(capacity));
        if (result < 0) {
            throw failed("making a ring of " + capacity + " entries", result);
        }
    }

    private UnsafeBuffer map(final long pageOffset, final XskRingLayout layout, final int capacity, final int entryLength)
        throws PortException {
        final int lengthBytes = layout.entriesOffset() + capacity * entryLength;
        final long address = calls.mmap(lengthBytes, PROT_READ_WRITE, MAP_SHARED | MAP_POPULATE, fd, pageOffset);
        if (address < 0) {
            throw failed("mapping a ring", (int) address);
        }
        mappedAddress[mappings] = address;
        mappedLength[mappings++] = lengthBytes;
        return new UnsafeBuffer(address, lengthBytes);
    }

    private void prepareToSend(final int capacity) {
        if (set(SOL_SOCKET, SO_SNDBUFFORCE, value(SEND_BUFFER_LENGTH)) < 0) {
            set(SOL_SOCKET, SO_SNDBUF, value(SEND_BUFFER_LENGTH));
        }
        set(SOL_XDP, XDP_MAX_TX_SKB_BUDGET, value(capacity));
    }

    /**
     * Binds it to a queue; returns what the kernel does. A queue that another socket has is waited for a moment.
     *
     * @param sharedFd descriptor of the socket that has the frame memory, with {@link #SHARED_UMEM}
     */
    int bind(final int interfaceIndex, final int queue, final int flags, final int sharedFd) {
        final UnsafeBuffer address = NativeMemory.allocate(ADDRESS_LENGTH);
        address.putShort(0, (short) AF_XDP);
        address.putShort(2, (short) flags);
        address.putInt(4, interfaceIndex);
        address.putInt(8, queue);
        address.putInt(12, sharedFd);
        final long deadlineNs = System.nanoTime() + BUSY_PATIENCE_NS;
        int result = calls.bind(fd, address.addressOffset(), ADDRESS_LENGTH);
        while (result == -Errno.EBUSY && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(BUSY_PAUSE_NS);
            result = calls.bind(fd, address.addressOffset(), ADDRESS_LENGTH);
        }
        Reference.reachabilityFence(address);
        return result;
    }

    private int set(final int level, final int option, final UnsafeBuffer value) {
        try {
            return calls.setOption(fd, level, option, value.addressOffset(), value.capacity());
        } finally {
            Reference.reachabilityFence(value);
        }
    }

    private static UnsafeBuffer value(final int value) {
        final UnsafeBuffer buffer = NativeMemory.allocate(Integer.BYTES);
        buffer.putInt(0, value);
        return buffer;
    }

    /**
     * Frames lost since the start: those for which the fill ring held no frame, which were too long for one, or which found the receive
     * ring full ({@code struct xdp_statistics}). Allocates nothing; transmit thread, whose calls these are.
     */
    long lostFrames(final LinuxCalls threadCalls) {
        statistics.putInt(STATISTICS_LENGTH, STATISTICS_LENGTH);
        final long address = statistics.addressOffset();
        final int result = threadCalls.getOption(fd, SOL_XDP, XDP_STATISTICS, address, address + STATISTICS_LENGTH);
        return result < 0 ? 0 : statistics.getLong(0) + statistics.getLong(STATISTICS_RING_FULL_OFFSET);
    }

    /** The file descriptor. */
    int fd() {
        return fd;
    }

    /** Frames that arrived. */
    XskConsumerRing received() {
        return received;
    }

    /** Frames to be sent; null for a socket that only receives. */
    XskProducerRing transmitting() {
        return transmitting;
    }

    /** Empty frames for what will arrive. */
    XskProducerRing filling() {
        return filling;
    }

    /** Frames that have been sent. */
    XskConsumerRing completed() {
        return completed;
    }

    /** What to tell the user about a failed call. */
    PortException failed(final String action, final int result) {
        return new PortException("interface " + interfaceName + ": " + action + ": " + Errno.describe(result));
    }

    /** Closes the socket and unmaps its rings: no thread may touch them any more. */
    void close() {
        calls.close(fd);
        for (int i = 0; i < mappings; i++) {
            calls.munmap(mappedAddress[i], mappedLength[i]);
        }
    }
}
