package io.sallyport.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a connection takes, all tables together, with the default limit and one public address. */
class MemoryTest {

    private static final int CONNECTIONS = 1 << 20;
    private static final GatewayConfig CONFIG =
        GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"));

    @ParameterizedTest
    @CsvSource({"ENDPOINT_INDEPENDENT, 152", "ENDPOINT_DEPENDENT, 192"})
    void aConnectionStaysWithinItsBudget(final Mapping mapping, final double budget) {
        final double bytes = (bytes(mapping, CONNECTIONS) - bytes(mapping, 1 << 10)) / (double) CONNECTIONS;
        assertTrue(bytes <= budget, bytes + " bytes for a connection");
    }

    /** Memory of the process off the heap; the arrays on the heap of a table for so many connections are those of ports that cool down. */
    private static long bytes(final Mapping mapping, final int connections) {
        final long before = used();
        final long after;
        try (NatPipeline nat = NatPipeline.create(
            CONFIG.withNat(CONFIG.nat().withMapping(mapping).withLimits(new Limits(connections, 0, 0))), SystemNanoClock.INSTANCE)) {
            after = used();
            assertTrue(nat.nextTimerNs(0) > 0);
        }
        return after - before + (mapping == Mapping.ENDPOINT_DEPENDENT ? (long) Long.BYTES * connections : 0);
    }

    private static long used() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct")).mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    }
}
