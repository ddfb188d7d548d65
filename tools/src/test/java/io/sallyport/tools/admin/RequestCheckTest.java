package io.sallyport.tools.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.Headers;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestCheckTest {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress EVERYWHERE = InetAddress.ofLiteral("0.0.0.0");

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:9479, 200", "127.0.0.1, 200", "localhost:9479, 200", "LOCALHOST, 200", "[::1]:9479, 200", "127.8.8.8:1, 200",
        "evil.example:9479, 421", "localhost.evil.example, 421", "127.0.0.1.evil.example, 421", "10.0.0.1:9479, 421", "[::2], 421",
        "'', 421", "[, 421", "0.0.0.0, 421"})
    void onLoopbackOnlyItsOwnNamesAreServed(final String host, final int status) {
        assertEquals(status, status(LOOPBACK, "GET", Map.of("Host", List.of(host))));
        assertEquals(200, status(EVERYWHERE, "GET", Map.of("Host", List.of(host))));
    }

    @ParameterizedTest
    @CsvSource({"GET, 200", "HEAD, 200", "POST, 405", "PUT, 405", "DELETE, 405", "OPTIONS, 405", "get, 405"})
    void onlyReading(final String method, final int status) {
        assertEquals(status, status(LOOPBACK, method, Map.of()));
    }

    @Test
    void noBodies() {
        assertEquals(413, status(LOOPBACK, "GET", Map.of("Content-Length", List.of("1"))));
        assertEquals(413, status(LOOPBACK, "GET", Map.of("Transfer-Encoding", List.of("chunked"))));
        assertEquals(200, status(LOOPBACK, "GET", Map.of("Content-Length", List.of("0"))));
    }

    private static int status(final InetAddress bound, final String method, final Map<String, List<String>> headers) {
        return new RequestCheck(bound).refusal(method, Headers.of(headers)).map(Answer::status).orElse(200);
    }
}
