package io.sallyport.neighbour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** Neighbours under test, with a clock, the frames that they receive, and the frames that they made. */
final class NeighboursFixture {

    static final long INSIDE_MAC = 0x02_00_00_00_00_01L;
    static final long OUTSIDE_MAC = 0x02_00_00_00_00_02L;
    static final long HOST_MAC = 0x02_00_00_00_10_05L;
    static final int INSIDE_ADDRESS = Ipv4Address.parse("10.77.0.1");
    static final int OUTSIDE_ADDRESS = Ipv4Address.parse("198.51.100.1");
    static final int POOL_FIRST = Ipv4Address.parse("198.51.100.8");
    static final int POOL_LAST = Ipv4Address.parse("198.51.100.10");
    static final int HOST = Ipv4Address.parse("10.77.0.5");
    static final long SECOND_NS = 1_000_000_000L;

    final CounterBlock counters = CounterBlock.onHeap();
    final Neighbours neighbours;
    long nowNs = -5 * SECOND_NS;

    NeighboursFixture() {
        this(InterfaceConfig.of("l0", "10.77.0.1/16"));
    }

    NeighboursFixture(final InterfaceConfig inside) {
        final GatewayConfig config = GatewayConfig.of(inside, InterfaceConfig.of("w0", "198.51.100.1/24"))
            .withNat(NatConfig.defaults(OUTSIDE_ADDRESS)
                .withPool(List.of(new AddressRange(POOL_FIRST, POOL_LAST)), new PortRange(1024, 65535)));
        neighbours = new Neighbours(config, INSIDE_MAC, OUTSIDE_MAC, new SeededHash(1, 2), counters);
    }

    /** An ARP packet to the neighbours; gives its batch, of one packet. */
    PacketBatch receive(
        final Side side, final int operation, final long senderMac, final int sender, final long targetMac, final int target) {
        final PacketBatch batch = arp(side, operation, senderMac, sender, targetMac, target);
        neighbours.receive(batch, 0, nowNs);
        return batch;
    }

    static PacketBatch arp(
        final Side side, final int operation, final long senderMac, final int sender, final long targetMac, final int target) {
        final PacketBatch batch = PacketBatch.owning(1, 60);
        batch.arrived(side, 0);
        final int frame = batch.offset(batch.claim(60));
        Ethernet.header(batch.frames(), frame, Ethernet.BROADCAST, senderMac, Ethernet.TYPE_ARP);
        Arp.packet(batch.frames(), frame + Ethernet.HEADER_LENGTH, operation, senderMac, sender, targetMac, target);
        batch.verdict(0, Verdict.ARP);
        return batch;
    }

    /** The host answers our request. */
    void hostAnswers() {
        receive(Side.INSIDE, Arp.REPLY, HOST_MAC, HOST, INSIDE_MAC, INSIDE_ADDRESS);
    }

    long resolve(final int address) {
        return neighbours.resolve(Side.INSIDE, address, nowNs);
    }

    /** Holds a packet that is recognisable by its number; false when it is refused. */
    boolean hold(final int nextHop, final int number, final int frameLength) {
        return neighbours.hold(packet(number, frameLength), 0, Side.INSIDE, nextHop, nowNs);
    }

    static PacketBatch packet(final int number, final int frameLength) {
        final PacketBatch batch = PacketBatch.owning(1, frameLength);
        final int frame = batch.offset(batch.claim(frameLength));
        final UnsafeBuffer frames = batch.frames();
        Ethernet.header(frames, frame, 0, 0, Ethernet.TYPE_IPV4);
        Ipv4.header(frames, frame + Ethernet.HEADER_LENGTH, frameLength - Ethernet.HEADER_LENGTH, number, 0, 64, Ipv4.UDP, 1, 2);
        for (int position = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH; position < frameLength; position++) {
            frames.putByte(frame + position, (byte) (position * 31 + number));
        }
        return batch;
    }

    /** Runs timers and takes the frames that were made, as the egress stage would. */
    List<Sent> poll() {
        neighbours.poll(nowNs);
        neighbours.unanswered().clear();
        return sent();
    }

    List<Sent> sent() {
        final PacketBatch originated = neighbours.originated();
        final List<Sent> sent = new ArrayList<>();
        for (int j = 0; j < originated.size(); j++) {
            sent.add(Sent.of(originated, j));
        }
        originated.clear();
        return sent;
    }

    void pass(final long ns) {
        nowNs += ns;
    }

    void assertHeld(final long count) {
        assertEquals(count, counters.get(Counter.HELD));
    }

    void assertDrops(final DropReason reason, final long count) {
        assertEquals(count, counters.get(reason), reason.label());
    }

    static void assertRequest(final Sent sent, final Side side, final long destinationMac, final int sender, final int target) {
        assertEquals(Origin.ARP, sent.origin);
        assertEquals(side, sent.egress);
        assertEquals(Verdict.to(side), sent.verdict);
        final UnsafeBuffer frame = sent.frame();
        final long ourMac = side == Side.INSIDE ? INSIDE_MAC : OUTSIDE_MAC;
        assertEquals(destinationMac, Ethernet.destination(frame, 0));
        assertEquals(ourMac, Ethernet.source(frame, 0));
        assertEquals(Ethernet.TYPE_ARP, Ethernet.type(frame, 0));
        assertTrue(Arp.isEthernetIpv4(frame, Ethernet.HEADER_LENGTH));
        assertEquals(Arp.REQUEST, Arp.operation(frame, Ethernet.HEADER_LENGTH));
        assertEquals(ourMac, Arp.senderMac(frame, Ethernet.HEADER_LENGTH));
        assertEquals(sender, Arp.senderAddress(frame, Ethernet.HEADER_LENGTH));
        assertEquals(0, Ethernet.mac(frame, Ethernet.HEADER_LENGTH + Arp.TARGET_MAC_OFFSET));
        assertEquals(target, Arp.targetAddress(frame, Ethernet.HEADER_LENGTH));
    }

    /** A frame that was made, copied: headroom, then frame. */
    record Sent(Side egress, byte verdict, Origin origin, int segmentLength, byte checksumState, byte[] bytes) {

        static Sent of(final PacketBatch batch, final int j) {
            final byte[] bytes = new byte[PacketBatch.HEADROOM_LENGTH + batch.length(j)];
            batch.frames().getBytes(batch.offset(j) - PacketBatch.HEADROOM_LENGTH, bytes);
            assertEquals(batch.offset(j) + Ethernet.HEADER_LENGTH, batch.l3Offset(j));
            return new Sent(Side.values()[batch.egress(j)], batch.verdict(j), Origin.values()[batch.origin(j)],
                batch.segmentLength(j), batch.checksumState(j), bytes);
        }

        UnsafeBuffer frame() {
            return new UnsafeBuffer(bytes, PacketBatch.HEADROOM_LENGTH, bytes.length - PacketBatch.HEADROOM_LENGTH);
        }

        int number() {
            return frame().getShort(Ethernet.HEADER_LENGTH + Ipv4.IDENTIFICATION_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        }
    }
}
