package io.sallyport.tools.system;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.CommandException;
import io.sallyport.tools.demo.Namespace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Chromium without a window, on a host of a test's network. It is driven by the DevTools protocol through its standard input and output
 * (JSON, each message ended by a zero byte): through a port it could not be, because this process is not in its namespace.
 */
final class Browser implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
        + "--disable-background-networking --disable-component-update --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe";

    private final Process process;
    private final Path log;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Map<?, ?>>> pending = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private String session;

    private Browser(final Process process, final Path log) {
        this.process = process;
        this.log = log;
        Thread.ofVirtual().start(this::read);
    }

    /**
     * Starts it with an empty page.
     *
     * @param directory receives its profile and its log
     */
    static Browser start(final Namespace host, final Path directory) throws IOException {
        final Path log = directory.resolve("chromium.log");
        final Process process = new ProcessBuilder(host.command("sh", "-c", "TMPDIR=\"$0\" exec chromium " + FLAGS
            + " --user-data-dir=\"$0/profile\" 3<&0 4>&1 < /dev/null > \"$1\" 2>&1", directory.toString(), log.toString())).start();
        final Browser browser = new Browser(process, log);
        try {
            final Object target = browser.call("Target.createTarget", Map.of("url", "about:blank")).get("targetId");
            browser.session = browser.call("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId").toString();
            for (final String domain : List.of("Page", "Runtime", "Log")) {
                browser.call(domain + ".enable", Map.of());
            }
            return browser;
        } catch (final RuntimeException e) {
            browser.close();
            throw e;
        }
    }

    /** Makes the window so large, and has the user like light or dark pages. */
    void show(final int width, final int height, final String colorScheme) {
        call("Emulation.setDeviceMetricsOverride", Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
    }

    /** Opens a page. */
    void open(final String url) {
        call("Page.navigate", Map.of("url", url));
        await("document.readyState === 'complete' && location.href.startsWith('http')");
    }

    /** What an expression of JavaScript is in the page. */
    Object evaluate(final String expression) {
        final Map<?, ?> answer = call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (answer.get("exceptionDetails") != null) {
            throw new CommandException(expression + ": " + answer.get("exceptionDetails"));
        }
        return ((Map<?, ?>) answer.get("result")).get("value");
    }

    /** Waits a minute at most until a condition holds in the page. */
    void await(final String condition) {
        await(condition, LIMIT);
    }

    /** Waits until a condition holds in the page. */
    void await(final String condition, final Duration limit) {
        final long deadlineNs = System.nanoTime() + limit.toNanos();
        while (!Boolean.TRUE.equals(evaluate("new Promise(done => setTimeout(() => done(Boolean(" + condition + ")), 50))"))) {
            if (System.nanoTime() > deadlineNs) {
                throw new CommandException("never: " + condition + "\n" + evaluate("document.body.innerText"));
            }
        }
    }

    /** What went wrong in the page: errors and warnings of its console, exceptions, what could not be loaded. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** A picture of the whole page, as PNG. */
    byte[] picture() {
        final Map<?, ?> answer = call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
        return Base64.getDecoder().decode(answer.get("data").toString());
    }

    private Map<?, ?> call(final String method, final Map<String, Object> parameters) {
        final int id = lastId.incrementAndGet();
        final Map<String, Object> message = new LinkedHashMap<>(Map.of("id", id, "method", method, "params", parameters));
        if (session != null) {
            message.put("sessionId", session);
        }
        final CompletableFuture<Map<?, ?>> answer = new CompletableFuture<>();
        pending.put(id, answer);
        try {
            final OutputStream out = process.getOutputStream();
            synchronized (out) {
                out.write(JSON.std.asBytes(message));
                out.write(0);
                out.flush();
            }
            final Map<?, ?> response = answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (response.get("error") != null) {
                throw new CommandException(method + ": " + response.get("error"));
            }
            return (Map<?, ?>) response.get("result");
        } catch (final IOException e) {
            throw new UncheckedIOException("chromium has ended, see " + log, e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(method + ": interrupted", e);
        } catch (final java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new CommandException(method + ": no answer from chromium, see " + log, e);
        }
    }

    private void read() {
        try (InputStream in = process.getInputStream()) {
            final ByteArrayOutputStream message = new ByteArrayOutputStream();
            final byte[] bytes = new byte[1 << 16];
            for (int length = in.read(bytes); length > 0; length = in.read(bytes)) {
                for (int i = 0; i < length; i++) {
                    if (bytes[i] != 0) {
                        message.write(bytes[i]);
                    } else {
                        receive(JSON.std.mapFrom(message.toString(StandardCharsets.UTF_8)));
                        message.reset();
                    }
                }
            }
        } catch (final IOException closed) {
            // it ends like this
        }
        pending.values().forEach(answer -> answer.completeExceptionally(new IOException("chromium has ended")));
    }

    private void receive(final Map<String, Object> message) {
        if (message.get("id") instanceof final Integer id) {
            pending.remove(id).complete(message);
            return;
        }
        final Map<?, ?> parameters = (Map<?, ?>) message.get("params");
        switch (message.get("method").toString()) {
            case "Runtime.exceptionThrown" -> complaints.add(parameters.toString());
            case "Log.entryAdded" -> complaints.add(((Map<?, ?>) parameters.get("entry")).get("text").toString());
            case "Runtime.consoleAPICalled" -> complaints.add(parameters.get("type") + ": " + parameters.get("args"));
            default -> {
                // of no interest
            }
        }
    }

    @Override
    public void close() {
        final List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
