package io.sallyport.tools.admin;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The HTTP listener: {@code /metrics}, {@code /api/status} and the dashboard at {@code /}.
 *
 * <p>What it may cost is bounded, whoever asks: a few threads that give way to all others, a few connections, little time and memory for
 * each request, and so many answers a second ({@link RequestBudget}). It is bound before the gateway starts, so that a port that is taken
 * stops the start before anything is touched, and serves once the gateway forwards: connections that come before wait in the kernel.
 */
public final class AdminListener implements AutoCloseable {

    private static final Logger LOGGER = System.getLogger(AdminListener.class.getName());
    private static final int THREADS = 8;
    /** Each has some 30 KB of the heap as long as it is open. */
    private static final int CONNECTIONS = 32;
    private static final int BACKLOG = 32;
    private static final long IDLE_THREAD_SECONDS = 30;

    /** The server's own limits, which it knows as system properties only; times in seconds. What the operator has set stands. */
    private static final Map<String, String> SERVER_LIMITS = Map.of(
        "jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS),
        "sun.net.httpserver.maxIdleConnections", "16",
        "sun.net.httpserver.idleInterval", "30",
        "sun.net.httpserver.maxReqTime", "2",
        "sun.net.httpserver.maxRspTime", "10",
        "sun.net.httpserver.maxReqHeaders", "64",
        "sun.net.httpserver.maxReqHeaderSize", "16384",
        "sun.net.httpserver.drainAmount", "0",
        "sun.net.httpserver.nodelay", "true");

    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private Thread starter;

    private AdminListener(final HttpServer server) {
        this.server = server;
        threads = new ThreadPoolExecutor(THREADS, THREADS, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(CONNECTIONS),
            humbleThreads());
        threads.allowCoreThreadTimeOut(true);
        server.setExecutor(threads);
    }

    /**
     * Takes the port.
     *
     * @param listen address and port, as the configuration has them; the address is numeric
     * @throws IOException with one line for the user, when the port cannot be had
     */
    public static AdminListener bind(final String listen) throws IOException {
        SERVER_LIMITS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        try {
            final InetSocketAddress address = address(listen);
            final AdminListener listener = new AdminListener(HttpServer.create(address, BACKLOG));
            if (!address.getAddress().isLoopbackAddress()) {
                LOGGER.log(Level.WARNING, "admin.listen: who can reach {0} can read what the gateway counts; there is no password", listen);
            }
            return listener;
        } catch (final IOException | IllegalArgumentException refused) {
            throw new IOException("admin.listen: cannot listen on " + listen + ": " + refused.getMessage(), refused);
        }
    }

    /**
     * Begins to serve, and returns before it does.
     *
     * @param stateDirectory where the running gateway's state lies
     */
    public void serve(final Path stateDirectory) {
        // The server's own threads inherit from this one that they give way.
        starter = humbleThreads().newThread(() -> {
            try {
                server.createContext("/", new AdminHandler(server.getAddress().getAddress(), GatewayView.attach(stateDirectory)));
                server.start();
                LOGGER.log(Level.INFO, "dashboard and metrics at http:/{0}/", server.getAddress());
            } catch (final IOException | RuntimeException failure) {
                LOGGER.log(Level.WARNING, "admin.listen: nothing is served", failure);
            }
        });
        starter.start();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Stops serving; requests under way are cut off. */
    @Override
    public void close() {
        try {
            if (starter != null) {
                starter.join();
            }
        } catch (final InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        server.stop(0);
        threads.shutdownNow();
    }

    private static ThreadFactory humbleThreads() {
        return Thread.ofPlatform().name("sallyport-admin-", 0).daemon().priority(Thread.MIN_PRIORITY).factory();
    }

    private static InetSocketAddress address(final String listen) throws IOException {
        final int colon = listen.lastIndexOf(':');
        return new InetSocketAddress(InetAddress.ofLiteral(listen.substring(0, colon)), Integer.parseInt(listen.substring(colon + 1)));
    }
}
