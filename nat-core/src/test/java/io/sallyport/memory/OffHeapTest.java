package io.sallyport.memory;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Memory outside the heap: what is stored is loaded, and nothing beyond the end. */
class OffHeapTest {

    private final OffHeap memory = OffHeap.allocate(64);

    @Test
    void isZeroAndBeginsWithACacheLine() {
        assertEquals(0, memory.address() & 63);
        for (int offset = 0; offset < 64; offset += 8) {
            assertEquals(0, memory.getLong(offset));
        }
    }

    @Test
    void holdsLittleEndianValuesOfEachSize() {
        memory.putLong(3, 0x8877_6655_4433_2211L);
        assertEquals(0x11, memory.getByte(3));
        assertEquals(0x2211, memory.getShort(3));
        assertEquals(0x4433_2211, memory.getInt(3));
        assertEquals(0x5544, memory.getShort(6));
        memory.putByte(3, (byte) 0x99);
        memory.putShort(4, (short) 0xBBAA);
        memory.putInt(6, 0xFFEE_DDCC);
        assertEquals(0x88FF_EEDD_CCBB_AA99L, memory.getLong(3));
        memory.putIntRelease(60, 7);
        assertEquals(7, memory.getIntAcquire(60));
    }

    @Test
    void testsSeeWhoeverReachesBeyond() {
        assertThrows(IndexOutOfBoundsException.class, () -> memory.getLong(57));
        assertThrows(IndexOutOfBoundsException.class, () -> memory.putLong(57, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> memory.getByte(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> memory.putByte(64, (byte) 0));
        assertThrows(IndexOutOfBoundsException.class, () -> memory.putIntRelease(61, 0));
    }

    @Test
    void sharesTheBytesOfABuffer() {
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(16));
        OffHeap.of(buffer).putInt(4, 42);
        assertEquals(42, buffer.getInt(4));
    }

    @Test
    void neverLiesOnTheHeap() {
        assertThrows(IllegalArgumentException.class, () -> OffHeap.of(new UnsafeBuffer(new byte[16])));
    }
}
