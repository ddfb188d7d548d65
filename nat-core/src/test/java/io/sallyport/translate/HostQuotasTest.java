package io.sallyport.translate;

import io.sallyport.config.NatConfig.Limits;
import io.sallyport.flow.SeededHash;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** RFC 6888, REQ-4. */
class HostQuotasTest {

    private static final int HOST = 0x0A4D_0002;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    @Test
    void rfc6888_4_liveConnectionsOfAHostAreCounted() {
        final HostQuotas quotas = quotas(4, 0);
        for (int i = 0; i < 4; i++) {
            quotas.opened(quotas.admit(HOST, i), i);
        }
        assertEquals(HostQuotas.HOST_LIMIT, quotas.admit(HOST, 5));
        assertTrue(quotas.admit(HOST + 1, 5) >= 0, "another host is not affected");
        quotas.ended(HOST, 6);
        assertTrue(quotas.admit(HOST, 7) >= 0);
    }

    @Test
    void rfc6888_4c_newConnectionsOfAHostAreLimitedWithABurstOfASecond() {
        final HostQuotas quotas = quotas(0, 10);
        assertEquals(10, openAsManyAsPossible(quotas, 0));
        assertEquals(HostQuotas.HOST_RATE, quotas.admit(HOST, SECOND_NS / 10 - 1));
        assertEquals(1, openAsManyAsPossible(quotas, SECOND_NS / 10));
        assertEquals(9, openAsManyAsPossible(quotas, SECOND_NS));
        assertEquals(10, openAsManyAsPossible(quotas, 5 * SECOND_NS));
    }

    @Test
    void hostsThatHaveNothingAreForgotten() {
        final HostQuotas quotas = quotas(4, 10);
        for (int host = 0; host < 10_000; host++) {
            final long nowNs = host * SECOND_NS;
            final int admitted = quotas.admit(HOST + host, nowNs);
            assertTrue(admitted >= 0, "host " + host);
            quotas.opened(admitted, nowNs);
            quotas.ended(HOST + host, nowNs);
        }
        assertTrue(quotas.size() <= 200, quotas.size() + " hosts");
        final int refused = quotas.admit(HOST - 1, 0);
        quotas.refused(refused, 0);
        assertTrue(quotas.size() <= 200);
    }

    private static int openAsManyAsPossible(final HostQuotas quotas, final long nowNs) {
        int opened = 0;
        for (int host = quotas.admit(HOST, nowNs); host >= 0; host = quotas.admit(HOST, nowNs)) {
            quotas.opened(host, nowNs);
            opened++;
        }
        return opened;
    }

    private static HostQuotas quotas(final int perHost, final int perSecond) {
        return new HostQuotas(new Limits(100, perHost, perSecond), 100, new SeededHash(1, 2));
    }
}
