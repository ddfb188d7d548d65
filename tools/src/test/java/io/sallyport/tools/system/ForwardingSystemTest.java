package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Namespace;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The main job: hosts inside reach hosts outside, and each packet is accounted for. */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("io.sallyport.tools.system.Variant#all")
class ForwardingSystemTest {

    private static final long GIBIBYTE = 1L << 30;
    private static final long SEED = 20_240_229;
    private static final int PARALLEL_CONNECTIONS = 200;
    private static final double TOLERATED_LOSS_PERCENT = 1;

    private static Network network;
    private static GatewayUnderTest gateway;
    private static Traffic traffic;
    private static String gibibyteSha256;

    @Parameter
    private Variant variant;

    @BeforeParameterizedClassInvocation
    static void start(final Variant started) {
        gateway = null;
        network = null;
        if (!Program.isRoot()) {
            return;
        }
        network = Network.create("sp-forward");
        network.startFarEnd(Program.CLASS_PATH);
        gateway = GatewayUnderTest.start(network, started);
        traffic = new Traffic(network);
        if (gibibyteSha256 == null) {
            gibibyteSha256 = SeededStream.sha256(SEED, GIBIBYTE);
        }
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        if (gateway != null) {
            gateway.close();
        }
        if (network != null) {
            network.close();
        }
    }

    @AfterEach
    void every_packet_is_accounted_for() {
        gateway.assertEveryPacketAccountedFor();
    }

    @Test
    void the_ready_line_says_what_runs() {
        for (final String word : List.of(Network.INSIDE_INTERFACE, Network.OUTSIDE_INTERFACE, variant.backend(), variant.threading(),
            "ms")) {
            assertTrue(gateway.readyLine().contains(word), gateway::readyLine);
        }
        assertEquals(gateway.readyLine(), gateway.process().out().strip(), "nothing else on stdout");
    }

    @Test
    void ping_reaches_hosts_on_the_link_and_behind_it() {
        traffic.ping(Network.OUTSIDE_HOST, 10, 56);
        traffic.ping(Network.FAR_HOST, 10, 1_472);
        traffic.ping(Network.FAR_HOST, 2, 0);
    }

    @Test
    void ping_to_the_gateway_is_answered_once() {
        traffic.ping(Network.GATEWAY_INSIDE, 10, 56);
    }

    @Test
    void a_gibibyte_comes_down_as_it_was_sent() {
        assertEquals(gibibyteSha256, traffic.download(SEED, GIBIBYTE));
    }

    @Test
    void a_gibibyte_goes_up_as_it_was_sent() {
        assertEquals(gibibyteSha256, traffic.upload(SEED, GIBIBYTE));
    }

    @Test
    void iperf_runs_both_ways() {
        Figures.print(variant.toString(), "TCP out", traffic.iperf());
        Figures.print(variant.toString(), "TCP in", traffic.iperf("-R"));
        assertDatagramsArrive("UDP out", network.outside(), "-u", "-b", "20M");
        assertDatagramsArrive("UDP in", network.inside(), "-u", "-b", "20M", "-R");
    }

    /** What the receiver's own socket had no room for, on a machine that is busy with much else, is not the gateway's loss. */
    private void assertDatagramsArrive(final String what, final Namespace receiver, final String... options) {
        final long overflowsBefore = Traffic.socketOverflows(receiver);
        final Map<?, ?> end = traffic.iperf(options);
        final long overflows = Traffic.socketOverflows(receiver) - overflowsBefore;
        Figures.print(variant.toString(), what, end);
        final Map<?, ?> sum = (Map<?, ?>) end.get("sum");
        final double lost = ((Number) sum.get("lost_packets")).doubleValue() - overflows;
        final double lostPercent = 100 * lost / ((Number) sum.get("packets")).doubleValue();
        assertTrue(lostPercent <= TOLERATED_LOSS_PERCENT, () -> lostPercent + " % lost, the socket's " + overflows + " overflows apart");
    }

    @Test
    void two_hundred_connections_are_open_at_once() {
        final long before = gateway.counters().value("connectionsEstablishedTotal.tcp");
        assertEquals(Collections.nCopies(PARALLEL_CONNECTIONS, "met"), traffic.meet(PARALLEL_CONNECTIONS));
        assertEquals(before + PARALLEL_CONNECTIONS, gateway.counters().value("connectionsEstablishedTotal.tcp"));
    }

    @Test
    void the_outside_sees_the_public_address_only() {
        final String seen = traffic.seenAs();
        assertTrue(seen.startsWith(Network.GATEWAY_OUTSIDE + ":"), seen);
        assertTrue(Integer.parseInt(seen.substring(seen.indexOf(':') + 1)) >= 1_024, seen);
    }

    @Test
    void traceroute_shows_the_gateway() {
        assertEquals(List.of(Network.GATEWAY_INSIDE, Network.FAR_HOST), traffic.traceRoute("-I"));
        assertEquals(List.of(Network.GATEWAY_INSIDE, Network.FAR_HOST), traffic.traceRoute());
    }

    @Test
    void an_attempt_from_outside_gets_no_answer_and_is_counted() {
        final long before = gateway.counters().drops("unsolicited");
        assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, 40_022));
        assertTrue(gateway.counters().drops("unsolicited") >= before + 2, "the SYN and its repetition");
    }

    @Test
    void a_stranger_cannot_use_a_mapping() {
        final String seen = traffic.seenAs();
        assertEquals("timeout", traffic.knock(Network.GATEWAY_OUTSIDE, Integer.parseInt(seen.substring(seen.indexOf(':') + 1))));
    }
}
