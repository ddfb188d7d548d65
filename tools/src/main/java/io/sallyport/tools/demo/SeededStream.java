package io.sallyport.tools.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Bytes that only depend on a seed and their position, as many as wanted, at memory speed: the payload of transfers that are compared
 * with what was sent. No part of it repeats, so nothing lost, swapped or sent twice goes unseen.
 */
public final class SeededStream extends InputStream {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private final byte[] block = new byte[65_536];
    private int blockPosition = block.length;
    private long state;
    private long leftBytes;

    /** The first {@code lengthBytes} bytes of that seed. */
    public SeededStream(final long seed, final long lengthBytes) {
        this.state = seed * 0x2545f4914f6cdd1dL;
        this.leftBytes = lengthBytes;
    }

    /** SHA-256 of the first {@code lengthBytes} bytes of that seed, in hexadecimal. */
    public static String sha256(final long seed, final long lengthBytes) {
        return sha256(new SeededStream(seed, lengthBytes));
    }

    /** SHA-256 of all that a stream yields, in hexadecimal. */
    public static String sha256(final InputStream stream) {
        try {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            final byte[] buffer = new byte[262_144];
            for (int length = stream.read(buffer); length >= 0; length = stream.read(buffer)) {
                digest.update(buffer, 0, length);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int read() {
        final byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(final byte[] target, final int offset, final int length) {
        if (leftBytes == 0) {
            return -1;
        }
        if (blockPosition == block.length) {
            fill();
        }
        final int count = (int) Math.min(Math.min(length, leftBytes), block.length - blockPosition);
        System.arraycopy(block, blockPosition, target, offset, count);
        blockPosition += count;
        leftBytes -= count;
        return count;
    }

    @Override
    public long transferTo(final OutputStream target) throws IOException {
        long count = 0;
        while (leftBytes > 0) {
            if (blockPosition == block.length) {
                fill();
            }
            final int length = (int) Math.min(leftBytes, block.length - blockPosition);
            target.write(block, blockPosition, length);
            blockPosition += length;
            leftBytes -= length;
            count += length;
        }
        return count;
    }

    /** SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014), eight bytes a step. */
    private void fill() {
        long s = state;
        for (int i = 0; i < block.length; i += Long.BYTES) {
            s += GOLDEN_GAMMA;
            long z = s;
            z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
            z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
            LONGS.set(block, i, z ^ z >>> 31);
        }
        state = s;
        blockPosition = 0;
    }
}
