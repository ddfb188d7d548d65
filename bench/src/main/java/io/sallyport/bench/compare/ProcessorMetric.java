package io.sallyport.bench.compare;

import io.sallyport.bench.compare.Device.Running;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The time that forwarding threads spend in user space for each packet, at full load. */
final class ProcessorMetric implements Metric {

    private static final int FLOWS = 10_000;
    private static final double WARM_UP_SECONDS = 1.5;
    private static final double NS_PER_TICK = 1e7;
    /** Fields of /proc/PID/stat, counted from behind the name: time in user space and in the kernel. */
    private static final int USER_FIELD = 11;

    /** Names of threads that forward, as far as the kernel keeps them. */
    private static final Set<String> FORWARDING =
        Set.of("forwarder", "inline", "capture", "sallyport-inlin", "sallyport-captu", "sallyport-worke", "sallyport-trans");

    @Override
    public String key() {
        return "cpu";
    }

    private static double countSeconds(final Bench bench) {
        return bench.pick(1.5, 10.0);
    }

    private static List<Device> devices(final Bench bench) {
        final List<Device> devices = new ArrayList<>(List.of(bench.forwarder(false)));
        devices.addAll(bench.sallyports("backoff"));
        return devices;
    }

    @Override
    public double seconds(final Bench bench) {
        return devices(bench).size() * (WARM_UP_SECONDS + countSeconds(bench) + Bench.START_SECONDS);
    }

    @Override
    public List<Table> measure(final Bench bench) {
        final Table table = new Table(key(), "Processor time per forwarded packet", "ns", 0, false)
            .goal(new Goal("packet", "user", "", 120))
            .goal(new Goal("xdp", "user", "", 120))
            .note("All forwarding threads together, from the kernel's accounting (samples, 250 a second), at as many packets as the "
                + "tester can send; " + FLOWS + " flows, " + countSeconds(bench) + " s.");
        for (final Device device : devices(bench)) {
            bench.with(device, table, WARM_UP_SECONDS + countSeconds(bench), (lab, running) -> measure(bench, table, device, lab, running));
        }
        return List.of(table);
    }

    private void measure(final Bench bench, final Table table, final Device device, final Lab lab, final Running running) {
        final long[][] ticks = new long[2][];
        final Tester.Result result = bench.tester(lab, device, WARM_UP_SECONDS + countSeconds(bench), "--flows", Integer.toString(FLOWS),
            "--warm-up", Double.toString(WARM_UP_SECONDS), "--seconds", Double.toString(countSeconds(bench)), "--sample")
            .run(() -> ticks[0] = ticks(running.process().pid()), () -> ticks[1] = ticks(running.process().pid())).getFirst();
        bench.judge(table, device, result);
        if (ticks[1][1] == ticks[0][1]) {
            throw new IllegalStateException("its forwarding threads were not found");
        }
        table.add(device.name(), "user", (ticks[1][0] - ticks[0][0]) * NS_PER_TICK / result.get("delivered"));
        table.add(device.name(), "kernel", (ticks[1][1] - ticks[0][1]) * NS_PER_TICK / result.get("delivered"));
    }

    /** Ticks in user space and in the kernel of all threads that forward. */
    private static long[] ticks(final long pid) {
        final long[] sums = new long[2];
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (final Path thread : threads.toList()) {
                final String stat = Files.readString(thread.resolve("stat"));
                final int end = stat.lastIndexOf(')');
                final String name = stat.substring(stat.indexOf('(') + 1, end);
                if (FORWARDING.contains(name)) {
                    final String[] fields = stat.substring(end + 2).split(" ");
                    sums[0] += Long.parseLong(fields[USER_FIELD]);
                    sums[1] += Long.parseLong(fields[USER_FIELD + 1]);
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return sums;
    }
}
