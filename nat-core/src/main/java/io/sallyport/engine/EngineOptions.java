package io.sallyport.engine;

import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.PortUseTable;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * What an engine needs besides the configuration.
 *
 * @param secrets        every random choice follows from these
 * @param stateDirectory where the connection tables lie; empty for memory that ends with the process
 * @param counters       the counters of stage {@code k}: 0 ingress, 1 egress, 2 and up the workers
 * @param portUse        where the workers tell how many ports they have taken, made for {@link Engine#publicPool}; empty: nowhere
 */
public record EngineOptions(
    Secrets secrets, Optional<Path> stateDirectory, IntFunction<CounterBlock> counters, Optional<PortUseTable> portUse) {

    /** Stage of the ingress counters. */
    public static final int INGRESS_STAGE = 0;
    /** Stage of the egress counters. */
    public static final int EGRESS_STAGE = 1;
    /** Stage of the first worker's counters. */
    public static final int FIRST_WORKER_STAGE = 2;

    /** Port use is told nowhere. */
    public EngineOptions(final Secrets secrets, final Optional<Path> stateDirectory, final IntFunction<CounterBlock> counters) {
        this(secrets, stateDirectory, counters, Optional.empty());
    }

    /** Secrets of the engine's own, no state on disk, counters in plain memory. */
    public static EngineOptions inMemory() {
        return new EngineOptions(Secrets.random(), Optional.empty(), stage -> CounterBlock.onHeap());
    }

    /** A source of 64-bit secrets. */
    @FunctionalInterface
    public interface Secrets {
        /** The next secret. */
        long next();

        /** Secrets that no one can know. */
        static Secrets random() {
            final SecureRandom random = new SecureRandom();
            return random::nextLong;
        }

        /** The same secrets for the same seed. */
        static Secrets seeded(final long seed) {
            final SplittableRandom random = new SplittableRandom(seed);
            return random::nextLong;
        }
    }
}
