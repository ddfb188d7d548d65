package io.sallyport.engine;

import io.sallyport.flow.FlowTable;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.translate.Rewriter;
import io.sallyport.wire.Ipv4;

/**
 * What nearly every packet takes: its connection is known, so it is translated, unless its time to live has run out, the link that it
 * leaves on cannot carry it, or its connection waits for an answer of the inside host.
 *
 * <p>Owned by one worker.
 */
final class FastPath {

    private final FlowTable flows;
    private final LinkSizes links;
    private final Rewriter rewriter;
    private final SlowPath slowPath;
    private final ErrorPath errorPath;

    /** For the connections of one worker; {@code slowPath} and {@code errorPath} take what is not translated right away. */
    FastPath(
        final FlowTable flows, final LinkSizes links, final Rewriter rewriter, final SlowPath slowPath, final ErrorPath errorPath) {
        this.flows = flows;
        this.links = links;
        this.rewriter = rewriter;
        this.slowPath = slowPath;
        this.errorPath = errorPath;
    }

    /** Decides about a packet, whose flow entry is known. */
    void forward(final PacketBatch batch, final int i, final int entry, final PacketBatch originated, final long nowNs) {
        if (Ipv4.ttl(batch.memory(), batch.l3Offset(i)) <= 1) {
            slowPath.timeExceeded(batch, i, originated, nowNs);
        } else if (!links.allow(batch, i, flows.egressOrdinal(entry))) {
            slowPath.tooBig(batch, i, flows.egressOrdinal(entry), originated, nowNs);
        } else if (flows.isGuest(entry) && !slowPath.meetGuest(batch, i, entry, nowNs)) {
            return;
        } else if (batch.kind(i) == PacketKind.ICMP_ERROR) {
            errorPath.translate(batch, i, entry);
        } else {
            rewriter.rewrite(batch, i, entry, nowNs);
        }
    }
}
