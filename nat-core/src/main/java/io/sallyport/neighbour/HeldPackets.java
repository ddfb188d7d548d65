package io.sallyport.neighbour;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Packets that wait for ARP: the latest four of each neighbour (RFC 1122, section 2.3.2.2, asks for one at least), copied with their
 * headroom into slots that were allocated at construction: {@value #SMALL_SLOT_COUNT} of them for frames of the usual size and
 * {@value #LARGE_SLOT_COUNT} for any frame, a super-frame of 64 KiB included. 6.3 MB in all, whatever waits.
 *
 * <p>A released packet is sent from its slot, which is free again once the batch that names it was cleared. So is the slot of one that
 * waited in vain until its host is to be told.
 */
final class HeldPackets {

    /** Most packets that wait for the same neighbour; another one takes the place of the oldest. */
    static final int MAX_PER_NEIGHBOUR = 4;
    static final int SMALL_SLOT_COUNT = 1024;
    static final int SMALL_SLOT_LENGTH = 2048;
    static final int LARGE_SLOT_COUNT = 64;
    /** Headroom, Ethernet header and the longest IP packet, up to a multiple of 64. */
    static final int LARGE_SLOT_LENGTH = PacketBatch.HEADROOM_LENGTH + Ethernet.HEADER_LENGTH + 65535 + 63 & ~63;
    static final int SLOT_COUNT = SMALL_SLOT_COUNT + LARGE_SLOT_COUNT;
    /** Memory that the slots take. */
    static final int LENGTH = SMALL_SLOT_COUNT * SMALL_SLOT_LENGTH + LARGE_SLOT_COUNT * LARGE_SLOT_LENGTH;

    private static final int NONE = -1;
    private static final Origin[] ORIGINS = Origin.values();

    private final UnsafeBuffer memory;
    private final int memoryOffset;
    private final CounterBlock counters;
    private final int[] queueHeads;
    private final int[] queueTails;
    private final byte[] queueSizes;
    /** By slot: the next of the list that it is in. */
    private final int[] nexts;
    private final int[] lengths;
    private final int[] segmentLengths;
    private final byte[] checksumStates;
    private final byte[] origins;
    private final long[] addressKeys;
    private final long[] portKeys;
    private int freeSmall = NONE;
    private int freeLarge = NONE;
    private int released = NONE;
    private int unanswered = NONE;
    private int heldFromHosts;

    /**
     * Empty queues.
     *
     * @param memory       holds the slots, and is the frame memory of the batch that packets are released into
     * @param memoryOffset where the slots begin
     * @param queueCount   number of neighbours that packets can wait for
     * @param counters     where the packets that wait, and those that wait in vain, are counted
     */
    HeldPackets(final UnsafeBuffer memory, final int memoryOffset, final int queueCount, final CounterBlock counters) {
        this.memory = memory;
        this.memoryOffset = memoryOffset;
        this.counters = counters;
        queueHeads = new int[queueCount];
        queueTails = new int[queueCount];
        queueSizes = new byte[queueCount];
        nexts = new int[SLOT_COUNT];
        lengths = new int[SLOT_COUNT];
        segmentLengths = new int[SLOT_COUNT];
        checksumStates = new byte[SLOT_COUNT];
        origins = new byte[SLOT_COUNT];
        addressKeys = new long[SLOT_COUNT];
        portKeys = new long[SLOT_COUNT];
        Arrays.fill(queueHeads, NONE);
        for (int slot = SLOT_COUNT - 1; slot >= 0; slot--) {
            free(slot);
        }
    }

    /** Copies packet {@code i} aside; false when there is no room. */
    boolean add(final int queue, final PacketBatch batch, final int i) {
        if (queueSizes[queue] == MAX_PER_NEIGHBOUR) {
            dropOldest(queue, DropReason.NEIGHBOUR_UNRESOLVED);
        }
        final int slot = takeSlot(PacketBatch.HEADROOM_LENGTH + batch.length(i));
        if (slot == NONE) {
            return false;
        }
        memory.putBytes(slotOffset(slot), batch.frames(), batch.offset(i) - PacketBatch.HEADROOM_LENGTH,
            PacketBatch.HEADROOM_LENGTH + batch.length(i));
        lengths[slot] = batch.length(i);
        segmentLengths[slot] = batch.segmentLength(i);
        checksumStates[slot] = batch.checksumState(i);
        origins[slot] = batch.origin(i);
        addressKeys[slot] = batch.addressKey(i);
        portKeys[slot] = batch.portKey(i);
        append(queue, slot);
        if (isFromHost(slot)) {
            counters.set(Counter.HELD, ++heldFromHosts);
        }
        return true;
    }

    /** Hands all packets of a queue, in order, to {@code originated}, addressed to the neighbour that was found. */
    void release(final int queue, final PacketBatch originated, final Side side, final long destinationMac, final long sourceMac) {
        while (queueSizes[queue] > 0) {
            final int slot = removeOldest(queue);
            final int j = addTo(originated, slot);
            Ethernet.addresses(memory, originated.offset(j), destinationMac, sourceMac);
            originated.verdict(j, Verdict.to(side));
            originated.egress(j, (byte) side.ordinal());
            originated.origin(j, isFromHost(slot) ? Origin.RELEASED : ORIGINS[origins[slot]]);
            nexts[slot] = released;
            released = slot;
        }
    }

    /** Drops and counts all packets of a queue, whose neighbour is silent; hands those of hosts to {@code senders}, with their keys. */
    void giveUp(final int queue, final PacketBatch senders) {
        while (queueSizes[queue] > 0) {
            final int slot = removeOldest(queue);
            count(slot, DropReason.NEIGHBOUR_UNRESOLVED);
            if (isFromHost(slot)) {
                final int j = addTo(senders, slot);
                senders.key(j, addressKeys[slot], portKeys[slot]);
                senders.drop(j, DropReason.NEIGHBOUR_UNRESOLVED);
                nexts[slot] = unanswered;
                unanswered = slot;
            } else {
                free(slot);
            }
        }
    }

    /** Frees the slots of the packets that were released; they were sent. */
    void reclaimReleased() {
        freeAll(released);
        released = NONE;
    }

    /** Frees the slots of the packets that waited in vain; their senders were told. */
    void reclaimUnanswered() {
        freeAll(unanswered);
        unanswered = NONE;
    }

    /** Drops and counts all packets of a queue; gives their number. */
    int dropAll(final int queue, final DropReason reason) {
        final int count = queueSizes[queue];
        while (queueSizes[queue] > 0) {
            dropOldest(queue, reason);
        }
        return count;
    }

    private void dropOldest(final int queue, final DropReason reason) {
        final int slot = removeOldest(queue);
        count(slot, reason);
        free(slot);
    }

    private void count(final int slot, final DropReason reason) {
        if (isFromHost(slot)) {
            counters.addDrops(reason.ordinal(), 1);
        } else {
            counters.increment(Counter.ORIGINATED_LOST);
        }
    }

    /** Adds the packet in a slot to a batch over the slots. */
    private int addTo(final PacketBatch batch, final int slot) {
        final int frame = slotOffset(slot) + PacketBatch.HEADROOM_LENGTH;
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        final int j = batch.add(frame, lengths[slot]);
        batch.headers(j, l3, l3 + Ipv4.headerLength(memory, l3));
        batch.offload(j, segmentLengths[slot], checksumStates[slot]);
        return j;
    }

    private void append(final int queue, final int slot) {
        nexts[slot] = NONE;
        if (queueHeads[queue] == NONE) {
            queueHeads[queue] = slot;
        } else {
            nexts[queueTails[queue]] = slot;
        }
        queueTails[queue] = slot;
        queueSizes[queue]++;
    }

    private int removeOldest(final int queue) {
        final int slot = queueHeads[queue];
        queueHeads[queue] = nexts[slot];
        queueSizes[queue]--;
        if (isFromHost(slot)) {
            counters.set(Counter.HELD, --heldFromHosts);
        }
        return slot;
    }

    private int takeSlot(final int lengthBytes) {
        final int slot = lengthBytes <= SMALL_SLOT_LENGTH ? freeSmall : lengthBytes <= LARGE_SLOT_LENGTH ? freeLarge : NONE;
        if (slot == NONE) {
            return NONE;
        }
        if (isSmall(slot)) {
            freeSmall = nexts[slot];
        } else {
            freeLarge = nexts[slot];
        }
        return slot;
    }

    private void freeAll(final int first) {
        int slot = first;
        while (slot != NONE) {
            final int next = nexts[slot];
            free(slot);
            slot = next;
        }
    }

    private void free(final int slot) {
        if (isSmall(slot)) {
            nexts[slot] = freeSmall;
            freeSmall = slot;
        } else {
            nexts[slot] = freeLarge;
            freeLarge = slot;
        }
    }

    private int slotOffset(final int slot) {
        return memoryOffset + (isSmall(slot)
            ? slot * SMALL_SLOT_LENGTH
            : SMALL_SLOT_COUNT * SMALL_SLOT_LENGTH + (slot - SMALL_SLOT_COUNT) * LARGE_SLOT_LENGTH);
    }

    /** Whether a host sent the packet, which is then counted as held and dropped; the gateway's own are counted apart. */
    private boolean isFromHost(final int slot) {
        return origins[slot] == Origin.RECEIVED.ordinal();
    }

    private static boolean isSmall(final int slot) {
        return slot < SMALL_SLOT_COUNT;
    }
}
