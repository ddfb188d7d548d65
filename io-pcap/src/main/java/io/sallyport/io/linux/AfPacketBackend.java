package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** The backend {@code packet}: Linux AF_PACKET rings, with segmentation offload. */
public final class AfPacketBackend implements PacketBackend {

    /** For {@link java.util.ServiceLoader}. */
    public AfPacketBackend() {
    }

    @Override
    public String name() {
        return "packet";
    }

    @Override
    public Optional<String> unavailable() {
        if (!"Linux".equals(System.getProperty("os.name"))) {
            return Optional.of("AF_PACKET exists on Linux only");
        }
        final boolean isKnownAbi = "64".equals(System.getProperty("sun.arch.data.model"))
            && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        return isKnownAbi ? Optional.empty() : Optional.of("it is written for 64-bit little-endian machines");
    }

    @Override
    public Optional<Link> guess(final Settings settings) {
        return LinuxInterface.guess(settings.interfaceName());
    }

    /** Both at once: most of the time goes into waiting for the kernel, and for {@code nft}. */
    @Override
    public PortPair open(final Settings inside, final Settings outside) throws PortException {
        final FutureTask<AfPacketPort> opening = new FutureTask<>(() -> AfPacketPort.open(inside));
        Thread.ofPlatform().daemon().name("sallyport-start-inside").start(opening);
        final AfPacketPort outsidePort;
        try {
            outsidePort = AfPacketPort.open(outside);
        } catch (final PortException e) {
            // what is wrong with the inside is told first, if it fails, too
            result(opening).close();
            throw e;
        }
        try {
            final AfPacketPort insidePort = result(opening);
            return new PortPair(insidePort, outsidePort, waiter(insidePort, outsidePort));
        } catch (final PortException e) {
            outsidePort.close();
            throw e;
        }
    }

    private static AfPacketPort result(final FutureTask<AfPacketPort> opening) throws PortException {
        try {
            return opening.get();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortException("interrupted while opening the interfaces", e);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof final PortException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static PortPair.Waiter waiter(final AfPacketPort inside, final AfPacketPort outside) {
        final SocketPoll poll = SocketPoll.forReceiving(inside.fd(), outside.fd());
        final LinuxCalls calls = new LinuxCalls();
        return timeoutNs -> poll.await(calls, timeoutNs);
    }
}
