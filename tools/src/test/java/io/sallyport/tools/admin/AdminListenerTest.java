package io.sallyport.tools.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The listener, as clients know it. */
@Timeout(60)
class AdminListenerTest {

    @TempDir
    private Path directory;

    private CommandControlFile gateway;
    private AdminListener listener;
    private HttpClient client;

    @BeforeEach
    void start() throws IOException {
        gateway = PretendedGateway.start(directory);
        listener = AdminListener.bind("127.0.0.1:" + freePort());
        listener.serve(directory);
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10)).build();
    }

    @AfterEach
    void stop() {
        client.close();
        listener.close();
        gateway.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private HttpRequest.Builder request(final String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.address().getPort() + path))
            .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> get(final String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    @Test
    void metricsInTheFormatThatIsAskedFor() throws Exception {
        final HttpResponse<String> text = get("/metrics");
        assertEquals(200, text.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", text.headers().firstValue("Content-Type").orElseThrow());
        assertEquals(250, Exposition.parse(text.body()).value("sallyport_active_connections", Map.of("protocol", "udp")));
        final HttpResponse<String> open = client.send(
            request("/metrics").header("Accept", "application/openmetrics-text; version=1.0.0").build(), BodyHandlers.ofString());
        assertTrue(open.headers().firstValue("Content-Type").orElseThrow().startsWith("application/openmetrics-text; version=1.0.0"));
        assertTrue(open.body().endsWith("# EOF\n"), open.body());
    }

    @Test
    void statusHasTheWordsOfTheMetrics() throws Exception {
        gateway.latency().record(1_500, 3);
        final HttpResponse<String> response = get("/api/status");
        assertEquals("application/json", response.headers().firstValue("Content-Type").orElseThrow());
        final Map<String, Object> status = JSON.std.mapFrom(response.body());
        assertEquals("edge", status.get("name"));
        assertEquals("ready", status.get("state"));
        assertEquals(4_000_000_000_007L, status.get("packetsInFromSourceTotal"));
        assertEquals(250, ((Map<?, ?>) status.get("activeConnections")).get("udp"));
        assertEquals(60, ((Map<?, ?>) status.get("droppedPacketsTotal")).get("unsolicited"));
        final List<?> ports = (List<?>) status.get("portUse");
        assertEquals(List.of("tcp", "udp", "icmp"), ports.stream().map(use -> ((Map<?, ?>) use).get("protocol")).toList());
        assertEquals("198.51.100.1", ((Map<?, ?>) ports.getFirst()).get("publicAddress"));
        final Map<?, ?> latency = (Map<?, ?>) status.get("translationLatencySeconds");
        assertEquals(3, latency.get("count"));
        assertEquals(1.5e-6, (double) latency.get("p99"), 5e-8);
        final Map<?, ?> histogram = (Map<?, ?>) status.get("translationLatencyHistogram");
        assertEquals(List.of(0, 0, 0, 3), ((List<?>) histogram.get("counts")).subList(0, 4));
        assertEquals(List.of(1e-6, 1.2e-6, 1.5e-6, 1.8e-6), ((List<?>) histogram.get("atMost")).subList(0, 4));
        assertEquals(72, ((List<?>) histogram.get("counts")).size());
    }

    @Test
    void statusIsNewWhenTheGatewayIs() throws Exception {
        final long before = ((Number) JSON.std.mapFrom(get("/api/status").body()).get("packetsInFromSourceTotal")).longValue();
        gateway.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 5);
        long after = before;
        while (after == before) {
            final HttpResponse<String> response = get("/api/status");
            after = response.statusCode() == 503 ? before
                : ((Number) JSON.std.mapFrom(response.body()).get("packetsInFromSourceTotal")).longValue();
        }
        assertEquals(before + 5, after);
    }

    @Test
    void pageLoadsNothingFromElsewhere() throws Exception {
        final HttpResponse<String> page = get("/");
        assertEquals("text/html; charset=utf-8", page.headers().firstValue("Content-Type").orElseThrow());
        final String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
        assertTrue(policy.startsWith("default-src 'none'; connect-src 'self'; ") && !policy.contains("unsafe"), policy);
        assertFalse(page.body().replace("http://www.w3.org/2000/svg", "").contains("://"), "an address in the page");
        assertFalse(page.body().contains("@REASONS@"));
        for (final DropReason reason : DropReason.values()) {
            assertTrue(page.body().contains(reason.explanation()), reason.label());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metrics", "/api/status", "/none"})
    void everyAnswerForbidsWhatBrowsersMayGuessOrShare(final String path) throws Exception {
        final HttpResponse<String> response = get(path);
        assertEquals("/none".equals(path) ? 404 : 200, response.statusCode());
        assertEquals("nosniff", response.headers().firstValue("X-Content-Type-Options").orElseThrow());
        assertEquals("same-origin", response.headers().firstValue("Cross-Origin-Resource-Policy").orElseThrow());
        assertEquals("no-store", response.headers().firstValue("Cache-Control").orElseThrow());
        assertTrue(response.headers().firstValue("Content-Security-Policy").orElseThrow().contains("frame-ancestors 'none'"));
        assertTrue(response.headers().firstValue("Access-Control-Allow-Origin").isEmpty());
    }

    @Test
    void headIsGetWithoutTheBody() throws Exception {
        final HttpResponse<String> head = client.send(request("/").HEAD().build(), BodyHandlers.ofString());
        assertEquals(200, head.statusCode());
        assertEquals("", head.body());
        final int length = get("/").body().getBytes(StandardCharsets.UTF_8).length;
        assertEquals(length, head.headers().firstValueAsLong("Content-Length").orElseThrow());
    }

    @Test
    void nothingIsChanged() throws Exception {
        final HttpResponse<String> post = client.send(
            request("/api/status").POST(BodyPublishers.ofString("{}")).build(), BodyHandlers.ofString());
        assertEquals(405, post.statusCode());
        assertEquals("GET, HEAD", post.headers().firstValue("Allow").orElseThrow());
    }

    @Test
    void anotherHostsNameIsRefused() throws IOException {
        assertTrue(raw("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").startsWith("HTTP/1.1 421 "));
        assertTrue(raw("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").startsWith("HTTP/1.1 200 "));
    }

    @Test
    void requestThatIsTooLongGetsNoMemory() throws IOException {
        assertEquals("", raw("GET / HTTP/1.1\r\nX: " + "x".repeat(20_000) + "\r\n\r\n"));
    }

    @Test
    void slowRequestIsCutOff() throws Exception {
        final List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            final Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort());
            socket.getOutputStream().write("GET / HT".getBytes(StandardCharsets.US_ASCII));
            slow.add(socket);
        }
        assertEquals(200, get("/metrics").statusCode(), "others wait for the slow ones' end only");
        for (final Socket socket : slow) {
            socket.setSoTimeout(10_000);
            assertEquals(-1, endOf(socket));
            socket.close();
        }
    }

    @Test
    void floodIsRefusedAndTheNextRequestAnswered() throws Exception {
        final List<CompletableFuture<List<Integer>>> flood = IntStream.range(0, 8)
            .mapToObj(client -> CompletableFuture.supplyAsync(() -> IntStream.range(0, 15).mapToObj(i -> statusOf("/api/status")).toList()))
            .toList();
        final Map<Integer, Long> statuses = flood.stream().flatMap(client -> client.join().stream())
            .collect(Collectors.groupingBy(status -> status, Collectors.counting()));
        assertTrue(statuses.containsKey(503), statuses::toString);
        assertTrue(statuses.get(200) >= RequestBudget.BURST, statuses::toString);
        int status = 503;
        while (status != 200) {
            status = statusOf("/metrics");
        }
        assertEquals(200, status);
    }

    /** 0 when the connection was cut. */
    private int statusOf(final String path) {
        try {
            return get(path).statusCode();
        } catch (final IOException cut) {
            return 0;
        } catch (final InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void portThatIsTakenIsOneLine() {
        final String listen = "127.0.0.1:" + listener.address().getPort();
        final IOException taken = assertThrows(IOException.class, () -> AdminListener.bind(listen));
        assertEquals("admin.listen: cannot listen on " + listen + ": Address already in use", taken.getMessage());
    }

    @Test
    void addressThatIsNotThisMachinesIsOneLine() {
        final IOException foreign = assertThrows(IOException.class, () -> AdminListener.bind("198.51.100.77:9479"));
        assertEquals("admin.listen: cannot listen on 198.51.100.77:9479: Cannot assign requested address", foreign.getMessage());
    }

    private String raw(final String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (final java.net.SocketException reset) {
            return "";
        }
    }

    private static int endOf(final Socket socket) throws IOException {
        try {
            return socket.getInputStream().read();
        } catch (final java.net.SocketException reset) {
            return -1;
        }
    }
}
