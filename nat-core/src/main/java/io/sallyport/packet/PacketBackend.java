package io.sallyport.packet;

import java.util.Optional;

/** A way to reach network interfaces. Backends are found by {@link java.util.ServiceLoader} under the name that the configuration uses. */
public interface PacketBackend {

    /** Name in the configuration: {@code packet}, {@code pcap}. */
    String name();

    /** Why the backend cannot work on this machine, as half a sentence; empty when it can. Needs no privilege to ask. */
    Optional<String> unavailable();

    /**
     * Opens both interfaces.
     *
     * @throws PortException with a message for the user, after undoing what was done
     */
    PortPair open(Settings inside, Settings outside) throws PortException;

    /**
     * What a backend must know of one interface.
     *
     * @param interfaceName the interface
     * @param offload       whether super-frames and partial checksums pass through, where the backend can
     * @param isolate       whether the kernel's own stack is kept from seeing what arrives
     */
    record Settings(String interfaceName, boolean offload, boolean isolate) {
    }
}
