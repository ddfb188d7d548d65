package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A gateway that ends, by accident or on purpose. */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("io.sallyport.tools.system.Variant#all")
class RestartSystemTest {

    private static final long LENGTH_BYTES = 256L << 20;
    private static final long FIRST_PART_BYTES = 16L << 20;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @Parameter
    private Variant variant;

    private Network network;
    private GatewayUnderTest gateway;

    @BeforeEach
    void start() {
        network = Network.create("sp-restart");
        network.startFarEnd(Program.CLASS_PATH);
        gateway = GatewayUnderTest.start(network, variant);
    }

    @AfterEach
    void stop() {
        gateway.close();
        network.close();
    }

    @Test
    void a_download_outlives_a_killed_gateway() throws Exception {
        final CountDownLatch underWay = new CountDownLatch(1);
        final CompletableFuture<String> download = CompletableFuture.supplyAsync(() -> Command.read(LIMIT,
            network.inside().command("curl", "-sS", "--limit-rate", "100M",
                "http://" + Network.FAR_HOST + "/stream?seed=7&bytes=" + LENGTH_BYTES),
            stream -> SeededStream.sha256(new Milestone(stream, FIRST_PART_BYTES, underWay))));
        assertTrue(underWay.await(LIMIT.toSeconds(), TimeUnit.SECONDS));
        gateway.process().kill();
        assertFalse(download.isDone(), "the download was over before the gateway was killed: nothing tested");
        gateway.restart();
        assertEquals(SeededStream.sha256(7, LENGTH_BYTES), download.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
        gateway.assertEveryPacketAccountedFor();
    }

    @Test
    void a_gateway_that_is_asked_to_stop_leaves_nothing_behind() {
        new Traffic(network).ping(Network.FAR_HOST, 3, 56);
        gateway.assertEveryPacketAccountedFor();
        assertTrue(network.gateway().run("nft", "list", "ruleset").out().contains("ingress"), "the kernel was kept out");
        assertEquals(0, gateway.process().stop(), () -> gateway.process().err());
        assertNothingLeftBehind();
        final Command.Result counters = Program.run("counters", "--state", gateway.state().toString());
        assertEquals(3, counters.exitCode(), counters::toString);
        assertEquals(List.of("sallyport: "), counters.err().lines().map(line -> line.substring(0, 11)).toList());
    }

    @Test
    void what_a_killed_gateway_left_behind_does_not_disturb_the_next() {
        gateway.process().kill();
        assertFalse(hasXdpProgram(), "it goes with the process");
        assertTrue(network.gateway().run("nft", "list", "ruleset").out().contains("ingress"), "the kernel is kept out until the next one");
        gateway.restart();
        assertEquals("xdp".equals(variant.backend()), hasXdpProgram());
        new Traffic(network).ping(Network.FAR_HOST, 3, 56);
        assertEquals(0, gateway.process().stop(), () -> gateway.process().err());
        assertNothingLeftBehind();
    }

    private boolean hasXdpProgram() {
        return network.gateway().run("ip", "link").out().contains("xdp");
    }

    private void assertNothingLeftBehind() {
        assertEquals("", network.gateway().run("nft", "list", "ruleset").out());
        assertFalse(hasXdpProgram(), "an XDP program");
    }
}
