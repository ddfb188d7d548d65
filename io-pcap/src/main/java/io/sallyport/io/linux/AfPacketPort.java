package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.PortException;
import io.sallyport.packet.Side;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An interface by way of an AF_PACKET socket: frames come through a ring that the kernel shares, and leave by system call from
 * wherever they lie, a frame of the ring itself included: no copy in user space.
 *
 * <p>Super-frames and partial checksums are always received as such, with their virtio headers: nobody can ask the far end of a veth
 * pair not to send them. With offload they leave like that; without, the port makes whole frames of them first.
 */
final class AfPacketPort implements PacketPort {

    private static final int DROPS_SCRATCH_LENGTH = 12;

    private final LinuxInterface link;
    private final PacketSocket socket;
    private final ReceiveRing ring;
    private final FrameSender sender;
    private final Optional<Isolation> isolation;
    private final UnsafeBuffer dropsScratch = NativeMemory.allocate(DROPS_SCRATCH_LENGTH);
    private long ringDrops;

    private AfPacketPort(
        final LinuxInterface link,
        final PacketSocket socket,
        final ReceiveRing ring,
        final FrameSender sender,
        final Optional<Isolation> isolation) {
        this.link = link;
        this.socket = socket;
        this.ring = ring;
        this.sender = sender;
        this.isolation = isolation;
    }

    /**
     * Opens an interface, which is brought up if it is down.
     *
     * @throws PortException with a message for the user, after undoing what was done
     */
    static AfPacketPort open(final Settings settings) throws PortException {
        final LinuxInterface link = LinuxInterface.find(settings.interfaceName());
        try {
            return open(settings, link);
        } catch (final PortException e) {
            link.close();
            throw e;
        }
    }

    private static AfPacketPort open(final Settings settings, final LinuxInterface link) throws PortException {
        final LinuxCalls calls = new LinuxCalls();
        final PacketSocket socket = PacketSocket.open(link.name(), calls);
        try {
            link.bringUp();
            socket.prepare();
            if (settings.mac().orElse(link.mac()) != link.mac()) {
                socket.receiveAnyAddress(link.index());
            }
            return start(settings, link, socket, calls);
        } catch (final PortException e) {
            socket.close();
            throw e;
        }
    }

    /** First isolated, then bound: the kernel answers none of the frames that the gateway sees. */
    private static AfPacketPort start(
        final Settings settings, final LinuxInterface link, final PacketSocket socket, final LinuxCalls calls) throws PortException {
        final Optional<Isolation> isolation = settings.isolate() ? Optional.of(Isolation.begin(link.name())) : Optional.empty();
        Optional<ReceiveRing> ring = Optional.empty();
        try {
            ring = Optional.of(ReceiveRing.create(calls, socket));
            if (isolation.isPresent()) {
                isolation.get().await();
            }
            socket.bind(link.index());
            return new AfPacketPort(link, socket, ring.get(), new FrameSender(socket.fd(), settings.offload()), isolation);
        } catch (final PortException | RuntimeException | Error e) {
            ring.ifPresent(ReceiveRing::close);
            isolation.ifPresent(Isolation::close);
            throw e;
        }
    }

    @Override
    public String name() {
        return link.name();
    }

    @Override
    public long mac() {
        return link.mac();
    }

    @Override
    public int mtu() {
        return link.mtu();
    }

    /** The socket, for a waiter. */
    int fd() {
        return socket.fd();
    }

    @Override
    public PacketBatch newBatch(final int capacity) {
        return PacketBatch.over(ring.memory(), capacity);
    }

    @Override
    public int receive(final PacketBatch batch) {
        return ring.receive(batch);
    }

    @Override
    public void release(final PacketBatch batch) {
        ring.release(batch);
    }

    @Override
    public void transmit(final PacketBatch batch, final Side side) {
        sender.transmit(batch, side);
    }

    @Override
    public long receiveDrops() {
        ringDrops += socket.takeDrops(sender.calls(), dropsScratch) & 0xFFFF_FFFFL;
        return ringDrops + ring.truncatedFrames();
    }

    @Override
    public Optional<String> failure() {
        return link.failure();
    }

    @Override
    public void close() {
        socket.close();
        ring.close();
        isolation.ifPresent(Isolation::close);
        link.close();
    }
}
