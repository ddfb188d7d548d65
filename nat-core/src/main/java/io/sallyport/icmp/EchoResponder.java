package io.sallyport.icmp;

import io.sallyport.counter.DropReason;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Answers a ping of the gateway's own address (RFC 792; RFC 1122, section 3.2.2.6; RFC 1812, section 4.3.3.6) in the frame that asked.
 * The answer has the request's identifier, sequence number, data and IP options; a request with a source route never gets here.
 * A request in fragments is answered fragment by fragment: the asker's checksum, right or wrong, becomes that of the answer.
 */
public final class EchoResponder {

    private static final int TTL = 64;

    private EchoResponder() {
    }

    /**
     * Turns packet {@code i}, an echo request for one of our addresses or a fragment of one, into its answer; drops it when its checksum
     * is wrong or its sender is a group of stations. Sets the verdict either way.
     */
    public static void respond(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int frame = batch.offset(i);
        final int l3 = batch.l3Offset(i);
        final int l4 = batch.l4Offset(i);
        final long station = Ethernet.source(frames, frame);
        if (Ethernet.isGroup(station)) {
            batch.drop(i, DropReason.LINK_BROADCAST);
            return;
        }
        if (Ipv4.isFragment(frames, l3)) {
            if (!Ipv4.isLaterFragment(frames, l3)) {
                turnBeginning(frames, l4);
            }
            turn(batch, i, station);
            return;
        }
        final long sum = Checksum.sum(frames, l4, Ipv4.totalLength(frames, l3) - (l4 - l3));
        if (Checksum.finish(sum) != 0 || batch.checksumState(i) != PacketBatch.CHECKSUM_WHOLE || batch.segmentLength(i) != 0) {
            batch.drop(i, DropReason.BAD_ICMP_CHECKSUM);
            return;
        }
        turnMessage(frames, l4, sum);
        turn(batch, i, station);
    }

    /** Sends it back. */
    private static void turn(final PacketBatch batch, final int i, final long station) {
        final UnsafeBuffer frames = batch.frames();
        Ethernet.addresses(frames, batch.offset(i), station, Ethernet.destination(frames, batch.offset(i)));
        turnHeader(frames, batch.l3Offset(i));
        batch.reply(i, Origin.ECHO_REPLY);
    }

    /** Exchanging the addresses leaves the checksum as it is; the new time to live does not. */
    private static void turnHeader(final UnsafeBuffer frames, final int l3) {
        Ipv4.rawAddresses(frames, l3, Long.rotateLeft(Ipv4.rawAddresses(frames, l3), 32));
        final int delta = Checksum.delta16(Ipv4.ttl(frames, l3) << 8, TTL << 8);
        frames.putByte(l3 + Ipv4.TTL_OFFSET, (byte) TTL);
        Ipv4.checksum(frames, l3, Checksum.update(Ipv4.checksum(frames, l3), delta));
    }

    /**
     * The new checksum comes from the old sum and not by RFC 1624: an answer may consist of nothing but zero bytes, and then the
     * incremental update gives 0x0000 where 0xFFFF is due.
     */
    private static void turnMessage(final UnsafeBuffer frames, final int l4, final long sum) {
        final long before = frames.getInt(l4, ByteOrder.BIG_ENDIAN) & 0xFFFF_FFFFL;
        final long after = (long) Icmp.ECHO_REPLY << 24 | (long) Icmp.code(frames, l4) << 16;
        frames.putInt(l4, (int) after, ByteOrder.BIG_ENDIAN);
        Icmp.checksum(frames, l4, Checksum.finish(sum - before + after));
    }

    /** Where the incremental update gives 0, 0xFFFF is right, too, whatever follows in other fragments: it adds nothing to a sum. */
    private static void turnBeginning(final UnsafeBuffer frames, final int l4) {
        final int updated = Checksum.update(Icmp.checksum(frames, l4), Checksum.delta16(Icmp.ECHO_REQUEST << 8, Icmp.ECHO_REPLY << 8));
        frames.putByte(l4 + Icmp.TYPE_OFFSET, (byte) Icmp.ECHO_REPLY);
        Icmp.checksum(frames, l4, updated == 0 ? 0xFFFF : updated);
    }
}
