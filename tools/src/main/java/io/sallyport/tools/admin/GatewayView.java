package io.sallyport.tools.admin;

import io.sallyport.counter.CommandControlReader;
import io.sallyport.tools.screen.GatewayFacts;
import io.sallyport.tools.screen.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The gateway as an observer sees it. It is looked at a few times a second at most, however many ask: the rest are given the last look.
 * Thread-safe.
 */
final class GatewayView {

    private static final long FRESH_NS = TimeUnit.MILLISECONDS.toNanos(200);
    /** Rates hold for the last second, or for the time since anyone last asked. */
    private static final double RATE_SECONDS = 1;
    /** The log of errors is longer than all else together. */
    private static final long ERRORS_FRESH_NS = TimeUnit.SECONDS.toNanos(10);

    private final CommandControlReader gateway;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private GatewayLook last;
    private long lastNs;
    private int errorCount;
    private long errorsReadNs;

    private GatewayView(final CommandControlReader gateway) throws IOException {
        this.gateway = gateway;
        lastNs = System.nanoTime();
        errorsReadNs = lastNs;
        errorCount = gateway.errors().size();
        samples.add(Sample.of(gateway, lastNs));
    }

    /**
     * Looks into the running gateway.
     *
     * @throws IOException when none runs there, or its state cannot be read
     */
    static GatewayView attach(final Path stateDirectory) throws IOException {
        return new GatewayView(CommandControlReader.attach(stateDirectory));
    }

    /**
     * How it is now, or was just now.
     *
     * @throws IOException when its state is damaged
     */
    synchronized GatewayLook look() throws IOException {
        final long nowNs = System.nanoTime();
        if (last == null || nowNs - lastNs >= FRESH_NS) {
            last = take(nowNs);
            lastNs = nowNs;
        }
        return last;
    }

    private GatewayLook take(final long nowNs) throws IOException {
        if (nowNs - errorsReadNs >= ERRORS_FRESH_NS) {
            errorCount = gateway.errors().size();
            errorsReadNs = nowNs;
        }
        final long nowMs = System.currentTimeMillis();
        final Sample now = Sample.of(gateway, nowNs);
        samples.add(now);
        final GatewayFacts facts = new GatewayFacts(gateway.state(), gateway.isHanging(), gateway.pid(),
            Math.max(0, TimeUnit.MILLISECONDS.toSeconds(nowMs - gateway.startEpochMs())), errorCount, gateway.facts());
        return new GatewayLook(
            nowMs, gateway.startEpochMs(), Math.max(0, nowMs - gateway.heartbeatEpochMs()), facts, earlier(now), now);
    }

    /** The youngest sample that is old enough for rates, else the oldest; those before it go. */
    private Sample earlier(final Sample now) {
        Sample earlier = samples.remove();
        while (now.secondsSince(samples.element()) >= RATE_SECONDS) {
            earlier = samples.remove();
        }
        samples.addFirst(earlier);
        return earlier;
    }
}
