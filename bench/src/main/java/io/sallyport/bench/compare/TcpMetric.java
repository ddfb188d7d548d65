package io.sallyport.bench.compare;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Bulk TCP between the stacks of the two hosts, with the offloads that veth has by default. */
final class TcpMetric implements Metric {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final double WARM_UP_SECONDS = 1;
    private static final double OTHER_SECONDS = 0.3;

    @Override
    public String key() {
        return "tcp";
    }

    private static double countSeconds(final Bench bench) {
        return bench.pick(1.0, 2.0);
    }

    private static String[] streams(final Bench bench) {
        return bench.pick(new String[] {"1"}, new String[] {"1", "8"});
    }

    private static int rounds(final Bench bench) {
        return bench.pick(1, 2);
    }

    private static List<Device> devices(final Bench bench) {
        final List<Device> devices = new ArrayList<>(List.of(new KernelDevice(false), bench.forwarder(false)));
        bench.sallyports("backoff").forEach(device -> devices.add(device.withCores("0-" + (Machine.cores() - 1))));
        return devices;
    }

    private static double secondsOfOne(final Bench bench) {
        return 2 * streams(bench).length * (WARM_UP_SECONDS + countSeconds(bench) + OTHER_SECONDS) + 1;
    }

    @Override
    public double seconds(final Bench bench) {
        return rounds(bench) * devices(bench).size() * (secondsOfOne(bench) + Bench.START_SECONDS);
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "TCP", "Gbit/s", 2, true)
            .goal(new Goal("packet", "", "kernel", 0.9))
            .note("iperf3 for " + countSeconds(bench) + " s after " + WARM_UP_SECONDS + " s; hosts and gateway share all cores.");
        for (int round = 0; round < rounds(bench); round++) {
            for (final Device device : devices(bench)) {
                bench.with(device, table, secondsOfOne(bench), (lab, running) -> measure(bench, table, device, lab));
            }
        }
        return List.of(table);
    }

    private static void measure(final Bench bench, final Table table, final Device device, final Lab lab) {
        try (BackgroundProcess iperf = lab.outside().start(List.of("iperf3", "-s", "--forceflush"))) {
            iperf.awaitLineContaining("Server listening", LIMIT);
            for (final String streams : streams(bench)) {
                for (final String direction : new String[] {"out", "in"}) {
                    final List<String> words = new ArrayList<>(List.of("iperf3", "-c", Lab.OUTSIDE_HOST, "-J", "-P", streams,
                        "-O", Integer.toString((int) WARM_UP_SECONDS), "-t", Integer.toString((int) countSeconds(bench))));
                    if (direction.equals("in")) {
                        words.add("-R");
                    }
                    final Command.Result result = Command.run(LIMIT, lab.inside().command(words)).orThrow();
                    table.add(device.name(), streams + (streams.equals("1") ? " stream " : " streams ") + direction,
                        gigabits(result.out()));
                }
            }
        }
    }

    private static double gigabits(final String json) {
        try {
            final Map<?, ?> end = (Map<?, ?>) JSON.std.without(JSON.Feature.FAIL_ON_DUPLICATE_MAP_KEYS).mapFrom(json).get("end");
            if (end == null || !(end.get("sum_received") instanceof final Map<?, ?> sum)) {
                throw new IllegalStateException("iperf3 measured nothing: " + json);
            }
            return ((Number) sum.get("bits_per_second")).doubleValue() / 1e9;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
