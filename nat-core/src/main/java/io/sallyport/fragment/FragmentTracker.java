package io.sallyport.fragment;

import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives every fragment the flow key of its datagram, in whatever order they come (RFC 4787, REQ-14), and every datagram from inside that
 * is, or may become, fragments an identification of its own (RFC 7857, section 9). The latest first fragment of a datagram counts.
 * One that comes before the first waits for it.
 *
 * <p>What is known of datagrams and what waits lie in tables of their own, of fixed capacity each: fragments without a first push out
 * others that wait, and nothing else.
 *
 * <p>Owned by the capture thread.
 */
public final class FragmentTracker {

    /** Most fragments that one {@link #poll} drops. */
    private static final int POLL_LIMIT = 256;

    private final int frameLength;
    private final DatagramTable datagrams;
    private final WaitingFragments waiting;
    private final Identifications identifications;

    /**
     * Knows of no datagram.
     *
     * @param longestMtu longest IP packet that either side's link takes, in bytes; a longer fragment cannot wait
     * @param timeoutNs  how long a datagram is known, and how long a fragment waits for its first
     * @param hash       of what hosts choose, with secrets
     * @param counters   the ingress stage's: fragments that wait, and those that wait in vain, are counted here
     */
    public FragmentTracker(final int longestMtu, final long timeoutNs, final SeededHash hash, final CounterBlock counters) {
        frameLength = Ethernet.HEADER_LENGTH + longestMtu;
        datagrams = new DatagramTable(timeoutNs, hash);
        waiting = new WaitingFragments(frameLength, timeoutNs, hash, counters);
        identifications = new Identifications(hash);
    }

    /** Datagrams are known, and fragments wait, another time from now on. */
    public void timeout(final long timeoutNs) {
        datagrams.timeout(timeoutNs);
        waiting.timeout(timeoutNs);
    }

    /** A batch that fragments can be released into. */
    public PacketBatch newBatch(final int capacity) {
        return PacketBatch.owning(capacity, frameLength);
    }

    /** Whether {@link #track} would have anything to do: not for packets that are whole and stay so, which most are. */
    public static boolean concerns(final PacketBatch batch, final int i) {
        return Ipv4.fragment(batch.frames(), batch.l3Offset(i)) != Ipv4.DONT_FRAGMENT;
    }

    /**
     * Takes packet {@code i}, which the parser let through: sets key and identification; or its verdict, if it waits for its first
     * fragment or cannot.
     */
    public void track(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        if (!Ipv4.isFragment(frames, l3)) {
            if ((Ipv4.fragment(frames, l3) & Ipv4.DONT_FRAGMENT) == 0) {
                batch.identification(i, newIdentification(batch, i));
            }
            return;
        }
        final long datagramKey = DatagramTable.key(
            Ipv4.identification(frames, l3), Ipv4.protocol(frames, l3), batch.arrivalSide().ordinal());
        if (batch.kind(i) != PacketKind.FRAGMENT) {
            trackFirst(batch, i, datagramKey);
        } else {
            trackLater(batch, i, datagramKey);
        }
    }

    private void trackFirst(final PacketBatch batch, final int i, final long datagramKey) {
        final int identification = datagrams.identification(known(batch, i, datagramKey));
        batch.identification(i, identification);
        waiting.release(batch.addressKey(i), datagramKey, batch.portKey(i), identification);
    }

    private void trackLater(final PacketBatch batch, final int i, final long datagramKey) {
        final int entry = datagrams.find(batch.addressKey(i), datagramKey, batch.arrivalNs());
        if (entry != DatagramTable.NONE) {
            batch.key(i, batch.addressKey(i), datagrams.portKey(entry));
            batch.identification(i, datagrams.identification(entry));
        } else if (waiting.add(batch, i, datagramKey, batch.arrivalNs())) {
            batch.verdict(i, Verdict.HELD);
        } else {
            batch.drop(i, DropReason.FRAGMENT);
        }
    }

    /** The entry of the datagram, which counts from now on. Its identification stays: fragments that have it may have left. */
    private int known(final PacketBatch batch, final int i, final long datagramKey) {
        final int entry = datagrams.find(batch.addressKey(i), datagramKey, batch.arrivalNs());
        if (entry == DatagramTable.NONE) {
            return datagrams.add(
                batch.addressKey(i), datagramKey, batch.portKey(i), newIdentification(batch, i), batch.arrivalNs());
        }
        datagrams.renew(entry, batch.portKey(i), batch.arrivalNs());
        return entry;
    }

    /** -1 from outside: only the sources of inside hosts are rewritten. */
    private int newIdentification(final PacketBatch batch, final int i) {
        if (batch.arrivalSide() != Side.INSIDE) {
            return -1;
        }
        final UnsafeBuffer frames = batch.frames();
        final int l3 = batch.l3Offset(i);
        final int segmentLength = batch.segmentLength(i);
        final int segments = segmentLength == 0 ? 1 : batch.length(i) / segmentLength + 1;
        return identifications.next(FlowKey.rawDestination(Ipv4.rawAddresses(frames, l3)), Ipv4.protocol(frames, l3), segments);
    }

    /** Whether {@link #release} has anything to move. */
    public boolean hasReleased() {
        return waiting.hasReleased();
    }

    /**
     * Moves fragments whose first has come into a batch from {@link #newBatch}, which is cleared before and says where they arrived: keys
     * and headers are set, and they are not counted as waiting any more. What finds no room, or came on the other side, is left.
     */
    public void release(final PacketBatch batch, final long nowNs) {
        waiting.drain(batch, nowNs);
    }

    /** Drops what has waited too long, a bounded amount; gives the number. */
    public int poll(final long nowNs) {
        return waiting.expire(nowNs, POLL_LIMIT);
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs() {
        return waiting.nextDeadlineNs();
    }

    /** Drops what waits, when the gateway stops. */
    public void discard() {
        waiting.discard();
    }
}
