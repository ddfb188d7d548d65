package io.sallyport.tools.system;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.CommandException;
import io.sallyport.tools.demo.Namespace;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/** Echo requests every 5 ms, and for how long none was answered. */
final class Pings implements AutoCloseable {

    private static final Pattern ANSWER = Pattern.compile("(?m)^\\[([0-9]+\\.[0-9]+)\\] .*icmp_seq=[0-9]+ ");
    private static final int MORE = 40;
    private static final long BETWEEN_LOOKS_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final BackgroundProcess process;

    private Pings(final BackgroundProcess process) {
        this.process = process;
    }

    /** Begins. */
    static Pings start(final Namespace host, final String address) {
        return new Pings(host.start(List.of("ping", "-n", "-D", "-i", "0.005", "-s", "18", address)));
    }

    /** Waits for answers that have not been there before. */
    void awaitMore(final Duration limit) {
        final int wanted = answersMs().size() + MORE;
        final long deadlineNs = System.nanoTime() + limit.toNanos();
        while (answersMs().size() < wanted) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new CommandException("no answers to pings within " + limit + "\n" + process.out() + process.err());
            }
            LockSupport.parkNanos(BETWEEN_LOOKS_NS);
        }
    }

    /** Ends; the longest time between two answers, in ms. */
    long stop() {
        process.stop();
        final List<Double> answersMs = answersMs();
        double longestMs = 0;
        for (int i = 1; i < answersMs.size(); i++) {
            longestMs = Math.max(longestMs, answersMs.get(i) - answersMs.get(i - 1));
        }
        return Math.round(longestMs);
    }

    private List<Double> answersMs() {
        return ANSWER.matcher(process.out()).results().map(answer -> 1000 * Double.parseDouble(answer.group(1))).toList();
    }

    @Override
    public void close() {
        process.close();
    }
}
