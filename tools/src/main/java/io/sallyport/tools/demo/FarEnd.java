package io.sallyport.tools.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A host on the far side of the gateway, run as a program of its own in its namespace. It serves HTTP on port 80 and echoes UDP on
 * port 7:
 *
 * <pre>
 *   GET /stream?seed=S&amp;bytes=N        that many bytes of a {@link SeededStream}
 *   PUT /sink                         answers with the SHA-256 of what was sent
 *   GET /whoami                       answers with the address and port that it sees
 *   GET /rendezvous?parties=N         answers when N requests are here at once; 503 when that takes more than 20 s
 *   GET /knock?address=A&amp;port=P       opens a TCP connection and answers what became of it: open, refused, or timeout after 2 s
 * </pre>
 */
public final class FarEnd {

    /** Port of the HTTP server. */
    public static final int HTTP_PORT = 80;
    /** Port of the UDP echo (RFC 862). */
    public static final int ECHO_PORT = 7;

    private static final int KNOCK_LIMIT_MS = 2_000;
    private static final int RENDEZVOUS_LIMIT_S = 20;
    private static final int BACKLOG = 1_024;

    private final Map<Integer, CountDownLatch> rendezvous = new ConcurrentHashMap<>();

    private FarEnd() {
    }

    /**
     * Serves until it is killed; prints a line that begins with {@code ready}.
     *
     * @param arguments none
     */
    public static void main(final String[] arguments) throws IOException {
        final FarEnd farEnd = new FarEnd();
        final HttpServer server = HttpServer.create(new InetSocketAddress(HTTP_PORT), BACKLOG);
        server.createContext("/stream", guarded(farEnd::stream));
        server.createContext("/sink", guarded(farEnd::sink));
        server.createContext("/whoami", guarded(farEnd::whoAmI));
        server.createContext("/rendezvous", guarded(farEnd::meet));
        server.createContext("/knock", guarded(farEnd::knock));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        final DatagramSocket socket = new DatagramSocket(ECHO_PORT);
        Thread.ofPlatform().name("echo").start(() -> echo(socket));
        System.out.println("ready: HTTP on port " + HTTP_PORT + ", UDP echo on port " + ECHO_PORT);
    }

    private static HttpHandler guarded(final HttpHandler handler) {
        return exchange -> {
            try (exchange) {
                handler.handle(exchange);
            } catch (final IllegalArgumentException e) {
                answer(exchange, 400, String.valueOf(e.getMessage()));
            }
        };
    }

    private static void echo(final DatagramSocket socket) {
        final DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        while (true) {
            try {
                packet.setLength(packet.getData().length);
                socket.receive(packet);
                socket.send(packet);
            } catch (final IOException e) {
                // an ICMP error about an earlier answer: the next datagram counts
            }
        }
    }

    private void stream(final HttpExchange exchange) throws IOException {
        final Map<String, String> query = query(exchange);
        final long lengthBytes = Long.parseLong(query.get("bytes"));
        exchange.sendResponseHeaders(200, lengthBytes);
        new SeededStream(Long.parseLong(query.get("seed")), lengthBytes).transferTo(exchange.getResponseBody());
    }

    private void sink(final HttpExchange exchange) throws IOException {
        answer(exchange, 200, SeededStream.sha256(exchange.getRequestBody()));
    }

    private void whoAmI(final HttpExchange exchange) throws IOException {
        answer(exchange, 200, exchange.getRemoteAddress().getAddress().getHostAddress() + ":" + exchange.getRemoteAddress().getPort());
    }

    private void meet(final HttpExchange exchange) throws IOException {
        final int parties = Integer.parseInt(query(exchange).get("parties"));
        final CountDownLatch latch = rendezvous.computeIfAbsent(parties, CountDownLatch::new);
        latch.countDown();
        try {
            final boolean met = latch.await(RENDEZVOUS_LIMIT_S, TimeUnit.SECONDS);
            rendezvous.remove(parties, latch);
            answer(exchange, met ? 200 : 503, met ? "met" : latch.getCount() + " of " + parties + " are missing");
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void knock(final HttpExchange exchange) throws IOException {
        final Map<String, String> query = query(exchange);
        answer(exchange, 200, knock(new InetSocketAddress(query.get("address"), Integer.parseInt(query.get("port")))));
    }

    private static String knock(final InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address, KNOCK_LIMIT_MS);
            return "open";
        } catch (final java.net.SocketTimeoutException e) {
            return "timeout";
        } catch (final IOException e) {
            return "refused";
        }
    }

    private static Map<String, String> query(final HttpExchange exchange) {
        final String query = exchange.getRequestURI().getQuery();
        return Stream.of(query == null ? new String[0] : query.split("&")).map(part -> part.split("=", 2))
            .collect(Collectors.toMap(part -> part[0], part -> part.length > 1 ? part[1] : ""));
    }

    private static void answer(final HttpExchange exchange, final int status, final String text) throws IOException {
        final byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
