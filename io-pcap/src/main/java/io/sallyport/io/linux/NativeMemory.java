package io.sallyport.io.linux;

import java.nio.ByteBuffer;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Small structures for system calls: zeroed memory outside the heap that has an address. */
final class NativeMemory {

    private NativeMemory() {
    }

    /** Zeroed memory; {@link UnsafeBuffer#addressOffset} is its address, for as long as the buffer is reachable. */
    static UnsafeBuffer allocate(final int lengthBytes) {
        final ByteBuffer memory = BufferUtil.allocateDirectAligned(lengthBytes, BitUtil.CACHE_LINE_LENGTH);
        return new UnsafeBuffer(memory);
    }
}
