package io.sallyport.bench.compare;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How long packets take when a device has half, or nearly all, of what it can bear to do. */
final class LoadMetric implements Metric {

    private static final int FLOWS = 10_000;
    private static final int[] PERCENTS = {50, 90};
    private static final double OTHER_SECONDS = 0.4;
    private static final String PROBE_RATES = "450000,600000,0";
    private static final double PROBE_SECONDS = 4;

    private final LatencyFiles files;

    /** Writes histograms to the files. */
    LoadMetric(final LatencyFiles files) {
        this.files = files;
    }

    @Override
    public String key() {
        return "load";
    }

    private static double countSeconds(final Bench bench) {
        return bench.pick(0.8, 3.0);
    }

    /** Before the first load until the compiler's threads leave the gateway's core alone; then until the queues are what they will be. */
    private static double warmUpSeconds(final Bench bench, final Device device, final int percent) {
        return percent == PERCENTS[0] && !device.isCompiledBefore() ? bench.pick(1.0, 6.0) : Bench.SETTLING_SECONDS;
    }

    private static int rounds(final Bench bench) {
        return bench.pick(1, 2);
    }

    private static List<Device> devices(final Bench bench) {
        final List<Device> devices = new ArrayList<>(List.of(new KernelDevice(true), bench.forwarder(true), bench.forwarder(false)));
        devices.addAll(bench.fewSallyports("backoff"));
        bench.sallyports("spin").stream().filter(device -> !LatencyMetric.isTooManySpinners(device)).forEach(devices::add);
        return devices;
    }

    private static double secondsOfOne(final Bench bench, final Device device) {
        double seconds = 0;
        for (final int percent : PERCENTS) {
            seconds += warmUpSeconds(bench, device, percent) + countSeconds(bench) + OTHER_SECONDS;
        }
        return seconds;
    }

    @Override
    public double seconds(final Bench bench) {
        return rounds(bench) * devices(bench).stream()
            .mapToDouble(device -> secondsOfOne(bench, device) + Bench.START_SECONDS).sum();
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "One-way latency under load", "µs", 1, false)
            .note("Open loop, " + FLOWS + " flows, at a part of what each device delivers at most (the table of rates). "
                + "Every packet is looked at.");
        for (final String gateway : new String[] {"packet inline", "packet pipeline", "xdp inline", "xdp pipeline"}) {
            table.goal(new Goal(gateway + ", spin", "p99$", "C forwarder, spin", 1.0));
            table.goal(new Goal(gateway + ", backoff", "p99$", "C forwarder, sleep", 1.0));
        }
        for (int round = 0; round < rounds(bench); round++) {
            for (final Device device : devices(bench)) {
                bench.with(device, table, secondsOfOne(bench, device), (lab, running) -> measure(bench, table, device, lab));
            }
        }
        return List.of(table);
    }

    private void measure(final Bench bench, final Table table, final Device device, final Lab lab) {
        if (bench.capacity(device) == 0) {
            bench.tester(lab, device, PROBE_SECONDS, "--flows", Integer.toString(FLOWS), "--rate", PROBE_RATES, "--warm-up", "1",
                "--seconds", "0.5", "--sample").run().forEach(result -> bench.learnCapacity(device, result.deliveredPerSecond()));
        }
        for (final int percent : PERCENTS) {
            final Path file = bench.scratch().resolve("latencies");
            final double rate = bench.capacity(device) * percent / 100;
            final Tester.Result result = bench.tester(lab, device, secondsOfOne(bench, device), "--flows", Integer.toString(FLOWS),
                "--rate", Long.toString((long) rate), "--warm-up", Double.toString(warmUpSeconds(bench, device, percent)),
                "--seconds", Double.toString(countSeconds(bench)), "--latencies", file.toString()).run().getFirst();
            bench.judge(table, device, result);
            LatencyMetric.add(table, device.name(), percent + " % ", files.add(key(), device.name() + " " + percent + " %",
                Tester.latencies(file)));
            final String missed = result.isTargetMissed() ? "; the target rate was missed" : "";
            table.note("%s at %d %%: %,.0f packets/s, %d of %d lost, the tester itself late by up to %.1f ms%s.".formatted(device.name(),
                percent, rate, result.get("lost"), result.get("sent"), result.get("lateness_ns") / 1e6, missed));
        }
    }
}
