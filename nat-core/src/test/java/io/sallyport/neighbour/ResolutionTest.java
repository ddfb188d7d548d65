package io.sallyport.neighbour;

import static io.sallyport.neighbour.NeighboursFixture.HOST;
import static io.sallyport.neighbour.NeighboursFixture.HOST_MAC;
import static io.sallyport.neighbour.NeighboursFixture.INSIDE_ADDRESS;
import static io.sallyport.neighbour.NeighboursFixture.INSIDE_MAC;
import static io.sallyport.neighbour.NeighboursFixture.SECOND_NS;
import static io.sallyport.neighbour.NeighboursFixture.assertRequest;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.neighbour.NeighboursFixture.Sent;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResolutionTest {

    private final NeighboursFixture fixture = new NeighboursFixture();

    @Test
    void firstPacketWaitsAndLeavesWhenTheHostAnswers() {
        assertEquals(Neighbours.UNRESOLVED, fixture.resolve(HOST));
        assertTrue(fixture.hold(HOST, 7, 98));
        fixture.assertHeld(1);
        final List<Sent> request = fixture.poll();
        assertEquals(1, request.size());
        assertRequest(request.getFirst(), Side.INSIDE, Ethernet.BROADCAST, INSIDE_ADDRESS, HOST);
        fixture.hostAnswers();
        final Sent released = fixture.sent().getFirst();
        assertEquals(Origin.RELEASED, released.origin());
        assertEquals(Side.INSIDE, released.egress());
        assertEquals(Verdict.TO_INSIDE, released.verdict());
        assertEquals(HOST_MAC, Ethernet.destination(released.frame(), 0));
        assertEquals(INSIDE_MAC, Ethernet.source(released.frame(), 0));
        assertEquals(7, released.number());
        fixture.assertHeld(0);
        assertEquals(HOST_MAC, fixture.resolve(HOST));
    }

    @Test
    void onlyTheLatestFourWaitInOrder() {
        for (int number = 1; number <= 6; number++) {
            assertTrue(fixture.hold(HOST, number, 60));
        }
        fixture.assertHeld(4);
        fixture.assertDrops(DropReason.NEIGHBOUR_UNRESOLVED, 2);
        fixture.hostAnswers();
        assertEquals(List.of(3, 4, 5, 6), fixture.sent().stream().map(Sent::number).toList());
    }

    @Test
    void superFrameKeepsItsBytesAndOffloadHeader() {
        final PacketBatch batch = NeighboursFixture.packet(9, 65549);
        batch.offload(0, 1448, PacketBatch.CHECKSUM_PARTIAL);
        final int header = batch.offset(0) - PacketBatch.OFFLOAD_HEADER_LENGTH;
        batch.frames().putLong(header, 0x1234_5678_9ABC_DEF0L);
        batch.frames().putShort(header + 8, (short) 0x0010);
        assertTrue(fixture.neighbours.hold(batch, 0, Side.INSIDE, HOST, fixture.nowNs));
        fixture.hostAnswers();
        final Sent released = fixture.sent().getFirst();
        assertEquals(1448, released.segmentLength());
        assertEquals(PacketBatch.CHECKSUM_PARTIAL, released.checksumState());
        Ethernet.addresses(batch.frames(), batch.offset(0), HOST_MAC, INSIDE_MAC);
        assertArrayEquals(Sent.of(withEgress(batch), 0).bytes(), released.bytes());
    }

    @Test
    void frameLongerThanAnySlotIsRefused() {
        assertFalse(fixture.hold(HOST, 1, 65550 + 128));
        fixture.assertHeld(0);
    }

    @Test
    void rfc1122_2321_atMostOneRequestASecondAndThreeInAll() {
        assertTrue(fixture.hold(HOST, 1, 60));
        int requests = 0;
        for (int tenth = 0; tenth < 30; tenth++) {
            for (final Sent sent : fixture.poll()) {
                assertRequest(sent, Side.INSIDE, Ethernet.BROADCAST, INSIDE_ADDRESS, HOST);
                assertEquals(0, tenth % 10);
                requests++;
            }
            fixture.assertHeld(1);
            fixture.pass(SECOND_NS / 10);
        }
        assertEquals(3, requests);
        assertTrue(fixture.poll().isEmpty());
        fixture.assertHeld(0);
        fixture.assertDrops(DropReason.NEIGHBOUR_UNRESOLVED, 1);
    }

    @Test
    void silentNeighbourIsLeftAloneForSomeSeconds() {
        fixture.hold(HOST, 1, 60);
        giveUp();
        assertTrue(fixture.resolve(HOST) < 0);
        assertFalse(fixture.hold(HOST, 2, 60));
        fixture.pass(NeighbourTable.REFUSED_NS - 1);
        assertTrue(fixture.poll().isEmpty());
        assertFalse(fixture.hold(HOST, 3, 60));
        fixture.pass(1);
        fixture.poll();
        assertTrue(fixture.hold(HOST, 4, 60));
        assertEquals(1, fixture.poll().size());
    }

    @Test
    void silentNeighbourThatSpeaksIsHeard() {
        fixture.hold(HOST, 1, 60);
        giveUp();
        fixture.hostAnswers();
        assertEquals(HOST_MAC, fixture.resolve(HOST));
    }

    @Test
    void agedNeighbourIsAskedByUnicastWhilePacketsFlow() {
        fixture.hold(HOST, 1, 60);
        fixture.hostAnswers();
        fixture.poll();
        fixture.pass(NeighbourTable.REACHABLE_NS - 1);
        fixture.poll();
        fixture.resolve(HOST);
        assertTrue(fixture.poll().isEmpty());
        fixture.pass(1);
        fixture.poll();
        assertEquals(HOST_MAC, fixture.resolve(HOST));
        final List<Sent> request = fixture.poll();
        assertEquals(1, request.size());
        assertRequest(request.getFirst(), Side.INSIDE, HOST_MAC, INSIDE_ADDRESS, HOST);
        assertEquals(HOST_MAC, fixture.resolve(HOST));
        fixture.hostAnswers();
        fixture.pass(3 * SECOND_NS);
        assertTrue(fixture.poll().isEmpty());
        assertEquals(HOST_MAC, fixture.resolve(HOST));
    }

    @Test
    void agedNeighbourThatIsGoneIsForgotten() {
        fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST, 0, INSIDE_ADDRESS);
        fixture.pass(NeighbourTable.REACHABLE_NS);
        fixture.poll();
        for (int i = 0; i < NeighbourTable.MAX_REQUESTS; i++) {
            assertEquals(HOST_MAC, fixture.resolve(HOST));
            assertEquals(1, fixture.poll().size());
            fixture.pass(SECOND_NS);
        }
        assertTrue(fixture.poll().isEmpty());
        assertEquals(Neighbours.UNRESOLVED, fixture.resolve(HOST));
        assertTrue(fixture.hold(HOST, 1, 60));
        assertRequest(fixture.poll().getFirst(), Side.INSIDE, Ethernet.BROADCAST, INSIDE_ADDRESS, HOST);
    }

    @Test
    void unusedNeighbourIsNotAskedAndForgottenInTheEnd() {
        fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST, 0, INSIDE_ADDRESS);
        fixture.pass(NeighbourTable.REACHABLE_NS);
        assertTrue(fixture.poll().isEmpty());
        fixture.pass(NeighbourTable.STALE_NS);
        assertTrue(fixture.poll().isEmpty());
        assertEquals(Neighbours.UNRESOLVED, fixture.resolve(HOST));
    }

    @Test
    void pollDelayNamesTheNextDeadline() {
        assertEquals(Long.MAX_VALUE, fixture.neighbours.pollDelayNs(fixture.nowNs));
        fixture.hold(HOST, 1, 60);
        assertEquals(0, fixture.neighbours.pollDelayNs(fixture.nowNs));
        fixture.poll();
        fixture.pass(SECOND_NS / 4);
        assertEquals(SECOND_NS * 3 / 4, fixture.neighbours.pollDelayNs(fixture.nowNs));
        fixture.hostAnswers();
        assertEquals(NeighbourTable.REACHABLE_NS, fixture.neighbours.pollDelayNs(fixture.nowNs));
    }

    @Test
    void ownAndBroadcastAddressesAreNeverAskedFor() {
        assertFalse(fixture.hold(INSIDE_ADDRESS, 1, 60));
        assertFalse(fixture.hold(Ipv4Address.parse("10.77.255.255"), 1, 60));
        assertTrue(fixture.poll().isEmpty());
    }

    /** Every request finds its way out, though only some fit the batch at a time; nothing is lost in silence. */
    @Test
    void floodOfNextHopsIsBoundedAndCounted() {
        final int first = Ipv4Address.parse("10.77.16.0");
        int accepted = 0;
        for (int i = 0; i < Neighbours.CAPACITY_PER_SIDE + 100; i++) {
            accepted += fixture.hold(first + i, i, 60) ? 1 : 0;
        }
        assertEquals(HeldPackets.SMALL_SLOT_COUNT, accepted);
        fixture.assertHeld(accepted);
        int requests = 0;
        for (int turn = 0; turn < Neighbours.CAPACITY_PER_SIDE / Neighbours.ARP_SLOT_COUNT; turn++) {
            final int sent = fixture.poll().size();
            assertEquals(Neighbours.ARP_SLOT_COUNT, sent);
            requests += sent;
        }
        assertEquals(Neighbours.CAPACITY_PER_SIDE, requests);
        assertTrue(fixture.poll().isEmpty());
        fixture.receive(Side.INSIDE, Arp.REPLY, HOST_MAC, first, INSIDE_MAC, INSIDE_ADDRESS);
        assertEquals(1, fixture.sent().size());
        for (int turn = 0; turn < 4 * Neighbours.CAPACITY_PER_SIDE / Neighbours.TIMERS_PER_POLL; turn++) {
            fixture.pass(SECOND_NS / 10);
            fixture.poll();
        }
        fixture.assertHeld(0);
        fixture.assertDrops(DropReason.NEIGHBOUR_UNRESOLVED, accepted - 1);
        assertTrue(fixture.hold(HOST, 1, 60), "the slots are free again");
    }

    @Test
    void fullTableKeepsWhatIsUsed() {
        fixture.hold(HOST, 1, 60);
        fixture.hostAnswers();
        fixture.poll();
        final int first = Ipv4Address.parse("10.77.16.0");
        for (int i = 0; i < 3 * Neighbours.CAPACITY_PER_SIDE; i++) {
            fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC + 1, first + i, 0, INSIDE_ADDRESS);
        }
        assertEquals(HOST_MAC, fixture.resolve(HOST));
        assertEquals(Neighbours.UNRESOLVED, fixture.resolve(first));
        assertEquals(HOST_MAC + 1, fixture.resolve(first + 3 * Neighbours.CAPACITY_PER_SIDE - 1));
        assertTrue(fixture.hold(first, 1, 60), "a learned and unused neighbour makes room");
    }

    @Test
    void largeSlotsRunOutAndComeBack() {
        final int first = Ipv4Address.parse("10.77.16.0");
        for (int i = 0; i < HeldPackets.LARGE_SLOT_COUNT; i++) {
            assertTrue(fixture.hold(first + i, i, 9014));
        }
        assertFalse(fixture.hold(HOST, 1, 9014));
        assertTrue(fixture.hold(HOST, 1, 60));
        fixture.receive(Side.INSIDE, Arp.REPLY, HOST_MAC, first, INSIDE_MAC, INSIDE_ADDRESS);
        assertFalse(fixture.hold(HOST, 2, 9014), "the released packet still lies in its slot");
        fixture.sent();
        assertTrue(fixture.hold(HOST, 2, 9014));
    }

    /** What waited in vain keeps its slot, with its key, until the batch that names it is cleared; its sender was told by then. */
    @Test
    void whatWaitedInVainIsHandedOverWithItsKey() {
        for (int round = 0; round < 3; round++) {
            final int first = Ipv4Address.parse("10.77.16.0") + 256 * round;
            for (int i = 0; i < HeldPackets.LARGE_SLOT_COUNT; i++) {
                final PacketBatch packet = NeighboursFixture.packet(i, 9014);
                packet.key(0, 1000 + i, 2000 + i);
                assertTrue(fixture.neighbours.hold(packet, 0, Side.INSIDE, first + i, fixture.nowNs));
            }
            for (int half = 0; half < 2 * NeighbourTable.MAX_REQUESTS + 2; half++) {
                fixture.neighbours.poll(fixture.nowNs);
                fixture.neighbours.originated().clear();
                fixture.pass(SECOND_NS / 2);
            }
            final PacketBatch unanswered = fixture.neighbours.unanswered();
            assertEquals(HeldPackets.LARGE_SLOT_COUNT, unanswered.size());
            for (int i = 0; i < unanswered.size(); i++) {
                assertEquals(1000 + i, unanswered.addressKey(i));
                assertEquals(2000 + i, unanswered.portKey(i));
                assertEquals(9014, unanswered.length(i));
                assertEquals(i, Ipv4.identification(unanswered.frames(), unanswered.l3Offset(i)));
            }
            fixture.assertHeld(0);
            assertFalse(fixture.hold(HOST, 1, 9014), "the slots are not free yet");
            unanswered.clear();
        }
        fixture.assertDrops(DropReason.NEIGHBOUR_UNRESOLVED, 3 * HeldPackets.LARGE_SLOT_COUNT);
    }

    @Test
    void ownPacketsWaitAndAreCountedApart() {
        final PacketBatch own = NeighboursFixture.packet(5, 60);
        own.origin(0, Origin.ICMP_ERROR);
        assertTrue(fixture.neighbours.hold(own, 0, Side.INSIDE, HOST, fixture.nowNs));
        fixture.assertHeld(0);
        fixture.hostAnswers();
        assertEquals(Origin.ICMP_ERROR, fixture.sent().getFirst().origin());
        fixture.neighbours.hold(own, 0, Side.INSIDE, HOST + 1, fixture.nowNs);
        assertEquals(1, fixture.neighbours.discardHeld());
        assertEquals(1, fixture.counters.get(Counter.ORIGINATED_LOST));
        fixture.assertDrops(DropReason.SHUTDOWN, 0);
    }

    @Test
    void shutdownDropsWhatWaits() {
        fixture.hold(HOST, 1, 60);
        fixture.hold(HOST, 2, 60);
        fixture.hold(HOST + 1, 3, 60);
        assertEquals(3, fixture.neighbours.discardHeld());
        fixture.assertHeld(0);
        fixture.assertDrops(DropReason.SHUTDOWN, 3);
    }

    @Test
    void nothingAllocates() {
        final PacketBatch packet = NeighboursFixture.packet(1, 60);
        final PacketBatch reply = NeighboursFixture.arp(Side.INSIDE, Arp.REPLY, HOST_MAC, HOST, INSIDE_MAC, INSIDE_ADDRESS);
        final PacketBatch request = NeighboursFixture.arp(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST + 1, 0, INSIDE_ADDRESS);
        final byte[] requestBytes = Sent.of(withEgress(request), 0).bytes();
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long[] allocated = new long[2];
        for (int pass = 0; pass < allocated.length; pass++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2000; i++) {
                cycle(packet, reply, request, requestBytes);
            }
            allocated[pass] = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, allocated[1], () -> Arrays.toString(allocated));
    }

    /** A life of a neighbour: asked for, found, used, aged, gone; and one that asks for us. */
    private void cycle(final PacketBatch packet, final PacketBatch reply, final PacketBatch request, final byte[] requestBytes) {
        final Neighbours neighbours = fixture.neighbours;
        fixture.resolve(HOST);
        neighbours.hold(packet, 0, Side.INSIDE, HOST, fixture.nowNs);
        pollAndClear();
        neighbours.receive(reply, 0, fixture.nowNs);
        neighbours.originated().clear();
        request.frames().putBytes(request.offset(0) - PacketBatch.HEADROOM_LENGTH, requestBytes);
        neighbours.receive(request, 0, fixture.nowNs);
        fixture.pass(NeighbourTable.REACHABLE_NS);
        pollAndClear();
        fixture.resolve(HOST);
        for (int i = 0; i <= NeighbourTable.MAX_REQUESTS; i++) {
            pollAndClear();
            fixture.pass(SECOND_NS);
        }
    }

    private void pollAndClear() {
        fixture.neighbours.poll(fixture.nowNs);
        fixture.neighbours.originated().clear();
    }

    private void giveUp() {
        for (int i = 0; i <= NeighbourTable.MAX_REQUESTS; i++) {
            fixture.poll();
            fixture.pass(i < NeighbourTable.MAX_REQUESTS ? SECOND_NS : 0);
        }
    }

    private static PacketBatch withEgress(final PacketBatch batch) {
        batch.egress(0, (byte) 0);
        batch.headers(0, batch.offset(0) + Ethernet.HEADER_LENGTH, 0);
        return batch;
    }
}
