package io.sallyport.engine;

import io.sallyport.flow.ConnectionFile;
import io.sallyport.flow.FlowTable;
import io.sallyport.fragment.FragmentCutter;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.packet.Verdict;
import io.sallyport.translate.Connections;
import io.sallyport.translate.Rewriter;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;

/**
 * Second stage: translates the packets of one shard. It goes over the batch's columns three times: hash and touch, so that the misses of
 * the look-ups overlap; look up; then decide and rewrite. Only what finds no connection takes the slow path.
 *
 * <p>One thread, which alone writes the shard's table, mappings and counters.
 */
public final class Worker {

    /** Most connections that one duty cycle looks at for expiry. */
    private static final int TIMER_LIMIT = 256;

    private final int shard;
    private final FlowTable flows;
    private final Connections connections;
    private final Rewriter rewriter;
    private final SlowPath slowPath;
    private final ErrorPath errorPath;
    private final ConnectionFile file;
    private final int[] mtu;
    private final long[] hashes;
    private long touched;

    /** Made by {@link Engine}; {@code file} is null when the table lies in anonymous memory. */
    Worker(
        final int shard,
        final FlowTable flows,
        final Connections connections,
        final SlowPath slowPath,
        final ErrorPath errorPath,
        final ConnectionFile file,
        final int[] mtu,
        final int maxBatch) {
        this.shard = shard;
        this.flows = flows;
        this.connections = connections;
        this.rewriter = new Rewriter(flows, connections);
        this.slowPath = slowPath;
        this.errorPath = errorPath;
        this.file = file;
        this.mtu = mtu;
        this.hashes = new long[maxBatch];
    }

    /**
     * Processes the packets of a batch that this worker owns.
     *
     * @param originated receives what the gateway itself has to say about them
     */
    public void process(final PacketBatch batch, final PacketBatch originated, final long nowNs) {
        touch(batch);
        lookUp(batch);
        translate(batch, originated, nowNs);
        connections.publishGauges();
    }

    /**
     * Runs what is due: at most {@value #TIMER_LIMIT} connections are looked at.
     *
     * @param originated receives what the gateway itself has to say about them
     * @return the number of things done
     */
    public int poll(final long nowNs, final PacketBatch originated) {
        final int work = connections.poll(nowNs, originated, TIMER_LIMIT);
        connections.publishGauges();
        return work;
    }

    /** Says what time it is, for those who read the state file. */
    public void beat(final long nowNs, final long epochMs) {
        if (file != null) {
            file.beat(nowNs, epochMs);
        }
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs() {
        return connections.nextTimerNs();
    }

    private boolean isMine(final PacketBatch batch, final int i) {
        return batch.verdict(i) == Verdict.NONE && batch.shard(i) == shard;
    }

    private void touch(final PacketBatch batch) {
        long sum = 0;
        for (int i = 0; i < batch.size(); i++) {
            if (isMine(batch, i)) {
                final long hash = flows.hash(batch.addressKey(i), batch.portKey(i));
                hashes[i] = hash;
                sum += flows.touch(hash);
            }
        }
        touched = sum;
    }

    private void lookUp(final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (isMine(batch, i)) {
                batch.flow(i, flows.find(hashes[i], batch.addressKey(i), batch.portKey(i)));
            }
        }
    }

    private void translate(final PacketBatch batch, final PacketBatch originated, final long nowNs) {
        for (int i = 0; i < batch.size(); i++) {
            if (!isMine(batch, i)) {
                continue;
            }
            int entry = batch.flow(i);
            if (entry < 0) {
                entry = slowPath.resolve(batch, i, hashes[i], originated, nowNs);
                if (entry < 0) {
                    continue;
                }
            }
            if (Ipv4.ttl(batch.frames(), batch.l3Offset(i)) <= 1) {
                slowPath.timeExceeded(batch, i, originated, nowNs);
            } else if (!fits(batch, i, flows.egressOrdinal(entry))) {
                slowPath.tooBig(batch, i, mtu[flows.egressOrdinal(entry)], originated, nowNs);
            } else if (batch.kind(i) == PacketKind.ICMP_ERROR) {
                errorPath.translate(batch, i, entry);
            } else {
                rewriter.rewrite(batch, i, entry, nowNs);
            }
        }
    }

    /** A super-frame is judged by the segments that it will be cut into; a plain one without DF is cut into fragments. */
    private boolean fits(final PacketBatch batch, final int i, final int egressOrdinal) {
        final int length = batch.length(i) - Ethernet.HEADER_LENGTH;
        if (length <= mtu[egressOrdinal]) {
            return true;
        }
        final int segment = batch.segmentLength(i);
        return segment != 0
            ? segmentHeaders(batch, i) + segment <= mtu[egressOrdinal]
            : FragmentCutter.isToBeCut(batch, i, mtu[egressOrdinal]);
    }

    private static int segmentHeaders(final PacketBatch batch, final int i) {
        final int l4 = batch.l4Offset(i);
        final int l4Header = batch.kind(i) == PacketKind.TCP
            ? Tcp.headerLength(batch.frames(), l4) : Udp.HEADER_LENGTH;
        return l4 - batch.l3Offset(i) + l4Header;
    }

    /** Keeps the loads of {@link #touch} alive; of no other meaning. */
    long touched() {
        return touched;
    }
}
