package io.sallyport.io.linux;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sleeps until one of some sockets is ready (ppoll(2)). Belongs to one thread; allocates nothing.
 *
 * <pre>
 *  struct pollfd (poll.h): 8 bytes
 *  +--------------------------------------------------------------------+
 *  | 0  descriptor (int) | 4  asked for (short) | 6  happened (short)   |
 *  +--------------------------------------------------------------------+
 * </pre>
 */
final class SocketPoll {

    private static final int DESCRIPTOR_LENGTH = 8;
    private static final int ASKED_OFFSET = 4;
    private static final int HAPPENED_OFFSET = 6;
    private static final int TIMEOUT_LENGTH = 16;

    private static final int POLLIN = 1;
    private static final int POLLOUT = 4;
    private static final int POLLERR = 8;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;

    private final int count;
    private final UnsafeBuffer descriptors;
    private final UnsafeBuffer timeout = NativeMemory.allocate(TIMEOUT_LENGTH);
    private final UnsafeBuffer error = NativeMemory.allocate(2 * Integer.BYTES);

    private SocketPoll(final int events, final int... sockets) {
        count = sockets.length;
        descriptors = NativeMemory.allocate(count * DESCRIPTOR_LENGTH);
        for (int i = 0; i < count; i++) {
            descriptors.putInt(i * DESCRIPTOR_LENGTH, sockets[i]);
            descriptors.putShort(i * DESCRIPTOR_LENGTH + ASKED_OFFSET, (short) events);
        }
    }

    /** Waits for a frame on any of the sockets. */
    static SocketPoll forReceiving(final int... sockets) {
        return new SocketPoll(POLLIN, sockets);
    }

    /** Waits for room to send. */
    static SocketPoll forSending(final int socket) {
        return new SocketPoll(POLLOUT, socket);
    }

    /** Waits, at most {@code timeoutNs}; whether a socket is ready. */
    boolean await(final LinuxCalls calls, final long timeoutNs) {
        timeout.putLong(0, timeoutNs / NS_PER_SECOND);
        timeout.putLong(Long.BYTES, timeoutNs % NS_PER_SECOND);
        final int ready = calls.poll(descriptors.addressOffset(), count, timeout.addressOffset());
        if (ready <= 0) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            final int socket = i * DESCRIPTOR_LENGTH;
            if ((descriptors.getShort(socket + HAPPENED_OFFSET) & POLLERR) != 0) {
                takeError(calls, descriptors.getInt(socket));
            }
        }
        return true;
    }

    /** The interface went down or vanished: takes the error off the socket, so that the next wait is one. */
    private void takeError(final LinuxCalls calls, final int socket) {
        error.putInt(Integer.BYTES, Integer.BYTES);
        calls.getOption(socket, SOL_SOCKET, SO_ERROR, error.addressOffset(), error.addressOffset() + Integer.BYTES);
    }
}
