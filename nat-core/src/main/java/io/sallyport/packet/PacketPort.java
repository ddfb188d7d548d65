package io.sallyport.packet;

import java.util.Optional;

/**
 * One network interface: a receive ring and a way to send. All calls are made once for a batch, not for a packet.
 *
 * <p>Two threads at most: {@link #receive} is called by the capture thread, {@link #release} and {@link #transmit} by the
 * transmit thread, which may be the same. None of them blocks, allocates, logs or throws on account of a packet.
 */
public interface PacketPort extends AutoCloseable {

    /** Name of the interface. */
    String name();

    /** MAC address of the interface. */
    long mac();

    /** Longest IP packet that the interface sends, in bytes. */
    int mtu();

    /** A batch that this port can fill. */
    PacketBatch newBatch(int capacity);

    /**
     * Clears the batch and fills it with the frames that wait, up to its capacity. The frames belong to the caller until
     * {@link #release}; a ring whose frames are all with the caller receives no more (and the interface drops and counts).
     * Sets offset, length, offload columns and descriptor of each; not the arrival side and time.
     *
     * @return the number of frames, 0 when none waits
     */
    int receive(PacketBatch batch);

    /** Gives the frames of a batch that this port filled back to its ring. Batches come back in the order of their receipt. */
    void release(PacketBatch batch);

    /**
     * Sends the frames of any batch, this port's or another's, whose egress column says {@code side}, in order, right from where they lie.
     * What the interface does not take is dropped with {@link io.sallyport.counter.DropReason#TRANSMIT_FAILED}. On return the
     * frames' memory is free to be released.
     */
    void transmit(PacketBatch batch, Side side);

    /** Frames that the interface dropped because the receive ring was full, since the port was opened; transmit thread. */
    long receiveDrops();

    /**
     * Why the port will never work again, as half a sentence ("interface l0 vanished"); empty while it works. An interface that is
     * down only drops what it should send. Any thread; for a look every second or so, not for every batch.
     */
    default Optional<String> failure() {
        return Optional.empty();
    }

    /** Closes the interface; after the threads that use it have stopped. */
    @Override
    void close();
}
