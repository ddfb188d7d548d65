package io.sallyport.tools.admin;

import com.sun.net.httpserver.Headers;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;

/**
 * What is refused whatever is asked for: all but GET and HEAD, requests with a body, and, where the listener is there for its own
 * machine only, requests for another host. A web page from elsewhere can have its name lead to 127.0.0.1 (DNS rebinding), and could read
 * here what a browser on this machine can; but its requests carry its name.
 */
final class RequestCheck {

    private static final Set<String> METHODS = Set.of("GET", "HEAD");

    private final boolean ownMachineOnly;

    /**
     * For a listener.
     *
     * @param bound the address that it listens on
     */
    RequestCheck(final InetAddress bound) {
        ownMachineOnly = bound.isLoopbackAddress();
    }

    /** The refusal, if the request gets one. */
    Optional<Answer> refusal(final String method, final Headers headers) {
        final String host = headers.getFirst("Host");
        if (ownMachineOnly && host != null && !isOwnMachine(host)) {
            return Optional.of(Answer.refusal(421, "this is served to its own machine only, as http://127.0.0.1 or http://localhost"));
        }
        if (!METHODS.contains(method)) {
            return Optional.of(Answer.refusal(405, "only GET and HEAD: nothing can be changed here"));
        }
        final String length = headers.getFirst("Content-Length");
        if (headers.containsKey("Transfer-Encoding") || length != null && !"0".equals(length)) {
            return Optional.of(Answer.refusal(413, "a request has no body here"));
        }
        return Optional.empty();
    }

    /** Whether a Host header, with or without a port, names this machine to itself. */
    private static boolean isOwnMachine(final String host) {
        final int end = host.startsWith("[") ? host.indexOf(']') : host.indexOf(':');
        final String name = host.substring(host.startsWith("[") ? 1 : 0, end < 0 ? host.length() : end);
        try {
            return "localhost".equalsIgnoreCase(name) || InetAddress.ofLiteral(name).isLoopbackAddress();
        } catch (final IllegalArgumentException notAnAddress) {
            return false;
        }
    }
}
