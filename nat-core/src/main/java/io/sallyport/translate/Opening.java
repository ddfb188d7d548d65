package io.sallyport.translate;

import io.sallyport.flow.FlowKey;
import io.sallyport.mapping.MappingTable;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4;

/**
 * A connection that is about to be opened: the key of its first packet, and what packets like it will be rewritten to. One object for each
 * worker, filled anew for each first packet: first {@link #begin}, then whoever knows the destination and the source.
 */
public final class Opening {

    private long addressKey;
    private long portKey;
    private int sourceAddress;
    private int sourcePort;
    private int destinationAddress;
    private int destinationPort;
    private int egressOrdinal;
    private int sourceMapping;
    private int destinationMapping;
    private boolean isGuest;
    private boolean ownsPort;
    private boolean sharesPort;
    private boolean isOfInsider;

    /** Begins with a packet that is not rewritten at all and leaves on a side. */
    public void begin(final long packetAddressKey, final long packetPortKey, final Side egress) {
        addressKey = packetAddressKey;
        portKey = packetPortKey;
        sourceAddress = FlowKey.rawSource(packetAddressKey);
        sourcePort = FlowKey.rawSourcePort(packetPortKey);
        destinationAddress = FlowKey.rawDestination(packetAddressKey);
        destinationPort = FlowKey.rawDestinationPort(packetPortKey);
        egressOrdinal = egress.ordinal();
        sourceMapping = MappingTable.NONE;
        destinationMapping = MappingTable.NONE;
        isGuest = false;
        ownsPort = false;
        sharesPort = false;
        isOfInsider = false;
    }

    /** Says whether an inside host sent the packet, which comes from its public endpoint by now. */
    public void isOfInsider(final boolean insider) {
        isOfInsider = insider;
    }

    /** Whether an inside host sent the packet: allow lists and filtering are there against others. */
    public boolean isOfInsider() {
        return isOfInsider || isFromInside();
    }

    /** Numeric port, or query identifier, of the public endpoint that the first packet is sent to. */
    public int entrancePort() {
        return isQuery() ? insidePort() : remotePort();
    }

    /** Leads it to an inside host, at the port that it asked for; numeric address. */
    public void toHost(final int address) {
        destinationAddress = FlowKey.rawAddress(address);
    }

    /**
     * Leads it to the inside endpoint of a mapping.
     *
     * @param address numeric
     * @param port    numeric; of an ICMP query the identifier
     * @param guest   whether the endpoint has to answer before the connection counts
     */
    public void toMapping(final int mapping, final int address, final int port, final boolean guest) {
        destinationAddress = FlowKey.rawAddress(address);
        if (isQuery()) {
            sourcePort = FlowKey.rawPort(port);
        } else {
            destinationPort = FlowKey.rawPort(port);
        }
        destinationMapping = mapping;
        isGuest = guest;
    }

    /** Gives it another source address and the port that it has; numeric address. */
    void fromAddress(final int address) {
        sourceAddress = FlowKey.rawAddress(address);
    }

    /** Gives it the public endpoint of a mapping; numeric. */
    void fromMapping(final int mapping, final int address, final int port, final boolean isPortOfConnection, final boolean isShared) {
        sourceMapping = mapping;
        sourceAddress = FlowKey.rawAddress(address);
        sourcePort = FlowKey.rawPort(port);
        ownsPort = isPortOfConnection;
        sharesPort = isShared;
    }

    /** Key of the first packet. */
    public long addressKey() {
        return addressKey;
    }

    /** Key of the first packet. */
    public long portKey() {
        return portKey;
    }

    /** IP protocol. */
    public int protocol() {
        return FlowKey.protocol(portKey);
    }

    /** Whether it is an ICMP query, whose identifier stands for both ports. */
    public boolean isQuery() {
        return protocol() == Ipv4.ICMP;
    }

    /** Whether the first packet comes from inside. */
    public boolean isFromInside() {
        return FlowKey.sideOrdinal(portKey) == Side.INSIDE.ordinal();
    }

    /** Numeric address of the inside host that opens a connection from inside. */
    public int insideHost() {
        return FlowKey.rawAddress(FlowKey.rawSource(addressKey));
    }

    /** Numeric address that the first packet is sent to. */
    public int remoteAddress() {
        return FlowKey.rawAddress(FlowKey.rawDestination(addressKey));
    }

    /** Numeric port that the first packet is sent to; 0 for ICMP. */
    public int remotePort() {
        return isQuery() ? 0 : FlowKey.rawPort(FlowKey.rawDestinationPort(portKey));
    }

    /** Numeric port, or query identifier, that the first packet is sent from. */
    public int insidePort() {
        return FlowKey.rawPort(FlowKey.rawSourcePort(portKey));
    }

    /** The addresses that packets get, raw. */
    long newAddresses() {
        return FlowKey.addressKey(sourceAddress, destinationAddress);
    }

    /** The ports that packets get, raw. */
    int newPorts() {
        return FlowKey.rawPorts(sourcePort, destinationPort);
    }

    /** Address key of the answers. */
    long backAddressKey() {
        return FlowKey.reverseAddresses(newAddresses());
    }

    /** Port key of the answers. */
    long backPortKey() {
        if (!isQuery()) {
            return FlowKey.portKey(Integer.rotateLeft(newPorts(), 16), protocol(), egressOrdinal);
        }
        final int askerOfFirst = FlowKey.rawDestinationPort(portKey);
        final boolean initiatorAsks = askerOfFirst == FlowKey.sideOrdinal(portKey);
        final int asker = initiatorAsks ? egressOrdinal ^ 1 : egressOrdinal;
        return FlowKey.portKey(FlowKey.rawPorts(sourcePort, asker), protocol(), egressOrdinal);
    }

    /** Whether answers would look like the first packet itself: an endpoint that talks to its own mapping. */
    public boolean isItsOwnAnswer() {
        return backAddressKey() == addressKey && backPortKey() == portKey;
    }

    /** Whether the first packet would come from the very public endpoint that it was sent to, which its receiver knows as its own. */
    boolean isFromItsTarget() {
        return ownsPort && sourceAddress == FlowKey.rawDestination(addressKey) && sourcePort == FlowKey.rawDestinationPort(portKey);
    }

    int sourceMapping() {
        return sourceMapping;
    }

    int destinationMapping() {
        return destinationMapping;
    }

    boolean isGuest() {
        return isGuest;
    }

    boolean ownsPort() {
        return ownsPort;
    }

    boolean sharesPort() {
        return sharesPort;
    }

    int newSourceAddress() {
        return sourceAddress;
    }

    /** Numeric. */
    int newSourcePort() {
        return FlowKey.rawPort(sourcePort);
    }
}
