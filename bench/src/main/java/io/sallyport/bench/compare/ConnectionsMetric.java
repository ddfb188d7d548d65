package io.sallyport.bench.compare;

import java.util.ArrayList;
import java.util.List;

/** How many connections a second can be opened: every packet is the first of one. */
final class ConnectionsMetric implements Metric {

    private static final int CONNECTIONS = 5 << 20;
    private static final String FLOWS = "5000000";
    private static final String RATES = "200000,275000,350000,0";
    private static final double SETTLE_SECONDS = 0.3;
    private static final double WARM_UP_SECONDS = 0.8;

    @Override
    public String key() {
        return "connections";
    }

    private static double countSeconds(final Bench bench) {
        return bench.pick(0.4, 1.0);
    }

    private static int rounds(final Bench bench) {
        return bench.pick(1, 2);
    }

    private static List<Device> devices(final Bench bench) {
        final List<Device> devices = new ArrayList<>(
            bench.pick(List.of(new KernelDevice(true)), List.of(new KernelDevice(false), new KernelDevice(true))));
        bench.sallyports("backoff").forEach(device -> devices.add(device.withConnections(CONNECTIONS)));
        return devices;
    }

    private static double secondsOfOne(final Bench bench) {
        return WARM_UP_SECONDS + RATES.split(",").length * (countSeconds(bench) + SETTLE_SECONDS) + 1;
    }

    @Override
    public double seconds(final Bench bench) {
        return rounds(bench) * devices(bench).size() * (secondsOfOne(bench) + Bench.START_SECONDS);
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "New UDP connections a second", "M/s", 3, true)
            .goal(new Goal("xdp", "", "kernel", 1.2))
            .goal(new Goal("packet", "", "kernel", 1.2))
            .note("Each packet opens a connection; the best of the offered rates " + RATES + " packets/s (0: as many as the tester can "
                + "send), " + countSeconds(bench) + " s each.");
        for (int round = 0; round < rounds(bench); round++) {
            for (final Device device : devices(bench)) {
                bench.with(device, table, secondsOfOne(bench), (lab, running) -> measure(bench, table, device, lab));
            }
        }
        return List.of(table);
    }

    private void measure(final Bench bench, final Table table, final Device device, final Lab lab) {
        final List<Tester.Result> results = bench.tester(lab, device, secondsOfOne(bench), "--flows", FLOWS, "--open", "0", "--new",
            "--rate", RATES, "--warm-up", Double.toString(WARM_UP_SECONDS), "--seconds", Double.toString(countSeconds(bench)), "--sample")
            .run();
        results.forEach(result -> bench.judge(table, device, result));
        table.add(device.name(), "opened", results.stream().mapToDouble(Tester.Result::deliveredPerSecond).max().orElse(0) / 1e6);
    }
}
