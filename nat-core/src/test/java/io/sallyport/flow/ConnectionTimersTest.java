package io.sallyport.flow;

import io.sallyport.memory.OffHeap;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Timers fire at their deadline or up to a tick later, never earlier, each once. */
class ConnectionTimersTest {

    private static final int CONNECTIONS = 2000;
    private final FlowTable flows = table();
    private final ConnectionTimers timers = new ConnectionTimers(flows);

    @Test
    void everyTimerFiresOnceAndOnTime() {
        final Map<Integer, Long> deadlines = new HashMap<>();
        final Random random = new Random(5);
        final long[] now = {TimeUnit.DAYS.toNanos(3)};
        timers.start(now[0]);
        final int[] fired = {0};
        final ConnectionTimers.Handler handler = (connection, nowNs) -> {
            final long deadlineNs = deadlines.get(connection);
            if (nowNs < deadlineNs) {
                timers.arm(connection, deadlineNs);
                return;
            }
            assertTrue(nowNs - deadlineNs <= ConnectionTimers.TICK_NS, "late by " + (nowNs - deadlineNs));
            deadlines.remove(connection);
            fired[0]++;
        };
        int armed = 0;
        for (int round = 0; round < 50; round++) {
            for (int k = 0; k < CONNECTIONS; k++) {
                final int connection = k * 2;
                if (!deadlines.containsKey(connection) && random.nextInt(3) == 0) {
                    final long deadlineNs = now[0] + 1 + (long) (random.nextDouble() * TimeUnit.HOURS.toNanos(3));
                    deadlines.put(connection, deadlineNs);
                    timers.arm(connection, deadlineNs);
                    armed++;
                } else if (deadlines.containsKey(connection) && random.nextInt(10) == 0) {
                    timers.cancel(connection);
                    deadlines.remove(connection);
                    armed--;
                }
            }
            final long end = now[0] + TimeUnit.MINUTES.toNanos(20);
            for (long next = timers.nextNs(); next <= end; next = timers.nextNs()) {
                now[0] = Math.max(now[0], next);
                timers.poll(now[0], handler, 17);
            }
            now[0] = end;
        }
        assertEquals(armed, fired[0] + deadlines.size());
        assertEquals(deadlines.size(), timers.armed());
    }

    @Test
    void aGapOfYearsIsNotWalkedTickByTick() {
        timers.start(0);
        for (int k = 0; k < CONNECTIONS; k++) {
            timers.arm(k * 2, TimeUnit.HOURS.toNanos(k));
        }
        final long nowNs = TimeUnit.DAYS.toNanos(365 * 250);
        final int[] ended = {0};
        final ConnectionTimers.Handler handler = (connection, now) -> {
            if (connection == 0 && now == nowNs) {
                timers.arm(connection, nowNs + TimeUnit.HOURS.toNanos(1));
            } else {
                ended[0]++;
            }
        };
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            while (timers.poll(nowNs, handler, 100) > 0) {
                assertTrue(timers.armed() > 0);
            }
        });
        assertEquals(CONNECTIONS - 1, ended[0]);
        final long dueNs = nowNs + TimeUnit.HOURS.toNanos(1);
        timers.poll(dueNs - 1, handler, 100);
        assertEquals(CONNECTIONS - 1, ended[0], "not early");
        timers.poll(dueNs + ConnectionTimers.TICK_NS, handler, 100);
        assertEquals(CONNECTIONS, ended[0]);
    }

    private static FlowTable table() {
        return new FlowTable(OffHeap.allocate((int) FlowTable.memoryLength(CONNECTIONS)), CONNECTIONS, new SeededHash(1, 2));
    }
}
