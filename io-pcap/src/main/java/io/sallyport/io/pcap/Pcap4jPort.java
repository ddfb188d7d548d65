package io.sallyport.io.pcap;

import io.sallyport.counter.DropReason;
import io.sallyport.io.SoftwareOffload;
import io.sallyport.io.linux.Isolation;
import io.sallyport.io.linux.LinuxInterface;
import io.sallyport.io.pcap.Pcap4jCapture.Stations;
import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.PortException;
import io.sallyport.packet.Side;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An interface by way of libpcap: works wherever libpcap does, and slowly. Frames are copied into a ring of slots of the port's own.
 *
 * <p>libpcap does not tell which frames were left to a NIC to complete. The port finds partial checksums and super-frames itself
 * ({@link SoftwareOffload}), and sends whole frames only, whatever the settings say of offload.
 */
final class Pcap4jPort implements PacketPort {

    private static final int SLOTS = 1024;
    private static final int SLOT_LENGTH =
        BitUtil.align(PacketBatch.HEADROOM_LENGTH + Pcap4jCapture.MAX_FRAME_LENGTH, BitUtil.CACHE_LINE_LENGTH);

    private final LinuxInterface link;
    private final Pcap4jCapture capture;
    private final Optional<Isolation> isolation;
    private final int segmentMtu;
    private final UnsafeBuffer memory =
        new UnsafeBuffer(BufferUtil.allocateDirectAligned(SLOTS * SLOT_LENGTH, BitUtil.CACHE_LINE_LENGTH));

    /** Slots handed out so far; capture thread. */
    private long received;
    /** Slots given back so far; written by the transmit thread with release, read by the capture thread with acquire. */
    private final AtomicLong released = new AtomicLong();
    /** Frames that could not be passed on; written by the capture thread. */
    private final AtomicLong lostFrames = new AtomicLong();
    private PacketBatch filling;
    private final Pcap4jCapture.FrameTaker taker = this::take;

    private final byte[] outgoing = new byte[Pcap4jCapture.MAX_FRAME_LENGTH];
    private final UnsafeBuffer outgoingBuffer = new UnsafeBuffer(outgoing);

    private Pcap4jPort(
        final LinuxInterface link, final Pcap4jCapture capture, final Optional<Isolation> isolation, final int segmentMtu) {
        this.link = link;
        this.capture = capture;
        this.isolation = isolation;
        this.segmentMtu = segmentMtu;
    }

    /**
     * Opens an interface, which is brought up if it is down.
     *
     * @param segmentMtu longest IP packet that a super-frame may be cut into, so that it fits the other side too
     * @throws PortException with a message for the user, after undoing what was done
     */
    static Pcap4jPort open(final Settings settings, final LinuxInterface link, final int segmentMtu) throws PortException {
        link.bringUp();
        final boolean ownMac = settings.mac().orElse(link.mac()) == link.mac();
        final Pcap4jCapture capture = Pcap4jCapture.open(link.name(), ownMac ? Stations.OWN : Stations.ANY);
        try {
            final Optional<Isolation> isolation =
                settings.isolate() ? Optional.of(Isolation.of(link.name())) : Optional.empty();
            return new Pcap4jPort(link, capture, isolation, segmentMtu);
        } catch (final PortException e) {
            capture.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return link.name();
    }

    @Override
    public long mac() {
        return link.mac();
    }

    @Override
    public int mtu() {
        return link.mtu();
    }

    @Override
    public PacketBatch newBatch(final int capacity) {
        return PacketBatch.over(memory, capacity);
    }

    @Override
    public int receive(final PacketBatch batch) {
        batch.clear();
        final int freeSlots = SLOTS - (int) (received - released.getAcquire());
        final int limit = Math.min(batch.capacity(), freeSlots);
        if (limit > 0) {
            filling = batch;
            capture.dispatch(limit, taker);
        }
        return batch.size();
    }

    private void take(final byte[] frame, final int originalLength) {
        if (filling.isFull() || frame.length < originalLength || frame.length > Pcap4jCapture.MAX_FRAME_LENGTH) {
            lose();
            return;
        }
        final int slot = (int) (received % SLOTS) * SLOT_LENGTH;
        final int offset = slot + PacketBatch.HEADROOM_LENGTH;
        memory.setMemory(slot, PacketBatch.HEADROOM_LENGTH, (byte) 0);
        memory.putBytes(offset, frame);
        final int segmentLength = SoftwareOffload.findSegmentLength(memory, offset, frame.length, link.mtu(), segmentMtu);
        if (segmentLength < 0) {
            lose();
            return;
        }
        final boolean partial = SoftwareOffload.isPartial(memory, offset, frame.length);
        final int i = filling.add(offset, frame.length);
        filling.offload(i, segmentLength, partial ? PacketBatch.CHECKSUM_PARTIAL : PacketBatch.CHECKSUM_WHOLE);
        received++;
    }

    private void lose() {
        lostFrames.lazySet(lostFrames.get() + 1);
    }

    @Override
    public void release(final PacketBatch batch) {
        released.setRelease(released.get() + batch.size());
    }

    @Override
    public void transmit(final PacketBatch batch, final Side side) {
        for (int i = 0, size = batch.size(); i < size; i++) {
            if (batch.egress(i) == side.ordinal() && !send(batch, i)) {
                batch.drop(i, DropReason.TRANSMIT_FAILED);
            }
        }
    }

    private boolean send(final PacketBatch batch, final int i) {
        final UnsafeBuffer frames = batch.frames();
        final int frame = batch.offset(i);
        final int length = batch.length(i);
        if (batch.segmentLength(i) != 0) {
            return sendSegments(frames, frame, length, batch.segmentLength(i));
        }
        if (batch.checksumState(i) == PacketBatch.CHECKSUM_PARTIAL && !SoftwareOffload.completeChecksum(frames, frame, length)) {
            return false;
        }
        if (length > outgoing.length) {
            return false;
        }
        frames.getBytes(frame, outgoing, 0, length);
        return capture.send(outgoing, length);
    }

    private boolean sendSegments(final UnsafeBuffer frames, final int frame, final int length, final int segmentLength) {
        final int count = SoftwareOffload.segmentCount(frames, frame, length, segmentLength);
        if (count == 0 || SoftwareOffload.MAX_HEADERS_LENGTH + segmentLength > outgoing.length) {
            return false;
        }
        boolean sent = true;
        for (int number = 0; number < count; number++) {
            final int segment = SoftwareOffload.writeSegment(frames, frame, length, segmentLength, number, outgoingBuffer, 0);
            sent &= capture.send(outgoing, segment);
        }
        return sent;
    }

    @Override
    public long receiveDrops() {
        return capture.drops() + lostFrames.get();
    }

    @Override
    public Optional<String> failure() {
        return link.failure();
    }

    @Override
    public void close() {
        capture.close();
        isolation.ifPresent(Isolation::close);
        link.close();
    }
}
