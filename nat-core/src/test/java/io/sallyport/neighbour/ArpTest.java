package io.sallyport.neighbour;

import static io.sallyport.neighbour.NeighboursFixture.HOST;
import static io.sallyport.neighbour.NeighboursFixture.HOST_MAC;
import static io.sallyport.neighbour.NeighboursFixture.INSIDE_ADDRESS;
import static io.sallyport.neighbour.NeighboursFixture.INSIDE_MAC;
import static io.sallyport.neighbour.NeighboursFixture.OUTSIDE_ADDRESS;
import static io.sallyport.neighbour.NeighboursFixture.OUTSIDE_MAC;
import static io.sallyport.neighbour.NeighboursFixture.POOL_FIRST;
import static io.sallyport.neighbour.NeighboursFixture.POOL_LAST;
import static io.sallyport.neighbour.NeighboursFixture.SECOND_NS;
import static io.sallyport.neighbour.NeighboursFixture.assertRequest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.counter.DropReason;
import io.sallyport.neighbour.NeighboursFixture.Sent;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArpTest {

    private static final int ROUTER = Ipv4Address.parse("198.51.100.2");
    private static final long ROUTER_MAC = 0x02_00_00_00_20_02L;

    private final NeighboursFixture fixture = new NeighboursFixture();

    @Test
    void rfc826_requestForOwnAddressIsAnsweredInPlace() {
        final PacketBatch batch = fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST, 0, INSIDE_ADDRESS);
        assertReply(batch, Side.INSIDE, INSIDE_MAC, INSIDE_ADDRESS, HOST_MAC, HOST);
        assertEquals(HOST_MAC, fixture.resolve(HOST));
    }

    @Test
    void poolIsAnsweredOutside() {
        for (int address = POOL_FIRST; address <= POOL_LAST; address++) {
            final PacketBatch batch = fixture.receive(Side.OUTSIDE, Arp.REQUEST, ROUTER_MAC, ROUTER, 0, address);
            assertReply(batch, Side.OUTSIDE, OUTSIDE_MAC, address, ROUTER_MAC, ROUTER);
        }
        assertConsumed(fixture.receive(Side.OUTSIDE, Arp.REQUEST, ROUTER_MAC, ROUTER, 0, POOL_LAST + 1));
    }

    @Test
    void otherSidesAddressesAreNotAnswered() {
        assertConsumed(fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST, 0, OUTSIDE_ADDRESS));
        assertConsumed(fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST, 0, POOL_FIRST));
        assertConsumed(fixture.receive(Side.OUTSIDE, Arp.REQUEST, ROUTER_MAC, ROUTER, 0, INSIDE_ADDRESS));
        assertTrue(fixture.resolve(HOST) < 0, "nobody is learned who does not ask for us");
    }

    @Test
    void rfc5227_probeIsAnsweredAndNotLearned() {
        final PacketBatch batch = fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, 0, 0, INSIDE_ADDRESS);
        assertReply(batch, Side.INSIDE, INSIDE_MAC, INSIDE_ADDRESS, HOST_MAC, 0);
        assertTrue(fixture.resolve(0) < 0);
        assertConsumed(fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, 0, 0, HOST));
    }

    @Test
    void rfc5227_conflictIsNotBelieved() {
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, INSIDE_ADDRESS, 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.OUTSIDE, Arp.REPLY, ROUTER_MAC, POOL_LAST, OUTSIDE_MAC, OUTSIDE_ADDRESS));
        assertTrue(fixture.neighbours.resolve(Side.OUTSIDE, POOL_LAST, fixture.nowNs) < 0);
    }

    @Test
    void rfc1812_332_nonsenseIsDropped() {
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, Ethernet.BROADCAST, HOST, 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, 0x01_00_5E_00_00_01L, HOST, 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, 0, HOST, 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, INSIDE_MAC, HOST, 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, ROUTER, 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, Ipv4Address.parse("10.77.0.0"), 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, Ipv4Address.parse("10.77.255.255"), 0, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, Arp.REPLY, HOST_MAC, 0, INSIDE_MAC, INSIDE_ADDRESS));
        assertBad(fixture.receive(Side.INSIDE, 3, HOST_MAC, HOST, 0, INSIDE_ADDRESS));
        final PacketBatch otherHardware = NeighboursFixture.arp(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST, 0, INSIDE_ADDRESS);
        otherHardware.frames().putByte(otherHardware.offset(0) + Ethernet.HEADER_LENGTH + 1, (byte) 6);
        fixture.neighbours.receive(otherHardware, 0, fixture.nowNs);
        assertBad(otherHardware);
        assertTrue(fixture.resolve(HOST) < 0);
    }

    @Test
    void unaskedReplyIsNotLearned() {
        assertConsumed(fixture.receive(Side.INSIDE, Arp.REPLY, HOST_MAC, HOST, INSIDE_MAC, INSIDE_ADDRESS));
        assertTrue(fixture.resolve(HOST) < 0);
    }

    @Test
    void knownNeighbourMoves() {
        fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC, HOST, 0, INSIDE_ADDRESS);
        fixture.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC + 1, HOST, 0, HOST);
        assertEquals(HOST_MAC + 1, fixture.resolve(HOST));
        fixture.receive(Side.INSIDE, Arp.REPLY, HOST_MAC + 2, HOST, Ethernet.BROADCAST, HOST);
        assertEquals(HOST_MAC + 2, fixture.resolve(HOST));
    }

    @Test
    void staticNeighbourStays() {
        final NeighboursFixture withStatic = new NeighboursFixture(
            InterfaceConfig.of("l0", "10.77.0.1/24").withNeighbours(List.of(new Neighbour(HOST, HOST_MAC))));
        assertEquals(HOST_MAC, withStatic.resolve(HOST));
        withStatic.receive(Side.INSIDE, Arp.REQUEST, HOST_MAC + 1, HOST, 0, INSIDE_ADDRESS);
        assertEquals(HOST_MAC, withStatic.resolve(HOST));
        withStatic.pass(24 * 3600 * SECOND_NS);
        assertTrue(withStatic.poll().isEmpty());
        assertEquals(HOST_MAC, withStatic.resolve(HOST));
        assertEquals(Long.MAX_VALUE, withStatic.neighbours.pollDelayNs(withStatic.nowNs));
    }

    @Test
    void rfc5227_ownAddressesAreAnnouncedTwice() {
        assertTrue(fixture.poll().isEmpty());
        fixture.neighbours.announce(fixture.nowNs);
        for (int round = 0; round < 2; round++) {
            assertEquals(0, fixture.neighbours.pollDelayNs(fixture.nowNs));
            final List<Sent> sent = fixture.poll();
            assertEquals(5, sent.size());
            assertRequest(sent.get(0), Side.INSIDE, Ethernet.BROADCAST, INSIDE_ADDRESS, INSIDE_ADDRESS);
            assertRequest(sent.get(1), Side.OUTSIDE, Ethernet.BROADCAST, OUTSIDE_ADDRESS, OUTSIDE_ADDRESS);
            for (int i = 0; i < 3; i++) {
                assertRequest(sent.get(2 + i), Side.OUTSIDE, Ethernet.BROADCAST, POOL_FIRST + i, POOL_FIRST + i);
            }
            fixture.pass(2 * SECOND_NS - 1);
            assertTrue(fixture.poll().isEmpty());
            fixture.pass(1);
        }
        assertTrue(fixture.poll().isEmpty());
        assertEquals(Long.MAX_VALUE, fixture.neighbours.pollDelayNs(fixture.nowNs));
    }

    /** A pool of 256 addresses goes out in bursts, each address twice. */
    @Test
    void largePoolIsAnnouncedInBursts() {
        final GatewayConfig config =
            GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"));
        final NatConfig nat = config.nat()
            .withPool(List.of(new AddressRange(ROUTER + 254, ROUTER + 509)), new PortRange(1024, 65535));
        final Announcer announcer = new Announcer(OwnAddresses.inside(config), OwnAddresses.outside(config.withNat(nat)));
        final List<Integer> announced = new ArrayList<>();
        long nowNs = 7;
        announcer.start(nowNs);
        while (announcer.delayNs(nowNs) != Long.MAX_VALUE) {
            nowNs += announcer.delayNs(nowNs);
            int burst = 0;
            while (announcer.isDue(nowNs)) {
                announced.add(announcer.address());
                announcer.next(nowNs);
                burst++;
            }
            assertTrue(burst > 0 && burst <= Announcer.BURST_LENGTH);
        }
        assertEquals(2 * 258, announced.size());
        assertEquals(announced.subList(0, 258), announced.subList(258, 516));
        assertEquals(258, announced.stream().distinct().count());
    }

    private static void assertReply(
        final PacketBatch batch, final Side side, final long ourMac, final int ours, final long theirMac, final int theirs) {
        assertEquals(Verdict.CONSUMED, batch.verdict(0));
        assertEquals(side.ordinal(), batch.egress(0));
        assertEquals(Origin.ARP.ordinal(), batch.origin(0));
        assertEquals(Ethernet.HEADER_LENGTH + Arp.LENGTH, batch.length(0));
        final int frame = batch.offset(0);
        final int arp = frame + Ethernet.HEADER_LENGTH;
        assertEquals(theirMac, Ethernet.destination(batch.frames(), frame));
        assertEquals(ourMac, Ethernet.source(batch.frames(), frame));
        assertEquals(Arp.REPLY, Arp.operation(batch.frames(), arp));
        assertEquals(ourMac, Arp.senderMac(batch.frames(), arp));
        assertEquals(ours, Arp.senderAddress(batch.frames(), arp));
        assertEquals(theirMac, Ethernet.mac(batch.frames(), arp + Arp.TARGET_MAC_OFFSET));
        assertEquals(theirs, Arp.targetAddress(batch.frames(), arp));
    }

    private static void assertConsumed(final PacketBatch batch) {
        assertEquals(Verdict.CONSUMED, batch.verdict(0));
        assertEquals(PacketBatch.NOWHERE, batch.egress(0));
    }

    private static void assertBad(final PacketBatch batch) {
        assertEquals(Verdict.DROP, batch.verdict(0));
        assertEquals(DropReason.BAD_ARP.ordinal(), batch.dropReason(0));
        assertEquals(PacketBatch.NOWHERE, batch.egress(0));
    }
}
