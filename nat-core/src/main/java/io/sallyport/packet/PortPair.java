package io.sallyport.packet;

/**
 * The two open ports of a gateway.
 *
 * @param inside  the private side
 * @param outside the public side
 * @param waiter  lets the capture thread sleep until a frame waits on either
 */
public record PortPair(PacketPort inside, PacketPort outside, Waiter waiter) implements AutoCloseable {

    /** Sleeps until a frame waits. */
    @FunctionalInterface
    public interface Waiter {
        /** Returns when a frame waits on either port, or after {@code timeoutNs}; may return early. */
        void await(long timeoutNs);

        /**
         * Asks the system to give the calling thread its core at once whenever it is woken, though another has just begun its turn there.
         * For a thread that does all by itself; where the system has no such thing, nothing happens.
         */
        default void wakeAtOnce() {
        }
    }

    /** The port of one side. */
    public PacketPort port(final Side side) {
        return side == Side.INSIDE ? inside : outside;
    }

    @Override
    public void close() {
        try {
            inside.close();
        } finally {
            outside.close();
        }
    }
}
