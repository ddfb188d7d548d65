package io.sallyport.config;

import java.util.List;
import java.util.function.Predicate;

/**
 * What the configuration can say and this version cannot do. It is refused, never ignored: a gateway that forwards without what it was
 * told to do is worse than one that does not start. Whoever builds a feature deletes its line here.
 */
final class MissingFeatures {

    private static final List<Feature> ALL = List.of(
        new Feature("events.file", "the event log", config -> config.events().file().isPresent()),
        new Feature("events.destinations", "the event log", config -> config.events().destinations()));

    private MissingFeatures() {
    }

    static void check(final GatewayConfig config, final Problems problems) {
        for (final Feature feature : ALL) {
            if (feature.wanted.test(config)) {
                problems.add(feature.key, feature.what + " is not available in this version");
            }
        }
    }

    private record Feature(String key, String what, Predicate<GatewayConfig> wanted) {
    }
}
