package io.sallyport.io;

import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The simplest gateway there is: every frame that arrives on one side leaves on the other, unchanged. A program of its own, because the
 * tests run it inside a network namespace. It prints {@code ready}, forwards until its standard input ends, and prints what it did.
 */
public final class FrameBridge {

    private static final int BATCH_CAPACITY = 64;
    private static final long WAIT_NS = 10_000_000;
    private static final long WARM_UP_FRAMES = 100_000;

    private final PortPair ports;
    private final AtomicBoolean running = new AtomicBoolean(true);
    private long forwardedFrames;
    private long failedFrames;
    private long allocatedBytes;

    private FrameBridge(final PortPair ports) {
        this.ports = ports;
    }

    /** Arguments: backend, two interfaces, {@code offload} or {@code plain}, {@code isolate} or {@code share}. */
    public static void main(final String[] arguments) throws Exception {
        final PacketBackend backend = ServiceLoader.load(PacketBackend.class).stream().map(ServiceLoader.Provider::get)
            .filter(candidate -> candidate.name().equals(arguments[0])).findFirst().orElseThrow();
        final boolean offload = "offload".equals(arguments[3]);
        final boolean isolate = "isolate".equals(arguments[4]);
        try (PortPair ports = backend.open(new Settings(arguments[1], offload, isolate), new Settings(arguments[2], offload, isolate))) {
            final FrameBridge bridge = new FrameBridge(ports);
            final Thread thread = new Thread(bridge::run, "bridge");
            thread.start();
            System.out.println("ready");
            waitForEnd();
            bridge.running.set(false);
            thread.join();
            System.out.println("forwarded=" + bridge.forwardedFrames + " failed=" + bridge.failedFrames
                + " lost=" + (ports.inside().receiveDrops() + ports.outside().receiveDrops()) + " allocated=" + bridge.allocatedBytes
                + " failure=" + ports.inside().failure().orElse("none"));
        }
    }

    private static void waitForEnd() throws IOException {
        while (System.in.read() >= 0) {
            continue;
        }
    }

    private void run() {
        final com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        final PacketBatch fromInside = ports.inside().newBatch(BATCH_CAPACITY);
        final PacketBatch fromOutside = ports.outside().newBatch(BATCH_CAPACITY);
        long allocatedAfterWarmUp = 0;
        boolean warm = false;
        while (running.get()) {
            final int moved = move(Side.INSIDE, fromInside) + move(Side.OUTSIDE, fromOutside);
            if (moved == 0) {
                ports.waiter().await(WAIT_NS);
            }
            if (!warm && forwardedFrames > WARM_UP_FRAMES) {
                warm = true;
                allocatedAfterWarmUp = threads.getCurrentThreadAllocatedBytes();
            }
        }
        allocatedBytes = warm ? threads.getCurrentThreadAllocatedBytes() - allocatedAfterWarmUp : -1;
    }

    private int move(final Side from, final PacketBatch batch) {
        final PacketPort source = ports.port(from);
        final int count = source.receive(batch);
        if (count == 0) {
            return 0;
        }
        for (int i = 0; i < count; i++) {
            batch.verdict(i, Verdict.to(from.other()));
            batch.egress(i, (byte) from.other().ordinal());
        }
        ports.port(from.other()).transmit(batch, from.other());
        for (int i = 0; i < count; i++) {
            if (batch.verdict(i) == Verdict.DROP) {
                failedFrames++;
            } else {
                forwardedFrames++;
            }
        }
        source.release(batch);
        return count;
    }
}
