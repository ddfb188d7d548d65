package io.sallyport.wire;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624).
 *
 * <p>A <em>sum</em> is a one's-complement sum that may still hold carries, a <em>delta</em> a folded sum of 16 bits that turns a
 * checksum over old words into the one over new words. Deltas add up, so that a flow computes its own once and every packet
 * applies it with one addition.
 *
 * <p>The update is equation 3 of RFC 1624, {@code HC' = ~(~HC + ~m + m')}. It never makes 0xFFFF of a checksum that would be
 * 0x0000 if it were computed afresh, which equation 2 did.
 */
public final class Checksum {

    /** What taking one off the TTL does to an IPv4 header checksum: the word loses 0x0100. */
    public static final int TTL_DECREMENT_DELTA = 0xFEFF;

    private Checksum() {
    }

    /**
     * One's-complement sum of {@code length} bytes. An odd last byte counts as if a zero byte followed.
     *
     * @return the sum, at most 48 bits wide for any frame
     */
    public static long sum(final UnsafeBuffer buffer, final int offset, final int length) {
        long sum = 0;
        int position = offset;
        final int wholeEnd = offset + (length & ~7);
        for (; position < wholeEnd; position += 8) {
            final long word = buffer.getLong(position, ByteOrder.BIG_ENDIAN);
            sum += (word >>> 32) + (word & 0xFFFF_FFFFL);
        }
        final int end = offset + length;
        for (; position + 1 < end; position += 2) {
            sum += buffer.getShort(position, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        }
        if (position < end) {
            sum += (buffer.getByte(position) & 0xFF) << 8;
        }
        return sum;
    }

    /** Whether an IPv4 header of 20 bytes, given as a machine of any byte order loads it, has the right checksum (RFC 1071, section 2). */
    public static boolean isWhole(final long bytes0To7, final long bytes8To15, final int bytes16To19) {
        final long sum = (bytes0To7 & 0xFFFF_FFFFL) + (bytes0To7 >>> 32)
            + (bytes8To15 & 0xFFFF_FFFFL) + (bytes8To15 >>> 32) + (bytes16To19 & 0xFFFF_FFFFL);
        return fold(sum) == 0xFFFF;
    }

    /** Sum of the pseudo-header of TCP and UDP (RFC 9293, section 3.1). */
    public static long pseudoHeaderSum(final int source, final int destination, final int protocol, final int l4Length) {
        return (source & 0xFFFF_FFFFL) + (destination & 0xFFFF_FFFFL) + protocol + l4Length;
    }

    /** Folds a sum into 16 bits. */
    public static int fold(final long sum) {
        long folded = (sum & 0xFFFF_FFFFL) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16 & 0xFFFF) + (folded >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) ((folded & 0xFFFF) + (folded >>> 16));
    }

    /** The checksum that goes with a sum: its complement. */
    public static int finish(final long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /** Delta of a 16-bit word that turns from {@code before} to {@code after}. */
    public static int delta16(final int before, final int after) {
        return fold((long) (~before & 0xFFFF) + (after & 0xFFFF));
    }

    /** Delta of a 32-bit word, an IPv4 address say, that turns from {@code before} to {@code after}. */
    public static int delta32(final int before, final int after) {
        return fold((~before & 0xFFFF_FFFFL) + (after & 0xFFFF_FFFFL));
    }

    /** Both deltas as one. */
    public static int combine(final int delta, final int otherDelta) {
        return fold((long) delta + otherDelta);
    }

    /** The delta that takes {@code delta} back. */
    public static int inverse(final int delta) {
        return ~delta & 0xFFFF;
    }

    /**
     * Applies a delta to a checksum (RFC 1624, equation 3).
     *
     * @param delta also the sum of as many as 16, not folded
     */
    public static int update(final int checksum, final int delta) {
        final int sum = (checksum ^ 0xFFFF) + delta;
        final int folded = (sum & 0xFFFF) + (sum >>> 16);
        return folded + (folded >>> 16) & 0xFFFF ^ 0xFFFF;
    }

    /** Applies a delta to a UDP checksum: none (0) stays none, and a computed 0 is sent as 0xFFFF (RFC 768). */
    public static int updateUdp(final int checksum, final int delta) {
        if (checksum == 0) {
            return 0;
        }
        final int updated = update(checksum, delta);
        return updated == 0 ? 0xFFFF : updated;
    }

    /**
     * Applies a delta to a partial checksum: the folded, not complemented sum of the pseudo-header that a sender leaves to its NIC to
     * complete (Linux: {@code CHECKSUM_PARTIAL}). Only the addresses' delta belongs here; the ports are summed later.
     */
    public static int updatePartial(final int partial, final int addressDelta) {
        final int sum = partial + addressDelta;
        return (sum & 0xFFFF) + (sum >>> 16);
    }
}
