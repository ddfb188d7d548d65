package io.sallyport.twin;

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
 * The engine and its twin see the same packets and must do the same. {@code -Dsallyport.twin.tries=100000} for more of them; a failure
 * shows its seed and the shortest story that was found for it.
 */
class TwinTest {

    private static final int MOST_ACTIONS = 80;

    @Property(shrinking = ShrinkingMode.BOUNDED)
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
            context.attributes().setTries(Integer.getInteger("sallyport.twin.tries", 1000));
            return property.execute();
        }

        @Override
        public int aroundPropertyProximity() {
            return -100;
        }
    }
}
