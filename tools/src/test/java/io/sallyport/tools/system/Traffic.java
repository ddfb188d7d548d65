package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Namespace;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What hosts do through a gateway, whichever it is: each method sends real traffic and asserts what comes of it.
 *
 * @param network the hosts
 */
record Traffic(Network network) {

    private static final Duration SHORT = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Pattern PING_ANSWER = Pattern.compile("icmp_seq=(\\d+) ");

    /** Pings from the inside host; every request is answered, and answered once. */
    void ping(final String address, final int count, final int payloadBytes) {
        ping(network.inside(), address, count, payloadBytes);
    }

    /**
     * Pings from any host. With a deadline ping goes on until it has {@code count} answers; without one it gives up two round trips after
     * its last request, which is too soon where a machine is busy. No request that was sent before an answered one may lack its answer.
     */
    static void ping(final Namespace host, final String address, final int count, final int payloadBytes) {
        final Command.Result result = host.tryRun(SHORT, "ping", "-n", "-i", "0.05", "-w", "10",
            "-c", Integer.toString(count), "-s", Integer.toString(payloadBytes), address);
        final List<Integer> answered = PING_ANSWER.matcher(result.out()).results().map(answer -> Integer.valueOf(answer.group(1))).toList();
        assertTrue(answered.size() >= count, result::toString);
        assertEquals(IntStream.rangeClosed(1, answered.size()).boxed().toList(), answered, result::toString);
        assertTrue(!result.out().contains("DUP!") && !result.out().contains("errors"), result::toString);
    }

    /** The SHA-256 of what curl downloads. */
    String download(final long seed, final long lengthBytes) {
        return Command.read(LONG, curl("http://" + Network.OUTSIDE_HOST + "/stream?seed=" + seed + "&bytes=" + lengthBytes),
            SeededStream::sha256);
    }

    /** The SHA-256 that the server computed of what curl uploads. */
    String upload(final long seed, final long lengthBytes) {
        final List<String> words = new ArrayList<>(curl("http://" + Network.OUTSIDE_HOST + "/sink"));
        words.addAll(List.of("-T", "-"));
        return Command.write(LONG, words, input -> {
            new SeededStream(seed, lengthBytes).transferTo(input);
            return null;
        }).out().strip();
    }

    /** The answers of a server that waits until {@code parties} requests are there at once. */
    List<String> meet(final int parties) {
        final List<String> words = new ArrayList<>(curl("http://" + Network.OUTSIDE_HOST + "/rendezvous?parties=" + parties
            + "&party=[1-" + parties + "]"));
        words.addAll(List.of("--parallel", "--parallel-immediate", "--parallel-max", Integer.toString(parties)));
        return Command.run(SHORT, words).orThrow().out().lines().toList();
    }

    /** The address and port from which the outside host sees the inside host. */
    String seenAs() {
        return Command.run(SHORT, curl("http://" + Network.OUTSIDE_HOST + "/whoami")).orThrow().out().strip();
    }

    /**
     * Runs iperf3 for two seconds.
     *
     * @param options of the client, for example {@code -R}
     * @return its figures: {@code end.sum_received} and the like
     */
    Map<?, ?> iperf(final String... options) {
        try (BackgroundProcess server = network.outside().start(List.of("iperf3", "-s", "-1", "--forceflush"))) {
            server.awaitLine("Server listening", SHORT);
            final List<String> words = new ArrayList<>(List.of("iperf3", "-c", Network.OUTSIDE_HOST, "-t", "2", "-J"));
            words.addAll(List.of(options));
            final Command.Result result = Command.run(SHORT, network.inside().command(words)).orThrow();
            return (Map<?, ?>) JSON.std.mapFrom(result.out()).get("end");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The addresses that traceroute shows on the way to {@link Network#FAR_HOST}. */
    List<String> traceRoute(final String... options) {
        final List<String> words = new ArrayList<>(List.of("traceroute", "-n", "-q", "1", "-w", "2", "-m", "5"));
        words.addAll(List.of(options));
        words.add(Network.FAR_HOST);
        return Command.run(SHORT, network.inside().command(words)).orThrow().out().lines().skip(1)
            .map(line -> line.strip().split("\\s+")[1]).toList();
    }

    /** What becomes of a TCP connection that the outside host opens: open, refused, or timeout. */
    String knock(final String address, final int port) {
        return network.outside().run("curl", "-sS", "http://127.0.0.1/knock?address=" + address + "&port=" + port).out().strip();
    }

    /** Waits until no TCP connection of the inside host has a segment to come: those that are left are in TIME-WAIT. */
    void awaitTcpQuiet() {
        final long deadlineNs = System.nanoTime() + SHORT.toNanos();
        String open;
        do {
            open = network.inside().run("ss", "-Htan", "exclude", "time-wait", "exclude", "listening").out();
        } while (!open.isBlank() && System.nanoTime() < deadlineNs);
        assertEquals("", open);
    }

    /** UDP datagrams that came to a host and found its socket full, since the host exists. */
    static long socketOverflows(final Namespace host) {
        final List<String[]> lines = host.run("cat", "/proc/net/snmp").out().lines().filter(line -> line.startsWith("Udp: "))
            .map(line -> line.split(" ")).toList();
        return Long.parseLong(lines.get(1)[List.of(lines.get(0)).indexOf("RcvbufErrors")]);
    }

    private List<String> curl(final String url) {
        return network.inside().command("curl", "-sS", "--fail-with-body", url);
    }
}
