package io.sallyport.bench.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The shortest packets: how many a second arrive, at the offered rate at which most do. */
final class RateMetric implements Metric {

    /** The column whose figure is taken for a device's capacity. */
    private static final int CAPACITY_FLOWS = 10_000;
    private static final int OPENED_PER_SECOND = 100_000;
    private static final double SETTLE_SECONDS = 0.3;
    private static final double LIMITED_ABOVE = 0.98;

    @Override
    public String key() {
        return "rate";
    }

    private static int[] flows(final Bench bench) {
        return bench.pick(new int[] {CAPACITY_FLOWS}, new int[] {64, CAPACITY_FLOWS, 100_000});
    }

    private static String rates(final Bench bench) {
        return bench.pick("450000,600000,0", "450000,525000,600000,0");
    }

    private static double countSeconds(final Bench bench) {
        return bench.pick(0.5, 1.0);
    }

    private static double warmUpSeconds(final Bench bench) {
        return bench.pick(0.8, 2.0);
    }

    private static int rounds(final Bench bench) {
        return bench.pick(1, 2);
    }

    private static List<Device> devices(final Bench bench) {
        final List<Device> devices = new ArrayList<>(List.of(new KernelDevice(false), new KernelDevice(true), bench.forwarder(true)));
        devices.addAll(bench.sallyports("backoff"));
        return devices;
    }

    private static double secondsOfOne(final Bench bench) {
        double seconds = 0;
        for (final int flows : flows(bench)) {
            seconds += warmUpSeconds(bench) + flows / (double) OPENED_PER_SECOND
                + rates(bench).split(",").length * (countSeconds(bench) + SETTLE_SECONDS);
        }
        return seconds;
    }

    @Override
    public double seconds(final Bench bench) {
        return rounds(bench) * devices(bench).size() * (secondsOfOne(bench) + Bench.START_SECONDS);
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "60-byte UDP packets delivered", "Mpps", 3, true)
            .goal(new Goal("xdp", "k flows$", "kernel", 1.25))
            .goal(new Goal("xdp", "64 flows", "kernel", 1.0))
            .goal(new Goal("packet", "", "kernel", 1.0))
            .note("Each packet of a random flow, from inside; the best of the offered rates " + rates(bench).replace(",", ", ")
                .replaceAll(" 0$", " as many as the tester can send") + " packets/s, " + countSeconds(bench)
                + " s each. One packet of 64 is looked at: addresses, checksums, order within its flow.");
        for (int round = 0; round < rounds(bench); round++) {
            for (final Device device : devices(bench)) {
                bench.with(device, table, secondsOfOne(bench), (lab, running) -> {
                    for (final int flows : flows(bench)) {
                        measure(bench, table, device, lab, flows);
                    }
                });
            }
        }
        return List.of(table);
    }

    private void measure(final Bench bench, final Table table, final Device device, final Lab lab, final int flows) {
        final List<Tester.Result> results = bench.tester(lab, device, secondsOfOne(bench), "--flows", Integer.toString(flows),
            "--open", Integer.toString(OPENED_PER_SECOND), "--rate", rates(bench), "--warm-up", Double.toString(warmUpSeconds(bench)),
            "--seconds", Double.toString(countSeconds(bench)), "--sample").run();
        results.forEach(result -> bench.judge(table, device, result));
        final double best = results.stream().mapToDouble(Tester.Result::deliveredPerSecond).max().orElse(0);
        table.add(device.name(), label(flows), best / 1e6);
        if (flows == CAPACITY_FLOWS) {
            bench.learnCapacity(device, best);
        }
        final double mostSent = results.stream().mapToDouble(Tester.Result::sentPerSecond).max().orElse(0);
        if (best > mostSent * LIMITED_ABOVE) {
            table.note("The tester was the limit of " + device.name() + ": all that it could send arrived. On veth the sender's core "
                + "also does the receiving of the gateway's interface.");
        }
        final String missed = results.stream().filter(Tester.Result::isTargetMissed)
            .map(result -> "%.0f of %.0f".formatted(result.sentPerSecond(), result.get("intended") * 1e9 / result.get("elapsed_ns")))
            .collect(Collectors.joining(", "));
        if (!missed.isEmpty()) {
            bench.progress().say("  target rate missed (" + device.name() + ", " + label(flows) + "): sent " + missed + " packets/s");
            table.note("Target rates were missed: beside some devices the tester cannot send as many as it should.");
        }
    }

    private static String label(final int flows) {
        return flows < 1000 ? flows + " flows" : flows / 1000 + " k flows";
    }
}
