package io.sallyport.io.linux;

import io.sallyport.io.linux.XdpProgram.Mode;
import io.sallyport.packet.PortException;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens the sockets of both interfaces over one frame memory: one for each receive queue, because frames of a queue without one would be
 * lost to the gateway. Control path.
 *
 * <p>The kernel decides whether frames are copied between driver and frame memory, unless a program runs generic, which needs the
 * copy; if it cannot have both interfaces without a copy, both get one.
 */
final class XdpSockets {

    /** Entries of fill and receive ring of an interface with one queue; with more they share them. */
    private static final int RECEIVE_CAPACITY = 2048;
    private static final int LEAST_RECEIVE_CAPACITY = 512;
    private static final int TRANSMIT_CAPACITY = 2048;
    /** Frames of one side that are on their way through the gateway: a full ring of bursts, and some. */
    private static final int UNDER_WAY = 2304;

    private final LinuxCalls calls = new LinuxCalls();
    private final XdpInterface insideHeld;
    private final XdpInterface outsideHeld;
    private final Umem umem;
    private final List<XskSocket> inside = new ArrayList<>();
    private final List<XskSocket> outside = new ArrayList<>();

    private XdpSockets(final XdpInterface insideHeld, final XdpInterface outsideHeld) throws PortException {
        this.insideHeld = insideHeld;
        this.outsideHeld = outsideHeld;
        umem = Umem.allocate(frames(insideHeld) + frames(outsideHeld), Math.max(insideHeld.link().mtu(), outsideHeld.link().mtu()));
    }

    private static int frames(final XdpInterface held) {
        return 2 * held.queues() * receiveCapacity(held) + TRANSMIT_CAPACITY + UNDER_WAY;
    }

    private static int receiveCapacity(final XdpInterface held) {
        return Math.max(LEAST_RECEIVE_CAPACITY, Integer.highestOneBit(RECEIVE_CAPACITY / held.queues()));
    }

    /**
     * Opens them, and redirects the frames of all queues to them.
     *
     * @throws PortException with a message for the user, after undoing what was done here
     */
    static XdpSockets open(final XdpInterface inside, final XdpInterface outside) throws PortException {
        final XdpSockets sockets = new XdpSockets(inside, outside);
        try {
            sockets.open();
            return sockets;
        } catch (final PortException e) {
            sockets.closeSockets();
            sockets.umem.close();
            throw e;
        }
    }

    private void open() throws PortException {
        final boolean isNative = insideHeld.program().mode() == Mode.NATIVE && outsideHeld.program().mode() == Mode.NATIVE;
        if (!isNative || !open(0)) {
            closeSockets();
            umem.forgetRings();
            open(XskSocket.COPY);
        }
        umem.completeBy(inside.getFirst().completed(), outside.getFirst().completed());
        insideHeld.awaitIsolation();
        outsideHeld.awaitIsolation();
        redirect(insideHeld, inside);
        redirect(outsideHeld, outside);
    }

    /** Whether all sockets could be bound; if not, and copies are allowed, that is an error. */
    private boolean open(final int flags) throws PortException {
        return open(insideHeld, inside, flags) && open(outsideHeld, outside, flags);
    }

    private boolean open(final XdpInterface held, final List<XskSocket> sockets, final int flags) throws PortException {
        for (int queue = 0; queue < held.queues(); queue++) {
            final XskSocket socket = XskSocket.open(held.link().name(), calls);
            sockets.add(socket);
            final XskSocket first = inside.getFirst();
            if (socket == first) {
                socket.register(umem);
            }
            socket.makeRings(receiveCapacity(held), queue == 0 ? TRANSMIT_CAPACITY : 0);
            final int result = socket == first
                ? socket.bind(held.link().index(), queue, flags | XskSocket.USE_NEED_WAKEUP, 0)
                : socket.bind(held.link().index(), queue, XskSocket.SHARED_UMEM, first.fd());
            if (result == -Errno.EBUSY) {
                throw new PortException("interface " + held.link().name() + ": another AF_XDP socket uses its receive queue " + queue);
            }
            if (result < 0 && flags == XskSocket.COPY) {
                throw socket.failed("binding to receive queue " + queue, result);
            }
            if (result < 0) {
                return false;
            }
        }
        return true;
    }

    private static void redirect(final XdpInterface held, final List<XskSocket> sockets) throws PortException {
        for (int queue = 0; queue < sockets.size(); queue++) {
            held.program().redirect(queue, sockets.get(queue));
        }
    }

    private void closeSockets() {
        inside.forEach(XskSocket::close);
        outside.forEach(XskSocket::close);
        inside.clear();
        outside.clear();
    }

    /** The inside interface. */
    XdpInterface insideHeld() {
        return insideHeld;
    }

    /** The outside interface. */
    XdpInterface outsideHeld() {
        return outsideHeld;
    }

    /** The frame memory. */
    Umem umem() {
        return umem;
    }

    /** Sockets of the inside interface, by queue. */
    List<XskSocket> inside() {
        return List.copyOf(inside);
    }

    /** Sockets of the outside interface, by queue. */
    List<XskSocket> outside() {
        return List.copyOf(outside);
    }
}
