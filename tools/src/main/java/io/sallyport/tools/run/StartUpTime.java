package io.sallyport.tools.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** How long this process has existed. */
public final class StartUpTime {

    /** Kernel ticks a second in {@code /proc}, on every architecture that Linux runs the JDK on (sysconf(_SC_CLK_TCK)). */
    private static final int TICKS_PER_SECOND = 100;
    /** Place of {@code starttime} behind the command's name in {@code /proc/self/stat} (proc(5), field 22; the name is field 2). */
    private static final int START_FIELD = 19;

    private StartUpTime() {
    }

    /**
     * Time since the process was started, in ms, to within 10 ms; where there is no {@code /proc}, since the virtual machine was.
     * The kernel's figures come first because loading the management classes would cost more than they tell.
     */
    public static long elapsedMs() {
        try {
            final String uptime = Files.readString(Path.of("/proc/uptime"));
            final String stat = Files.readString(Path.of("/proc/self/stat"));
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            final double uptimeSeconds = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
            return Math.max(0, Math.round(1000 * (uptimeSeconds - Double.parseDouble(fields[START_FIELD]) / TICKS_PER_SECOND)));
        } catch (final IOException | RuntimeException unknown) {
            return System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
        }
    }
}
