package io.sallyport.packet;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A way to reach network interfaces. Backends are found by {@link java.util.ServiceLoader} under the name that the configuration uses. */
public interface PacketBackend {

    /** Name in the configuration: {@code packet}, {@code xdp}, {@code pcap}. */
    String name();

    /** Why the backend cannot work on this machine, as half a sentence; empty when it can. Needs no privilege to ask. */
    Optional<String> unavailable();

    /**
     * Opens both interfaces, where {@link #unavailable} has no objection.
     *
     * @throws PortException with a message for the user, after undoing what was done
     */
    PortPair open(Settings inside, Settings outside) throws PortException;

    /**
     * What an interface seems to be, told without opening it and at once, so that the gateway can prepare for it meanwhile; empty where
     * nothing can be told. What the open port says counts.
     */
    default Optional<Link> guess(final Settings settings) {
        return Optional.empty();
    }

    /** The backend's code at work without an interface. */
    default Rehearsal rehearsal() {
        return Rehearsal.NONE;
    }

    /**
     * Has the compiler know how a backend receives and sends before packets come: made-up frames go the way of real ones, but through
     * memory of their own and to nobody. Belongs to one thread.
     */
    @FunctionalInterface
    interface Rehearsal extends AutoCloseable {
        /** Of a backend that rehearses nothing. */
        Rehearsal NONE = frames -> 0;
        /** Longest burst. */
        int MAX_FRAMES = 64;

        /**
         * Receives copies of the frames of a batch, and sends them.
         *
         * @param frames at most {@link #MAX_FRAMES}, none of them a super-frame
         * @return how many were sent
         */
        int burst(PacketBatch frames);

        @Override
        default void close() {
        }
    }

    /**
     * What an interface is.
     *
     * @param mac its MAC address
     * @param mtu longest IP packet that it sends, in bytes
     */
    record Link(long mac, int mtu) {

        /** What an open port is. */
        public static Link of(final PacketPort port) {
            return new Link(port.mac(), port.mtu());
        }

        /** Whether both are the same; written out because the record's own would be made by a bootstrap at every start. */
        public boolean isSameAs(final Link other) {
            return mac == other.mac && mtu == other.mtu;
        }
    }

    /**
     * What a backend must know of one interface.
     *
     * @param interfaceName the interface
     * @param offload       whether super-frames and partial checksums pass through, where the backend can
     * @param isolate       whether the kernel's own stack is kept from seeing what arrives
     * @param mac           the MAC address that the gateway uses there, empty for the interface's own; another one makes the interface
     *                      promiscuous
     * @param mtu           longest IP packet that the gateway sends there, empty for the interface's own
     */
    record Settings(String interfaceName, boolean offload, boolean isolate, OptionalLong mac, OptionalInt mtu) {

        /** With the interface's own MAC address and MTU. */
        public Settings(final String interfaceName, final boolean offload, final boolean isolate) {
            this(interfaceName, offload, isolate, OptionalLong.empty(), OptionalInt.empty());
        }
    }
}
