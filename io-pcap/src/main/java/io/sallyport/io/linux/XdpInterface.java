package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PortException;
import java.util.Optional;

/**
 * What of an interface the backend {@code xdp} takes hold of before there are sockets: the redirect program, isolation, promiscuity.
 * Control path.
 */
final class XdpInterface implements AutoCloseable {

    private final LinuxInterface link;
    private final int queues;
    private final LinuxCalls calls = new LinuxCalls();
    private Optional<Isolation> isolation = Optional.empty();
    private Optional<PacketSocket> promiscuity = Optional.empty();
    private Optional<XdpProgram> program = Optional.empty();

    private XdpInterface(final LinuxInterface link) {
        this.link = link;
        queues = link.receiveQueues();
    }

    /**
     * Takes hold of an interface, which is brought up if it is down.
     *
     * @throws PortException with a message for the user, after undoing what was done
     */
    static XdpInterface open(final Settings settings) throws PortException {
        final XdpInterface opened = new XdpInterface(LinuxInterface.find(settings.interfaceName()));
        try {
            opened.prepare(settings);
            return opened;
        } catch (final PortException e) {
            opened.close();
            throw e;
        }
    }

    private void prepare(final Settings settings) throws PortException {
        if (link.mtu() > Umem.longestMtu()) {
            throw new PortException("interface " + link.name() + ": its MTU of " + link.mtu() + " is more than the " + Umem.longestMtu()
                + " that backend xdp takes: lower it, or use another backend");
        }
        link.bringUp();
        // first of all, because it fails where another gateway is at work, whose isolation must stay
        program = Optional.of(XdpProgram.attach(calls, link, queues));
        // should the gateway be killed, and its program go, the kernel still does not answer in its place
        if (settings.isolate()) {
            isolation = Optional.of(Isolation.begin(link.name()));
        }
        if (settings.mac().orElse(link.mac()) != link.mac()) {
            final PacketSocket socket = PacketSocket.open(link.name(), calls);
            promiscuity = Optional.of(socket);
            socket.receiveAnyAddress(link.index());
        }
    }

    /** The interface. */
    LinuxInterface link() {
        return link;
    }

    /** Number of its receive queues. */
    int queues() {
        return queues;
    }

    /** The redirect program. */
    XdpProgram program() {
        return program.orElseThrow();
    }

    /**
     * Waits until the kernel's own stack sees nothing of the interface, if it is to.
     *
     * @throws PortException when {@code nft} is missing, or refuses
     */
    void awaitIsolation() throws PortException {
        if (isolation.isPresent()) {
            isolation.get().await();
        }
    }

    /** Detaches the program first: from then on no frame is on its way to a socket. */
    @Override
    public void close() {
        program.ifPresent(XdpProgram::close);
        promiscuity.ifPresent(PacketSocket::close);
        isolation.ifPresent(Isolation::close);
        link.close();
    }
}
