package io.sallyport.tools.admin;

import java.nio.charset.StandardCharsets;

/**
 * What a request gets.
 *
 * @param status      status code of HTTP
 * @param contentType media type of the body
 * @param policy      the Content-Security-Policy
 * @param body        the body
 */
record Answer(int status, String contentType, String policy, byte[] body) {

    /** For what is no page: a browser that shows it loads and runs nothing. */
    private static final String NOTHING = "default-src 'none'; frame-ancestors 'none'";

    /** What is not a page. */
    static Answer of(final String contentType, final byte[] body) {
        return new Answer(200, contentType, NOTHING, body);
    }

    /** A page with a policy of its own. */
    static Answer page(final String policy, final byte[] body) {
        return new Answer(200, "text/html; charset=utf-8", policy, body);
    }

    /** One line of text that says what is wrong. */
    static Answer refusal(final int status, final String line) {
        return new Answer(status, "text/plain; charset=utf-8", NOTHING, (line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the request was answered. */
    boolean isGood() {
        return status == 200;
    }
}
