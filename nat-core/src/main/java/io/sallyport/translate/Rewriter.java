package io.sallyport.translate;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.memory.OffHeap;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
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

    private final FlowTable flows;
    private final Connections connections;
    private final TcpTracker tcp;
    private SegmentSizeClamp clamp;

    /**
     * For the connections of one worker.
     *
     * @param clamp lowers the segment size of SYNs
     */
    public Rewriter(final FlowTable flows, final Connections connections, final SegmentSizeClamp clamp) {
        this.flows = flows;
        this.connections = connections;
        this.clamp = clamp;
        this.tcp = new TcpTracker(flows);
    }

    /** Lowers the segment size of SYNs in another way from now on. */
    public void adopt(final SegmentSizeClamp newClamp) {
        clamp = newClamp;
    }

    /**
     * Translates a packet of a connection, which is no ICMP error; its time to live is more than 1. A guest's packet was admitted.
     *
     * @param entry its flow entry
     */
    public void rewrite(final PacketBatch batch, final int i, final int entry, final long nowNs) {
        final byte kind = batch.kind(i);
        final int deltas = flows.deltas(entry);
        if (kind == PacketKind.UDP) {
            followUdp(entry, nowNs);
            rewriteHeader(batch, i, entry, deltas & 0xFFFF);
            rewriteUdp(batch, i, entry, deltas);
        } else if (kind == PacketKind.TCP) {
            followTcp(batch, i, entry, nowNs);
            rewriteHeader(batch, i, entry, deltas & 0xFFFF);
            rewriteTcp(batch, i, entry, deltas);
        } else {
            followOther(kind, entry, nowNs);
            rewriteHeader(batch, i, entry, deltas & 0xFFFF);
            rewriteOther(batch, i, entry, deltas);
        }
        batch.verdict(i, Verdict.to(flows.egressOrdinal(entry)));
    }

    /** New addresses, a hop less, and the checksum over both; the two fields lie in one word with the protocol between them. */
    private void rewriteHeader(final PacketBatch batch, final int i, final int entry, final int addressDelta) {
        final OffHeap frames = batch.memory();
        final int l3 = batch.l3Offset(i);
        final long newAddresses = flows.newAddresses(entry);
        int headerDelta = addressDelta + Checksum.TTL_DECREMENT_DELTA;
        if (batch.identification(i) >= 0 && FlowKey.rawSource(newAddresses) != FlowKey.rawSource(batch.addressKey(i))) {
            headerDelta += Ipv4.replaceIdentification(batch.frames(), l3, batch.identification(i));
        }
        frames.putLong(l3 + Ipv4.SOURCE_OFFSET, newAddresses);
        final int word = frames.getInt(l3 + Ipv4.TTL_OFFSET);
        final int checksum = Checksum.update(Integer.reverseBytes(word) & 0xFFFF, headerDelta);
        frames.putInt(l3 + Ipv4.TTL_OFFSET, word - 1 & 0xFFFF | Integer.reverseBytes(checksum));
    }

    private void rewriteUdp(final PacketBatch batch, final int i, final int entry, final int deltas) {
        final OffHeap frames = batch.memory();
        final int l4 = batch.l4Offset(i);
        frames.putInt(l4, flows.newPorts(entry));
        final int checksum = Short.reverseBytes(frames.getShort(l4 + Udp.CHECKSUM_OFFSET)) & 0xFFFF;
        final int updated = batch.checksumState(i) == PacketBatch.CHECKSUM_PARTIAL
            ? Checksum.updatePartial(checksum, deltas & 0xFFFF) : Checksum.updateUdp(checksum, deltas >>> 16);
        frames.putShort(l4 + Udp.CHECKSUM_OFFSET, Short.reverseBytes((short) updated));
    }

    private void rewriteTcp(final PacketBatch batch, final int i, final int entry, final int deltas) {
        final OffHeap frames = batch.memory();
        final int l4 = batch.l4Offset(i);
        frames.putInt(l4, flows.newPorts(entry));
        final int checksum = Short.reverseBytes(frames.getShort(l4 + Tcp.CHECKSUM_OFFSET)) & 0xFFFF;
        final int updated = batch.checksumState(i) == PacketBatch.CHECKSUM_PARTIAL
            ? Checksum.updatePartial(checksum, deltas & 0xFFFF) : Checksum.update(checksum, deltas >>> 16);
        frames.putShort(l4 + Tcp.CHECKSUM_OFFSET, Short.reverseBytes((short) updated));
    }

    private void rewriteOther(final PacketBatch batch, final int i, final int entry, final int deltas) {
        if (batch.kind(i) == PacketKind.QUERY) {
            rewriteIdentifier(batch.frames(), batch.l3Offset(i), batch.l4Offset(i), entry, deltas >>> 16);
        } else if (batch.kind(i) == PacketKind.OTHER) {
            rewriteWithoutPorts(batch, i, deltas & 0xFFFF);
        }
    }

    /** A datagram keeps its connection alive, and the first answer says that it is wanted. */
    private void followUdp(final int entry, final long nowNs) {
        noteSeen(entry, nowNs);
        if (flows.state(entry) == ConnectionState.NEW && !flows.isInitiator(entry)) {
            connections.state(entry, flows.partner(entry), ConnectionState.REPLIED, nowNs);
        }
    }

    private void followOther(final byte kind, final int entry, final long nowNs) {
        if (kind == PacketKind.FRAGMENT) {
            noteSeen(entry, nowNs);
        } else {
            followUdp(entry, nowNs);
        }
    }

    private void followTcp(final PacketBatch batch, final int i, final int entry, final long nowNs) {
        final int l4 = batch.l4Offset(i);
        // a RST may be the answer to what a stranger sent (RFC 7857, section 6): it keeps nothing alive
        if ((Tcp.flags(batch.memory(), l4) & Tcp.RST) == 0) {
            noteSeen(entry, nowNs);
        }
        trackTcp(batch, batch.l3Offset(i), l4, entry, nowNs);
        clamp.apply(batch, i);
    }

    /** A guest does not keep itself alive. */
    private void noteSeen(final int entry, final long nowNs) {
        if (!flows.isGuest(entry)) {
            flows.lastSeenNs(entry, nowNs);
        }
    }

    private void rewriteIdentifier(final UnsafeBuffer frames, final int l3, final int l4, final int entry, final int l4Delta) {
        frames.putShort(l4 + Icmp.IDENTIFIER_OFFSET, (short) flows.newIdentifier(entry));
        Icmp.checksum(frames, l4, queryChecksum(frames, l3, l4, l4Delta));
    }

    /** Most protocols without ports do not know their addresses; UDP-Lite and DCCP have them in their checksum. */
    private static void rewriteWithoutPorts(final PacketBatch batch, final int i, final int addressDelta) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        final int field = batch.l4Offset(i) + Udp.CHECKSUM_OFFSET;
        final int protocol = Ipv4.protocol(frames, l3);
        if ((protocol == Ipv4.UDP_LITE || protocol == Ipv4.DCCP) && field + Short.BYTES <= l3 + Ipv4.totalLength(frames, l3)) {
            final int checksum = frames.getShort(field, ByteOrder.BIG_ENDIAN) & 0xFFFF;
            frames.putShort(field, (short) Checksum.updateUdp(checksum, addressDelta), ByteOrder.BIG_ENDIAN);
        }
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

    private void trackTcp(final PacketBatch batch, final int l3, final int l4, final int entry, final long nowNs) {
        final int partner = flows.partner(entry);
        final byte state = flows.state(entry);
        final byte next = tcp.track(batch.memory(), l3, l4, entry, partner);
        if (next != state) {
            connections.state(entry, partner, next, nowNs);
        }
    }
}
