package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The hosts and their traffic, proved on a gateway that is known to work: the kernel's own. */
@Privileged
class KernelGatewaySystemTest {

    private static final long LENGTH_BYTES = 64L << 20;

    private static Network network;
    private static Traffic traffic;

    @BeforeAll
    static void start() {
        network = Network.create("sp-kernel");
        network.startKernelGateway();
        network.startFarEnd(Program.CLASS_PATH);
        traffic = new Traffic(network);
    }

    @AfterAll
    static void stop() {
        if (network != null) {
            network.close();
        }
    }

    @Test
    void hosts_reach_each_other_through_the_gateway() {
        traffic.ping(Network.FAR_HOST, 5, 1_000);
        assertTrue(traffic.seenAs().startsWith(Network.GATEWAY_OUTSIDE + ":"), traffic::seenAs);
        assertEquals(List.of(Network.GATEWAY_INSIDE, Network.FAR_HOST), traffic.traceRoute("-I"));
        assertEquals(Collections.nCopies(200, "met"), traffic.meet(200));
        assertEquals("refused", traffic.knock(Network.GATEWAY_OUTSIDE, 22));
    }

    @Test
    void transfers_arrive_as_they_were_sent() {
        final String expected = SeededStream.sha256(1, LENGTH_BYTES);
        assertEquals(expected, traffic.download(1, LENGTH_BYTES));
        assertEquals(expected, traffic.upload(1, LENGTH_BYTES));
        Figures.print("kernel", "TCP out", traffic.iperf());
        Figures.print("kernel", "TCP in", traffic.iperf("-R"));
        Figures.print("kernel", "UDP out", traffic.iperf("-u", "-b", "50M"));
    }
}
