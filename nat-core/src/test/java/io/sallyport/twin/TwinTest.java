package io.sallyport.twin;

import java.util.Optional;
import net.jqwik.api.AfterFailureMode;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * The engine and its twin see the same packets and must do the same. The scenarios are the same each time, unless
 * {@code -Dsallyport.twin.tries=100000} asks for others, and for so many; a failure shows its seed ({@code -Dsallyport.twin.seed} repeats
 * it) and the shortest story that was found for it.
 */
class TwinTest {

    private static final int MOST_ACTIONS = 80;
    private static final int DEFAULT_TRIES = 2000;
    private static final String DEFAULT_SEED = "20260101";

    @Property(shrinking = ShrinkingMode.BOUNDED, afterFailure = AfterFailureMode.RANDOM_SEED)
    @AddLifecycleHook(Tries.class)
    void theEngineDoesWhatTheTwinDoes(@ForAll("scenarios") final Scenario scenario) {
        Duel.fight(scenario, Feature.BUILT);
    }

    @Provide
    Arbitrary<Scenario> scenarios() {
        final Arbitrary<Integer> pick = Arbitraries.integers().between(0, Picks.MOST).withDistribution(RandomDistribution.uniform())
            .withoutEdgeCases();
        final Arbitrary<Picks> setting = pick.array(int[].class).ofSize(Setting.PICKS).map(Picks::new);
        final Arbitrary<Picks> action = pick.array(int[].class).ofSize(Traffic.PICKS).map(Picks::new);
        return Combinators.combine(setting, action.list().ofMinSize(1).ofMaxSize(MOST_ACTIONS)
            .withSizeDistribution(RandomDistribution.uniform())).as(Scenario::new);
    }

    /** How often. */
    static final class Tries implements AroundPropertyHook {

        @Override
        public PropertyExecutionResult aroundProperty(final PropertyLifecycleContext context, final PropertyExecutor property) {
            final Optional<Integer> asked = Optional.ofNullable(Integer.getInteger("sallyport.twin.tries"));
            context.attributes().setTries(asked.orElse(DEFAULT_TRIES));
            final String seed = System.getProperty("sallyport.twin.seed", asked.isPresent() ? "" : DEFAULT_SEED);
            if (!seed.isEmpty()) {
                context.attributes().setSeed(seed);
            }
            return property.execute();
        }

        @Override
        public int aroundPropertyProximity() {
            return -100;
        }
    }
}
