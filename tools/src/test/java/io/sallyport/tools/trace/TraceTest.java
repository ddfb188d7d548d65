package io.sallyport.tools.trace;

import static io.sallyport.tools.trace.TestPackets.ACK;
import static io.sallyport.tools.trace.TestPackets.FIN;
import static io.sallyport.tools.trace.TestPackets.INSIDE_GATEWAY;
import static io.sallyport.tools.trace.TestPackets.SYN;
import static io.sallyport.tools.trace.TestPackets.arp;
import static io.sallyport.tools.trace.TestPackets.cut;
import static io.sallyport.tools.trace.TestPackets.echo;
import static io.sallyport.tools.trace.TestPackets.error;
import static io.sallyport.tools.trace.TestPackets.frame;
import static io.sallyport.tools.trace.TestPackets.ip;
import static io.sallyport.tools.trace.TestPackets.tcp;
import static io.sallyport.tools.trace.TestPackets.udp;
import static io.sallyport.tools.trace.TestPackets.withTtl;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.counter.Counter;
import io.sallyport.packet.Side;
import io.sallyport.tools.ProgramRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code trace}, as a user runs it, against a gateway that stands still. */
class TraceTest {

    private static final String HOST = "10.77.0.2";
    private static final String OTHER_HOST = "10.77.0.3";
    private static final String SERVER = "203.0.113.80";
    private static final String PUBLIC = "198.51.100.1";
    private static final String MORE = """
        nat:
          forwards:
            - { protocol: tcp, outside: "198.51.100.1:2222", inside: "10.77.0.2:22", allow: [ 192.0.2.0/24 ] }
        """;

    @TempDir
    private Path state;
    private TracedGateway gateway;

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    private void start(final String moreYaml) throws Exception {
        gateway = new TracedGateway(state, moreYaml);
        gateway.learnRouter();
    }

    /** Opens a TCP connection from the host's port 40000 to the server's port 443; gives its public port. */
    private int establish() {
        final List<byte[]> left = gateway.receive(Side.INSIDE, tcp(HOST, 40_000, SERVER, 443, SYN, 100, 0));
        final int publicPort = ByteBuffer.wrap(left.getFirst()).getShort(20) & 0xFFFF;
        assertEquals(1, gateway.receive(Side.OUTSIDE, tcp(SERVER, 443, PUBLIC, publicPort, SYN | ACK, 900, 101)).size());
        gateway.receive(Side.INSIDE, tcp(HOST, 40_000, SERVER, 443, ACK, 101, 901));
        return publicPort;
    }

    private static String out(final ProgramRun run) {
        assertEquals(0, run.exitCode(), run.err());
        assertEquals("", run.err());
        assertTrue(run.out().lines().allMatch(line -> line.length() <= 80), run.out());
        return run.out();
    }

    private static void assertHas(final String out, final String... parts) {
        for (final String part : parts) {
            assertTrue(out.contains(part), () -> "\"" + part + "\" is not in\n" + out);
        }
    }

    @Test
    void packet_of_a_known_connection_goes_out() throws Exception {
        start("");
        final int port = establish();
        final String out = out(gateway.trace(Side.INSIDE, tcp(HOST, 40_000, SERVER, 443, ACK, 101, 901)));
        assertHas(out,
            "packet   tcp 10.77.0.2:40000 > 203.0.113.80:443 ACK\n",
            "from inside (l0), 58 bytes; an Ethernet header was put in front\n",
            "worker   0 of 1\n",
            "look-up  its connection is there\n"
                + "         tcp, inside 10.77.0.2:40000, public 198.51.100.1:" + port + ",\n         remote 203.0.113.80:443\n"
                + "         outbound, established, silent for 0s of 2h 4m\n",
            "verdict  forwarded to the outside (w0), next hop 198.51.100.2\n"
                + "         would ask ARP for that first, unless the gateway knows it\n",
            "becomes  tcp 198.51.100.1:" + port + " > 203.0.113.80:443 ACK\n");
        assertTrue(out.matches("(?s).*\nip source {17}10\\.77\\.0\\.2 {17}198\\.51\\.100\\.1 {14}\\*\n.*"), out);
        assertTrue(out.matches("(?s).*\nip time to live {11}64 {24}63 {24}\\*\n.*"), out);
        assertTrue(out.matches("(?s).*\nip destination {12}203\\.0\\.113\\.80\n.*"), out);
        assertTrue(out.matches("(?s).*\ntcp checksum {14}0x[0-9a-f]{4}, right {13}0x[0-9a-f]{4}, right {13}\\*\n.*"), out);
        assertFalse(out.contains("WRONG"), out);
        assertFalse(out.contains("note"), out);
    }

