package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Namespace;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A link of the path is narrower than the others, and those who send find out: the gateway tells them where the link is its own, and
 * hands on what a router behind it says. All hosts offer segments of 1460 bytes (the routes' {@code advmss}), so that TCP finds no way
 * around it.
 */
@Privileged
@ParameterizedClass(name = "{0}, {1}")
@MethodSource("places")
class PathMtuSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long LENGTH_BYTES = 32L << 20;
    private static final String NARROW = "1300";
    private static final String BEHIND_ROUTER = "203.0.113.130";

    /** Which link it is. */
    enum Place { INSIDE_LINK, OUTSIDE_LINK, BEHIND_A_ROUTER }

    @Parameter(0)
    private Variant variant;
    @Parameter(1)
    private Place place;

    private static Network network;
    private static Namespace behind;
    private static GatewayUnderTest gateway;

    static Stream<Arguments> places() {
        return Stream.of(new Variant("packet", "pipeline"), new Variant("pcap", "inline"), new Variant("xdp", "inline"))
            .flatMap(variant -> Arrays.stream(Place.values()).map(place -> Arguments.of(variant, place)));
    }

    @BeforeParameterizedClassInvocation
    static void start(final Variant variant, final Place place) {
        gateway = null;
        behind = null;
        network = null;
        if (!Program.isRoot()) {
            return;
        }
        network = Network.create("sp-mtu");
        final Namespace inside = network.inside();
        final Namespace outside = network.outside();
        inside.run("ip", "route", "change", "default", "via", Network.GATEWAY_INSIDE, "advmss", "1460");
        outside.run("ip", "route", "change", "198.51.100.0/24", "dev", Network.HOST_INTERFACE, "src", Network.OUTSIDE_HOST,
            "advmss", "1460");
        switch (place) {
            case INSIDE_LINK -> narrow(inside, network.gateway(), Network.HOST_INTERFACE, Network.INSIDE_INTERFACE);
            case OUTSIDE_LINK -> narrow(outside, network.gateway(), Network.HOST_INTERFACE, Network.OUTSIDE_INTERFACE);
            default -> addHostBehindOutside();
        }
        Network.startFarEnd(place == Place.BEHIND_A_ROUTER ? behind : outside, Program.CLASS_PATH);
        if (place == Place.BEHIND_A_ROUTER && variant.backend().equals("pcap")) {
            // libpcap does not tell how a super-frame is to be cut: the gateway cuts it for its own links, too big for the router
            inside.run("ethtool", "-K", Network.HOST_INTERFACE, "tso", "off", "gso", "off");
        }
        gateway = GatewayUnderTest.start(network, variant);
    }

    private static void narrow(final Namespace host, final Namespace gateway, final String hostInterface, final String gatewayInterface) {
        host.run("ip", "link", "set", hostInterface, "mtu", NARROW);
        gateway.run("ip", "link", "set", gatewayInterface, "mtu", NARROW);
    }

    private static void addHostBehindOutside() {
        behind = Namespace.create(network.outside().name() + "-behind");
        Namespace.join(network.outside(), "eth1", behind, Network.HOST_INTERFACE);
        narrow(behind, network.outside(), Network.HOST_INTERFACE, "eth1");
        network.outside().run("ip", "address", "add", "203.0.113.129/25", "dev", "eth1");
        network.outside().sysctl("net/ipv4/ip_forward", "1");
        behind.run("ip", "address", "add", BEHIND_ROUTER + "/25", "dev", Network.HOST_INTERFACE);
        behind.run("ip", "route", "add", "default", "via", "203.0.113.129", "advmss", "1460");
    }

    @AfterParameterizedClassInvocation
    static void stop() throws Exception {
        GatewayUnderTest.closeAll(gateway, gateway, behind, network);
    }

    /** What a host has learnt in one test is no use to it in the next. */
    @BeforeEach
    void forget() {
        network.inside().run("ip", "route", "flush", "cache");
        network.outside().run("ip", "route", "flush", "cache");
    }

    private String server() {
        return place == Place.BEHIND_A_ROUTER ? BEHIND_ROUTER : Network.OUTSIDE_HOST;
    }

    @Test
    void tracepath_finds_the_narrow_link() {
        final Command.Result result = network.inside().tryRun(LIMIT, "tracepath", "-n", server());
        assertTrue(result.out().contains("pmtu " + NARROW) && result.out().contains("reached"), result::toString);
    }

    @Test
    void transfers_arrive_both_ways() {
        final String expected = SeededStream.sha256(1, LENGTH_BYTES);
        final String url = "http://" + server();
        assertEquals(expected, Command.read(LIMIT, network.inside().command("curl", "-sS", "--fail-with-body",
            url + "/stream?seed=1&bytes=" + LENGTH_BYTES), SeededStream::sha256));
        final List<String> upload = network.inside().command("curl", "-sS", "--fail-with-body", "-T", "-", url + "/sink");
        assertEquals(expected, Command.write(LIMIT, upload, input -> {
            new SeededStream(1, LENGTH_BYTES).transferTo(input);
            return null;
        }).out().strip());
    }

    @Test
    void ping_is_cut_unless_it_forbids_that() {
        for (final String payloadBytes : List.of("1400", "4000")) {
            final Command.Result result = network.inside().tryRun(LIMIT, "ping", "-n", "-M", "dont", "-c", "3", "-i", "0.05", "-w", "10",
                "-s", payloadBytes, server());
            assertTrue(result.exitCode() == 0 && !result.out().contains("rror"), result::toString);
        }
        final Command.Result result = network.inside().tryRun(LIMIT, "ping", "-n", "-M", "do", "-c", "1", "-w", "3", "-s", "1400",
            server());
        final String text = result.out() + result.err();
        assertTrue(result.exitCode() != 0 && text.replaceAll("[ =:]+", " ").contains("mtu " + NARROW), text);
    }
}
