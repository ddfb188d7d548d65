package io.sallyport.config;

import static io.sallyport.config.Problem.GOOD;
import static io.sallyport.config.Problem.assertProblems;

import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.config.NatConfig.TcpMss;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Each test goes when its feature comes. */
class MissingFeaturesTest {

    private static final NatConfig NAT = GOOD.nat();

    @Test
    void endpointDependentMapping() {
        assertProblems(mapping(Profile.RFC, Mapping.ENDPOINT_DEPENDENT),
            "nat.mapping: endpoint-dependent mapping is not available in this version");
    }

    @Test
    void profilesThatMapEndpointDependent() {
        assertProblems(mapping(Profile.AWS, Mapping.ENDPOINT_DEPENDENT), "nat.profile: the profile's endpoint-dependent mapping"
            + " (set nat.mapping to use its other values) is not available in this version");
        assertProblems(mapping(Profile.AWS, Mapping.ENDPOINT_INDEPENDENT));
    }

    @Test
    void everythingElse() {
        final NatConfig nat = new NatConfig(NAT.profile(), NAT.pool(), NAT.ports(), NAT.mapping(), Filtering.ADDRESS_DEPENDENT, true,
            List.of(Ipv4Prefix.parse("192.0.2.0/24")),
            List.of(new OneToOne(Ipv4Address.parse("198.51.100.50"), Ipv4Address.parse("10.77.0.50"), List.of())),
            List.of(new Forward(Protocol.TCP, Ipv4Address.parse("198.51.100.1"), 2222, Ipv4Address.parse("10.77.0.9"), 22, List.of())),
            new TcpMss(TcpMss.Mode.CLAMP, OptionalInt.empty()), NAT.onIdle(), NAT.onExhaustion(), NAT.timeouts(),
            new Limits(1000, 10, 20));
        assertProblems(new GatewayConfig(GOOD.name(), GOOD.inside(), GOOD.outside(), nat, GOOD.io(), GOOD.state(),
            new AdminConfig(Optional.of("127.0.0.1:9479")), new EventsConfig(Optional.of(Path.of("events.json")), true)),
            "nat.filtering: filtering other than endpoint-dependent is not available in this version",
            "nat.exempt: routing without translation is not available in this version",
            "nat.one-to-one: translation of whole addresses is not available in this version",
            "nat.forwards: port forwarding is not available in this version",
            "nat.tcp-mss: changing the TCP segment size is not available in this version",
            "nat.limits.per-host: a limit for each inside host is not available in this version",
            "nat.limits.per-host-new-per-second: a rate limit for each inside host is not available in this version",
            "admin.listen: the HTTP listener is not available in this version",
            "events.file: the event log is not available in this version",
            "events.destinations: the event log is not available in this version");
    }

    private static GatewayConfig mapping(final Profile profile, final Mapping mapping) {
        return GOOD.withNat(new NatConfig(profile, NAT.pool(), NAT.ports(), mapping, NAT.filtering(), true, List.of(), List.of(), List.of(),
            TcpMss.OFF, NAT.onIdle(), NAT.onExhaustion(), NAT.timeouts(), NAT.limits()));
    }
}
