package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.io.FrameBridge;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ethernet;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the backend does to interfaces, and leaves alone. */
@Tag("root")
class XdpAttachTest {

    private TestNetwork network;

    @BeforeEach
    void makeNetwork() throws Exception {
        network = TestNetwork.create();
        network.up();
    }

    @AfterEach
    void removeNetwork() throws Exception {
        if (network != null) {
            network.close();
        }
    }

    private static boolean hasProgram(final String name) throws IOException {
        return TestNetwork.run("ip", "-n", TestNetwork.G, "link", "show", name).contains("xdp");
    }

    private static String complaint(final String inside, final String outside) {
        return assertThrows(PortException.class, () -> XdpTestPorts.openPair(inside, outside, true).close()).getMessage();
    }

    private static void assertNothingLeftBehind() throws Exception {
        assertFalse(hasProgram("l0"), "program left on l0");
        assertFalse(hasProgram("w0"), "program left on w0");
        assertEquals("", TestNetwork.in(TestNetwork.G, () -> TestNetwork.run("nft", "list", "tables")), "isolation left behind");
    }

    @Test
    void closing_leaves_nothing_behind() throws Exception {
        final PortPair pair = XdpTestPorts.openPair("l0", "w0", true);
        assertTrue(hasProgram("l0"));
        assertTrue(hasProgram("w0"));
        TestNetwork.in(TestNetwork.G, () -> {
            pair.close();
            return null;
        });
        assertNothingLeftBehind();
    }

    @Test
    void a_killed_gateway_leaves_no_program_behind_and_the_next_one_starts() throws Exception {
        for (int life = 0; life < 3; life++) {
            final Process bridge =
                TestNetwork.java(TestNetwork.G, List.of(), FrameBridge.class, "xdp", "l0", "w0", "plain", "share");
            try (BufferedReader output = bridge.inputReader(StandardCharsets.UTF_8)) {
                assertEquals("ready", output.readLine());
                assertTrue(hasProgram("l0"));
            } finally {
                bridge.destroyForcibly().waitFor();
            }
            assertNothingLeftBehind();
        }
        XdpTestPorts.open().close();
    }

    @Test
    void a_program_of_somebody_elses_is_left_alone() throws Exception {
        final LinuxInterface link = TestNetwork.in(TestNetwork.G, () -> LinuxInterface.find("w0"));
        try (link; XdpProgram foreign = TestNetwork.in(TestNetwork.G, () -> XdpProgram.attach(new LinuxCalls(), link, 1))) {
            assertEquals(XdpProgram.Mode.NATIVE, foreign.mode());
            final String program = TestNetwork.run("ip", "-d", "-n", TestNetwork.G, "link", "show", "w0");
            assertEquals("interface w0 has an XDP program of somebody else's, which is left alone: detach it first"
                + " (ip link set dev w0 xdp off), or use another backend", complaint("l0", "w0"));
            assertEquals(program, TestNetwork.run("ip", "-d", "-n", TestNetwork.G, "link", "show", "w0"));
            assertFalse(hasProgram("l0"));
        }
        assertNothingLeftBehind();
    }

    @Test
    void another_interface_is_not_touched() throws Exception {
        TestNetwork.run("ip", "-n", TestNetwork.A, "link", "add", "ssh", "type", "veth", "peer", "name", "ssh", "netns", TestNetwork.G);
        for (final String namespace : List.of(TestNetwork.A, TestNetwork.G)) {
            final String address = namespace.equals(TestNetwork.A) ? "10.8.0.1/24" : "10.8.0.254/24";
            TestNetwork.run("ip", "-n", namespace, "address", "add", address, "dev", "ssh");
            TestNetwork.run("ip", "-n", namespace, "link", "set", "ssh", "up");
        }
        final String before = TestNetwork.run("ip", "-d", "-n", TestNetwork.G, "link", "show", "ssh");
        final PortPair pair = XdpTestPorts.openPair("l0", "w0", true);
        assertEquals(before, TestNetwork.run("ip", "-d", "-n", TestNetwork.G, "link", "show", "ssh"));
        TestNetwork.run("ip", "netns", "exec", TestNetwork.A, "ping", "-c", "2", "-i", "0.2", "-W", "1", "10.8.0.254");
        TestNetwork.in(TestNetwork.G, () -> {
            pair.close();
            return null;
        });
        assertEquals(before, TestNetwork.run("ip", "-d", "-n", TestNetwork.G, "link", "show", "ssh"));
    }

