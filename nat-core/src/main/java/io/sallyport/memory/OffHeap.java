package io.sallyport.memory;

import java.util.Objects;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Memory outside the heap, for what every packet goes through. It differs from an {@link UnsafeBuffer} over the same bytes in that it can
 * lie nowhere but outside the heap. The compiler then knows that no store into it changes an object: fields and columns stay in registers
 * from one packet to the next, which makes the engine a third faster (docs/decisions/009).
 *
 * <p>Values are little-endian, and offsets are checked, unless {@code agrona.disable.bounds.checks} says not to: tests leave the checks
 * on, the program leaves them to the parser, which checks every length once.
 *
 * <p>Immutable; who may touch the bytes is for the owner to say.
 */
public final class OffHeap {

    private static final boolean IS_CHECKED = UnsafeBuffer.SHOULD_BOUNDS_CHECK;

    private final long address;
    private final long length;
    /** Keeps the memory from being freed. */
    private final Object owner;

    private OffHeap(final long address, final long length, final Object owner) {
        this.address = address;
        this.length = length;
        this.owner = owner;
    }

    /**
     * A view of a buffer's bytes.
     *
     * @throws IllegalArgumentException if they lie on the heap
     */
    public static OffHeap of(final DirectBuffer buffer) {
        if (buffer.byteArray() != null) {
            throw new IllegalArgumentException("memory on the heap");
        }
        return new OffHeap(buffer.addressOffset(), buffer.capacity(), buffer);
    }

    /** New memory, zero, that begins with a cache line; {@code length} is in bytes. */
    public static OffHeap allocate(final int length) {
        return of(new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, BitUtil.CACHE_LINE_LENGTH)));
    }

    /** Length, in bytes. */
    public long length() {
        return length;
    }

    /** Where it begins, for system calls; valid while this object is reachable. */
    public long address() {
        return address;
    }

    /** Loads a byte. */
    public byte getByte(final long offset) {
        check(offset, Byte.BYTES);
        return UnsafeApi.getByte(address + offset);
    }

    /** Stores a byte. */
    public void putByte(final long offset, final byte value) {
        check(offset, Byte.BYTES);
        UnsafeApi.putByte(address + offset, value);
    }

    /** Loads two bytes. */
    public short getShort(final long offset) {
        check(offset, Short.BYTES);
        return UnsafeApi.getShort(address + offset);
    }

    /** Stores two bytes. */
    public void putShort(final long offset, final short value) {
        check(offset, Short.BYTES);
        UnsafeApi.putShort(address + offset, value);
    }

    /** Loads four bytes. */
    public int getInt(final long offset) {
        check(offset, Integer.BYTES);
        return UnsafeApi.getInt(address + offset);
    }

    /** Stores four bytes. */
    public void putInt(final long offset, final int value) {
        check(offset, Integer.BYTES);
        UnsafeApi.putInt(address + offset, value);
    }

    /** Stores four bytes, after all that was stored before; for readers that load them with acquire. */
    public void putIntRelease(final long offset, final int value) {
        check(offset, Integer.BYTES);
        UnsafeApi.putIntRelease(null, address + offset, value);
    }

    /** Loads four bytes, before all that is loaded after. */
    public int getIntAcquire(final long offset) {
        check(offset, Integer.BYTES);
        return UnsafeApi.getIntAcquire(null, address + offset);
    }

    /** Loads eight bytes. */
    public long getLong(final long offset) {
        check(offset, Long.BYTES);
        return UnsafeApi.getLong(address + offset);
    }

    /** Stores eight bytes. */
    public void putLong(final long offset, final long value) {
        check(offset, Long.BYTES);
        UnsafeApi.putLong(address + offset, value);
    }

    private void check(final long offset, final int size) {
        if (IS_CHECKED) {
            Objects.checkFromIndexSize(offset, size, length);
        }
    }
}
