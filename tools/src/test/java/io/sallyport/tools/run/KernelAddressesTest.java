package io.sallyport.tools.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.tools.run.KernelAddresses.Held;
import io.sallyport.wire.Ipv4Prefix;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelAddressesTest {

    private static final GatewayConfig CONFIG =
        GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"));

    @Test
    void address_that_the_kernel_holds_is_named_with_its_remedy() {
        assertEquals(List.of("10.77.0.1 is configured on l0; remove it first: ip address del 10.77.0.1/24 dev l0"),
            KernelAddresses.conflicts(CONFIG, List.of(held("l0", "10.77.0.1/24"), held("l0", "10.77.0.99/24"))));
    }

    @Test
    void public_address_counts_on_whatever_interface() {
        assertEquals(1, KernelAddresses.conflicts(CONFIG, List.of(held("eth9", "198.51.100.1/32"))).size());
    }

    @Test
    void kernel_holds_the_loopback_address() {
        assertTrue(KernelAddresses.all().contains(held("lo", "127.0.0.1/8")), KernelAddresses.all().toString());
    }

    private static Held held(final String interfaceName, final String address) {
        return new Held(interfaceName, Ipv4Prefix.parse(address));
    }
}
