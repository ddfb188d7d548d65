package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Namespace;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Replay is the gateway: what tcpdump saw arrive at a live gateway, replayed, gives what tcpdump saw leave it, byte for byte.
 *
 * <p>A live gateway picks its ports at random. Here it has one port to pick, and one connection of each protocol at a time, so that
 * the live run and the replay have no choice. Offloads are off on the hosts, so that a capture holds whole frames and whole checksums.
 * Announcements are left out of the comparison: they follow the start of the program, which no capture shows.
 */
@Privileged
class ReplaySystemTest {

    private static final String ONE_PORT = "nat: { ports: 40000-40000 }";
    private static final String INSIDE_PREFIX = "inside";
    private static final String OUTSIDE_PREFIX = "outside";

    @TempDir
    private Path directory;

    private Network network;
    private String gatewayInsideMac;
    private String gatewayOutsideMac;

    @BeforeEach
    void start() {
        network = Network.create("sp-replay");
        for (final Namespace host : List.of(network.inside(), network.gateway(), network.outside())) {
            host.sysctl("net/ipv6/conf/all/disable_ipv6", "1");
        }
        for (final Namespace host : List.of(network.inside(), network.outside())) {
            host.run("ethtool", "-K", Network.HOST_INTERFACE, "tx", "off", "tso", "off", "gso", "off", "gro", "off");
        }
        network.startFarEnd(Program.CLASS_PATH);
        gatewayInsideMac = macOf(Network.INSIDE_INTERFACE);
        gatewayOutsideMac = macOf(Network.OUTSIDE_INTERFACE);
    }

    @AfterEach
    void stop() {
        network.close();
    }

