package io.sallyport.icmp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.flow.SeededHash;
import org.junit.jupiter.api.Test;

class ErrorRateLimitTest {

    private static final long MS = 1_000_000L;
    private static final long START_NS = -3_000_000_000L;

    private final ErrorRateLimit limit = new ErrorRateLimit(new SeededHash(3, 4), 1);

    @Test
    void oneSourceGetsABurstOfTenAndHundredASecond() {
        assertEquals(10, count(1, START_NS, 1000));
        assertFalse(limit.tryAcquire(1, START_NS + 10 * MS - 1));
        assertTrue(limit.tryAcquire(1, START_NS + 10 * MS));
        int sent = 0;
        for (int ms = 11; ms <= 1010; ms++) {
            sent += count(1, START_NS + ms * MS, 5);
        }
        assertEquals(100, sent);
    }

    @Test
    void allSourcesGetABurstOfHundredAndThousandASecond() {
        int sent = 0;
        for (int source = 1; source <= 500; source++) {
            sent += count(source, START_NS, 2);
        }
        assertEquals(100, sent);
        sent = 0;
        for (int ms = 1; ms <= 1000; ms++) {
            for (int i = 0; i < 5; i++) {
                sent += count(ms * 5 + i, START_NS + ms * MS, 1);
            }
        }
        assertEquals(1000, sent);
    }

    @Test
    void refusedSourceCostsTheOthersNothing() {
        count(1, START_NS, 1_000_000);
        int sent = 0;
        for (int source = 2; source <= 200; source++) {
            sent += count(source, START_NS, 1);
        }
        assertEquals(90, sent);
    }

    @Test
    void quietSourceHasItsBurstAgain() {
        assertEquals(10, count(1, START_NS, 20));
        assertEquals(10, count(1, START_NS + 100 * MS, 20));
        assertEquals(10, count(1, START_NS + 1_000_000 * MS, 20));
    }

    /** The table forgets only sources that have their whole burst: nobody gets more by hiding among many. */
    @Test
    void manySourcesDoNotWashOneOut() {
        long nowNs = START_NS;
        int sent = 0;
        for (int ms = 0; ms < 1000; ms++) {
            nowNs += MS;
            sent += count(1, nowNs, 1);
            for (int i = 0; i < 50; i++) {
                count(ms * 50 + i + 2, nowNs, 1);
            }
        }
        assertTrue(sent <= 110, () -> "one source got more than its share");
    }

    @Test
    void workersShareTheLimitInAll() {
        final ErrorRateLimit quarter = new ErrorRateLimit(new SeededHash(3, 4), 4);
        int sent = 0;
        for (int source = 1; source <= 500; source++) {
            sent += quarter.tryAcquire(source, START_NS) ? 1 : 0;
        }
        assertEquals(25, sent);
    }

    private int count(final int source, final long nowNs, final int tries) {
        int count = 0;
        for (int i = 0; i < tries; i++) {
            count += limit.tryAcquire(source, nowNs) ? 1 : 0;
        }
        return count;
    }
}
