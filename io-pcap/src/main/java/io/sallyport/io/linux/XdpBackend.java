package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.stream.Stream;

/** The backend {@code xdp}: Linux AF_XDP, with one frame memory for both interfaces. Linux 5.10 or later. */
public final class XdpBackend implements PacketBackend {

    /** What to tell a user whom the kernel lets neither open an AF_XDP socket nor load a program. */
    static final String NO_PERMISSION = "no permission: run as root, or with the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF";

    /** For {@link java.util.ServiceLoader}. */
    public XdpBackend() {
    }

    @Override
    public String name() {
        return "xdp";
    }

    @Override
    public Optional<String> unavailable() {
        if (!"Linux".equals(System.getProperty("os.name"))) {
            return Optional.of("AF_XDP exists on Linux only");
        }
        if (!"64".equals(System.getProperty("sun.arch.data.model")) || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return Optional.of("it is written for 64-bit little-endian machines");
        }
        final LinuxCalls calls = new LinuxCalls();
        final int socket = XskSocket.probe(calls);
        final int result = socket < 0 ? socket : XdpProgram.probe(calls);
        return switch (-result) {
            case 0 -> Optional.empty();
            case Errno.EPERM, Errno.EACCES -> Optional.of(NO_PERMISSION);
            case Errno.EAFNOSUPPORT -> Optional.of("the kernel has no AF_XDP (CONFIG_XDP_SOCKETS)");
            case Errno.ENOSYS -> Optional.of("the kernel has no bpf(2) (CONFIG_BPF_SYSCALL)");
            default -> Optional.of("the kernel refuses it: " + Errno.describe(result));
        };
    }

    @Override
    public Optional<Link> guess(final Settings settings) {
        return LinuxInterface.guess(settings.interfaceName());
    }

    @Override
    public PortPair open(final Settings inside, final Settings outside) throws PortException {
        final Both<XdpInterface> held = Both.open(inside, outside, XdpInterface::open, XdpInterface::close);
        try {
            return open(XdpSockets.open(held.inside(), held.outside()));
        } catch (final PortException | RuntimeException | Error e) {
            held.inside().close();
            held.outside().close();
            throw e;
        }
    }

    private static PortPair open(final XdpSockets sockets) {
        final XdpPort inside = new XdpPort(sockets.insideHeld(), sockets.umem(), sockets.inside());
        final XdpPort outside = new XdpPort(sockets.outsideHeld(), sockets.umem(), sockets.outside());
        inside.refill();
        outside.refill();
        return new PortPair(inside, outside, new FrameWaiter(descriptors(inside, outside)));
    }

    private static int[] descriptors(final XdpPort inside, final XdpPort outside) {
        return Stream.of(inside, outside).flatMap(port -> port.sockets().stream()).mapToInt(XskSocket::fd).toArray();
    }
}
