package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class IsolationTest {

    @Test
    void table_names_are_identifiers_and_differ_when_the_interfaces_do() {
        assertEquals("sallyport_eth0", Isolation.tableName("eth0"));
        assertEquals("sallyport_eth0_2e100", Isolation.tableName("eth0.100"));
        assertEquals("sallyport_br_2dlan", Isolation.tableName("br-lan"));
        assertEquals("sallyport_a_5fb", Isolation.tableName("a_b"));
        assertEquals("sallyport__c3_a9", Isolation.tableName("\u00e9"));
    }

    /** Whether the kernel of the gateway's namespace answers host a, which asks by ARP and ping. */
    private static boolean kernelAnswers() throws Exception {
        TestNetwork.run("ip", "-n", TestNetwork.A, "neighbour", "flush", "all");
        return TestNetwork.exitCode("ip", "netns", "exec", TestNetwork.A, "ping", "-c", "1", "-W", "1", "10.9.0.254") == 0;
    }

    @Test
    @Tag("root")
    void the_kernel_answers_nothing_while_frames_still_arrive() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.up();
            TestNetwork.run("ip", "-n", TestNetwork.G, "address", "add", "10.9.0.254/24", "dev", "l0");
            assertTrue(kernelAnswers(), "without isolation");
            final AfPacketPort port = TestNetwork.in(TestNetwork.G, () -> AfPacketPort.open(new Settings("l0", true, true)));
            assertFalse(kernelAnswers(), "with isolation");
            final PacketBatch batch = port.newBatch(16);
            assertNotEquals(0, port.receive(batch), "the ARP request still reaches the port");
            TestNetwork.in(TestNetwork.G, () -> {
                port.close();
                return null;
            });
            assertTrue(kernelAnswers(), "closing takes it away");
        }
    }

    @Test
    @Tag("root")
    void setting_up_again_replaces_what_a_killed_gateway_left() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.up();
            final int tables = TestNetwork.in(TestNetwork.G, () -> {
                Isolation.of("l0");
                final Isolation second = Isolation.of("l0");
                final int before = TestNetwork.run("nft", "list", "tables").split("sallyport_l0", -1).length - 1;
                assertEquals(1, TestNetwork.run("nft", "list", "ruleset").split("policy drop", -1).length - 1);
                second.close();
                second.close();
                return before * 10 + TestNetwork.run("nft", "list", "tables").split("sallyport", -1).length - 1;
            });
            assertEquals(10, tables);
        }
    }

    @Test
    @Tag("root")
    void a_refusal_of_nft_is_one_line() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.up();
            final PortException e = assertThrows(PortException.class,
                () -> TestNetwork.in(TestNetwork.G, () -> Isolation.of("a\"b")));
            assertTrue(e.getMessage().startsWith("cannot isolate a\"b from the kernel's stack: nft: "), e.getMessage());
            assertEquals(1, e.getMessage().lines().count());
        }
    }
}
