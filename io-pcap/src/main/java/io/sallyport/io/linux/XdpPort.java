package io.sallyport.io.linux;

import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.Side;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An interface by way of AF_XDP: a socket for each receive queue, over the frame memory that both interfaces share. Who owns a frame at
 * which moment stands at {@link Umem}.
 *
 * <p>XDP sees a frame without what the kernel knows of it. Whether its checksum is partial the port finds out itself; super-frames do not
 * come, because a driver with an XDP program has them segmented; a VLAN tag that a NIC stripped is lost, and NICs are to be told not to.
 *
 * <p>All queues receive; the first one's socket sends, so that frames leave in the order in which they are given.
 */
final class XdpPort implements PacketPort {

    private final XdpInterface held;
    private final Umem umem;
    private final UnsafeBuffer memory;
    private final XskSocket[] sockets;
    private final XdpSender sender;
    private final LinuxCalls captureCalls = new LinuxCalls();
    private final LinuxCalls transmitCalls = new LinuxCalls();
    private int next;

    /** Over bound sockets, the first of which can send; the port closes them, and {@code held}. */
    XdpPort(final XdpInterface held, final Umem umem, final List<XskSocket> sockets) {
        this.held = held;
        this.umem = umem;
        memory = umem.memory();
        this.sockets = sockets.toArray(XskSocket[]::new);
        sender = new XdpSender(transmitCalls, this.sockets[0], umem, held.link().mtu());
    }

    @Override
    public String name() {
        return held.link().name();
    }

    @Override
    public long mac() {
        return held.link().mac();
    }

    @Override
    public int mtu() {
        return held.link().mtu();
    }

    /** The sockets, by queue. */
    List<XskSocket> sockets() {
        return List.of(sockets);
    }

    /** The memory that both interfaces share. */
    Umem umem() {
        return umem;
    }

    /** Where the redirect program runs. */
    XdpProgram.Mode mode() {
        return held.program().mode();
    }

    @Override
    public PacketBatch newBatch(final int capacity) {
        return PacketBatch.over(memory, capacity);
    }

    @Override
    public int receive(final PacketBatch batch) {
        batch.clear();
        for (int looked = 0; looked < sockets.length && !batch.isFull(); looked++) {
            take(sockets[next].received(), batch);
            next = next + 1 == sockets.length ? 0 : next + 1;
        }
        if (batch.size() == 0) {
            wakeDriver();
        }
        return batch.size();
    }

    private void take(final XskConsumerRing ring, final PacketBatch batch) {
        final int count = Math.min(ring.available(), batch.capacity() - batch.size());
        for (int entry = 0; entry < count; entry++) {
            final int frame = ring.frameAddress(entry);
            final int length = ring.frameLength(entry);
            final int i = batch.add(frame, length);
            batch.descriptor(i, umem.chunk(frame));
            VirtioHeader.clear(memory, frame - VirtioHeader.LENGTH);
            batch.offload(i, 0, SoftwareOffload.checksumState(memory, frame, length));
        }
        if (count > 0) {
            ring.advance(count);
        }
    }

    /** A driver that found no empty frame may have gone to sleep. */
    private void wakeDriver() {
        for (final XskSocket socket : sockets) {
            if (socket.filling().needsWakeup()) {
                captureCalls.receiveNothing(socket.fd());
            }
        }
    }

    @Override
    public void release(final PacketBatch batch) {
        for (int i = 0, size = batch.size(); i < size; i++) {
            final int chunk = batch.descriptor(i);
            if (chunk != Umem.HANDED_ON) {
                umem.give(chunk);
                batch.descriptor(i, Umem.HANDED_ON);
            }
        }
        refill();
    }

    /** Takes back what has been sent, and gives the fill rings what they have room for; transmit thread, or before there are threads. */
    void refill() {
        umem.reap();
        for (final XskSocket socket : sockets) {
            final XskProducerRing ring = socket.filling();
            while (umem.canFill() && ring.hasRoom()) {
                ring.putAddress(umem.take());
            }
            ring.publish();
        }
    }

    @Override
    public void transmit(final PacketBatch batch, final Side side) {
        sender.transmit(batch, side);
    }

    /** Also sees to it that frames are sent, and come back, when no packet arrives that would have the transmit thread do so. */
    @Override
    public long receiveDrops() {
        sender.sendRest();
        refill();
        long drops = 0;
        for (final XskSocket socket : sockets) {
            drops += socket.lostFrames(transmitCalls);
        }
        return drops;
    }

    @Override
    public Optional<String> failure() {
        return held.link().failure();
    }

    @Override
    public void close() {
        held.program().close();
        for (final XskSocket socket : sockets) {
            socket.close();
        }
        held.close();
        umem.leave();
    }
}
