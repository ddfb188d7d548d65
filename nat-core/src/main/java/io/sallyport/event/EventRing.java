package io.sallyport.event;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * The way of one worker's events to the log: the worker writes and never waits, the log reads. What finds no room is lost and counted.
 */
public final class EventRing {

    /** Length in bytes: about 100,000 events. */
    static final int DEFAULT_LENGTH = 4 << 20;

    private final OneToOneRingBuffer ring;
    private final Event event = new Event();
    /** Written by the worker with release; {@link #lost} pairs with it. */
    private final AtomicLong lost = new AtomicLong();
    /** Makes room, as long as worker and log are one thread: while a gateway starts. Null afterwards. */
    private Runnable whenFull;
    private int claimed;

    /**
     * An empty ring.
     *
     * @param length   its length in bytes, a power of two
     * @param whenFull has the log read, while it is the worker's thread that reads it: until {@link #started}
     */
    EventRing(final int length, final Runnable whenFull) {
        ring = new OneToOneRingBuffer(new UnsafeBuffer(BufferUtil.allocateDirectAligned(
            length + RingBufferDescriptor.TRAILER_LENGTH, BitUtil.CACHE_LINE_LENGTH)));
        this.whenFull = whenFull;
    }

    /** From now on worker and log are different threads; called before they are. */
    public void started() {
        whenFull = null;
    }

    /** Room for an event, to be filled and then {@link #commit committed}; null when there is none, which counts as a loss. Worker only. */
    Event claim(final EventKind kind) {
        int index = ring.tryClaim(kind.ordinal() + 1, Event.LENGTH);
        if (index < 0 && whenFull != null) {
            whenFull.run();
            index = ring.tryClaim(kind.ordinal() + 1, Event.LENGTH);
        }
        if (index < 0) {
            lost.setRelease(lost.getPlain() + 1);
            return null;
        }
        claimed = index;
        return event.wrap(ring.buffer(), index);
    }

    /** Hands over the event that was claimed. Worker only. */
    void commit() {
        ring.commit(claimed);
    }

    /** Whether at least half of it is free. */
    boolean isHalfEmpty() {
        return ring.size() <= ring.capacity() / 2;
    }

    /** Events that found no room so far; any thread. */
    long lost() {
        return lost.getAcquire();
    }

    /** Receives events, which are only good during the call. */
    @FunctionalInterface
    interface Handler {
        void onEvent(EventKind kind, Event event);
    }

    /** Passes events on, oldest first. Log only. */
    static final class Reader {

        private final EventRing ring;
        private final Event event = new Event();
        private final MessageHandler onMessage;

        Reader(final EventRing ring, final Handler handler) {
            this.ring = ring;
            this.onMessage = (type, buffer, index, length) -> handle(handler, type, buffer, index);
        }

        /**
         * Passes on some of what is there.
         *
         * @param limit most events
         * @return the number of events; where the ring begins anew it can be 0 although there are more
         */
        int read(final int limit) {
            return ring.ring.read(onMessage, limit);
        }

        boolean isEmpty() {
            return ring.ring.size() == 0;
        }

        long lost() {
            return ring.lost();
        }

        private void handle(final Handler handler, final int type, final MutableDirectBuffer buffer, final int index) {
            handler.onEvent(EventKind.of(type - 1), event.wrap(buffer, index));
        }
    }
}