    @Test
    void packet_of_a_known_connection_comes_in() throws Exception {
        start("");
        final int port = establish();
        assertHas(out(gateway.trace(Side.OUTSIDE, tcp(SERVER, 443, PUBLIC, port, ACK, 901, 101))),
            "look-up  its connection is there\n",
            "verdict  forwarded to the inside (l0), next hop 10.77.0.2\nbecomes  tcp 203.0.113.80:443 > 10.77.0.2:40000 ACK\n");
    }

    @Test
    void state_that_a_segment_leads_to_is_told() throws Exception {
        start("");
        establish();
        assertHas(out(gateway.trace(Side.INSIDE, tcp(HOST, 40_000, SERVER, 443, FIN | ACK, 101, 901))),
            "         goes from established to fin-initiator\n");
        assertHas(out(gateway.trace(Side.INSIDE, tcp(HOST, 40_000, SERVER, 443, ACK, 101, 901))), "outbound, established");
    }

    @Test
    void first_packet_opens_a_connection_with_a_port_that_is_one_of_many() throws Exception {
        start("");
        final String out = out(gateway.trace(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20)));
        assertHas(out, "look-up  no connection: it opens one\n", "outbound, new, silent for 0s of 5m 0s\n",
            "note     the public port is chosen at random: a port like ");
        final String again = out(gateway.trace(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20)));
        assertFalse(again.equals(out), "the same random port twice");
    }

    @Test
    void second_connection_of_an_endpoint_gets_the_port_of_the_first() throws Exception {
        start("");
        final List<byte[]> left = gateway.receive(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20));
        final int port = ByteBuffer.wrap(left.getFirst()).getShort(20) & 0xFFFF;
        final String out = out(gateway.trace(Side.INSIDE, udp(HOST, 5000, "203.0.113.81", 53, 20)));
        assertHas(out, "becomes  udp 198.51.100.1:" + port + " > 203.0.113.81:53\n");
        assertFalse(out.contains("random"), out);
    }

    @Test
    void next_hop_of_the_configuration_is_not_asked_for() throws Exception {
        start("");
        establish();
        final int port = ByteBuffer.wrap(gateway.receive(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20)).getFirst()).getShort(20) & 0xFFFF;
        final String out = out(gateway.trace(Side.OUTSIDE, udp(SERVER, 53, PUBLIC, port, 20)));
        assertHas(out, "02:00:00:00:0a:02");
        assertFalse(out.contains("ARP"), out);
    }

    static Stream<Arguments> dropped() {
        return Stream.of(
            arguments("malformed", Side.INSIDE, frame(INSIDE_GATEWAY, 0x0800, cut(udp(HOST, 1, SERVER, 2, 8), 24))),
            arguments("not-ipv4", Side.INSIDE, frame(INSIDE_GATEWAY, 0x88CC, new byte[46])),
            arguments("vlan-tagged", Side.INSIDE, frame(INSIDE_GATEWAY, 0x8100, new byte[46])),
            arguments("ipv6", Side.INSIDE, frame(INSIDE_GATEWAY, 0x86DD, new byte[46])),
            arguments("other-station", Side.INSIDE, frame("020000000042", 0x0800, udp(HOST, 1, SERVER, 2, 8))),
            arguments("link-broadcast", Side.INSIDE, frame("ffffffffffff", 0x0800, udp(HOST, 1, SERVER, 2, 8))),
            arguments("bad-ip-checksum", Side.INSIDE, spoiltAt(8, udp(HOST, 1, SERVER, 2, 8))),
            arguments("martian", Side.INSIDE, udp(HOST, 1, "127.0.0.1", 2, 8)),
            arguments("multicast", Side.INSIDE, udp(HOST, 1, "224.0.0.251", 2, 8)),
            arguments("spoofed-source", Side.INSIDE, udp("192.168.9.9", 1, SERVER, 2, 8)),
            arguments("unsupported-protocol", Side.INSIDE, ip(HOST, SERVER, 0, new byte[8], 64, 0)),
            arguments("ttl-expired", Side.INSIDE, withTtl(udp(HOST, 1, SERVER, 2, 8), 1)),
            arguments("unsolicited", Side.OUTSIDE, tcp(SERVER, 443, PUBLIC, 5555, SYN, 1, 0)),
            arguments("not-allowed", Side.OUTSIDE, tcp(SERVER, 443, PUBLIC, 2222, SYN, 1, 0)),
            arguments("no-connection", Side.INSIDE, tcp(HOST, 1, SERVER, 2, ACK, 1, 1)),
            arguments("not-for-gateway", Side.INSIDE, tcp(HOST, 1, "10.77.0.1", 80, SYN, 1, 0)),
            arguments("not-ours", Side.OUTSIDE, tcp(SERVER, 1, "198.51.100.77", 80, SYN, 1, 0)),
            arguments("same-side", Side.INSIDE, udp(HOST, 1, OTHER_HOST, 2, 8)),
            arguments("icmp-unrelated", Side.OUTSIDE, error(SERVER, PUBLIC, 3, 3, udp(PUBLIC, 1, SERVER, 2, 8))),
            arguments("too-big", Side.INSIDE, udp(HOST, 1, SERVER, 2, 1473)),
            arguments("bad-arp", Side.INSIDE, arp("224.0.0.1", "10.77.0.1")));
    }

    private static byte[] spoiltAt(final int offset, final byte[] packet) {
        packet[offset]++;
        return packet;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("dropped")
    void dropped_packet_says_why_and_where_to_look(final String reason, final Side side, final byte[] packet) throws Exception {
        start(MORE);
        final String out = out(gateway.trace(side, packet));
        assertHas(out, "verdict  DROPPED, " + reason + ": ", "         see ");
        assertFalse(out.contains("becomes"), out);
        final Map<String, Object> json = JSON.std.mapFrom(gateway.trace(side, packet, "--json").out());
        assertEquals("dropped", json.get("verdict"));
        assertEquals(reason, json.get("dropReason"));
        assertEquals(List.of(), json.get("leaves"));
    }

    @Test
    void answers_of_the_gateway_are_shown() throws Exception {
        start("");
        assertHas(out(gateway.trace(Side.INSIDE, tcp(HOST, 1, SERVER, 2, ACK, 1, 1))),
            "answer   tcp 203.0.113.80:2 > 10.77.0.2:1 RST (inside)\n");
        assertHas(out(gateway.trace(Side.INSIDE, withTtl(udp(HOST, 1, SERVER, 2, 8), 1))),
            "answer   icmp 10.77.0.1 > 10.77.0.2 time exceeded, in transit (inside)\n",
            "note     answers are sent within the limits for ICMP errors, which count from\n         zero here\n");
        assertHas(out(gateway.trace(Side.INSIDE, echo(HOST, "10.77.0.1", 8, 7))),
            "verdict  for the gateway, which answers\nanswer   icmp 10.77.0.1 > 10.77.0.2 echo reply id 7 (inside)\n");
        assertHas(out(gateway.trace(Side.INSIDE, arp(HOST, "10.77.0.1"))),
            "packet   arp who has 10.77.0.1, asks 10.77.0.2\n", "look-up  none: it did not come that far\n",
            "answer   arp 10.77.0.1 is at 02:00:00:00:00:01 (inside)\n");
        assertHas(out(gateway.trace(Side.INSIDE, arp(HOST, OTHER_HOST))), "verdict  for the gateway, which takes note\n");
    }

    @Test
    void icmp_error_gets_back_what_it_is_about() throws Exception {
        start("");
        final byte[] left = gateway.receive(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20)).getFirst();
        final String out = out(gateway.trace(Side.OUTSIDE, error("192.0.2.9", PUBLIC, 3, 1, left)));
        assertHas(out, "becomes  icmp 192.0.2.9 > 10.77.0.2 destination unreachable, host\n", "look-up  its connection is there\n");
        assertTrue(out.matches("(?s).*\nquoted ip source {10}198\\.51\\.100\\.1 {14}10\\.77\\.0\\.2 {17}\\*\n.*"), out);
    }

    @Test
    void quotas_and_ports_are_those_of_the_gateway() throws Exception {
        start("nat: { ports: 2000-2063, limits: { per-host: 60, connections: 100 } }\n");
        for (int port = 0; port < 60; port++) {
            assertEquals(1, gateway.receive(Side.INSIDE, udp(HOST, 5000 + port, SERVER, 53, 8)).size());
        }
        assertHas(out(gateway.trace(Side.INSIDE, udp(HOST, 6000, SERVER, 53, 8))), "DROPPED, host-limit");
        for (int port = 0; port < 4; port++) {
            gateway.receive(Side.INSIDE, udp(OTHER_HOST, 5000 + port, SERVER, 53, 8));
        }
        assertHas(out(gateway.trace(Side.INSIDE, udp(OTHER_HOST, 6000, SERVER, 53, 8))), "DROPPED, ports-exhausted",
            "answer   icmp 10.77.0.1 > 10.77.0.3 destination unreachable, prohibited (inside)\n");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void inside_host_reaches_another_by_its_forward(final int workers) throws Exception {
        start(MORE + "io: { workers: " + workers + " }\n");
        final String out = out(gateway.trace(Side.INSIDE, tcp(OTHER_HOST, 50_000, PUBLIC, 2222, SYN, 1, 0)));
        assertHas(out, "look-up  no connection: it opens one\n", "verdict  forwarded to the inside (l0), next hop 10.77.0.2\n",
            " > 10.77.0.2:22 SYN\n");
    }

    @Test
    void later_fragment_waits_for_its_first() throws Exception {
        start("");
        assertHas(out(gateway.trace(Side.INSIDE, ip(HOST, SERVER, 17, new byte[64], 64, 0x2000 | 185))),
            "packet   udp fragment 10.77.0.2 > 203.0.113.80 at 1480\n", "look-up  not yet: its ports are in the first fragment\n",
            "verdict  waits for the first fragment of its datagram, 2s at most\n", "note     the gateway may know");
    }

    @Test
    void packet_too_long_for_the_link_leaves_in_pieces() throws Exception {
        start("");
        final String out = out(gateway.trace(Side.INSIDE, ip(HOST, SERVER, 47, new byte[1600], 64, 0)));
        assertEquals(2, out.lines().filter(line -> line.startsWith("becomes")).count(), out);
    }

    @Test
    void draining_gateway_opens_nothing() throws Exception {
        start("");
        gateway.commandControl().draining();
        assertHas(out(gateway.trace(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20))), "note     the gateway is draining");
    }

    @Test
    void cooling_ports_are_told() throws Exception {
        start("");
        gateway.commandControl().counters(2).set(Counter.PORTS_COOLING, 1234);
        assertHas(out(gateway.trace(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20))), "note     1,234 ports cool down in the gateway");
    }

    @Test
    void json_has_both_sides_of_every_field() throws Exception {
        start("");
        final int port = establish();
        final Map<String, Object> json = JSON.std.mapFrom(
            gateway.trace(Side.INSIDE, tcp(HOST, 40_000, SERVER, 443, ACK, 101, 901), "--json").out());
        assertEquals("edge", json.get("name"));
        assertEquals("forwarded", json.get("verdict"));
        assertEquals(0, json.get("worker"));
        assertEquals(false, json.get("opensConnection"));
        final Map<?, ?> connection = (Map<?, ?>) json.get("connection");
        assertEquals(PUBLIC + ":" + port, connection.get("public"));
        assertEquals(7440, ((Number) connection.get("timeoutSeconds")).intValue());
        final Map<?, ?> leaves = (Map<?, ?>) ((List<?>) json.get("leaves")).getFirst();
        assertEquals("198.51.100.2", leaves.get("nextHop"));
        assertEquals(true, leaves.get("asksArp"));
        assertTrue(((List<?>) json.get("fields")).contains(
            Map.of("name", "ip source", "arrives", HOST, "leaves", PUBLIC, "changed", true)), json.toString());
    }

    @Test
    void nothing_changes() throws Exception {
        start(MORE);
        establish();
        final Map<String, String> before = files();
        final List<Path> temporary = temporaryDirectories();
        for (final byte[] packet : List.of(tcp(HOST, 40_000, SERVER, 443, FIN | ACK, 101, 901), udp(HOST, 5000, SERVER, 53, 20),
            tcp(HOST, 1, SERVER, 2, ACK, 1, 1), arp(HOST, "10.77.0.1"))) {
            out(gateway.trace(Side.INSIDE, packet));
        }
        assertEquals(before, files());
        assertEquals(temporary, temporaryDirectories());
    }

    /** Contents and times of all files of the gateway. */
    private Map<String, String> files() throws IOException {
        final Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(state)) {
            for (final Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file.toString(), Files.getLastModifiedTime(file) + " " + HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file))));
            }
        } catch (final NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
        return files;
    }

    /** Those of this process: others may trace at the same time. */
    private static List<Path> temporaryDirectories() throws IOException {
        final String prefix = "sallyport-trace-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith(prefix)).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "xyz", "450", "@/no/such/file", "@"})
    void bad_packet_is_one_line(final String packet) throws Exception {
        start("");
        final ProgramRun run = ProgramRun.of(
            "trace", "--name", "edge", "--state", state.toString(), "--from", "inside", "--packet", packet);
        assertEquals(2, run.exitCode(), run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("sallyport: --packet: "), run.err());
    }

    @Test
    void packet_comes_from_a_file() throws Exception {
        start("");
        final Path file = state.resolve("packet.txt");
        Files.writeString(file, "0000   " + HexFormat.ofDelimiter(" ").formatHex(cut(arp(HOST, "10.77.0.1"), 16)) + "\n0010   "
            + HexFormat.ofDelimiter(" ").formatHex(arp(HOST, "10.77.0.1"), 16, 32) + "\n0020   "
            + HexFormat.ofDelimiter(" ").formatHex(arp(HOST, "10.77.0.1"), 32, 42) + "\n");
        assertHas(out(ProgramRun.of("trace", "--name", "edge", "--state", state.toString(), "--from", "INSIDE", "--packet", "@" + file)),
            "answer   arp 10.77.0.1 is at 02:00:00:00:00:01 (inside)\n");
    }

    @Test
    void gateway_that_does_not_say_its_configuration_is_not_guessed_at() throws Exception {
        start("");
        final Path file = gateway.directory().resolve("config.yaml");
        Files.writeString(file, Files.readString(file).replaceFirst("process [0-9]+", "process 1"));
        final ProgramRun run = gateway.trace(Side.INSIDE, udp(HOST, 5000, SERVER, 53, 20));
        assertEquals(1, run.exitCode());
        assertEquals("sallyport: the gateway edge does not say how it is configured: it was not started by sallyport run\n", run.err());
    }
}
