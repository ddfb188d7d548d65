package io.sallyport.io.pcap;

import io.sallyport.io.linux.LinuxInterface;
import io.sallyport.packet.PortException;
import java.util.Optional;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapHandle.BlockingMode;
import org.pcap4j.core.PcapHandle.PcapDirection;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.PcapNetworkInterface.PromiscuousMode;
import org.pcap4j.core.Pcaps;
import org.pcap4j.core.RawPacketListener;

/**
 * A live capture of libpcap by way of pcap4j, and the only class that sees it. Frames come and go as byte arrays: each is copied twice
 * and allocated once, and each call takes a fair lock. Nothing here blocks but sending.
 */
final class Pcap4jCapture implements AutoCloseable {

    /** Longest frame that is captured: an IP packet of 65,535 bytes with Ethernet header and VLAN tag, and some. */
    static final int MAX_FRAME_LENGTH = 65_600;

    private static final int BUFFER_LENGTH = 64 << 20;
    private static final int TIMEOUT_MS = 1;
    /** What libpcap returns without the capabilities (PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED; pcap/pcap.h). */
    private static final int PERMISSION_DENIED = -8;
    private static final int PROMISCUOUS_PERMISSION_DENIED = -11;

    private final PcapHandle handle;

    private Pcap4jCapture(final PcapHandle handle) {
        this.handle = handle;
    }

    /** Whose frames are captured. */
    enum Stations {
        /** Those for the interface's own MAC address, and for groups. */
        OWN,
        /** All that arrive: promiscuous mode. */
        ANY
    }

    /** Takes one frame; its array is the taker's. */
    @FunctionalInterface
    interface FrameTaker {
        /** {@code originalLength} is the frame's length on the wire, in bytes. */
        void take(byte[] frame, int originalLength);
    }

    /** Why libpcap cannot be used, as half a sentence; empty when it can. */
    static Optional<String> problem() {
        try {
            Pcaps.libVersion();
            return Optional.empty();
        } catch (final LinkageError e) {
            return Optional.of("libpcap cannot be loaded (Debian package libpcap0.8)");
        }
    }

    /** Starts to capture what arrives on an interface. */
    static Pcap4jCapture open(final String interfaceName, final Stations stations) throws PortException {
        final PromiscuousMode mode = stations == Stations.ANY ? PromiscuousMode.PROMISCUOUS : PromiscuousMode.NONPROMISCUOUS;
        try {
            final PcapHandle handle = new PcapHandle.Builder(interfaceName)
                .snaplen(MAX_FRAME_LENGTH)
                .promiscuousMode(mode)
                .immediateMode(true)
                .timeoutMillis(TIMEOUT_MS)
                .bufferSize(BUFFER_LENGTH)
                .direction(PcapDirection.IN)
                .build();
            handle.setBlockingMode(BlockingMode.NONBLOCKING);
            return new Pcap4jCapture(handle);
        } catch (final PcapNativeException e) {
            final Integer code = e.getReturnCode();
            if (code != null && (code == PERMISSION_DENIED || code == PROMISCUOUS_PERMISSION_DENIED)) {
                throw LinuxInterface.noPermission(interfaceName);
            }
            throw new PortException("interface " + interfaceName + ": libpcap: " + firstLine(e.getMessage()), e);
        } catch (final NotOpenException e) {
            throw new PortException("interface " + interfaceName + ": libpcap: " + firstLine(e.getMessage()), e);
        }
    }

    private static String firstLine(final String message) {
        return message == null ? "failed without a word" : message.lines().findFirst().orElse(message);
    }

    /** Hands over the frames that wait, at most {@code limit}, which is at least 1; none when the interface is down. */
    void dispatch(final int limit, final FrameTaker taker) {
        try {
            final RawPacketListener listener = frame -> taker.take(frame, handle.getOriginalLength());
            handle.dispatch(limit, listener);
        } catch (final PcapNativeException e) {
            // Down, or gone: the interface says which when asked.
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (final NotOpenException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends a frame; whether the interface took it. */
    boolean send(final byte[] frame, final int length) {
        try {
            handle.sendPacket(frame, length);
            return true;
        } catch (final PcapNativeException e) {
            return false;
        } catch (final NotOpenException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Frames that found libpcap's buffer full, since the start. */
    long drops() {
        try {
            return handle.getStats().getNumPacketsDropped();
        } catch (final PcapNativeException | NotOpenException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        handle.close();
    }
}
