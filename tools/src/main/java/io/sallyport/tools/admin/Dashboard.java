package io.sallyport.tools.admin;

import io.sallyport.counter.DropReason;
import io.sallyport.tools.screen.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The dashboard: one page, styles and program in it, that asks for {@code /api/status} once a second.
 *
 * @param page   the page
 * @param policy its Content-Security-Policy: the browser runs what is in the page, by its hash, and loads nothing from anywhere else
 */
record Dashboard(byte[] page, String policy) {

    private static final String RESOURCE = "dashboard.html";
    private static final Pattern STYLE = Pattern.compile("<style>(.*?)</style>", Pattern.DOTALL);
    private static final Pattern SCRIPT = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL);

    /** Reads the page, and puts in why packets are dropped. */
    static Dashboard load() {
        try (InputStream in = Dashboard.class.getResourceAsStream(RESOURCE)) {
            final String page = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("@REASONS@", Json.print(reasons()));
            return new Dashboard(page.getBytes(StandardCharsets.UTF_8), "default-src 'none'; connect-src 'self'; img-src data:; "
                + "style-src " + hashes(STYLE, page) + "; script-src " + hashes(SCRIPT, page)
                + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        } catch (final IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Map<String, String> reasons() {
        final Map<String, String> reasons = new LinkedHashMap<>();
        for (final DropReason reason : DropReason.values()) {
            reasons.put(reason.label(), reason.explanation());
        }
        return reasons;
    }

    private static String hashes(final Pattern element, final String page) {
        return element.matcher(page).results().map(match -> "'sha256-" + sha256(match.group(1)) + "'").collect(Collectors.joining(" "));
    }

    private static String sha256(final String text) {
        try {
            return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (final NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }
}
