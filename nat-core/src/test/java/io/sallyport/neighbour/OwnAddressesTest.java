package io.sallyport.neighbour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.wire.AddressSet;
import io.sallyport.wire.Ipv4Address;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OwnAddressesTest {

    @Test
    void insideIsOnlyTheInterface() {
        final AddressSet inside = OwnAddresses.inside(config(List.of(new AddressRange(0x0A4D_0002, 0x0A4D_0003))));
        assertTrue(inside.contains(Ipv4Address.parse("10.77.0.1")));
        assertFalse(inside.contains(Ipv4Address.parse("10.77.0.2")));
        assertFalse(inside.contains(Ipv4Address.parse("198.51.100.1")));
        assertEquals(1, inside.rangeCount());
    }

    @Property(tries = 200)
    void outsideIsTheUnionOfThePool(@ForAll @Size(max = 6) final List<@IntRange(min = -20, max = 20) Integer> firsts,
        @ForAll @IntRange(min = 0, max = 9) final int length) {
        final int middle = Integer.MIN_VALUE;
        final List<AddressRange> pool =
            firsts.stream().map(first -> new AddressRange(middle + first, middle + first + Math.floorMod(first * length, 10))).toList();
        final AddressSet outside = OwnAddresses.outside(config(pool));
        for (int address = middle - 40; address != middle + 40; address++) {
            final int candidate = address;
            assertEquals(pool.stream().anyMatch(range -> range.contains(candidate)), outside.contains(candidate));
        }
        assertTrue(outside.contains(Ipv4Address.parse("198.51.100.1")));
        for (int range = 1; range < outside.rangeCount(); range++) {
            assertTrue(Integer.compareUnsigned(outside.last(range - 1), outside.first(range)) < 0);
        }
    }

    private static GatewayConfig config(final List<AddressRange> pool) {
        final GatewayConfig config =
            GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"));
        return config.withNat(NatConfig.defaults(0).withPool(pool, new PortRange(1024, 65535)));
    }
}
