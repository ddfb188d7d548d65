package io.sallyport.engine;

import io.sallyport.fragment.FragmentCutter;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;

/** What the links of both sides can carry. Immutable, for any thread. */
final class LinkSizes {

    private final int[] mtu;
    private final int smallest;

    /** With the MTU of the inside and of the outside link, in bytes. */
    LinkSizes(final int inside, final int outside) {
        mtu = new int[] {inside, outside};
        smallest = Math.min(inside, outside);
    }

    /** MTU of a side, in bytes. */
    int mtu(final int sideOrdinal) {
        return mtu[sideOrdinal];
    }

    /**
     * Whether packet {@code i} can leave on a side, whole or, if its sender allows that, in pieces. A super-frame is judged by the
     * segments that it will be cut into.
     */
    boolean allow(final PacketBatch batch, final int i, final int sideOrdinal) {
        final int length = batch.length(i) - Ethernet.HEADER_LENGTH;
        return length <= smallest || length <= mtu[sideOrdinal] || allowLong(batch, i, sideOrdinal);
    }

    private boolean allowLong(final PacketBatch batch, final int i, final int sideOrdinal) {
        final int segment = batch.segmentLength(i);
        return segment != 0
            ? segmentHeaders(batch, i) + segment <= mtu[sideOrdinal]
            : FragmentCutter.isToBeCut(batch, i, mtu[sideOrdinal]);
    }

    private static int segmentHeaders(final PacketBatch batch, final int i) {
        final int l4 = batch.l4Offset(i);
        final int l4Header = batch.kind(i) == PacketKind.TCP
            ? Tcp.headerLength(batch.frames(), l4) : Udp.HEADER_LENGTH;
        return l4 - batch.l3Offset(i) + l4Header;
    }
}
