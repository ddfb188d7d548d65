package io.sallyport.translate;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives a packet of a connection its new addresses and ports. All that this takes was computed when the connection was opened: two
 * stores and two checksum updates (RFC 1624), plus the hop that routing costs (RFC 1812, section 5.3.1).
 *
 * <p>Owned by one worker.
 */
public final class Rewriter {

    private static final Side[] SIDES = Side.values();

    private final FlowTable flows;
    private final Connections connections;
    private final TcpTracker tcp;

    /** For the connections of one worker. */
    public Rewriter(final FlowTable flows, final Connections connections) {
        this.flows = flows;
        this.connections = connections;
        this.tcp = new TcpTracker(flows);
    }

    /**
     * Translates a TCP, UDP or ICMP query packet, or a later fragment of one; its time to live is more than 1.
     *
     * @param entry its flow entry
     */
    public void rewrite(final PacketBatch batch, final int i, final int entry, final long nowNs) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        final int l4 = batch.l4Offset(i);
        final int addressDelta = flows.addressDelta(entry);
        final byte kind = batch.kind(i);
        flows.lastSeenNs(entry, nowNs);
        if (kind == PacketKind.TCP) {
            trackTcp(frames, l3, l4, entry, nowNs);
        } else if (kind != PacketKind.FRAGMENT && !flows.isInitiator(entry) && flows.state(entry) == ConnectionState.NEW) {
            connections.state(entry, flows.partner(entry), ConnectionState.REPLIED, nowNs);
        }
        final long newAddresses = flows.newAddresses(entry);
        Ipv4.rawAddresses(frames, l3, newAddresses);
        frames.putByte(l3 + Ipv4.TTL_OFFSET, (byte) (frames.getByte(l3 + Ipv4.TTL_OFFSET) - 1));
        int headerDelta = Checksum.combine(addressDelta, Checksum.TTL_DECREMENT_DELTA);
        if (batch.identification(i) >= 0 && FlowKey.rawSource(newAddresses) != FlowKey.rawSource(batch.addressKey(i))) {
            headerDelta = Checksum.combine(headerDelta, Ipv4.replaceIdentification(frames, l3, batch.identification(i)));
        }
        Ipv4.checksum(frames, l3, Checksum.update(Ipv4.checksum(frames, l3), headerDelta));
        if (kind == PacketKind.QUERY) {
            frames.putShort(l4 + Icmp.IDENTIFIER_OFFSET, (short) flows.newPorts(entry));
            Icmp.checksum(frames, l4, queryChecksum(frames, l3, l4, flows.l4Delta(entry)));
        } else if (kind != PacketKind.FRAGMENT) {
            frames.putInt(l4, flows.newPorts(entry));
            final int field = l4 + (kind == PacketKind.TCP ? Tcp.CHECKSUM_OFFSET : Udp.CHECKSUM_OFFSET);
            final int checksum = frames.getShort(field, ByteOrder.BIG_ENDIAN) & 0xFFFF;
            final int updated;
            if (batch.checksumState(i) == PacketBatch.CHECKSUM_PARTIAL) {
                updated = Checksum.updatePartial(checksum, addressDelta);
            } else if (kind == PacketKind.UDP) {
                updated = Checksum.updateUdp(checksum, flows.l4Delta(entry));
            } else {
                updated = Checksum.update(checksum, flows.l4Delta(entry));
            }
            frames.putShort(field, (short) updated, ByteOrder.BIG_ENDIAN);
        }
        batch.verdict(i, Verdict.to(SIDES[flows.egressOrdinal(entry)]));
    }

    /**
     * A message of nothing but zeros, which only ICMP can have, is the one case in which RFC 1624 gives the other zero. Of a first
     * fragment only the beginning is looked at: where the rest is not zero 0xFFFF is as right as 0, for it adds nothing to the receiver's
     * sum.
     */
    private static int queryChecksum(final UnsafeBuffer frames, final int l3, final int l4, final int delta) {
        final int updated = Checksum.update(Icmp.checksum(frames, l4), delta);
        if (updated != 0) {
            return updated;
        }
        Icmp.checksum(frames, l4, 0);
        return Checksum.sum(frames, l4, Ipv4.totalLength(frames, l3) - (l4 - l3)) == 0 ? 0xFFFF : 0;
    }

    private void trackTcp(final UnsafeBuffer frames, final int l3, final int l4, final int entry, final long nowNs) {
        final int partner = flows.partner(entry);
        final byte state = flows.state(entry);
        final byte next = tcp.track(frames, l3, l4, entry, partner);
        if (next != state) {
            connections.state(entry, partner, next, nowNs);
        }
    }
}
