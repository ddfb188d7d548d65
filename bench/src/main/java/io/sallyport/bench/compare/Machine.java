package io.sallyport.bench.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The machine that all this runs on: which core does what, and what to say about it. */
final class Machine {

    /** The tester has this core for itself. */
    static final int TESTER_CORE = 0;

    private static final int IDLE_FIELD = 3;

    private Machine() {
    }

    /** How many cores there are. */
    static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** The cores of the gateway: all but the tester's. */
    static String gatewayCores() {
        return cores() == 2 ? "1" : "1-" + (cores() - 1);
    }

    /** The cores of the gateway, as a mask. */
    static int gatewayMask() {
        return (1 << Math.min(cores(), 31)) - 2;
    }

    /** What to put before a command that is to run on the gateway's cores. */
    static List<String> onGatewayCores() {
        return List.of("taskset", "-c", gatewayCores());
    }

    /** What to put before a command that is to run on the tester's core. */
    static List<String> onTesterCore() {
        return List.of("taskset", "-c", Integer.toString(TESTER_CORE));
    }

    /** Lines of a list in Markdown. */
    static String describe() {
        return "- processor: " + processor() + ", " + cores() + " cores" + "\n"
            + "- memory: " + memoryGib() + " GiB\n"
            + "- kernel: Linux " + line("/proc/sys/kernel/osrelease") + "\n"
            + "- JDK: " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")\n"
            + "- the tester runs on core " + TESTER_CORE + ", what it tests on core " + gatewayCores() + "\n";
    }

    /** How much of all cores' time others take at present, 0 to 1; waits for so many milliseconds to see it. */
    static double busyShare(final long lookMs) {
        final long[] before = times();
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(lookMs));
        final long[] after = times();
        return 1 - (double) (after[1] - before[1]) / Math.max(1, after[0] - before[0]);
    }

    /** All time and idle time of all cores, in ticks. */
    private static long[] times() {
        final long[] ticks = Stream.of(line("/proc/stat").split(" +")).skip(1).mapToLong(Long::parseLong).toArray();
        return new long[] {Arrays.stream(ticks).sum(), ticks[IDLE_FIELD] + ticks[IDLE_FIELD + 1]};
    }

    private static String processor() {
        return field("/proc/cpuinfo", "model name");
    }

    private static long memoryGib() {
        return Math.round(Long.parseLong(field("/proc/meminfo", "MemTotal").split(" ")[0]) / 1024.0 / 1024.0);
    }

    private static String field(final String file, final String name) {
        return read(file).lines().filter(line -> line.startsWith(name)).map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst().orElse("unknown");
    }

    /** The first line of a file. */
    static String line(final String file) {
        return read(file).lines().findFirst().orElse("");
    }

    private static String read(final String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
