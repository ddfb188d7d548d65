package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import java.nio.ByteOrder;
import java.util.Optional;

/** The backend {@code packet}: Linux AF_PACKET rings, with segmentation offload. */
public final class AfPacketBackend implements PacketBackend {

    /** For {@link java.util.ServiceLoader}. */
    public AfPacketBackend() {
    }

    @Override
    public String name() {
        return "packet";
    }

    @Override
    public Optional<String> unavailable() {
        if (!"Linux".equals(System.getProperty("os.name"))) {
            return Optional.of("AF_PACKET exists on Linux only");
        }
        final boolean isKnownAbi = "64".equals(System.getProperty("sun.arch.data.model"))
            && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        return isKnownAbi ? Optional.empty() : Optional.of("it is written for 64-bit little-endian machines");
    }

    @Override
    public Optional<Link> guess(final Settings settings) {
        return LinuxInterface.guess(settings.interfaceName());
    }

    @Override
    public PortPair open(final Settings inside, final Settings outside) throws PortException {
        final Both<AfPacketPort> ports = Both.open(inside, outside, AfPacketPort::open, AfPacketPort::close);
        return new PortPair(ports.inside(), ports.outside(), new FrameWaiter(ports.inside().fd(), ports.outside().fd()));
    }

    @Override
    public Rehearsal rehearsal() {
        return AfPacketRehearsal.open();
    }
}
