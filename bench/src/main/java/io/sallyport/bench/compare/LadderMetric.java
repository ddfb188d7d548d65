package io.sallyport.bench.compare;

import io.sallyport.tools.demo.BackgroundProcess;
import java.util.List;

/** RFC 9693's method: phase 1 fills the table with sessions, phase 2 measures over all of them at random. */
final class LadderMetric implements Metric {

    private static final int OPENED_PER_SECOND = 150_000;
    private static final int CONNECTIONS = 5 << 20;
    private static final String RATES = "300000,450000,0";
    private static final double COUNT_SECONDS = 0.6;
    private static final double SETTLE_SECONDS = 0.4;
    private static final double WARM_UP_SECONDS = 0.8;

    @Override
    public String key() {
        return "ladder";
    }

    private static int[] sessions(final Bench bench) {
        return bench.pick(new int[] {64 << 10}, new int[] {64 << 10, 256 << 10, 1 << 20, 4 << 20});
    }

    private static List<Device> devices(final Bench bench) {
        return List.of(new KernelDevice(true), bench.sallyport("packet", "inline", "backoff").withConnections(CONNECTIONS),
            bench.sallyport("xdp", "inline", "backoff").withConnections(CONNECTIONS));
    }

    private static double secondsOf(final int sessions) {
        return WARM_UP_SECONDS + 1.5 * sessions / OPENED_PER_SECOND + RATES.split(",").length * (COUNT_SECONDS + SETTLE_SECONDS);
    }

    @Override
    public double seconds(final Bench bench) {
        double seconds = 0;
        for (final int sessions : sessions(bench)) {
            seconds += devices(bench).size() * (secondsOf(sessions) + Bench.START_SECONDS);
        }
        return seconds;
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table delivered = new Table(key(), "60-byte UDP packets delivered over so many sessions", "Mpps", 3, true)
            .note("RFC 9693: phase 1 opens each session with one packet, " + OPENED_PER_SECOND + " a second; phase 2 sends packets of "
                + "random sessions, the best of the offered rates " + RATES + " packets/s (0: as many as the tester can send).");
        final Table lost = new Table("ladder-opening", "Sessions whose first packet was lost in phase 1", "sessions", 0, false)
            .note("They were opened by a later packet.");
        for (final int sessions : sessions(bench)) {
            for (final Device device : devices(bench)) {
                bench.with(device, delivered, secondsOf(sessions), (lab, running) ->
                    measure(bench, delivered, lost, device, lab, sessions));
            }
        }
        return List.of(delivered, lost);
    }

    private void measure(final Bench bench, final Table delivered, final Table lost, final Device device, final Lab lab,
            final int sessions) {
        final Tester tester = bench.tester(lab, device, 2 * secondsOf(sessions), "--flows", Integer.toString(sessions),
            "--open", Integer.toString(OPENED_PER_SECOND), "--rate", RATES, "--warm-up", Double.toString(WARM_UP_SECONDS),
            "--seconds", Double.toString(COUNT_SECONDS), "--sample");
        try (BackgroundProcess process = tester.prepare()) {
            final List<Tester.Result> results = tester.go(process);
            results.forEach(result -> bench.judge(delivered, device, result));
            final String column = sessions < 1 << 20 ? (sessions >> 10) + " k" : (sessions >> 20) + " M";
            delivered.add(device.name(), column, results.stream().mapToDouble(Tester.Result::deliveredPerSecond).max().orElse(0) / 1e6);
            lost.add(device.name(), column, Tester.opened(process).get("lost"));
        }
    }
}
