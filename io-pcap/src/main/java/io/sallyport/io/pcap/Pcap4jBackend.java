package io.sallyport.io.pcap;

import io.sallyport.io.linux.LinuxInterface;
import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The backend {@code pcap}: libpcap by way of pcap4j. */
public final class Pcap4jBackend implements PacketBackend {

    /** libpcap's handles cannot be waited for together: look again after so many ns. */
    private static final long LOOK_AGAIN_NS = 100_000;

    /** For {@link java.util.ServiceLoader}. */
    public Pcap4jBackend() {
    }

    @Override
    public String name() {
        return "pcap";
    }

    @Override
    public Optional<String> unavailable() {
        return Pcap4jCapture.problem();
    }

    @Override
    public PortPair open(final Settings inside, final Settings outside) throws PortException {
        final LinuxInterface insideLink = LinuxInterface.find(inside.interfaceName());
        LinuxInterface outsideLink = null;
        Pcap4jPort insidePort = null;
        try {
            outsideLink = LinuxInterface.find(outside.interfaceName());
            final int segmentMtu = Math.min(inside.mtu().orElse(insideLink.mtu()), outside.mtu().orElse(outsideLink.mtu()));
            insidePort = Pcap4jPort.open(inside, insideLink, segmentMtu);
            final Pcap4jPort outsidePort = Pcap4jPort.open(outside, outsideLink, segmentMtu);
            return new PortPair(insidePort, outsidePort, timeoutNs -> LockSupport.parkNanos(Math.min(timeoutNs, LOOK_AGAIN_NS)));
        } catch (final PortException e) {
            if (insidePort != null) {
                insidePort.close();
            }
            insideLink.close();
            if (outsideLink != null) {
                outsideLink.close();
            }
            throw e;
        }
    }
}
