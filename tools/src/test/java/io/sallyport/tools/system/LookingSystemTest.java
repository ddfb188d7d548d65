package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Counters;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.system.Ip.Endpoint;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What someone sees who looks at a gateway at work: {@code trace} and {@code top}, with the real program. */
@Privileged
class LookingSystemTest {

    private static Network network;
    private static GatewayUnderTest gateway;

    @BeforeAll
    static void start() {
        network = Network.create("sp-look");
        gateway = GatewayUnderTest.start(network, new Variant("packet", "pipeline"));
    }

    @AfterAll
    static void stop() throws Exception {
        GatewayUnderTest.closeAll(gateway, gateway, network);
    }

    @Test
    void trace_knows_the_connection_and_changes_nothing() throws IOException {
        new Traffic(network).ping(Network.FAR_HOST, 3, 56);
        final List<String> ends = connection();
        final int insideIdentifier = Integer.parseInt(ends.get(0).substring(ends.get(0).indexOf(':') + 1));
        final int publicIdentifier = Integer.parseInt(ends.get(1).substring(ends.get(1).indexOf(':') + 1));
        gateway.assertEveryPacketAccountedFor();
        final Map<String, Long> before = aboutConnections(gateway.counters());
        final Ip answer = Ip.echo(Ip.ECHO_REPLY, new Endpoint(Network.FAR_HOST, 0),
            new Endpoint(Network.GATEWAY_OUTSIDE, publicIdentifier), "abc");
        final Command.Result trace = Program.run("trace", "--state", gateway.state().toString(), "--from", "outside",
            "--packet", HexFormat.ofDelimiter(":").formatHex(answer.bytes()));
        assertEquals(0, trace.exitCode(), trace::toString);
        assertEquals("", trace.err());
        assertTrue(trace.out().contains("look-up  its connection is there\n"), trace.out());
        assertTrue(trace.out().contains(
            "becomes  icmp " + Network.FAR_HOST + " > " + Network.INSIDE_HOST + " echo reply id " + insideIdentifier + "\n"), trace.out());
        assertEquals(before, aboutConnections(gateway.counters()));
    }

    /** Without what hosts and gateway say unasked: IPv6 neighbour discovery, ARP announcements. */
    private static Map<String, Long> aboutConnections(final Counters counters) {
        final Map<String, Long> values = new TreeMap<>(counters.values());
        values.keySet().removeIf(name -> name.matches("(packets|bytes)In.*|droppedPacketsTotal\\.ipv6|originatedArpTotal"));
        return values;
    }

    /** Inside and public end of the one ICMP connection. */
    private static List<String> connection() throws IOException {
        final Map<String, Object> json = JSON.std.mapFrom(
            Program.run("connections", "--state", gateway.state() + "/", "--protocol", "icmp", "--json").orThrow().out());
        final Map<?, ?> connection = (Map<?, ?>) ((List<?>) json.get("connections")).getFirst();
        return List.of((String) connection.get("inside"), (String) connection.get("public"));
    }

    @Test
    void top_stays_open_through_a_restart_and_leaves_the_terminal_as_it_was() {
        new Traffic(network).ping(Network.FAR_HOST, 3, 56);
        try (Screen screen = Screen.open(80, 24)) {
            final String settings = screen.settings();
            final String top = String.join(" ", Program.words("top", "--interval", "200ms", "--state", gateway.state().toString()));
            screen.enter(top);
            final String shown = screen.await(text -> text.contains("sallyport default: ready, up"), "screen");
            assertTrue(shown.contains("destination") && shown.contains(Network.INSIDE_HOST) && shown.contains("198.51.100.1  "), shown);
            assertTrue(shown.stripTrailing().lines().toList().getLast().startsWith("q quit   p pause   s hosts by connections"), shown);
            assertFalse(shown.contains("prompt>"), "the other screen");
            screen.press("s");
            screen.await(text -> text.contains("s hosts by ports"), "other order");
            screen.press("?");
            screen.await(text -> text.contains("draw the screen anew"), "help");
            screen.press("?");
            screen.resize(100, 40);
            screen.await(text -> text.stripTrailing().lines().count() == 40 && text.contains("sallyport default"), "larger screen");
            gateway.process().kill();
            screen.await(text -> text.contains("gateway stopped, waiting for it to come back"), "end of the gateway");
            gateway.restart();
            screen.await(text -> text.contains("sallyport default: ready, up"), "new gateway");
            screen.press("q");
            assertRestored(screen, settings);
            screen.enter(top);
            screen.await(text -> text.contains("sallyport default: ready, up"), "screen");
            screen.press("C-c");
            assertRestored(screen, settings);
            screen.enter(top);
            screen.await(text -> text.contains("sallyport default: ready, up"), "screen");
            screen.program().destroy();
            assertRestored(screen, settings);
        }
    }

    private static void assertRestored(final Screen screen, final String settings) {
        final String text = screen.await(shown -> shown.stripTrailing().endsWith("prompt>"), "prompt");
        assertFalse(text.contains("packets/s"), text);
        assertEquals(settings.replaceAll("(rows|columns) [0-9]+", ""), screen.settings().replaceAll("(rows|columns) [0-9]+", ""));
        screen.enter("echo exit $?");
        screen.await(shown -> shown.contains("exit 0"), "exit code");
        screen.enter("clear");
        screen.await(shown -> shown.strip().equals("prompt>"), "clear screen");
    }
}
