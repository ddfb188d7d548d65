package io.sallyport.fragment;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Fragments that came before the first of their datagram: copied into slots that were allocated at construction, {@value #POOL_LENGTH}
 * bytes of them and {@value #LEAST_SLOT_COUNT} at least. The oldest gives way when the slots run out; a source that has a quarter of them
 * gives way to itself.
 *
 * <pre>
 *              add            the first comes          drain
 *     free ───────────▶ waiting ───────────▶ released ───────▶ free
 *                          │ expired, or gave way: dropped       ▲
 *                          └─────────────────────────────────────┘
 * </pre>
 */
final class WaitingFragments {

    /** Memory that the slots take, unless they are so long that there would be too few. */
    static final int POOL_LENGTH = 2 << 20;
    /** Fewest slots. */
    static final int LEAST_SLOT_COUNT = 64;

    private static final int NONE = AgeQueue.NONE;
    private static final Side[] SIDES = Side.values();

    private final CounterBlock counters;
    private final AgeQueue ages;
    private final UnsafeBuffer memory;
    private final int frameLength;
    private final int slotLength;
    private final int[] lengths;
    private final long[] addressKeys;
    private final long[] datagramKeys;
    private final long[] portKeys;
    private final int[] identifications;
    /** The next released slot. */
    private final int[] nexts;
    private long timeoutNs;
    private int firstReleased = NONE;
    private int lastReleased = NONE;
    private int held;

    /**
     * No fragments.
     *
     * @param frameLength longest frame, in bytes
     * @param timeoutNs   how long one waits
     * @param hash        of sources
     * @param counters    where those that wait, and those that wait in vain, are counted
     */
    WaitingFragments(final int frameLength, final long timeoutNs, final SeededHash hash, final CounterBlock counters) {
        this.timeoutNs = timeoutNs;
        this.counters = counters;
        this.frameLength = frameLength;
        slotLength = BitUtil.align(frameLength, BitUtil.CACHE_LINE_LENGTH);
        final int slotCount = slotCount(frameLength);
        memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(slotCount * slotLength, BitUtil.CACHE_LINE_LENGTH));
        ages = new AgeQueue(slotCount, slotCount / 4, hash);
        lengths = new int[slotCount];
        addressKeys = new long[slotCount];
        datagramKeys = new long[slotCount];
        portKeys = new long[slotCount];
        identifications = new int[slotCount];
        nexts = new int[slotCount];
    }

    /** Fragments wait another time from now on; no shorter than those before them. */
    void timeout(final long newTimeoutNs) {
        timeoutNs = newTimeoutNs;
    }

    /** How many fragments can wait, where the longest frame has so many bytes. */
    static int slotCount(final int frameLength) {
        return Math.max(LEAST_SLOT_COUNT, POOL_LENGTH / BitUtil.align(frameLength, BitUtil.CACHE_LINE_LENGTH));
    }

    /** Copies packet {@code i} aside; others may give way. False when it is too long, or all slots are released and not drained. */
    boolean add(final PacketBatch batch, final int i, final long datagramKey, final long nowNs) {
        final int source = FlowKey.rawSource(batch.addressKey(i));
        if (batch.length(i) > frameLength) {
            return false;
        }
        final int inTheWay = ages.inTheWay(source);
        if (inTheWay != NONE) {
            drop(inTheWay, DropReason.FRAGMENT);
        }
        final int slot = ages.take(source, nowNs + timeoutNs);
        if (slot == NONE) {
            return false;
        }
        memory.putBytes(slot * slotLength, batch.frames(), batch.offset(i), batch.length(i));
        lengths[slot] = batch.length(i);
        addressKeys[slot] = batch.addressKey(i);
        datagramKeys[slot] = datagramKey;
        counters.set(Counter.HELD, ++held);
        return true;
    }

    /** The first fragment of a datagram has come: those that waited for it can follow, in the order in which they came. */
    void release(final long addressKey, final long datagramKey, final long portKey, final int identification) {
        int slot = ages.oldestOf(FlowKey.rawSource(addressKey));
        while (slot != NONE) {
            final int next = ages.nextOfSource(slot);
            if (addressKeys[slot] == addressKey && datagramKeys[slot] == datagramKey) {
                ages.unlink(slot);
                portKeys[slot] = portKey;
                identifications[slot] = identification;
                nexts[slot] = NONE;
                if (firstReleased == NONE) {
                    firstReleased = slot;
                } else {
                    nexts[lastReleased] = slot;
                }
                lastReleased = slot;
            }
            slot = next;
        }
    }

    /** Whether {@link #drain} has anything to move. */
    boolean hasReleased() {
        return firstReleased != NONE;
    }

    /** Moves released fragments of one side, as many as fit, into a batch that owns its memory; the rest are left for the next call. */
    void drain(final PacketBatch batch, final long nowNs) {
        batch.clear();
        if (firstReleased == NONE) {
            return;
        }
        final int side = FlowKey.sideOrdinal(portKeys[firstReleased]);
        batch.arrived(SIDES[side], nowNs);
        while (firstReleased != NONE && FlowKey.sideOrdinal(portKeys[firstReleased]) == side) {
            final int slot = firstReleased;
            final int i = batch.claim(lengths[slot]);
            if (i < 0) {
                break;
            }
            final UnsafeBuffer frames = batch.frames();
            final int l3 = batch.offset(i) + Ethernet.HEADER_LENGTH;
            frames.putBytes(batch.offset(i), memory, slot * slotLength, lengths[slot]);
            batch.headers(i, l3, l3 + Ipv4.headerLength(frames, l3));
            batch.kind(i, PacketKind.FRAGMENT);
            batch.key(i, addressKeys[slot], portKeys[slot]);
            batch.identification(i, identifications[slot]);
            firstReleased = nexts[slot];
            ages.free(slot);
            held--;
        }
        counters.set(Counter.HELD, held);
    }

    /** Drops at most {@code limit} of those that have waited too long; gives their number. */
    int expire(final long nowNs, final int limit) {
        int count = 0;
        int oldest = ages.oldest();
        while (oldest != NONE && count < limit && ages.deadlineNs(oldest) - nowNs <= 0) {
            drop(oldest, DropReason.FRAGMENT);
            oldest = ages.oldest();
            count++;
        }
        return count;
    }

    /** When the next one will have waited too long, or {@link Long#MAX_VALUE}. */
    long nextDeadlineNs() {
        return ages.oldest() == NONE ? Long.MAX_VALUE : ages.deadlineNs(ages.oldest());
    }

    /** Drops all, when the gateway stops. */
    void discard() {
        while (ages.oldest() != NONE) {
            drop(ages.oldest(), DropReason.SHUTDOWN);
        }
        while (firstReleased != NONE) {
            final int slot = firstReleased;
            firstReleased = nexts[slot];
            ages.free(slot);
            count(DropReason.SHUTDOWN);
        }
    }

    private void drop(final int slot, final DropReason reason) {
        ages.remove(slot);
        count(reason);
    }

    private void count(final DropReason reason) {
        counters.addDrops(reason.ordinal(), 1);
        counters.set(Counter.HELD, --held);
    }
}
