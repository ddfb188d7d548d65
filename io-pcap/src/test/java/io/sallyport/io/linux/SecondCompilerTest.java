package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SecondCompilerTest {

    private static final int SCHED_OTHER = 0;
    private static final int SCHED_IDLE = 5;

    private static int policy(final String thread) {
        final UnsafeBuffer attributes = NativeMemory.allocate(TimeSlice.LENGTH);
        assertEquals(0, new LinuxCalls().systemCall(
            TimeSlice.SYS_SCHED_GETATTR, Integer.parseInt(thread), attributes.addressOffset(), TimeSlice.LENGTH, 0));
        return attributes.getInt(TimeSlice.POLICY_OFFSET);
    }

    private static void await(final List<String> threads, final int policy) throws InterruptedException {
        for (int round = 0; round < 500 && !threads.stream().allMatch(thread -> policy(thread) == policy); round++) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        threads.forEach(thread -> assertEquals(policy, policy(thread)));
    }

    @Test
    void givesWayAndTakesTurnsAgain() throws IOException, InterruptedException {
        assumeTrue(new ProcessBuilder("sh", "-c", "chrt -i -p 0 $$ && chrt -o -p 0 $$").start().waitFor() == 0,
            "this user may not take it back, or there is no chrt");
        final List<String> threads = SecondCompiler.threads();
        assertFalse(threads.isEmpty());
        final SecondCompiler compiler = SecondCompiler.prepare().orElseThrow();
        threads.forEach(thread -> assertEquals(SCHED_OTHER, policy(thread)));
        compiler.giveWay();
        try {
            await(threads, SCHED_IDLE);
        } finally {
            compiler.resume();
        }
        await(threads, SCHED_OTHER);
    }
}
