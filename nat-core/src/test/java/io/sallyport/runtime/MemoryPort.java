package io.sallyport.runtime;

import io.sallyport.counter.DropReason;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.Side;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** An interface that is two queues: what is put in arrives, what leaves is kept. Can refuse frames, throw, or say that it is broken. */
class MemoryPort implements PacketPort {

    final Queue<byte[]> arriving = new ConcurrentLinkedQueue<>();
    final Queue<byte[]> left = new ConcurrentLinkedQueue<>();
    final AtomicInteger withGateway = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    volatile boolean full;
    volatile RuntimeException bug;
    volatile String broken;
    private final String name;
    private final long mac;

    MemoryPort(final String name, final long mac) {
        this.name = name;
        this.mac = mac;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long mac() {
        return mac;
    }

    @Override
    public int mtu() {
        return 1500;
    }

    @Override
    public PacketBatch newBatch(final int capacity) {
        return PacketBatch.owning(capacity, 2048);
    }

    @Override
    public int receive(final PacketBatch batch) {
        batch.clear();
        while (!batch.isFull()) {
            final byte[] frame = arriving.poll();
            if (frame == null) {
                break;
            }
            batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        }
        withGateway.addAndGet(batch.size());
        return batch.size();
    }

    @Override
    public void release(final PacketBatch batch) {
        withGateway.addAndGet(-batch.size());
    }

    @Override
    public void transmit(final PacketBatch batch, final Side side) {
        if (bug != null) {
            throw bug;
        }
        for (int i = 0; i < batch.size(); i++) {
            if (batch.egress(i) != side.ordinal()) {
                continue;
            }
            if (full) {
                batch.drop(i, DropReason.TRANSMIT_FAILED);
                continue;
            }
            final byte[] frame = new byte[batch.length(i)];
            batch.frames().getBytes(batch.offset(i), frame);
            left.add(frame);
        }
    }

    @Override
    public long receiveDrops() {
        return 0;
    }

    @Override
    public Optional<String> failure() {
        return Optional.ofNullable(broken);
    }

    @Override
    public void close() {
        closed.incrementAndGet();
    }
}
