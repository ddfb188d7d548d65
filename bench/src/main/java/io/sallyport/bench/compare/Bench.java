package io.sallyport.bench.compare;

import io.sallyport.bench.compare.Device.Running;
import io.sallyport.bench.compare.Device.UnavailableException;
import io.sallyport.tools.demo.CommandException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What all metrics share: where things are, which form the run has, the devices and what was learned of them. */
final class Bench {

    /** Connections for which tables are made, unless a metric needs more. */
    static final int CONNECTIONS = 1 << 20;
    /** Seconds that it takes to make a lab and to start a device, about. */
    static final double START_SECONDS = 1.5;
    /** Seconds until queues are what they will be, where nothing is compiled any more. */
    static final double SETTLING_SECONDS = 0.6;

    private static final long LOOK_MS = 100;
    private static final int MOST_LOOKS = 30;
    private static final double BUSY_SHARE = 0.2;
    private static final Duration GRACE = Duration.ofSeconds(60);

    private final Path root;
    private final Path scratch;
    private final boolean isQuick;
    private final Progress progress = new Progress();
    private final Map<String, Double> capacities = new HashMap<>();
    private final Set<String> wrongs = new LinkedHashSet<>();
    private int measurements;
    private int disturbed;

    /**
     * For one run.
     *
     * @param root    the repository
     * @param scratch a directory in memory
     */
    Bench(final Path root, final Path scratch, final boolean isQuick) {
        this.root = root;
        this.scratch = scratch;
        this.isQuick = isQuick;
    }

    /** The repository. */
    Path root() {
        return root;
    }

    /** A directory in memory, gone after the run. */
    Path scratch() {
        return scratch;
    }

    /** Whether this is the quick form. */
    boolean isQuick() {
        return isQuick;
    }

    /** One of two values: the quick form's or the full form's. */
    <T> T pick(final T quick, final T full) {
        return isQuick ? quick : full;
    }

    /** Where the progress is shown. */
    Progress progress() {
        return progress;
    }

    /** What was wrong with packets that came out, device and metric named. */
    Set<String> wrongs() {
        return wrongs;
    }

    /** Where the C programs are. */
    Path programs() {
        return root.resolve("bench/target/c");
    }

    /** The C forwarder. */
    Device forwarder(final boolean isSpinning) {
        return new ForwarderDevice(programs().toString(), isSpinning, List.of());
    }

    /** Sallyport. */
    SallyportDevice sallyport(final String backend, final String threading, final String waiting) {
        return new SallyportDevice(root, scratch, backend, threading, waiting, CONNECTIONS, "");
    }

    /** Sallyport in all combinations of backend and threading, with one way to wait. */
    List<SallyportDevice> sallyports(final String waiting) {
        final List<SallyportDevice> all = new ArrayList<>();
        for (final String backend : new String[] {"packet", "xdp"}) {
            for (final String threading : new String[] {"inline", "pipeline"}) {
                all.add(sallyport(backend, threading, waiting));
            }
        }
        return all;
    }

    /** The same for metrics that take long: the quick form leaves out the pipelines. */
    List<SallyportDevice> fewSallyports(final String waiting) {
        return sallyports(waiting).stream().filter(device -> !isQuick || device.threading().equals("inline")).toList();
    }

    /** A tester for a device. */
    Tester tester(final Lab lab, final Device device, final double seconds, final String... options) {
        return Tester.of(programs(), lab, device, GRACE.plusMillis((long) (seconds * 1000)), options);
    }

    /** Work on a device that was started in a lab of its own. */
    @FunctionalInterface
    interface Work {
        /** Does it. */
        void on(Lab lab, Running running);
    }

    /**
     * Starts a device between hosts, has work done with it, and removes all of it. What cannot be done is noted in the table, and the
     * run goes on.
     */
    void with(final Device device, final Table table, final double seconds, final Work work) {
        if (table.skipped().containsKey(device.name())) {
            return;
        }
        progress.begin(table.key() + ": " + device.name(), seconds + START_SECONDS);
        lookAround();
        try (Lab lab = Lab.create(); Running running = device.start(lab)) {
            work.on(lab, running);
        } catch (final UnavailableException e) {
            table.skip(device.name(), e.getMessage());
        } catch (final CommandException | IllegalStateException | UncheckedIOException e) {
            final String message = String.valueOf(e.getMessage()).strip().lines().findFirst().orElse("");
            progress.say("  " + device.name() + ": " + message);
            table.skip(device.name(), "failed: " + message);
        } finally {
            progress.end();
        }
    }

    /** Waits while others use the machine, but not long. */
    private void lookAround() {
        measurements++;
        for (int look = 0; look < MOST_LOOKS; look++) {
            if (Machine.busyShare(LOOK_MS) < BUSY_SHARE) {
                return;
            }
        }
        disturbed++;
    }

    /** What to say about others on the machine; empty when there were none. */
    String disturbance() {
        return disturbed == 0 ? ""
            : "**Others used the machine when " + disturbed + " of " + measurements + " measurements began: do not trust the figures.**";
    }

    /** Notes what was wrong with the packets of a result. */
    void judge(final Table table, final Device device, final Tester.Result result) {
        final String wrong = result.wrongs();
        if (!wrong.isEmpty()) {
            wrongs.add(table.key() + ", " + device.name() + ": " + wrong);
            progress.say("  WRONG: " + device.name() + ": " + wrong);
        }
    }

    /** Notes how many packets a second a device can deliver, for metrics that load it with a part of that. */
    void learnCapacity(final Device device, final double packetsPerSecond) {
        capacities.merge(device.name(), packetsPerSecond, Math::max);
    }

    /** What was learned of a device's capacity; 0 for nothing. */
    double capacity(final Device device) {
        return capacities.getOrDefault(device.name(), 0.0);
    }
}
