package io.sallyport.engine;

import io.sallyport.flow.ConnectionFile;
import io.sallyport.flow.FlowTable;
import io.sallyport.memory.HugePages;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.translate.Connections;
import io.sallyport.translate.Foresight;
import java.util.Optional;

/**
 * Second stage: translates the packets of one shard. It goes over them several times, so that the cache misses of a
 * batch overlap: hash; look into the index, which is touched before where it does not stay in the cache; touch the connections; then decide
 * and rewrite. Only what finds no connection takes the slow path.
 *
 * <p>Each pass is a method, which the program has compiled by itself (tools/bin/common.bash): what all of them do together is more than the
 * compiler puts into one piece well.
 *
 * <p>One thread, which alone writes the shard's table, mappings and counters.
 */
public final class Worker {

    /** Most connections that one duty cycle looks at for expiry. */
    private static final int TIMER_LIMIT = 256;

    private final int shard;
    private final FlowTable flows;
    private final Connections connections;
    private final Foresight foresight;
    private final FastPath fastPath;
    private final SlowPath slowPath;
    private final ConnectionFile file;
    private final Adoption adoption;
    /** Packets of the batch that this worker owns, and what is known of each. */
    private final int[] rows;
    private final long[] hashes;
    private final int[] entries;
    private long touched;

    /** Made by {@link Engine}; {@code file} is null when the table lies in anonymous memory. */
    Worker(
        final int shard,
        final FlowTable flows,
        final Connections connections,
        final Foresight foresight,
        final FastPath fastPath,
        final SlowPath slowPath,
        final ConnectionFile file,
        final Adoption adoption,
        final int maxBatch) {
        this.shard = shard;
        this.flows = flows;
        this.connections = connections;
        this.foresight = foresight;
        this.fastPath = fastPath;
        this.slowPath = slowPath;
        this.file = file;
        this.adoption = adoption;
        rows = new int[maxBatch];
        hashes = new long[maxBatch];
        entries = new int[maxBatch];
    }

    /** Goes by other rules from the next batch on, if they are others. */
    public void adopt(final Rules rules, final long nowNs) {
        if (!adoption.isDone(rules)) {
            adoption.adopt(rules, nowNs);
        }
    }

    /**
     * Processes the packets of a batch that this worker owns.
     *
     * @param originated receives what the gateway itself has to say about them
     */
    public void process(final PacketBatch batch, final PacketBatch originated, final long nowNs) {
        final int count = hash(batch);
        if (count > 0) {
            connections.time(nowNs);
            if (flows.isIndexFar()) {
                touchIndex(count);
            }
            final int all = lookUp(count);
            touch(count);
            if (all < 0 && batch.arrivalSide() == Side.INSIDE) {
                foresee(batch, count);
            }
            translate(batch, count, originated, nowNs);
        }
        connections.publishGauges();
    }

    /**
     * Runs what is due: at most {@value #TIMER_LIMIT} connections are looked at.
     *
     * @param originated receives what the gateway itself has to say about them
     * @return the number of things done
     */
    public int poll(final long nowNs, final PacketBatch originated) {
        connections.time(nowNs);
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

    /** Asks for huge pages for the tables; why there will be none for that of connections, as half a sentence, or empty. Any thread. */
    public Optional<String> adviseHugePages() {
        connections.adviseHugePages();
        return flows.adviseHugePages(file == null ? HugePages.Backing.PROCESS : HugePages.Backing.FILE);
    }

    /** The next time at which {@link #poll} has something to do, or {@link Long#MAX_VALUE}. */
    public long nextTimerNs() {
        return connections.nextTimerNs();
    }

    private int hash(final PacketBatch batch) {
        int count = 0;
        for (int i = 0, size = batch.size(); i < size; i++) {
            if (batch.verdict(i) == Verdict.NONE && batch.shard(i) == shard) {
                rows[count] = i;
                hashes[count++] = flows.hash(batch.addressKey(i), batch.portKey(i));
            }
        }
        return count;
    }

    private void touchIndex(final int count) {
        long sum = 0;
        for (int k = 0; k < count; k++) {
            sum += flows.touchIndex(hashes[k]);
        }
        touched = sum;
    }

    /** Returns a negative number if there are packets of no connection. */
    private int lookUp(final int count) {
        int all = 0;
        for (int k = 0; k < count; k++) {
            entries[k] = flows.likely(hashes[k]);
            all |= entries[k];
        }
        return all;
    }

    private void foresee(final PacketBatch batch, final int count) {
        foresight.begin();
        for (int k = 0; k < count; k++) {
            if (entries[k] == FlowTable.NONE) {
                foresight.add(batch.addressKey(rows[k]), batch.portKey(rows[k]));
            }
        }
        touched += foresight.touch();
    }

    private void touch(final int count) {
        long sum = 0;
        for (int k = 0; k < count; k++) {
            sum += flows.touch(entries[k]);
        }
        touched += sum;
    }

    private void translate(final PacketBatch batch, final int count, final PacketBatch originated, final long nowNs) {
        for (int k = 0; k < count; k++) {
            final int i = rows[k];
            int entry = entries[k];
            if (entry == FlowTable.NONE || !flows.isKeyOf(entry, batch.addressKey(i), batch.portKey(i))) {
                entry = resolve(batch, i, hashes[k], originated, nowNs);
            }
            if (entry >= 0) {
                fastPath.forward(batch, i, entry, originated, nowNs);
            }
        }
    }

    /** Looks again, also for what an earlier packet of the batch has opened; what there is no connection for takes the slow path. */
    private int resolve(final PacketBatch batch, final int i, final long hash, final PacketBatch originated, final long nowNs) {
        final int entry = flows.find(hash, batch.addressKey(i), batch.portKey(i));
        return entry == FlowTable.NONE ? slowPath.resolve(batch, i, originated, nowNs) : entry;
    }

    /** Keeps the loads of {@link #touch} alive; of no other meaning. */
    long touched() {
        return touched;
    }
}
