package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.packet.FrameParser;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;

/** First stage: counts what came in, has it parsed, and gives each packet to the worker that owns its connection. */
public final class Ingress {

    private final FrameParser parser;
    private final Sharding sharding;
    private final CounterBlock counters;

    Ingress(final FrameParser parser, final Sharding sharding, final CounterBlock counters) {
        this.parser = parser;
        this.sharding = sharding;
        this.counters = counters;
    }

    /** Processes a batch, whose side of arrival is set. */
    public void process(final PacketBatch batch) {
        count(batch);
        parser.parse(batch);
        for (int i = 0; i < batch.size(); i++) {
            if (batch.verdict(i) == Verdict.NONE) {
                batch.shard(i, sharding.owner(batch.addressKey(i), batch.portKey(i)));
            }
        }
    }

    private void count(final PacketBatch batch) {
        if (batch.size() == 0) {
            return;
        }
        long bytes = 0;
        for (int i = 0; i < batch.size(); i++) {
            bytes += batch.length(i);
        }
        final boolean inside = batch.arrivalSide() == Side.INSIDE;
        counters.add(inside ? Counter.PACKETS_IN_FROM_SOURCE : Counter.PACKETS_IN_FROM_DESTINATION, batch.size());
        counters.add(inside ? Counter.BYTES_IN_FROM_SOURCE : Counter.BYTES_IN_FROM_DESTINATION, bytes);
    }
}
