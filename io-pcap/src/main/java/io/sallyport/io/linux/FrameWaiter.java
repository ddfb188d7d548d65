package io.sallyport.io.linux;

import io.sallyport.packet.PortPair;

/** Lets a thread sleep in the kernel until a frame waits on one of some sockets. */
final class FrameWaiter implements PortPair.Waiter {

    private final SocketPoll poll;
    private final LinuxCalls calls = new LinuxCalls();

    FrameWaiter(final int... sockets) {
        poll = SocketPoll.forReceiving(sockets);
    }

    @Override
    public void await(final long timeoutNs) {
        poll.await(calls, timeoutNs);
    }

    @Override
    public void wakeAtOnce() {
        TimeSlice.shorten(calls);
    }
}
