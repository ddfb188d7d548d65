package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.PacketBackend.Rehearsal;
import io.sallyport.packet.PacketBatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the warm-up warms up: made-up packets must pass like real ones, or it is the paths of refusal that get compiled. */
class WarmUpTest {

    private static final GatewayConfig CONFIG = GatewayConfig.of(
        InterfaceConfig.of("l0", "192.168.0.1/16"), InterfaceConfig.of("w0", "203.0.113.1/24"));

    @ParameterizedTest
    @CsvSource({"ENDPOINT_INDEPENDENT,ENDPOINT_DEPENDENT,1", "ENDPOINT_DEPENDENT,ADDRESS_DEPENDENT,1",
        "ENDPOINT_INDEPENDENT,ENDPOINT_INDEPENDENT,3"})
    void nothingIsDropped(final Mapping mapping, final Filtering filtering, final int workers) {
        final GatewayConfig config = CONFIG
            .withNat(CONFIG.nat().withMapping(mapping).withFiltering(filtering))
            .withIo(new IoConfig("packet", IoConfig.Threading.INLINE, workers, IoConfig.Wait.BACKOFF, IoConfig.Offload.AUTO, true));
        final WarmUp warmUp = new WarmUp(config, Rehearsal.NONE);
        warmUp.epochs(3);
        for (final DropReason reason : DropReason.values()) {
            assertEquals(0, warmUp.count(reason), reason.label());
        }
        assertTrue(warmUp.count(Counter.PACKETS_OUT_TO_DESTINATION) > 1000);
        assertEquals(warmUp.count(Counter.PACKETS_OUT_TO_DESTINATION), warmUp.count(Counter.PACKETS_OUT_TO_SOURCE));
        assertTrue(warmUp.count(Counter.CONNECTIONS_ESTABLISHED_TCP) > 10);
        assertTrue(warmUp.count(Counter.IDLE_TIMEOUTS_UDP) > 10);
    }

    @Test
    void theBackendRehearsesInTurnAndIsClosed() {
        final AtomicInteger frames = new AtomicInteger();
        final AtomicBoolean isClosed = new AtomicBoolean();
        WarmUp.run(CONFIG, new Rehearsal() {
            @Override
            public int burst(final PacketBatch batch) {
                return frames.addAndGet(batch.size());
            }

            @Override
            public void close() {
                isClosed.set(true);
            }
        }, TimeUnit.MILLISECONDS.toNanos(100));
        assertTrue(frames.get() > 100, frames::toString);
        assertTrue(isClosed.get());
    }

    @Test
    void endsInTime() {
        final long beginNs = System.nanoTime();
        assertTrue(WarmUp.run(CONFIG, Rehearsal.NONE, TimeUnit.MILLISECONDS.toNanos(800)) > 0);
        assertTrue(System.nanoTime() - beginNs < TimeUnit.SECONDS.toNanos(10));
    }
}
