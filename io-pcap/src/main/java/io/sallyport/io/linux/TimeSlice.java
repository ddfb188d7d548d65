package io.sallyport.io.linux;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * How long a turn of a thread on its core is, as it asks the scheduler (the kernel's scheduler/sched-eevdf, PREEMPT_SHORT, from Linux 6.12
 * on). Who asks for short turns is let in when it wakes, into the turn of one who did not ask; its share of the core is the same.
 *
 * <pre>
 *  struct sched_attr (linux/sched/types.h): 48 bytes
 *  +-----------------------------------------------------------------------------------+
 *  |  0  size (int)  |  4  policy (int)    |  8  flags (long)                          |
 *  +-----------------------------------------------------------------------------------+
 *  | 16  nice (int)  | 20  priority (int)  | 24  runtime: the turn, in ns (long)       |
 *  +-----------------------------------------------------------------------------------+
 *  | 32  deadline (long)                   | 40  period (long)                         |
 *  +-----------------------------------------------------------------------------------+
 * </pre>
 */
final class TimeSlice {

    /** The shortest that there is. */
    static final long SHORTEST_NS = 100_000;

    /** Numbers of the calls: asm/unistd_64.h, and asm-generic/unistd.h for AArch64. */
    static final int SYS_SCHED_SETATTR = "aarch64".equals(System.getProperty("os.arch")) ? 274 : 314;
    static final int SYS_SCHED_GETATTR = SYS_SCHED_SETATTR + 1;

    static final int LENGTH = 48;
    static final int POLICY_OFFSET = 4;
    static final int RUNTIME_OFFSET = 24;

    private static final int OWN_THREAD = 0;
    private static final int SCHED_OTHER = 0;

    private TimeSlice() {
    }

    /**
     * Asks for the shortest turns for the calling thread, unless somebody has given it another policy than the usual one. Before Linux 6.12
     * the kernel ignores it; a sandbox may refuse it. Neither matters but for latency.
     */
    static void shorten(final LinuxCalls calls) {
        final UnsafeBuffer attributes = NativeMemory.allocate(LENGTH);
        final int result = calls.systemCall(SYS_SCHED_GETATTR, OWN_THREAD, attributes.addressOffset(), LENGTH, 0);
        if (result == 0 && attributes.getInt(POLICY_OFFSET) == SCHED_OTHER) {
            attributes.putLong(RUNTIME_OFFSET, SHORTEST_NS);
            calls.systemCall(SYS_SCHED_SETATTR, OWN_THREAD, attributes.addressOffset(), 0, 0);
        }
    }
}
