package io.sallyport.tools.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBudgetTest {

    private static final long SECOND_NS = 1_000_000_000;

    @ParameterizedTest
    @ValueSource(longs = {0, -5, Long.MAX_VALUE - SECOND_NS / 2})
    void burstIsTakenThenSoManyASecond(final long startNs) {
        final RequestBudget budget = new RequestBudget(startNs);
        assertEquals(RequestBudget.BURST, taken(budget, startNs, 500));
        assertFalse(budget.take(startNs + SECOND_NS / RequestBudget.PER_SECOND - 1));
        assertEquals(RequestBudget.PER_SECOND, taken(budget, startNs + SECOND_NS, 500));
    }

    @Test
    void silenceFillsItToTheBurstOnly() {
        final RequestBudget budget = new RequestBudget(0);
        assertTrue(budget.take(0));
        assertEquals(RequestBudget.BURST, taken(budget, 3_600 * SECOND_NS, 500));
    }

    private static long taken(final RequestBudget budget, final long nowNs, final int requests) {
        return IntStream.range(0, requests).filter(i -> budget.take(nowNs)).count();
    }
}
