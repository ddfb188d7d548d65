package io.sallyport.tools.admin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.sallyport.tools.screen.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Answers the requests of the listener. Each may come on a thread of its own. */
final class AdminHandler implements HttpHandler {

    private static final Logger LOGGER = System.getLogger(AdminHandler.class.getName());
    /** Who asks beyond the budget waits for the refusal, so that asking again and again costs little here, too. */
    private static final long REFUSAL_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final RequestCheck check;
    private final RequestBudget budget = new RequestBudget(System.nanoTime());
    private final GatewayView gateway;
    private final Dashboard dashboard = Dashboard.load();
    private final Rendering status;
    private final Rendering text;
    private final Rendering openMetrics;

    /**
     * For a listener.
     *
     * @param bound   the address that it listens on
     * @param gateway the gateway that it tells of
     */
    AdminHandler(final InetAddress bound, final GatewayView gateway) {
        check = new RequestCheck(bound);
        this.gateway = gateway;
        status = new Rendering(look -> Json.print(StatusDocument.of(look)).getBytes(StandardCharsets.UTF_8));
        text = new Rendering(look -> bytes(MetricsFormat.TEXT, look));
        openMetrics = new Rendering(look -> bytes(MetricsFormat.OPEN_METRICS, look));
    }

    @Override
    public void handle(final HttpExchange exchange) throws IOException {
        try (exchange) {
            send(exchange, answer(exchange));
        } catch (final IOException | RuntimeException failure) {
            LOGGER.log(Level.DEBUG, "a request was not answered", failure);
            throw failure;
        }
    }

    private Answer answer(final HttpExchange exchange) {
        final Optional<Answer> refusal = check.refusal(exchange.getRequestMethod(), exchange.getRequestHeaders());
        if (refusal.isPresent()) {
            return refusal.get();
        }
        if (!budget.take(System.nanoTime())) {
            LockSupport.parkNanos(REFUSAL_DELAY_NS);
            return Answer.refusal(503, "more than " + RequestBudget.PER_SECOND + " requests a second");
        }
        try {
            return answer(exchange.getRequestURI().getPath(), exchange.getRequestHeaders().getFirst("Accept"));
        } catch (final IOException | RuntimeException failure) {
            LOGGER.log(Level.WARNING, "admin.listen: " + exchange.getRequestURI().getPath(), failure);
            return Answer.refusal(500, "the gateway's state cannot be read: " + failure.getMessage());
        }
    }

    private Answer answer(final String path, final String accept) throws IOException {
        return switch (path) {
            case "/" -> Answer.page(dashboard.policy(), dashboard.page());
            case "/api/status" -> Answer.of("application/json", status.of(gateway.look()));
            case "/metrics" -> MetricsFormat.OPEN_METRICS.isAcceptedBy(accept)
                ? Answer.of(MetricsFormat.OPEN_METRICS.contentType(), openMetrics.of(gateway.look()))
                : Answer.of(MetricsFormat.TEXT.contentType(), text.of(gateway.look()));
            default -> Answer.refusal(404, "there are /, /metrics and /api/status");
        };
    }

    private static void send(final HttpExchange exchange, final Answer answer) throws IOException {
        final Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", answer.contentType());
        headers.set("Content-Security-Policy", answer.policy());
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cache-Control", "no-store");
        if (answer.status() == 405) {
            headers.set("Allow", "GET, HEAD");
        }
        if (!answer.isGood()) {
            headers.set("Connection", "close");
        }
        if ("HEAD".equals(exchange.getRequestMethod())) {
            headers.set("Content-Length", Integer.toString(answer.body().length));
            exchange.sendResponseHeaders(answer.status(), -1);
        } else {
            exchange.sendResponseHeaders(answer.status(), answer.body().length);
            exchange.getResponseBody().write(answer.body());
        }
    }

    private static byte[] bytes(final MetricsFormat format, final GatewayLook look) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream(32 * 1024);
        format.write(bytes, GatewayMetrics.of(look));
        return bytes.toByteArray();
    }
}
