package io.sallyport.bench.compare;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The longest time for which nothing was forwarded: the greatest latency of a steady stream. */
final class PauseMetric implements Metric {

    private static final int RATE = 10_000;
    private static final int FLOWS = 64;
    private static final double LONG_SECONDS = 600;
    private static final double SHORT_SECONDS = 60;
    private static final double QUICK_SECONDS = 3;

    private final LatencyFiles files;

    /** Writes histograms to the files. */
    PauseMetric(final LatencyFiles files) {
        this.files = files;
    }

    @Override
    public String key() {
        return "pause";
    }

    private static double warmUpSeconds(final Bench bench) {
        return bench.pick(1.5, 20.0);
    }

    private static double countSeconds(final Bench bench, final Device device) {
        return bench.pick(QUICK_SECONDS, device.name().startsWith("packet pipeline") ? LONG_SECONDS : SHORT_SECONDS);
    }

    private static List<Device> devices(final Bench bench) {
        return new ArrayList<>(List.of(bench.forwarder(false), bench.sallyport("packet", "pipeline", "backoff"),
            bench.sallyport("xdp", "inline", "backoff")));
    }

    @Override
    public double seconds(final Bench bench) {
        return devices(bench).stream()
            .mapToDouble(device -> warmUpSeconds(bench) + countSeconds(bench, device) + Bench.START_SECONDS).sum();
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "Longest pause of forwarding", "ms", 2, false)
            .goal(new Goal("packet", "longest", "", 2))
            .goal(new Goal("xdp", "longest", "", 2))
            .note(RATE + " packets/s after " + warmUpSeconds(bench) + " s. "
                + "The longest time from when a packet was sent to when it arrived; when the tester itself stood still does not count, "
                + "and is shown beside. What the forwarder shows, the machine causes.");
        for (final Device device : devices(bench)) {
            final double seconds = warmUpSeconds(bench) + countSeconds(bench, device);
            bench.with(device, table, seconds, (lab, running) -> measure(bench, table, device, lab));
        }
        return List.of(table);
    }

    private void measure(final Bench bench, final Table table, final Device device, final Lab lab) {
        final Path file = bench.scratch().resolve("latencies");
        final Tester.Result result = bench.tester(lab, device, warmUpSeconds(bench) + countSeconds(bench, device),
            "--flows", Integer.toString(FLOWS), "--rate", Integer.toString(RATE), "--warm-up", Double.toString(warmUpSeconds(bench)),
            "--seconds", Double.toString(countSeconds(bench, device)), "--stamp-sent", "--latencies", file.toString()).run().getFirst();
        bench.judge(table, device, result);
        final IntBuffer latencies = Tester.latencies(file);
        table.add(device.name(), "longest", files.add(key(), device.name(), latencies).getMaxValue() / 1e6);
        table.add(device.name(), "tester's own", result.get("stall_ns") / 1e6);
        table.add(device.name(), "of so many s", countSeconds(bench, device));
        table.add(device.name(), "packets lost", result.get("lost"));
    }
}
