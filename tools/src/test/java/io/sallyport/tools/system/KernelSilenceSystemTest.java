package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Namespace;
import io.sallyport.tools.demo.Network;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.api.Test;

/**
 * The kernel of the gateway's machine keeps out: it answers nothing for the gateway's addresses and forwards nothing past it, even
 * where it is told to route.
 */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("io.sallyport.tools.system.Variant#allWithXdpInline")
class KernelSilenceSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    private Path directory;
    @Parameter
    private Variant variant;

    private Network network;
    private GatewayUnderTest gateway;

    @BeforeEach
    void start() {
        network = Network.create("sp-silence");
        network.startFarEnd(Program.CLASS_PATH);
        // as unkind as can be: the kernel routes, and has routes
        network.gateway().sysctl("net/ipv4/ip_forward", "1");
        network.gateway().run("ip", "route", "add", "198.51.100.0/24", "dev", Network.OUTSIDE_INTERFACE);
        network.gateway().run("ip", "route", "add", "10.77.0.0/24", "dev", Network.INSIDE_INTERFACE);
        network.gateway().run("ip", "route", "add", "default", "via", Network.OUTSIDE_HOST, "dev", Network.OUTSIDE_INTERFACE);
        gateway = GatewayUnderTest.start(network, variant);
    }

    @AfterEach
    void stop() {
        try {
            gateway.assertEveryPacketAccountedFor();
        } finally {
            gateway.close();
            network.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"inside, " + Network.GATEWAY_INSIDE, "outside, " + Network.GATEWAY_OUTSIDE})
    void arp_and_ping_are_answered_once_and_tcp_not_at_all(final String side, final String address) {
        final Namespace host = "inside".equals(side) ? network.inside() : network.outside();
        final Command.Result arping = host.tryRun(LIMIT, "arping", "-c", "2", "-I", Network.HOST_INTERFACE, address);
        assertTrue(arping.out().contains("Sent 2 probes") && arping.out().contains("Received 2 response"), arping::toString);

        Traffic.ping(host, address, 5, 56);

        // no SYN-ACK, no RST, no ICMP error; nor does the kernel look for a way to pass the packet on
        try (Sniffer sniffer = Sniffer.start(host, Network.HOST_INTERFACE, directory.resolve(side + ".pcap"),
                "ether src " + macOfGateway(side) + " and (ip or (arp and arp[14:4] = 0))")) {
            for (final String port : List.of("22", "80")) {
                final Command.Result curl = host.tryRun(LIMIT, "curl", "-sS", "--connect-timeout", "1", "http://" + address + ":" + port);
                assertEquals(28, curl.exitCode(), "curl's exit code for a time-out");
            }
            assertEquals(List.of(), sniffer.stop().stream().map(PcapFile.Frame::hex).toList());
        }
    }

    @Test
    void nothing_leaves_untranslated() {
        try (Sniffer sniffer = Sniffer.start(network.outside(), Network.HOST_INTERFACE, directory.resolve("leaks.pcap"),
                "(ip and src net 10.0.0.0/8) or (arp and arp[14:4] = 0) or (arp and net 10.0.0.0/8)")) {
            final Traffic traffic = new Traffic(network);
            traffic.ping(Network.FAR_HOST, 10, 56);
            traffic.download(1, 1 << 20);
            network.inside().tryRun(LIMIT, "traceroute", "-n", "-q", "1", "-w", "1", "-m", "3", Network.FAR_HOST);
            assertEquals(List.of(), sniffer.stop().stream().map(PcapFile.Frame::hex).toList());
        }
    }

    private String macOfGateway(final String side) {
        final String name = "inside".equals(side) ? Network.INSIDE_INTERFACE : Network.OUTSIDE_INTERFACE;
        return network.gateway().run("cat", "/sys/class/net/" + name + "/address").out().strip();
    }
}
