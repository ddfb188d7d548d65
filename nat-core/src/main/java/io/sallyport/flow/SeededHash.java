package io.sallyport.flow;

/**
 * Hash of keys that strangers choose. Two 64-bit secrets are mixed in before a 64 × 64 → 128 bit multiplication is folded, so that no
 * one who does not know them can aim many keys at one bucket.
 */
public final class SeededHash {

    private static final long MULTIPLIER = 0x9E37_79B9_7F4A_7C15L;

    private final long secret0;
    private final long secret1;

    /** With two secrets. */
    public SeededHash(final long secret0, final long secret1) {
        this.secret0 = secret0;
        this.secret1 = secret1 | 1;
    }

    /** Hash of two longs. */
    public long of(final long first, final long second) {
        return fold(fold(first ^ secret0, second ^ secret1) ^ secret0, MULTIPLIER ^ second);
    }

    /** Hash of one long. */
    public long of(final long key) {
        return fold(fold(key ^ secret0, secret1) ^ key, MULTIPLIER);
    }

    private static long fold(final long a, final long b) {
        return a * b ^ Math.unsignedMultiplyHigh(a, b);
    }
}
