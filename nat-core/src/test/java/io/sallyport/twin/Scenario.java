package io.sallyport.twin;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A configuration and what happens to it. */
record Scenario(Picks setting, List<Picks> actions) {

    /** One that follows from a seed. */
    static Scenario random(final long seed, final int length) {
        final Random random = new Random(seed);
        return new Scenario(Picks.random(Setting.PICKS, random),
            Stream.generate(() -> Picks.random(Traffic.PICKS, random)).limit(length).toList());
    }

    /** The seed of the engine's own choices. */
    long engineSeed() {
        return setting.values()[Setting.PICKS - 1];
    }
}