    @Test
    void a_capture_of_a_live_gateway_replays_byte_for_byte() throws IOException {
        final List<PcapFile.Frame> atInside;
        final List<PcapFile.Frame> atOutside;
        try (Sniffer inside = sniff(network.inside(), INSIDE_PREFIX); Sniffer outside = sniff(network.outside(), OUTSIDE_PREFIX)) {
            try (GatewayUnderTest gateway = GatewayUnderTest.start(network, new Variant("packet", "inline"), ONE_PORT, "")) {
                final Traffic traffic = new Traffic(network);
                traffic.ping(Network.GATEWAY_INSIDE, 2, 56);
                traffic.ping(Network.FAR_HOST, 5, 1_000);
                traffic.seenAs();
                traffic.awaitTcpQuiet();
                traffic.traceRoute("-I", "-N", "1");
                assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, 2_222));
                gateway.assertEveryPacketAccountedFor();
            }
            atInside = inside.stop();
            atOutside = outside.stop();
        }
        final Path configuration = configuration();
        final Path fromInside = write("from-inside.pcap", arriving(atInside, gatewayInsideMac));
        final Path fromOutside = write("from-outside.pcap", arriving(atOutside, gatewayOutsideMac));

        replay(configuration, fromInside, fromOutside, "first");
        assertSame("to inside", leaving(atInside, gatewayInsideMac), read("first-to-inside.pcap"));
        assertSame("to outside", leaving(atOutside, gatewayOutsideMac), read("first-to-outside.pcap"));
        assertTrue(read("first-to-outside.pcap").size() > 12, "pings, a connection, traceroute");
    }

    @Test
    void one_seed_gives_one_result() throws IOException {
        final List<PcapFile.Frame> atInside;
        try (Sniffer inside = sniff(network.inside(), INSIDE_PREFIX);
                GatewayUnderTest gateway = GatewayUnderTest.start(network, new Variant("packet", "inline"))) {
            final Traffic traffic = new Traffic(network);
            assertEquals(20, traffic.meet(20).size());
            assertEquals(0, gateway.process().stop());
            atInside = inside.stop();
        }
        final Path configuration = configuration("nat: { ports: 1024-65535 }");
        final Path fromInside = write("from-inside.pcap", arriving(atInside, gatewayInsideMac));
        // whoever has the address answers ARP: the replay needs the outside host's MAC address only
        final Path none = write("none.pcap", List.of());
        replay(configuration, fromInside, none, "first", "--seed", "1");
        replay(configuration, fromInside, none, "second", "--seed", "1");
        replay(configuration, fromInside, none, "other", "--seed", "2");
        final byte[] first = Files.readAllBytes(directory.resolve("first-to-outside.pcap"));
        assertTrue(read("first-to-outside.pcap").size() > 20, "20 connections were opened");
        assertArrayEquals(first, Files.readAllBytes(directory.resolve("second-to-outside.pcap")));
        assertArrayEquals(Files.readAllBytes(directory.resolve("first-to-inside.pcap")),
            Files.readAllBytes(directory.resolve("second-to-inside.pcap")));
        assertTrue(!java.util.Arrays.equals(first, Files.readAllBytes(directory.resolve("other-to-outside.pcap"))), "the seed matters");
    }

    private Sniffer sniff(final Namespace host, final String name) {
        return Sniffer.start(host, Network.HOST_INTERFACE, directory.resolve(name + ".pcap"));
    }

    private Path configuration(final String... moreYaml) throws IOException {
        final String neighbour = moreYaml.length == 0 ? ""
            : ", neighbours: [ { address: " + Network.OUTSIDE_HOST + ", mac: \"02:00:00:00:00:77\" } ]";
        return Files.writeString(directory.resolve("replay.yaml"), """
            inside:  { interface: l0, address: %s/24, mac: "%s" }
            outside: { interface: w0, address: %s/24, gateway: %s, mac: "%s"%s }
            %s
            """.formatted(Network.GATEWAY_INSIDE, colons(gatewayInsideMac), Network.GATEWAY_OUTSIDE, Network.OUTSIDE_HOST,
            colons(gatewayOutsideMac), neighbour, moreYaml.length == 0 ? ONE_PORT : moreYaml[0]));
    }

    private void replay(final Path configuration, final Path fromInside, final Path fromOutside, final String name, final String... more) {
        final List<String> words = new java.util.ArrayList<>(List.of("replay", "--config", configuration.toString(),
            "--inside", fromInside.toString(), "--outside", fromOutside.toString(),
            "--to-inside", directory.resolve(name + "-to-inside.pcap").toString(),
            "--to-outside", directory.resolve(name + "-to-outside.pcap").toString()));
        words.addAll(List.of(more));
        final Command.Result result = Program.run(words.toArray(new String[0]));
        assertEquals(0, result.exitCode(), result::toString);
    }

    /** Frames that others than the gateway sent. */
    private static List<PcapFile.Frame> arriving(final List<PcapFile.Frame> frames, final String gatewayMac) {
        return frames.stream().filter(frame -> !frame.source().equals(gatewayMac)).toList();
    }

    /** Frames that the gateway sent. */
    private static List<PcapFile.Frame> leaving(final List<PcapFile.Frame> frames, final String gatewayMac) {
        return frames.stream().filter(frame -> frame.source().equals(gatewayMac)).toList();
    }

    private static void assertSame(final String what, final List<PcapFile.Frame> live, final List<PcapFile.Frame> replayed) {
        final List<String> expected = withoutAnnouncements(live);
        final List<String> actual = withoutAnnouncements(replayed);
        for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
            assertEquals(expected.get(i), actual.get(i), what + ", frame " + i);
        }
        assertEquals(expected.size(), actual.size(), what + ", number of frames");
    }

    /** The bytes of all frames but ARP announcements, which have the same sender and target (RFC 5227, section 1.1). */
    private static List<String> withoutAnnouncements(final List<PcapFile.Frame> frames) {
        return frames.stream().filter(frame -> frame.etherType() != PcapFile.Frame.ARP || !frame.arpSender().equals(frame.arpTarget()))
            .map(PcapFile.Frame::hex).toList();
    }

    private List<PcapFile.Frame> read(final String name) throws IOException {
        return PcapFile.read(Files.readAllBytes(directory.resolve(name)));
    }

    private Path write(final String name, final List<PcapFile.Frame> frames) throws IOException {
        return Files.write(directory.resolve(name), PcapFile.write(frames));
    }

    private String macOf(final String interfaceName) {
        return network.gateway().run("cat", "/sys/class/net/" + interfaceName + "/address").out().strip().replace(":", "");
    }

    private static String colons(final String mac) {
        return mac.replaceAll("(..)(?!$)", "$1:");
    }
}
