package io.sallyport.fragment;

import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.Fragments;
import io.sallyport.engine.Packets;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.FrameParser;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketKind;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FragmentTrackerTest {

    private static final String HOST = "10.77.0.2";
    private static final String OTHER_HOST = "10.77.0.3";
    private static final String SERVER = "203.0.113.5";
    private static final long TIMEOUT_NS = 2_000_000_000L;

    private final CounterBlock counters = CounterBlock.onHeap();
    private final FragmentTracker tracker = new FragmentTracker(1500, TIMEOUT_NS, new SeededHash(1, 2), counters);
    private final FrameParser parser = new FrameParser(0x0200_0000_0001L, 0x0200_0000_0002L);
    private final PacketBatch released = tracker.newBatch(3);
    /** The clock of a machine that has just been started may be negative. */
    private long nowNs = -TIMEOUT_NS / 2;

    @Test
    void aLaterFragmentHasTheKeyOfTheFirst() {
        final byte[][] pieces = udp(HOST, 1);
        final PacketBatch first = track(Side.INSIDE, pieces[0]);
        final PacketBatch later = track(Side.INSIDE, pieces[1]);
        assertEquals(PacketKind.UDP, first.kind(0));
        assertEquals(PacketKind.FRAGMENT, later.kind(0));
        assertEquals(Verdict.NONE, later.verdict(0));
        assertEquals(first.addressKey(0), later.addressKey(0));
        assertEquals(first.portKey(0), later.portKey(0));
        assertEquals(first.identification(0), later.identification(0));
        assertFalse(tracker.hasReleased());
    }

    @Test
    void theSidesAreApart() {
        track(Side.INSIDE, udp(HOST, 1)[0]);
        final PacketBatch outside = track(Side.OUTSIDE, fromOutside(udp(HOST, 1)[1]));
        assertEquals(Verdict.HELD, outside.verdict(0));
        assertEquals(-1, track(Side.OUTSIDE, fromOutside(udp(HOST, 1)[0])).identification(0), "strangers keep theirs");
        assertEquals(-1, track(Side.OUTSIDE, fromOutside(udp(HOST, 1)[1])).identification(0));
        assertEquals(-1, track(Side.OUTSIDE,
            fromOutside(Fragments.datagram(Packets.udp(HOST, 5000, SERVER, 53, 100), 1))).identification(0));
    }

    @Test
    void whatWaitedIsReleasedInOrderAsMuchAsFits() {
        final byte[][] pieces = Fragments.split(
            Fragments.datagram(Packets.udp(HOST, 5000, SERVER, 53, 100), 1), 16, 32, 48, 64);
        for (int k = 4; k > 0; k--) {
            track(Side.INSIDE, pieces[k]);
        }
        track(Side.INSIDE, udp(HOST, 2)[1]);
        final PacketBatch first = track(Side.INSIDE, pieces[0]);
        assertEquals(5, counters.get(Counter.HELD));
        assertTrue(tracker.hasReleased());
        tracker.release(released, nowNs + 5);
        assertEquals(2, counters.get(Counter.HELD));
        assertEquals(3, released.size());
        assertEquals(Side.INSIDE, released.arrivalSide());
        assertEquals(nowNs + 5, released.arrivalNs());
        for (int i = 0; i < 3; i++) {
            final byte[] frame = new byte[released.length(i)];
            released.frames().getBytes(released.offset(i), frame);
            assertEquals(Packets.source(pieces[0]), Packets.source(frame));
            assertEquals(Fragments.offset(pieces[4 - i]), Fragments.offset(frame));
            assertEquals(first.portKey(0), released.portKey(i));
            assertEquals(first.identification(0), released.identification(i));
            assertEquals(PacketKind.FRAGMENT, released.kind(i));
            assertEquals(0, released.frames().getLong(released.offset(i) - 8), "offload header");
        }
        tracker.release(released, nowNs);
        assertEquals(1, released.size());
        assertFalse(tracker.hasReleased());
        tracker.release(released, nowNs);
        assertEquals(0, released.size());
        assertEquals(1, counters.get(Counter.HELD));
    }

    @Test
    void eachSideIsReleasedByItself() {
        final byte[] outside = fromOutside(udp(HOST, 1)[1]);
        track(Side.INSIDE, udp(HOST, 1)[1]);
        track(Side.OUTSIDE, outside);
        track(Side.INSIDE, udp(HOST, 1)[0]);
        track(Side.OUTSIDE, fromOutside(udp(HOST, 1)[0]));
        tracker.release(released, nowNs);
        assertEquals(1, released.size());
        assertEquals(Side.INSIDE, released.arrivalSide());
        tracker.release(released, nowNs);
        assertEquals(1, released.size());
        assertEquals(Side.OUTSIDE, released.arrivalSide());
    }

    @Test
    void timeEnds() {
        assertEquals(Long.MAX_VALUE, tracker.nextTimerNs());
        track(Side.INSIDE, udp(HOST, 1)[1]);
        assertEquals(nowNs + TIMEOUT_NS, tracker.nextTimerNs());
        nowNs += TIMEOUT_NS - 1;
        assertEquals(0, tracker.poll(nowNs));
        track(Side.INSIDE, udp(HOST, 2)[1]);
        nowNs++;
        assertEquals(1, tracker.poll(nowNs));
        assertEquals(1, counters.get(DropReason.FRAGMENT));
        assertEquals(1, counters.get(Counter.HELD));
        tracker.discard();
        assertEquals(1, counters.get(DropReason.SHUTDOWN));
        assertEquals(0, counters.get(Counter.HELD));
    }

    @Test
    void atTheEndTheReleasedAreDroppedToo() {
        track(Side.INSIDE, udp(HOST, 1)[1]);
        track(Side.INSIDE, udp(HOST, 1)[0]);
        track(Side.INSIDE, udp(HOST, 2)[1]);
        tracker.discard();
        assertFalse(tracker.hasReleased());
        assertEquals(2, counters.get(DropReason.SHUTDOWN));
        assertEquals(0, counters.get(Counter.HELD));
    }

    @ParameterizedTest
    @CsvSource({"1500,1365", "576,3276", "9000,232", "65535,64"})
    void thePoolHasSoManySlots(final int mtu, final int slots) {
        assertEquals(slots, WaitingFragments.slotCount(14 + mtu));
        final FragmentTracker small = new FragmentTracker(mtu, TIMEOUT_NS, new SeededHash(3, 4), counters);
        for (int source = 0; source < 5 * slots; source++) {
            track(small, Side.INSIDE, udp("10.77." + (source >>> 8) + "." + (source & 255), 1)[1]);
        }
        assertEquals(slots, counters.get(Counter.HELD));
        assertEquals(4 * slots, counters.get(DropReason.FRAGMENT));
        int polled = 0;
        for (int round = 0; round <= slots / 256; round++) {
            polled += small.poll(nowNs + TIMEOUT_NS);
        }
        assertEquals(slots, polled);
    }

    /** Released and not yet drained: no slot is free, and none can give way. */
    @Test
    void aPoolFullOfReleasedFragmentsTakesNoMore() {
        final FragmentTracker small = new FragmentTracker(65535, TIMEOUT_NS, new SeededHash(3, 4), counters);
        for (int k = 0; k < 64; k++) {
            final String host = "10.77.1." + k;
            assertEquals(Verdict.HELD, track(small, Side.INSIDE, udp(host, 1)[1]).verdict(0));
            track(small, Side.INSIDE, udp(host, 1)[0]);
        }
        final PacketBatch refused = track(small, Side.INSIDE, udp(HOST, 1)[1]);
        assertEquals(DropReason.FRAGMENT, DropReason.of(refused.dropReason(0)));
        assertEquals(64, counters.get(Counter.HELD));
        small.release(released, nowNs);
        assertEquals(Verdict.HELD, track(small, Side.INSIDE, udp(HOST, 1)[1]).verdict(0));
    }

    /** Nor may it fit a slot by chance: what waits must fit the batch that it is released into. */
    @Test
    void aFragmentThatIsLongerThanBothLinksCannotWait() {
        final FragmentTracker small = new FragmentTracker(100, TIMEOUT_NS, new SeededHash(3, 4), counters);
        for (int length = 81; length < 120; length++) {
            final byte[][] pieces = Fragments.split(Fragments.datagram(Packets.udp(HOST, 5000, SERVER, 53, 40 + length), length), 48);
            assertEquals(Verdict.DROP, track(small, Side.INSIDE, pieces[1]).verdict(0));
        }
        assertEquals(0, counters.get(Counter.HELD));
        final byte[][] longest = Fragments.split(Fragments.datagram(Packets.udp(HOST, 5000, SERVER, 53, 120), 1), 48);
        assertEquals(114, longest[1].length);
        track(small, Side.INSIDE, longest[1]);
        track(small, Side.INSIDE, longest[0]);
        final PacketBatch batch = small.newBatch(1);
        small.release(batch, nowNs);
        assertEquals(1, batch.size());
    }

    @Test
    void rfc7857_9_fragmentsWithoutPortsFollowTheirFirstAndShareItsIdentification() {
        final byte[][] pieces = Fragments.split(
            Fragments.datagram(Packets.ip(HOST, SERVER, 47, new byte[100], 64), 1), 48);
        assertEquals(Verdict.HELD, track(Side.INSIDE, pieces[1]).verdict(0));
        final PacketBatch first = track(Side.INSIDE, pieces[0]);
        final PacketBatch later = track(Side.INSIDE, pieces[1]);
        assertEquals(Verdict.NONE, later.verdict(0));
        assertEquals(first.portKey(0), later.portKey(0));
        assertTrue(later.identification(0) >= 0);
        assertEquals(first.identification(0), later.identification(0));
        final PacketBatch other = track(Side.INSIDE, Fragments.split(
            Fragments.datagram(Packets.ip(OTHER_HOST, SERVER, 47, new byte[100], 64), 1), 48)[0]);
        assertNotEquals(first.identification(0), other.identification(0));
    }

    /** One that was seen already may have left under the identification that the datagram had then. */
    @Test
    void rfc7857_9_aRepeatedFirstFragmentKeepsTheIdentification() {
        final PacketBatch first = track(Side.INSIDE, udp(HOST, 1)[0]);
        final PacketBatch again = track(Side.INSIDE, udp(HOST, 1)[0]);
        assertEquals(first.identification(0), again.identification(0));
    }

    private PacketBatch track(final Side side, final byte[] frame) {
        return track(tracker, side, frame);
    }

    private PacketBatch track(final FragmentTracker with, final Side side, final byte[] frame) {
        final PacketBatch batch = PacketBatch.owning(1, 2048);
        batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        batch.arrived(side, nowNs);
        parser.parse(batch);
        assertEquals(Verdict.NONE, batch.verdict(0));
        assertTrue(FragmentTracker.concerns(batch, 0));
        with.track(batch, 0);
        return batch;
    }

    private static byte[][] udp(final String source, final int identification) {
        return Fragments.split(Fragments.datagram(Packets.udp(source, 5000, SERVER, 53, 100), identification), 48);
    }

    private static byte[] fromOutside(final byte[] frame) {
        frame[5] = 2;
        return frame;
    }
}
