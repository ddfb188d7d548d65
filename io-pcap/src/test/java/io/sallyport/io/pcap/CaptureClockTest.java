package io.sallyport.io.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CaptureClockTest {

    private static final long SEED = 20_260_103;

    /** The obvious twin: exact arithmetic on numbers of any size. */
    @Test
    void agrees_with_exact_arithmetic_at_every_resolution() {
        final Random random = new Random(SEED);
        for (int resolution = 0; resolution < 256; resolution++) {
            if (!CaptureClock.isUsable(resolution)) {
                continue;
            }
            final BigInteger base = BigInteger.valueOf(resolution >= 128 ? 2 : 10);
            final BigInteger perSecond = base.pow(resolution & 0x7F);
            for (int i = 0; i < 1_000; i++) {
                final long units = random.nextLong() >>> random.nextInt(64);
                final long offset = random.nextInt(1_000) - 500;
                final BigInteger expected = new BigInteger(Long.toUnsignedString(units)).multiply(BigInteger.valueOf(1_000_000_000))
                    .divide(perSecond).add(BigInteger.valueOf(offset * 1_000_000_000));
                final CaptureClock clock = new CaptureClock(resolution, offset);
                if (expected.bitLength() < 63) {
                    assertEquals(expected.longValueExact(), clock.toNs(units), resolution + ": " + units + ", seed " + SEED);
                } else if (expected.bitLength() > 63) {
                    assertThrows(ArithmeticException.class, () -> clock.toNs(units));
                }
            }
        }
    }

    @Test
    void refuses_clocks_finer_than_a_long_counts() {
        assertTrue(CaptureClock.isUsable(18));
        assertFalse(CaptureClock.isUsable(19));
        assertTrue(CaptureClock.isUsable(0x80 | 62));
        assertFalse(CaptureClock.isUsable(0x80 | 63));
    }
}
