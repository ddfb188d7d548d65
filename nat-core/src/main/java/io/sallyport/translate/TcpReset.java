package io.sallyport.translate;

import io.sallyport.flow.FlowKey;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/** Writes the TCP resets that the gateway makes itself (RFC 9293, section 3.10.7.1). */
public final class TcpReset {

    /** Length of a frame that holds one, in bytes. */
    static final int FRAME_LENGTH = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH + Tcp.MIN_HEADER_LENGTH;

    private static final int LENGTH = Ipv4.MIN_HEADER_LENGTH + Tcp.MIN_HEADER_LENGTH;
    private static final int TTL = 64;

    private TcpReset() {
    }

    /**
     * Refuses packet {@code i}, a segment without a connection, in the name of its destination: with the sequence number that its sender
     * expects, which is the only one that it believes. A RST is never answered.
     *
     * @return false when it is not answered, or there is no room
     */
    public static boolean refuse(final PacketBatch batch, final int i, final PacketBatch originated) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        final int l4 = batch.l4Offset(i);
        final int flags = Tcp.flags(frames, l4);
        final int j = (flags & Tcp.RST) != 0 ? -1 : originated.claim(FRAME_LENGTH);
        if (j < 0) {
            return false;
        }
        final long addresses = FlowKey.reverseAddresses(batch.addressKey(i));
        final int ports = (int) FlowKey.reversePorts(batch.portKey(i));
        if ((flags & Tcp.ACK) != 0) {
            write(originated, j, addresses, ports, Tcp.acknowledgement(frames, l4), 0, Tcp.RST);
        } else {
            final int length = Ipv4.totalLength(frames, l3) - (l4 - l3) - Tcp.headerLength(frames, l4);
            final int end = Tcp.sequence(frames, l4) + length + (flags & Tcp.FIN) + (flags >>> 1 & 1);
            write(originated, j, addresses, ports, 0, end, Tcp.RST | Tcp.ACK);
        }
        originated.verdict(j, Verdict.to(Side.INSIDE));
        return true;
    }

    /** Writes a reset into a packet that was claimed for it; addresses and ports raw, the Ethernet addresses left to the egress stage. */
    static void write(
        final PacketBatch originated,
        final int i,
        final long addresses,
        final int ports,
        final int sequence,
        final int acknowledgement,
        final int flags) {
        final UnsafeBuffer frames = originated.frames();
        final int frame = originated.offset(i);
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        final int l4 = l3 + Ipv4.MIN_HEADER_LENGTH;
        final int source = FlowKey.rawAddress(FlowKey.rawSource(addresses));
        final int destination = FlowKey.rawAddress(FlowKey.rawDestination(addresses));
        Ethernet.header(frames, frame, 0, 0, Ethernet.TYPE_IPV4);
        Ipv4.header(frames, l3, LENGTH, 0, Ipv4.DONT_FRAGMENT, TTL, Ipv4.TCP, source, destination);
        Tcp.header(frames, l4, FlowKey.rawPort(FlowKey.rawSourcePort(ports)), FlowKey.rawPort(FlowKey.rawDestinationPort(ports)),
            sequence, acknowledgement, flags, 0);
        final long sum = Checksum.sum(frames, l4, Tcp.MIN_HEADER_LENGTH)
            + Checksum.pseudoHeaderSum(source, destination, Ipv4.TCP, Tcp.MIN_HEADER_LENGTH);
        Tcp.checksum(frames, l4, Checksum.finish(sum));
        originated.headers(i, l3, l4);
        originated.origin(i, Origin.RESET);
    }
}
