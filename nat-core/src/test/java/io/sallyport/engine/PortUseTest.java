package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.counter.Counter;
import io.sallyport.counter.PortUse;
import io.sallyport.counter.PortUseTable;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.wire.Ipv4Address;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.IN2;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** What observers see of the public ports is what the engine has taken, of each address and protocol. */
class PortUseTest {

    private static final int FIRST = Ipv4Address.parse("198.51.100.8");

    @Test
    void mappingsAreCountedWhereTheirPortsAre() {
        final GatewayConfig config = pool(2, 2000, 2999);
        final PortUseTable use = table(config);
        try (Lab lab = Lab.of(config, use)) {
            for (int port = 0; port < 20; port++) {
                lab.fromInside(udp(IN1, 5000 + port, OUT1, 53, 1), udp(IN1, 5000 + port, OUT2, 53, 1), udp(IN2, 5000 + port, OUT1, 53, 1));
            }
            lab.fromInside(Packets.echo(IN1, OUT1, 8, 5));
            assertEquals(40, sum(use, PublicAddresses.UDP), "a mapping serves every destination");
            assertEquals(1, sum(use, PublicAddresses.ICMP));
            assertEquals(0, sum(use, PublicAddresses.TCP));
            assertEquals(lab.count(Counter.PORTS_IN_USE_UDP), sum(use, PublicAddresses.UDP));
            lab.pass(301, TimeUnit.SECONDS);
            assertEquals(40, cooling(use));
            assertEquals(0, sum(use, PublicAddresses.UDP));
            lab.pass(121, TimeUnit.SECONDS);
            assertEquals(0, cooling(use));
        }
    }

    @Test
    void withEndpointDependentMappingAPortCountsOnceHoweverManyDestinationsItServes() {
        final GatewayConfig one = pool(1, 2000, 2001);
        final GatewayConfig config = one.withNat(one.nat().withMapping(Mapping.ENDPOINT_DEPENDENT));
        final PortUseTable use = table(config);
        try (Lab lab = Lab.of(config, use)) {
            lab.fromInside(udp(IN1, 5000, OUT1, 53, 1), udp(IN1, 5001, OUT1, 53, 1), udp(IN2, 5000, OUT2, 53, 1));
            assertEquals(2, sum(use, PublicAddresses.UDP));
            assertEquals(2, use.crowdedDestinations().getFirst().inUse(), "both ports for one destination");
            assertEquals(1, use.crowdedDestinations().size());
            lab.pass(301, TimeUnit.SECONDS);
            assertEquals(0, sum(use, PublicAddresses.UDP));
            assertEquals(1, use.crowdedDestinations().size(), "they cool down");
            lab.pass(121, TimeUnit.SECONDS);
            assertEquals(List.of(), use.crowdedDestinations());
        }
    }

    @Test
    void portsThatForwardsHaveAreNotForTheTaking() {
        final GatewayConfig plain = pool(2, 2000, 2099);
        final GatewayConfig config = plain.withNat(plain.nat().withForwards(
            List.of(new Forward(Protocol.TCP, FIRST + 1, 2050, Ipv4Address.parse(IN1), 22, List.of()))));
        final PortUseTable use = table(config);
        Lab.of(config, use).close();
        assertEquals(List.of(100L, 100L, 100L, 99L, 100L, 100L), use.use().stream().map(PortUse::capacity).toList());
    }

    private static GatewayConfig pool(final int addresses, final int firstPort, final int lastPort) {
        final GatewayConfig config = Lab.config();
        return config.withNat(config.nat().withPool(
            List.of(new AddressRange(FIRST, FIRST + addresses - 1)), new PortRange(firstPort, lastPort)));
    }

    private static PortUseTable table(final GatewayConfig config) {
        return PortUseTable.inMemory(Engine.publicPool(config), 1);
    }

    private static long sum(final PortUseTable table, final int protocol) {
        return table.use().stream().filter(use -> use.protocol() == protocol).mapToLong(PortUse::inUse).sum();
    }

    private static long cooling(final PortUseTable table) {
        return table.use().stream().filter(use -> use.protocol() == PublicAddresses.UDP).mapToLong(PortUse::cooling).sum();
    }
}
