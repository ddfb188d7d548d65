package io.sallyport.twin;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Accounting;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.EngineOptions;
import io.sallyport.engine.NatPipeline;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The engine, a packet at a time. */
final class EngineGateway implements Gateway {

    private static final int LONGEST_FRAME = 2048;
    /** Far more than any packet or timer of a small scenario leads to. */
    private static final int MOST_TRANSMISSIONS = 100_000;

    private final NatPipeline nat;
    private final PacketBatch batch = PacketBatch.owning(1, LONGEST_FRAME);
    private final List<Out> sent = new ArrayList<>();
    private long nowNs;
    private int transmissions;

    EngineGateway(final GatewayConfig config, final long seed, final long startNs) {
        try {
            nat = NatPipeline.create(config, new EngineOptions(EngineOptions.Secrets.seeded(seed), Optional.empty(),
                EngineOptions.inMemory().counters()), startNs);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        nowNs = startNs;
    }

    @Override
    public List<Out> receive(final Side side, final byte[] frame, final long timeNs) {
        nowNs = timeNs;
        batch.clear();
        final int i = batch.claim(frame.length);
        batch.frames().putBytes(batch.offset(i), frame);
        batch.arrived(side, nowNs);
        nat.process(batch, nowNs);
        nat.finish(batch, this::transmit, nowNs);
        return taken();
    }

    @Override
    public List<Out> pass(final long untilNs) {
        for (long nextNs = nat.nextTimerNs(nowNs); nextNs <= untilNs; nextNs = nat.nextTimerNs(nowNs)) {
            nowNs = Math.max(nowNs, nextNs);
            while (nat.poll(nowNs, this::transmit) > 0) {
                continue;
            }
        }
        nowNs = untilNs;
        while (nat.poll(nowNs, this::transmit) > 0) {
            continue;
        }
        return taken();
    }

    @Override
    public Map<String, Long> drops() {
        final Map<String, Long> drops = new LinkedHashMap<>();
        for (final DropReason reason : DropReason.values()) {
            drops.put(reason.label(), nat.count(reason));
        }
        return drops;
    }

    @Override
    public long sum(final String labelPrefix) {
        return Arrays.stream(Counter.values()).filter(counter -> counter.label().startsWith(labelPrefix)).mapToLong(nat::count).sum();
    }

    @Override
    public long unaccounted() {
        return Accounting.difference(nat::count, nat::count);
    }

    @Override
    public void close() {
        nat.close();
    }

    private List<Out> taken() {
        final List<Out> result = List.copyOf(sent);
        sent.clear();
        transmissions = 0;
        return result;
    }

    private void transmit(final PacketBatch leaving, final Side side) {
        transmissions++;
        if (transmissions > MOST_TRANSMISSIONS) {
            throw new Violation("the gateway comes to no end");
        }
        for (int i = 0; i < leaving.size(); i++) {
            if (leaving.egress(i) == side.ordinal()) {
                final byte[] frame = new byte[leaving.length(i)];
                leaving.frames().getBytes(leaving.offset(i), frame);
                sent.add(Out.sent(side, frame, nowNs));
            }
        }
    }
}
