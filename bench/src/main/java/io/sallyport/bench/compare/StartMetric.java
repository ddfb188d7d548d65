package io.sallyport.bench.compare;

import io.sallyport.bench.compare.Device.Running;
import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.CommandException;
import java.util.List;

/** How long a start takes, and whether packets are lost while the gateway's code is still cold. */
final class StartMetric implements Metric {

    private static final int FLOWS = 1000;
    private static final double COUNT_SECONDS = 1.0;
    private static final double TESTER_SECONDS = 1.5;
    private static final double DEFAULT_CAPACITY = 450_000;

    @Override
    public String key() {
        return "start";
    }

    private static int rounds(final Bench bench) {
        return bench.pick(1, 5);
    }

    @Override
    public double seconds(final Bench bench) {
        return rounds(bench) * bench.sallyports("backoff").size() * 2 * (TESTER_SECONDS + Bench.START_SECONDS);
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table start = new Table(key(), "Start of run to ready", "ms", 0, false)
            .goal(new Goal("", "alone", "", 400))
            .note("From the start of the script to its line. Alone: on all cores, which nothing else uses. The gateway's core: as it is "
                + "measured elsewhere on this page.");
        final Table lost = new Table("first-second", "Packets lost in the first second after ready", "packets", 0, false)
            .goal(new Goal("", "^lost$", "", 0))
            .note("At half of the rate of the table above, " + FLOWS + " flows, each new; neighbours are configured.");
        for (int round = 0; round < rounds(bench); round++) {
            for (final SallyportDevice device : bench.sallyports("backoff")) {
                final SallyportDevice alone = device.withCores("0-" + (Machine.cores() - 1));
                bench.with(alone, start, 0, (lab, running) -> start.add(device.name(), "alone", running.readyMs()));
                bench.progress().begin(lost.key() + ": " + device.name(), TESTER_SECONDS + Bench.START_SECONDS);
                if (!start.skipped().containsKey(device.name())) {
                    firstSecond(bench, start, lost, device);
                }
                bench.progress().end();
            }
        }
        return List.of(start, lost);
    }

    private void firstSecond(final Bench bench, final Table start, final Table lost, final SallyportDevice device) {
        final double rate = (bench.capacity(device) == 0 ? DEFAULT_CAPACITY : bench.capacity(device)) / 2;
        try (Lab lab = Lab.create()) {
            final Tester tester = bench.tester(lab, device, TESTER_SECONDS, "--flows", Integer.toString(FLOWS), "--open", "0",
                "--rate", Long.toString((long) rate), "--seconds", Double.toString(COUNT_SECONDS));
            try (BackgroundProcess process = tester.prepare(); Running running = device.start(lab)) {
                final Tester.Result result = tester.go(process).getFirst();
                start.add(device.name(), "gateway's core", running.readyMs());
                bench.judge(lost, device, result);
                lost.add(device.name(), "lost", result.get("lost"));
                lost.add(device.name(), "sent", result.get("sent"));
            }
        } catch (final CommandException | IllegalStateException e) {
            lost.skip(device.name(), "failed: " + e.getMessage());
        }
    }
}
