package io.sallyport.bench.compare;

import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** How long packets take from one side to the other, when there are few of them. */
final class LatencyMetric implements Metric {

    private static final int RATE = 10_000;
    private static final int FLOWS = 64;
    private static final double OTHER_SECONDS = 0.5;

    private final LatencyFiles files;

    /** Writes histograms to the files. */
    LatencyMetric(final LatencyFiles files) {
        this.files = files;
    }

    @Override
    public String key() {
        return "latency";
    }

    private static double countSeconds(final Bench bench) {
        return bench.pick(1.0, 4.0);
    }

    /** Until the compiler's threads leave the gateway's core alone, and a thread that is to spin does so. */
    private static double warmUpSeconds(final Bench bench, final Device device) {
        return device.isCompiledBefore() ? Bench.SETTLING_SECONDS : bench.pick(device.name().endsWith("spin") ? 5.5 : 2.0, 6.5);
    }

    private static int rounds(final Bench bench) {
        return bench.pick(1, 3);
    }

    private static List<Device> devices(final Bench bench) {
        final List<Device> devices = new ArrayList<>(List.of(new KernelDevice(false), bench.forwarder(true), bench.forwarder(false)));
        for (final String waiting : new String[] {"spin", "backoff"}) {
            devices.addAll(bench.fewSallyports(waiting));
        }
        return devices;
    }

    private static double secondsOfOne(final Bench bench, final Device device) {
        return warmUpSeconds(bench, device) + countSeconds(bench) + OTHER_SECONDS;
    }

    @Override
    public double seconds(final Bench bench) {
        return rounds(bench) * devices(bench).stream().filter(device -> !isTooManySpinners(device))
            .mapToDouble(device -> secondsOfOne(bench, device) + Bench.START_SECONDS).sum();
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "One-way latency at low load", "µs", 1, false)
            .note(RATE + " packets/s of " + FLOWS + " flows, open loop: counted from when a packet was due to when the far host's stack "
                + "would get it.");
        for (final String backend : new String[] {"packet", "xdp"}) {
            for (final String threading : new String[] {"inline", "pipeline"}) {
                table.goal(new Goal(backend + " " + threading + ", spin", "p50$", "C forwarder, spin", 1.15));
                table.goal(new Goal(backend + " " + threading + ", b", "p50$", "C forwarder, sleep", 1.15));
                table.goal(new Goal(backend + " " + threading + ", spin", "p99$", "C forwarder, spin", 1.15));
                table.goal(new Goal(backend + " " + threading + ", b", "p99$", "C forwarder, sleep", 1.15));
            }
        }
        for (int round = 0; round < rounds(bench); round++) {
            for (final Device device : devices(bench)) {
                if (isTooManySpinners(device)) {
                    table.skip(device.name(), "needs a core for each of its three spinning threads: this machine has "
                        + (Machine.cores() - 1) + " left");
                    continue;
                }
                bench.with(device, table, secondsOfOne(bench, device), (lab, running) -> measure(bench, table, device, lab));
            }
        }
        return List.of(table);
    }

    /** Three threads that spin on fewer cores take turns of milliseconds, which says nothing about the gateway. */
    static boolean isTooManySpinners(final Device device) {
        return device.name().contains("pipeline, spin") && Machine.cores() < 4;
    }

    private void measure(final Bench bench, final Table table, final Device device, final Lab lab) {
        final Path file = bench.scratch().resolve("latencies");
        final Tester.Result result = bench.tester(lab, device, secondsOfOne(bench, device), "--flows", Integer.toString(FLOWS),
            "--rate", Integer.toString(RATE), "--warm-up", Double.toString(warmUpSeconds(bench, device)),
            "--seconds", Double.toString(countSeconds(bench)), "--latencies", file.toString()).run().getFirst();
        bench.judge(table, device, result);
        add(table, device.name(), "", files.add(key(), device.name(), Tester.latencies(file)));
        if (result.get("lost") > 0) {
            table.note(device.name() + " lost " + result.get("lost") + " of " + result.get("sent") + " packets.");
        }
    }

    /** Adds the usual percentiles. */
    static void add(final Table table, final String row, final String prefix, final Histogram histogram) {
        table.add(row, prefix + "p50", histogram.getValueAtPercentile(50) / 1e3);
        table.add(row, prefix + "p99", histogram.getValueAtPercentile(99) / 1e3);
        table.add(row, prefix + "p99.9", histogram.getValueAtPercentile(99.9) / 1e3);
    }

    /** The histogram of latencies in ns. */
    static Histogram histogram(final IntBuffer latencies) {
        final Histogram histogram = new Histogram(3);
        while (latencies.hasRemaining()) {
            histogram.recordValue(Integer.toUnsignedLong(latencies.get()));
        }
        return histogram;
    }
}