    @Test
    void the_kernel_sees_nothing_while_frames_are_redirected() throws Exception {
        TestNetwork.run("ip", "-n", TestNetwork.G, "address", "add", "10.9.0.254/24", "dev", "l0");
        final PortPair pair = XdpTestPorts.openPair("l0", "w0", false);
        assertEquals(1, TestNetwork.exitCode("ip", "netns", "exec", TestNetwork.A, "ping", "-c", "1", "-W", "1", "10.9.0.254"));
        final PacketBatch batch = pair.inside().newBatch(16);
        assertTrue(pair.inside().receive(batch) > 0, "the ARP request reaches the port");
        pair.close();
        assertEquals(0, TestNetwork.exitCode("ip", "netns", "exec", TestNetwork.A, "ping", "-c", "1", "-W", "1", "10.9.0.254"));
    }

    @Test
    void a_driver_without_xdp_gets_the_generic_program() throws Exception {
        TestNetwork.run("ip", "-n", TestNetwork.G, "link", "add", "br0", "type", "bridge");
        TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "l0", "master", "br0");
        TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "br0", "up");
        try (XdpTestPorts ports = XdpTestPorts.open("br0", "w0")) {
            assertEquals(XdpProgram.Mode.GENERIC, ports.inside().mode());
            assertEquals(XdpProgram.Mode.NATIVE, ports.outside().mode());
            final PacketBatch sent = PacketBatch.owning(1, 60);
            XdpTestPorts.add(sent, 60, 7);
            // a bridge takes only what is for itself
            Ethernet.addresses(sent.frames(), sent.offset(0), ports.inside().mac(), 0x0200_0000_0A01L);
            ports.hostA().transmit(sent, Side.INSIDE);
            final PacketBatch passing = ports.inside().newBatch(4);
            assertEquals(1, XdpTestPorts.receive(ports.inside(), passing));
            XdpTestPorts.forward(ports.outside(), passing, Side.OUTSIDE);
            final PacketBatch arrived = ports.hostB().newBatch(4);
            assertEquals(1, XdpTestPorts.receive(ports.hostB(), arrived));
            assertEquals(7, XdpTestPorts.number(arrived, 0));
        }
    }

    @Test
    void user_errors_are_one_clear_line() throws Exception {
        assertEquals("there is no interface \"nope0\"", complaint("nope0", "w0"));
        assertEquals("there is no interface \"nope1\"", complaint("l0", "nope1"));
        assertEquals("interface lo is not an Ethernet interface", complaint("l0", "lo"));
        TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "w0", "mtu", "9000");
        assertEquals("interface w0: its MTU of 9000 is more than the 3806 that backend xdp takes: lower it, or use another backend",
            complaint("l0", "w0"));
        assertNothingLeftBehind();
    }

    @Test
    void frames_of_three_kilobytes_pass_where_the_links_take_them() throws Exception {
        for (final String link : List.of("l0", "w0")) {
            TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", link, "mtu", "3000");
        }
        TestNetwork.run("ip", "-n", TestNetwork.A, "link", "set", "a0", "mtu", "3000");
        TestNetwork.run("ip", "-n", TestNetwork.B, "link", "set", "b0", "mtu", "3000");
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            final PacketBatch sent = PacketBatch.owning(1, 3_014);
            XdpTestPorts.add(sent, 3_014, 7);
            ports.hostA().transmit(sent, Side.INSIDE);
            final PacketBatch passing = ports.inside().newBatch(4);
            assertEquals(1, XdpTestPorts.receive(ports.inside(), passing));
            XdpTestPorts.forward(ports.outside(), passing, Side.OUTSIDE);
            assertEquals(1, XdpTestPorts.receive(ports.hostB(), ports.hostB().newBatch(4)));
        }
    }
}
