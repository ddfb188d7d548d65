package io.sallyport.tools.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The story that {@code sallyport demo} tells. Runs inside a {@link Sandbox}; this process is the inside host. */
final class Demo {

    private static final Duration READY_LIMIT = Duration.ofSeconds(20);
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(20);
    private static final int TRANSFER_LIMIT_MS = 60_000;
    private static final int PINGS = 200;
    private static final int DATAGRAMS = 10_000;
    private static final double LEAST_ANSWERED = 0.99;
    private static final int WARM_UP_DATAGRAMS = 2_000;
    private static final long DOWNLOAD_BYTES = 256L << 20;
    private static final long UPLOAD_BYTES = 64L << 20;
    private static final Path DIRECTORY = Path.of("/dev/shm");

    private final Screen screen;
    private final String backend;
    private final String threading;
    private boolean isWell = true;
    private RoundTrips udp;

    Demo(final Screen screen, final String backend, final String threading) {
        this.screen = screen;
        this.backend = backend;
        this.threading = threading;
    }

    /** Runs it; whether all went as it must. */
    boolean run() throws IOException {
        final long startNs = System.nanoTime();
        screen.heading("Sallyport: a NAT gateway in user space");
        screen.line("");
        screen.line("inside host              the gateway                        outside host");
        screen.line("10.77.0.2  ──── veth ──── 10.77.0.1 │ 198.51.100.1  ──── veth ──── 198.51.100.2, 203.0.113.10");
        screen.heading("What happens");
        final Network network = step("two hosts and two wires, made of namespaces", () -> Network.aroundThisProcess("sp-demo"),
            made -> "the kernel has no address on the gateway's interfaces");
        if (network == null) {
            return false;
        }
        try (network) {
            network.startFarEnd(Self.classPath());
            final BackgroundProcess gateway = startGateway(network);
            if (gateway == null) {
                return false;
            }
            sendTraffic();
            knock();
            showState(gateway);
            step("the gateway stops when asked", gateway::stop, exitCode -> exitCode == 0 ? "exit code 0" : fail("exit code " + exitCode));
        }
        screen.line("");
        screen.line(String.format(Locale.ROOT, "%s in %.1f s. Nothing stays behind: the namespaces end with this program.",
            isWell ? "@|bold,green All went as it must|@," : "@|bold,red Not all went as it must|@,", (System.nanoTime() - startNs) / 1e9));
        screen.line("Next: sallyport run --config FILE between two interfaces of yours; README.md has a first file.");
        return isWell;
    }

    private BackgroundProcess startGateway(final Network network) throws IOException {
        final String configuration = """
            inside:  { interface: %s, address: %s/24 }
            outside: { interface: %s, address: %s/24, gateway: %s }
            io:      { backend: %s, threading: %s }
            """.formatted(Network.INSIDE_INTERFACE, Network.GATEWAY_INSIDE, Network.OUTSIDE_INTERFACE, Network.GATEWAY_OUTSIDE,
            Network.OUTSIDE_HOST, backend, threading);
        final Path file = Files.writeString(DIRECTORY.resolve("demo.yaml"), configuration);
        final BackgroundProcess gateway = step("sallyport run --config demo.yaml", () -> {
            final BackgroundProcess started = network.gateway().start(Self.command("run", "--config", file.toString()));
            started.awaitLine("ready", READY_LIMIT);
            return started;
        }, started -> started.awaitLine("ready", READY_LIMIT));
        screen.quote(configuration.indent(6).stripTrailing());
        return gateway;
    }

    private void sendTraffic() {
        step("ping from inside to 203.0.113.10", () -> RoundTrips.ofPing(Command.run(COMMAND_LIMIT, "ping", "-n", "-i", "0.005", "-c",
            Integer.toString(PINGS), Network.FAR_HOST).out(), PINGS), pings -> answered(pings, "median"));
        step("HTTP download of 256 MiB", () -> transfer(DOWNLOAD_BYTES, Demo::download), Result::show);
        step("HTTP upload of 64 MiB", () -> transfer(UPLOAD_BYTES, Demo::upload), Result::show);
        udp = step("UDP to an echo server, one at a time",
            () -> RoundTrips.udp(new InetSocketAddress(Network.OUTSIDE_HOST, FarEnd.ECHO_PORT), WARM_UP_DATAGRAMS, DATAGRAMS),
            trips -> answered(trips, "median"));
        step("the address that the server sees", () -> text("/whoami"),
            seen -> seen.startsWith(Network.GATEWAY_OUTSIDE + ":") ? seen + ", never " + Network.INSIDE_HOST : fail(seen));
    }

