package io.sallyport.config;

import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.TcpMss;
import java.util.List;
import java.util.function.Predicate;

/**
 * What the configuration can say and this version cannot do. It is refused, never ignored: a gateway that forwards without what it was
 * told to do is worse than one that does not start. Whoever builds a feature deletes its line here.
 */
final class MissingFeatures {

    private static final List<Feature> ALL = List.of(
        new Feature("nat.mapping", "endpoint-dependent mapping",
            config -> config.nat().mapping() == Mapping.ENDPOINT_DEPENDENT && !mappingComesFromProfile(config)),
        new Feature("nat.profile", "the profile's endpoint-dependent mapping (set nat.mapping to use its other values)",
            config -> config.nat().mapping() == Mapping.ENDPOINT_DEPENDENT && mappingComesFromProfile(config)),
        new Feature("nat.filtering", "filtering other than endpoint-dependent",
            config -> config.nat().filtering() != Filtering.ENDPOINT_DEPENDENT),
        new Feature("nat.exempt", "routing without translation", config -> !config.nat().exempt().isEmpty()),
        new Feature("nat.one-to-one", "translation of whole addresses", config -> !config.nat().oneToOne().isEmpty()),
        new Feature("nat.forwards", "port forwarding", config -> !config.nat().forwards().isEmpty()),
        new Feature("nat.tcp-mss", "changing the TCP segment size", config -> config.nat().tcpMss().mode() != TcpMss.Mode.OFF),
        new Feature("nat.limits.per-host", "a limit for each inside host", config -> config.nat().limits().perHost() != 0),
        new Feature("nat.limits.per-host-new-per-second", "a rate limit for each inside host",
            config -> config.nat().limits().perHostNewPerSecond() != 0),
        new Feature("admin.listen", "the HTTP listener", config -> config.admin().listen().isPresent()),
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

    private static boolean mappingComesFromProfile(final GatewayConfig config) {
        return config.nat().profile().mapping() == config.nat().mapping();
    }

    private record Feature(String key, String what, Predicate<GatewayConfig> wanted) {
    }
}
