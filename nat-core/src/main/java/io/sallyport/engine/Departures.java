package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.Egress.Transmitter;
import io.sallyport.fragment.FragmentCutter;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ethernet;

/**
 * Hands batches over for sending. A packet that is longer than its link takes goes in pieces, in its place among the others (RFC 4787,
 * REQ-13a): what stands before it in the batch is sent first, then the pieces, then what stands behind it.
 *
 * <p>One thread: the transmit thread.
 */
final class Departures {

    private static final int PIECES_CAPACITY = 64;
    private static final Side[] SIDES = Side.values();

    private final int[] mtu;
    private final CounterBlock counters;
    private final FragmentCutter cutter = new FragmentCutter();
    private final PacketBatch pieces;
    /** The egress column of the batch that is sent in parts. */
    private final byte[] egress;

    /**
     * To two links.
     *
     * @param mtu          longest IP packet of each side's link
     * @param largestBatch most packets in a batch
     * @param counters     where pieces are counted
     */
    Departures(final int[] mtu, final int largestBatch, final CounterBlock counters) {
        this.mtu = mtu;
        this.counters = counters;
        pieces = PacketBatch.owning(PIECES_CAPACITY, Ethernet.HEADER_LENGTH + Math.max(mtu[0], mtu[1]));
        egress = new byte[largestBatch];
    }

    /** Sends all packets whose egress column names a side. Of one that was cut, the column names it still. */
    void send(final PacketBatch batch, final Transmitter transmitter) {
        for (int i = 0; i < batch.size(); i++) {
            if (isToBeCut(batch, i, batch.egress(i))) {
                sendInParts(batch, transmitter);
                return;
            }
        }
        transmit(batch, transmitter);
    }

    private void sendInParts(final PacketBatch batch, final Transmitter transmitter) {
        for (int i = 0; i < batch.size(); i++) {
            egress[i] = batch.egress(i);
            batch.egress(i, PacketBatch.NOWHERE);
        }
        int first = 0;
        for (int i = 0; i < batch.size(); i++) {
            if (egress[i] == PacketBatch.NOWHERE) {
                continue;
            }
            if (isToBeCut(batch, i, egress[i])) {
                sendPart(batch, first, i, transmitter);
                first = i + 1;
                cut(batch, i, transmitter);
            } else {
                sendPieces(transmitter);
                batch.egress(i, egress[i]);
            }
        }
        sendPart(batch, first, batch.size(), transmitter);
        sendPieces(transmitter);
        for (int i = 0; i < batch.size(); i++) {
            batch.egress(i, egress[i]);
        }
    }

    /** Sends the rows from {@code first} on, and takes note of those that were dropped. */
    private void sendPart(final PacketBatch batch, final int first, final int end, final Transmitter transmitter) {
        boolean any = false;
        for (int i = first; i < end; i++) {
            any |= batch.egress(i) != PacketBatch.NOWHERE;
        }
        if (any) {
            transmit(batch, transmitter);
            for (int i = first; i < end; i++) {
                egress[i] = batch.egress(i);
                batch.egress(i, PacketBatch.NOWHERE);
            }
        }
    }

    private void cut(final PacketBatch batch, final int i, final Transmitter transmitter) {
        final Side side = SIDES[egress[i]];
        if (!cutter.begin(batch, i, side, mtu[egress[i]])) {
            batch.drop(i, DropReason.TRANSMIT_FAILED);
            egress[i] = PacketBatch.NOWHERE;
            return;
        }
        while (!cutter.cutInto(pieces)) {
            sendPieces(transmitter);
        }
    }

    private void sendPieces(final Transmitter transmitter) {
        if (pieces.size() == 0) {
            return;
        }
        transmit(pieces, transmitter);
        long lost = 0;
        for (int j = 0; j < pieces.size(); j++) {
            lost += pieces.egress(j) == PacketBatch.NOWHERE ? 1 : 0;
        }
        counters.add(Counter.ORIGINATED_LOST, lost);
        counters.add(Counter.ORIGINATED_FRAGMENTS, pieces.size() - lost);
        pieces.clear();
    }

    private boolean isToBeCut(final PacketBatch batch, final int i, final byte side) {
        return side != PacketBatch.NOWHERE && FragmentCutter.isToBeCut(batch, i, mtu[side]);
    }

    private static void transmit(final PacketBatch batch, final Transmitter transmitter) {
        transmitter.transmit(batch, Side.INSIDE);
        transmitter.transmit(batch, Side.OUTSIDE);
    }
}
