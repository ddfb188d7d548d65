package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend.Link;
import io.sallyport.packet.PortException;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.MacAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the kernel knows of a network interface, in the network namespace in which it was looked up; by ioctl, because {@code /sys}
 * may show another namespace. For the control path; safe for any thread.
 *
 * <pre>
 *  struct ifreq (net/if.h): 40 bytes
 *  +---------------------------------------------------------------+
 *  | 0   name, 16 bytes, ends with a zero byte                     |
 *  | 16  union, 24 bytes: index, MTU (int), flags (short), or      |
 *  |     hardware address: family (short), then the MAC address    |
 *  +---------------------------------------------------------------+
 * </pre>
 */
public final class LinuxInterface implements AutoCloseable {

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int ARPHRD_ETHER = 1;
    private static final int IFF_UP = 1;

    private static final int SIOCGIFFLAGS = 0x8913;
    private static final int SIOCSIFFLAGS = 0x8914;
    private static final int SIOCGIFMTU = 0x8921;
    private static final int SIOCGIFHWADDR = 0x8927;
    private static final int SIOCGIFINDEX = 0x8933;
    private static final int SIOCETHTOOL = 0x8946;

    private static final int ETHTOOL_GCHANNELS = 0x3c;
    private static final int CHANNELS_LENGTH = 36;
    private static final int CHANNELS_RX_COUNT_OFFSET = 20;
    private static final int CHANNELS_COMBINED_COUNT_OFFSET = 32;

    private static final int NAME_LENGTH = 16;
    private static final int VALUE_OFFSET = NAME_LENGTH;
    private static final int REQUEST_LENGTH = 40;

    private final String name;
    private final byte[] nameBytes;
    private final LinuxCalls calls = new LinuxCalls();
    private final UnsafeBuffer request = NativeMemory.allocate(REQUEST_LENGTH);
    private int fd;
    private int index;
    private long mac;
    private int mtu;

    private LinuxInterface(final String name, final byte[] nameBytes, final int fd) {
        this.name = name;
        this.nameBytes = nameBytes;
        this.fd = fd;
    }

    /**
     * Looks an Ethernet interface up.
     *
     * @throws PortException when there is none of that name, or it is not Ethernet
     */
    public static LinuxInterface find(final String name) throws PortException {
        final byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        if (nameBytes.length == 0 || nameBytes.length >= NAME_LENGTH || name.indexOf(0) >= 0) {
            throw noSuchInterface(name);
        }
        final int fd = new LinuxCalls().socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw new PortException("interface " + name + ": no socket: " + Errno.describe(fd));
        }
        final LinuxInterface found = new LinuxInterface(name, nameBytes, fd);
        try {
            found.read();
            return found;
        } catch (final PortException e) {
            found.close();
            throw e;
        }
    }

    /** What {@code /sys} says, which is ready before the first call of our own and may show another network namespace. */
    static Optional<Link> guess(final String name) {
        try {
            final Path directory = Path.of("/sys/class/net").resolve(name);
            final long mac = MacAddress.parse(Files.readString(directory.resolve("address")).strip());
            return Optional.of(new Link(mac, Integer.parseInt(Files.readString(directory.resolve("mtu")).strip())));
        } catch (final IOException | IllegalArgumentException unknown) {
            return Optional.empty();
        }
    }

    private synchronized void read() throws PortException {
        if (ask(SIOCGIFINDEX) < 0) {
            throw noSuchInterface(name);
        }
        index = request.getInt(VALUE_OFFSET);
        require(ask(SIOCGIFHWADDR), "its MAC address");
        if (request.getShort(VALUE_OFFSET) != ARPHRD_ETHER) {
            throw new PortException("interface " + name + " is not an Ethernet interface");
        }
        mac = Ethernet.mac(request, VALUE_OFFSET + Short.BYTES);
        require(ask(SIOCGIFMTU), "its MTU");
        mtu = request.getInt(VALUE_OFFSET);
    }

    private static PortException noSuchInterface(final String name) {
        return new PortException("there is no interface \"" + name + "\"");
    }

    /** What to tell a user whom the kernel lets neither capture on an interface nor change it. */
    public static PortException noPermission(final String name) {
        return new PortException("no permission to capture on " + name
            + ": run as root, or with the capabilities CAP_NET_RAW and CAP_NET_ADMIN");
    }

    private void require(final int result, final String what) throws PortException {
        if (result < 0) {
            throw new PortException("interface " + name + ": cannot read " + what + ": " + Errno.describe(result));
        }
    }

    private int ask(final int what) {
        request.setMemory(0, REQUEST_LENGTH, (byte) 0);
        request.putBytes(0, nameBytes);
        return calls.ioctl(fd, what, request.addressOffset());
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** Its number in its network namespace. */
    public int index() {
        return index;
    }

    /** Its MAC address. */
    public long mac() {
        return mac;
    }

    /** Longest IP packet that it sends, in bytes. */
    public int mtu() {
        return mtu;
    }

    /** Number of its receive queues ({@code struct ethtool_channels}, linux/ethtool.h); 1 for an interface that does not tell. */
    synchronized int receiveQueues() {
        final UnsafeBuffer channels = NativeMemory.allocate(CHANNELS_LENGTH);
        channels.putInt(0, ETHTOOL_GCHANNELS);
        request.setMemory(0, REQUEST_LENGTH, (byte) 0);
        request.putBytes(0, nameBytes);
        request.putLong(VALUE_OFFSET, channels.addressOffset());
        if (calls.ioctl(fd, SIOCETHTOOL, request.addressOffset()) < 0) {
            return 1;
        }
        return Math.max(1, channels.getInt(CHANNELS_RX_COUNT_OFFSET) + channels.getInt(CHANNELS_COMBINED_COUNT_OFFSET));
    }

    /**
     * Brings it up, unless it is.
     *
     * @throws PortException when the kernel refuses
     */
    public synchronized void bringUp() throws PortException {
        require(ask(SIOCGIFFLAGS), "whether it is up");
        final int flags = request.getShort(VALUE_OFFSET);
        if ((flags & IFF_UP) != 0) {
            return;
        }
        request.putShort(VALUE_OFFSET, (short) (flags | IFF_UP));
        final int result = calls.ioctl(fd, SIOCSIFFLAGS, request.addressOffset());
        if (result == -Errno.EPERM) {
            throw noPermission(name);
        }
        if (result < 0) {
            throw new PortException("interface " + name + " is down and cannot be brought up: " + Errno.describe(result));
        }
    }

    /** Why it will never work again: it is gone, or another one has taken its name; empty while it exists. One system call. */
    public synchronized Optional<String> failure() {
        if (fd < 0) {
            return Optional.empty();
        }
        final boolean exists = ask(SIOCGIFINDEX) >= 0 && request.getInt(VALUE_OFFSET) == index;
        return exists ? Optional.empty() : Optional.of("interface " + name + " vanished");
    }

    @Override
    public synchronized void close() {
        if (fd >= 0) {
            calls.close(fd);
            fd = -1;
        }
    }
}
