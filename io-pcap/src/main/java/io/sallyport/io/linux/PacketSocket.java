package io.sallyport.io.linux;

import io.sallyport.packet.PortException;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An AF_PACKET socket (packet(7)): how it is opened and set up. Control path.
 *
 * <pre>
 *  struct sockaddr_ll (linux/if_packet.h): 20 bytes
 *  +---------------------------------------------------------------+
 *  | 0   family (short)                                            |
 *  | 2   EtherType (short, big-endian)                             |
 *  | 4   interface (int)                                           |
 *  | 8   hardware type, packet type, address: not used here        |
 *  +---------------------------------------------------------------+
 * </pre>
 */
final class PacketSocket {

    /** Option: the receive ring. */
    static final int PACKET_RX_RING = 5;

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int ETH_P_ALL = 3;

    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_SNDBUFFORCE = 32;

    private static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_VERSION = 10;
    private static final int PACKET_VNET_HDR = 15;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final int PACKET_MR_PROMISC = 1;
    private static final int TPACKET_V2 = 1;

    private static final int ADDRESS_LENGTH = 20;
    private static final int MEMBERSHIP_LENGTH = 16;
    private static final int MEMBERSHIP_TYPE_OFFSET = 4;
    private static final int DROPS_OFFSET = 4;
    /** Room for some dozens of super-frames on their way through a NIC. */
    private static final int SEND_BUFFER_LENGTH = 8 << 20;

    private final String interfaceName;
    private final LinuxCalls calls;
    private final int fd;

    private PacketSocket(final String interfaceName, final LinuxCalls calls, final int fd) {
        this.interfaceName = interfaceName;
        this.calls = calls;
        this.fd = fd;
    }

    /** A socket that receives nothing until {@link #bind}. */
    static PacketSocket open(final String interfaceName, final LinuxCalls calls) throws PortException {
        final int fd = calls.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (fd == -Errno.EPERM || fd == -Errno.EACCES) {
            throw LinuxInterface.noPermission(interfaceName);
        }
        final PacketSocket socket = new PacketSocket(interfaceName, calls, fd);
        if (fd < 0) {
            throw socket.failed("opening a packet socket", fd);
        }
        return socket;
    }

    /** Ring version, virtio headers, no copies of what the gateway itself sends, room to send. */
    void prepare() throws PortException {
        option(PACKET_VERSION, value(TPACKET_V2), "frame-by-frame rings");
        option(PACKET_VNET_HDR, value(1), "offload headers");
        option(PACKET_IGNORE_OUTGOING, value(1), "receiving only (Linux 4.20 or later)");
        if (set(SOL_SOCKET, SO_SNDBUFFORCE, value(SEND_BUFFER_LENGTH)) < 0) {
            set(SOL_SOCKET, SO_SNDBUF, value(SEND_BUFFER_LENGTH));
        }
    }

    /** Makes the interface receive frames for any MAC address, until the socket is closed. */
    void receiveAnyAddress(final int interfaceIndex) throws PortException {
        final UnsafeBuffer membership = NativeMemory.allocate(MEMBERSHIP_LENGTH);
        membership.putInt(0, interfaceIndex);
        membership.putShort(MEMBERSHIP_TYPE_OFFSET, (short) PACKET_MR_PROMISC);
        option(PACKET_ADD_MEMBERSHIP, membership, "another MAC address than the interface's own");
    }

    /** Starts to receive from an interface, and sends to it. */
    void bind(final int interfaceIndex) throws PortException {
        final UnsafeBuffer address = NativeMemory.allocate(ADDRESS_LENGTH);
        address.putShort(0, (short) AF_PACKET);
        address.putShort(2, (short) ETH_P_ALL, ByteOrder.BIG_ENDIAN);
        address.putInt(4, interfaceIndex);
        final int result = calls.bind(fd, address.addressOffset(), ADDRESS_LENGTH);
        Reference.reachabilityFence(address);
        if (result < 0) {
            throw failed("binding to the interface", result);
        }
    }

    /** Sets an option of the packet level. */
    void option(final int option, final UnsafeBuffer value, final String purpose) throws PortException {
        final int result = set(SOL_PACKET, option, value);
        if (result < 0) {
            throw failed("asking for " + purpose, result);
        }
    }

    private int set(final int level, final int option, final UnsafeBuffer value) {
        try {
            return calls.setOption(fd, level, option, value.addressOffset(), value.capacity());
        } finally {
            Reference.reachabilityFence(value);
        }
    }

    /**
     * Frames that found the ring full since the last call. Allocates nothing.
     *
     * @param threadCalls the calling thread's own
     * @param scratch     12 bytes of memory
     */
    int takeDrops(final LinuxCalls threadCalls, final UnsafeBuffer scratch) {
        scratch.putInt(2 * Integer.BYTES, 2 * Integer.BYTES);
        final long address = scratch.addressOffset();
        final int result = threadCalls.getOption(fd, SOL_PACKET, PACKET_STATISTICS, address, address + 2 * Integer.BYTES);
        return result < 0 ? 0 : scratch.getInt(DROPS_OFFSET);
    }

    /** The file descriptor. */
    int fd() {
        return fd;
    }

    /** What to tell the user about a failed call. */
    PortException failed(final String action, final int result) {
        return new PortException("interface " + interfaceName + ": " + action + ": " + Errno.describe(result));
    }

    /** Closes the socket. */
    void close() {
        calls.close(fd);
    }

    private static UnsafeBuffer value(final int value) {
        final UnsafeBuffer buffer = NativeMemory.allocate(Integer.BYTES);
        buffer.putInt(0, value);
        return buffer;
    }
}
