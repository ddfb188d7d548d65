package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class TimeSliceTest {

    private static final int SCHED_OTHER = 0;
    private static final int SCHED_BATCH = 3;
    private static final int NICE_OFFSET = 16;

    private final LinuxCalls calls = new LinuxCalls();
    private final UnsafeBuffer attributes = NativeMemory.allocate(TimeSlice.LENGTH);

    @Test
    void aThreadAsksForShortTurnsAndKeepsItsPriority() {
        assumeTrue(knowsSlices(), "needs Linux 6.12");
        onThread(() -> {
            set(SCHED_OTHER, 3, 0);
            TimeSlice.shorten(calls);
            read();
            assertEquals(TimeSlice.SHORTEST_NS, attributes.getLong(TimeSlice.RUNTIME_OFFSET));
            assertEquals(SCHED_OTHER, attributes.getInt(TimeSlice.POLICY_OFFSET));
            assertEquals(3, attributes.getInt(NICE_OFFSET));
        });
    }

    @Test
    void whoWasGivenAnotherPolicyKeepsIt() {
        assumeTrue(knowsSlices(), "needs Linux 6.12");
        onThread(() -> {
            set(SCHED_BATCH, 0, 5_000_000);
            TimeSlice.shorten(calls);
            read();
            assertEquals(5_000_000, attributes.getLong(TimeSlice.RUNTIME_OFFSET));
            assertEquals(SCHED_BATCH, attributes.getInt(TimeSlice.POLICY_OFFSET));
        });
    }

    private boolean knowsSlices() {
        read();
        return attributes.getLong(TimeSlice.RUNTIME_OFFSET) > 0;
    }

    private void set(final int policy, final int nice, final long sliceNs) {
        read();
        attributes.putInt(TimeSlice.POLICY_OFFSET, policy);
        attributes.putInt(NICE_OFFSET, nice);
        attributes.putLong(TimeSlice.RUNTIME_OFFSET, sliceNs);
        assertEquals(0, calls.systemCall(TimeSlice.SYS_SCHED_SETATTR, 0, attributes.addressOffset(), 0, 0));
    }

    private void read() {
        assertEquals(0, calls.systemCall(TimeSlice.SYS_SCHED_GETATTR, 0, attributes.addressOffset(), TimeSlice.LENGTH, 0));
    }

    /** What a thread is given ends with it. */
    private static void onThread(final Runnable work) {
        CompletableFuture.runAsync(work, task -> Thread.ofPlatform().start(task)).join();
    }
}
