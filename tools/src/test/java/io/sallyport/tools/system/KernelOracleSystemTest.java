package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.sallyport.tools.demo.Network;
import io.sallyport.tools.system.DifferencesTable.Row;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The kernel's NAT as an oracle: the same packets go through it and through Sallyport, and hosts see the same, but for what
 * docs/kernel-differences.md lists and gives a reason for. A row that is wrong about either gateway fails.
 */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("gateways")
class KernelOracleSystemTest {

    private static final String KERNEL = "kernel";
    private static final DifferencesTable TABLE = DifferencesTable.read();

    private static Network network;
    private static GatewayUnderTest gateway;
    private static ProbeHosts hosts;

    @Parameter
    private String name;

    static Stream<String> gateways() {
        return Stream.concat(Stream.of(KERNEL), variants().map(Variant::toString));
    }

    /** Both threadings of the first backend, one of the other: what is judged here is the engine, and the same for all. */
    private static Stream<Variant> variants() {
        return Stream.of(new Variant("packet", "pipeline"), new Variant("packet", "inline"), new Variant("pcap", "pipeline"));
    }

    static List<Probe> probes() {
        return Probe.all();
    }

    @BeforeParameterizedClassInvocation
    static void start(final String started) {
        gateway = null;
        network = null;
        hosts = null;
        if (!Program.isRoot()) {
            return;
        }
        network = Network.create("sp-oracle");
        ProbeHosts.prepare(network);
        if (started.equals(KERNEL)) {
            network.startKernelGateway();
            // it would leave checksums to a network card, and it would withhold errors
            network.gateway().run("ethtool", "-K", Network.INSIDE_INTERFACE, "tx", "off");
            network.gateway().run("ethtool", "-K", Network.OUTSIDE_INTERFACE, "tx", "off");
            network.gateway().sysctl("net/ipv4/icmp_ratelimit", "0");
        } else {
            gateway = GatewayUnderTest.start(network, variants().filter(each -> each.toString().equals(started)).findFirst().orElseThrow());
        }
        hosts = ProbeHosts.open(network);
    }

    @AfterParameterizedClassInvocation
    static void stop() throws Exception {
        GatewayUnderTest.closeAll(gateway, hosts, gateway, network);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("probes")
    void the_gateway_does_what_the_table_says(final Probe probe) {
        final Row row = TABLE.rows().get(probe.name());
        assertNotNull(row, () -> "no row in docs/kernel-differences.md; the outcome is: " + probe.script().apply(hosts));
        assertEquals(name.equals(KERNEL) ? row.kernel() : row.sallyport(), probe.script().apply(hosts), probe::name);
    }

    @Test
    void the_table_has_a_row_for_each_probe_and_a_reason_for_each_difference() {
        assertEquals(probes().stream().map(Probe::name).toList(), List.copyOf(TABLE.rows().keySet()));
        TABLE.rows().forEach((probe, row) -> assertEquals(row.isDifferent(), !row.reason().isEmpty(), () -> probe + ": " + row));
    }
}
