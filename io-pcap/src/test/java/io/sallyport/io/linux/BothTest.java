package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PortException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

class BothTest {

    private static final Settings INSIDE = new Settings("l0", true, true);
    private static final Settings OUTSIDE = new Settings("w0", true, true);

    private final Queue<String> closed = new ConcurrentLinkedQueue<>();

    private Both<String> open(final Map<String, Throwable> failures) throws PortException {
        return Both.open(INSIDE, OUTSIDE, settings -> {
            switch (failures.get(settings.interfaceName())) {
                case final PortException failure -> throw failure;
                case final RuntimeException failure -> throw failure;
                case final Error failure -> throw failure;
                case null, default -> {
                    return settings.interfaceName();
                }
            }
        }, closed::add);
    }

    @Test
    void eachSideGetsItsOwn() throws PortException {
        assertEquals(new Both<>("l0", "w0"), open(Map.of()));
        assertEquals(List.of(), List.copyOf(closed));
    }

    @Test
    void whicheverFailsTheOtherIsClosed() {
        for (final Throwable failure
            : List.of(new PortException("vanished"), new IllegalStateException("a bug"), new OutOfMemoryError("full"))) {
            assertSame(failure, assertThrows(Throwable.class, () -> open(Map.of("l0", failure))));
            assertEquals("w0", closed.remove());
            assertSame(failure, assertThrows(Throwable.class, () -> open(Map.of("w0", failure))));
            assertEquals("l0", closed.remove());
        }
        assertEquals(List.of(), List.copyOf(closed));
    }

    @Test
    void theInsideIsToldFirst() {
        final PortException inside = new PortException("vanished");
        assertSame(inside, assertThrows(PortException.class, () -> open(Map.of("l0", inside, "w0", new PortException("down")))));
        assertEquals(List.of(), List.copyOf(closed));
    }
}
