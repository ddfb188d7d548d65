package io.sallyport.mapping;

/**
 * Random numbers that a stranger who sees some of them cannot continue: SipHash-2-4 of a counter under a 128-bit secret (Aumasson and
 * Bernstein, 2012). For public ports, which are hard to guess only if the next one does not follow from the last (RFC 6056, section 3).
 * Two sources with the same secrets give the same numbers, which is what makes a replay repeatable.
 *
 * <p>One thread.
 */
public final class RandomSource {

    /** Numbers that are made at a time, each without waiting for the one before. */
    private static final int BLOCK = 64;

    private final long secret0;
    private final long secret1;
    private final long[] block = new long[BLOCK];
    private long firstOfBlock = -BLOCK;
    private int next = BLOCK;

    /** With a secret in two halves. */
    public RandomSource(final long secret0, final long secret1) {
        this.secret0 = secret0;
        this.secret1 = secret1;
    }

    /** The next 64 bits. */
    public long nextLong() {
        if (next == BLOCK) {
            firstOfBlock += BLOCK;
            for (int i = 0; i < BLOCK; i++) {
                block[i] = of(firstOfBlock + i);
            }
            next = 0;
        }
        return block[next++];
    }

    /** What {@link #nextLong} will return after {@code ahead} other calls. */
    long peek(final int ahead) {
        final int at = next + ahead;
        return at < BLOCK ? block[at] : of(firstOfBlock + at);
    }

    private long of(final long message) {
        long v0 = secret0 ^ 0x736f6d6570736575L;
        long v1 = secret1 ^ 0x646f72616e646f6dL;
        long v2 = secret0 ^ 0x6c7967656e657261L;
        long v3 = secret1 ^ 0x7465646279746573L;
        final long length = 8L << 56;
        v3 ^= message;
        for (int round = 0; round < 8; round++) {
            if (round == 2) {
                v0 ^= message;
                v3 ^= length;
            } else if (round == 4) {
                v0 ^= length;
                v2 ^= 0xFF;
            }
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }
}