    /** Somebody outside tries to get in: at a port that nobody uses, and at one that the inside host has open to another. */
    private void knock() {
        step("a stranger connects to 198.51.100.1:2222", () -> knock(2222), outcome -> "timeout".equals(outcome)
            ? "no answer at all" : fail(outcome));
        final Counters counters = counters();
        final long unsolicited = counters.drops("unsolicited");
        step("the attempt is counted", () -> unsolicited,
            count -> count > 0 ? "unsolicited: " + count + " packets dropped" : fail("it is not"));
    }

    private void showState(final BackgroundProcess gateway) {
        screen.heading("What the gateway knows  (sallyport connections --limit 6)");
        screen.quote(Command.run(COMMAND_LIMIT, Self.command("connections", "--limit", "6")).orThrow().out());
        final Counters counters = counters();
        screen.heading("Each packet is accounted for  (sallyport counters)");
        step("the sum is right", () -> String.format(Locale.ROOT,
            "in %,d = forwarded %,d + dropped %,d + for the gateway itself %,d + waiting for ARP %,d",
            counters.packetsIn(), counters.packetsOut(), counters.drops(), counters.consumed(), counters.held()),
            sum -> counters.packetsIn() == counters.packetsAccountedFor() ? sum : fail(sum + ": wrong"));
        if (udp != null) {
            screen.heading("UDP round trips through the gateway, from socket to socket");
            new HistogramChart(screen).show(udp.timesNs());
        }
        screen.heading("The end");
        if (!gateway.err().isBlank()) {
            screen.quote(gateway.err());
        }
    }

    private static Counters counters() {
        return Counters.parse(Command.run(COMMAND_LIMIT, Self.command("counters", "--json")).orThrow().out());
    }

    private static String answered(final RoundTrips trips, final String word) {
        final String text = String.format(Locale.ROOT, "%,d of %,d answered, %s %.0f µs", trips.answered(), trips.sent(), word,
            trips.percentileUs(50));
        // a datagram may get lost where the machine is busy with something else; the counters say where
        return trips.answered() >= trips.sent() * LEAST_ANSWERED ? text : fail(text);
    }

    /** A transfer that was made. */
    private record Result(long lengthBytes, double seconds, boolean isEqual) {

        String show() {
            return isEqual ? String.format(Locale.ROOT, "%.2f Gbit/s, SHA-256 as sent", lengthBytes * 8 / seconds / 1e9)
                : fail("what arrived is not what was sent");
        }
    }

    private interface Transfer {
        String sha256(long seed, long lengthBytes) throws IOException;
    }

    private static Result transfer(final long lengthBytes, final Transfer transfer) throws IOException {
        final long seed = System.nanoTime();
        final long startNs = System.nanoTime();
        final String received = transfer.sha256(seed, lengthBytes);
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        final boolean isEqual = SeededStream.sha256(seed, lengthBytes).equals(received);
        return new Result(lengthBytes, seconds, isEqual);
    }

    private static String download(final long seed, final long lengthBytes) throws IOException {
        try (InputStream body = open("/stream?seed=" + seed + "&bytes=" + lengthBytes).getInputStream()) {
            return SeededStream.sha256(body);
        }
    }

    private static String upload(final long seed, final long lengthBytes) throws IOException {
        final HttpURLConnection connection = open("/sink");
        connection.setDoOutput(true);
        connection.setRequestMethod("PUT");
        connection.setFixedLengthStreamingMode(lengthBytes);
        try (OutputStream body = connection.getOutputStream()) {
            new SeededStream(seed, lengthBytes).transferTo(body);
        }
        return answer(connection);
    }

    private static String knock(final int port) throws IOException {
        return text("/knock?address=" + Network.GATEWAY_OUTSIDE + "&port=" + port);
    }

    private static String text(final String path) throws IOException {
        return answer(open(path));
    }

    private static String answer(final HttpURLConnection connection) throws IOException {
        try (InputStream body = connection.getInputStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }

    private static HttpURLConnection open(final String path) throws IOException {
        final HttpURLConnection connection = (HttpURLConnection) URI.create("http://" + Network.FAR_HOST + path).toURL().openConnection();
        connection.setConnectTimeout(TRANSFER_LIMIT_MS);
        connection.setReadTimeout(TRANSFER_LIMIT_MS);
        return connection;
    }

    /** Says what happens, does it, and says what came of it. */
    private <T> T step(final String what, final Callable<T> action, final java.util.function.Function<T, String> result) {
        screen.begin(what);
        try {
            final T value = action.call();
            screen.done(result.apply(value));
            return value;
        } catch (final Exception e) {
            isWell = false;
            screen.failed(e.getMessage());
            return null;
        }
    }

    /** Ends the step badly. */
    private static String fail(final String text) {
        throw new CommandException(text);
    }
}
