package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.PUBLIC;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A packet that is too long for the next link: its sender is told, or it is cut. */
class CuttingTest {

    private static final int MTU = 1300;

    private final Lab lab = Lab.of(narrow(MTU));

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void rfc4787_13_withDfTheSenderIsTold() {
        final byte[] error = lab.fromInside(Packets.udp(IN1, 5000, OUT1, 53, MTU + 1 - 28)).get(0).frame();
        assertEquals(IN1, Packets.destination(error));
        assertEquals(0x0304, ByteBuffer.wrap(error).getShort(34));
        assertEquals(MTU, ByteBuffer.wrap(error).getShort(40));
        assertEquals(1, lab.count(DropReason.TOO_BIG));
        assertEquals(1, lab.fromInside(Packets.udp(IN1, 5000, OUT1, 53, MTU - 28)).size());
    }

    @Test
    void rfc4787_13a_withoutDfThePacketIsCutInOrder() {
        final byte[] datagram = Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 1472), 7);
        final List<byte[]> out = Fragments.frames(lab.fromInside(datagram));
        assertEquals(List.of(0, 1280), out.stream().map(Fragments::offset).toList());
        final byte[] whole = Fragments.reassemble(out);
        Packets.assertChecksums(whole);
        assertEquals(PUBLIC, Packets.source(whole));
        assertEquals(63, Packets.ttl(out.get(1)));
        assertArrayEquals(Arrays.copyOfRange(datagram, 42, datagram.length), Arrays.copyOfRange(whole, 42, whole.length));
        for (final byte[] piece : out) {
            assertArrayEquals(new byte[] {2, 0, 0, 0, 0x0B, 1, 2, 0, 0, 0, 0, 2, 8, 0}, Arrays.copyOf(piece, 14));
        }
        assertEquals(1, lab.count(Counter.PACKETS_OUT_TO_DESTINATION));
        assertEquals(datagram.length, lab.count(Counter.BYTES_OUT_TO_DESTINATION));
        assertEquals(2, lab.count(Counter.ORIGINATED_FRAGMENTS));
        assertEquals(1, lab.fromInside(Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, MTU - 28), 8)).size(), "it just fits");
    }

    @Test
    void rfc4787_13a_itKeepsItsPlaceAmongTheOthers() {
        final byte[] big = Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 1472), 7);
        final byte[] other = Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 1400), 7);
        final byte[][] small = new byte[4][];
        for (int k = 0; k < small.length; k++) {
            small[k] = Packets.udp(IN1, 5000, OUT1, 53, 10 + k);
        }
        final byte[] refused = new byte[20];
        final List<byte[]> out = Fragments.frames(lab.fromInside(small[0], small[1], big, other, refused, small[2], big, small[3]));
        assertEquals(List.of(52, 53, 1314, 234, 1314, 162, 54, 1314, 234, 55), out.stream().map(frame -> frame.length).toList());
        assertEquals(7, lab.count(Counter.PACKETS_OUT_TO_DESTINATION));
        assertEquals(6, lab.count(Counter.ORIGINATED_FRAGMENTS));
        assertEquals(1, lab.count(DropReason.NOT_IPV4));
    }

    @Test
    void rfc4787_13a_aFragmentIsCutFurtherAndOptionsAreCopiedAsTheySay() {
        final byte[] datagram = withOptions(Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 1900), 7),
            new byte[] {(byte) 0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 0});
        final List<byte[]> out = Fragments.frames(lab.fromInside(Fragments.split(datagram, 1400)));
        assertEquals(List.of(0, 1264, 1400), out.stream().map(Fragments::offset).toList());
        assertEquals(List.of(0x2000, 0x2000, 0), out.stream().map(frame -> Fragments.fragment(frame) & 0xE000).toList());
        final byte[] whole = Fragments.reassemble(out);
        assertArrayEquals(Arrays.copyOfRange(datagram, 54, datagram.length), Arrays.copyOfRange(whole, 54, whole.length));
        assertArrayEquals(Arrays.copyOfRange(datagram, 34, 46), Arrays.copyOfRange(out.get(0), 34, 46));
        // router alert is copied, the recorded route is not; the last one was the sender's to make
        assertArrayEquals(new byte[] {(byte) 0x94, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0}, Arrays.copyOfRange(out.get(1), 34, 46));
        assertArrayEquals(Arrays.copyOfRange(datagram, 34, 46), Arrays.copyOfRange(out.get(2), 34, 46));
    }

    /** From outside to inside, more pieces than have room at a time. */
    @Test
    void rfc4787_13a_theLongestDatagramOntoTheShortestLink() {
        try (Lab narrowest = Lab.of(narrowInside(68))) {
            final byte[] opened = narrowest.fromInside(Packets.udp(IN1, 5000, OUT1, 53, 20)).get(0).frame();
            final byte[] datagram = Fragments.datagram(
                Packets.udp(OUT1, 53, PUBLIC, Packets.sourcePort(opened), 65507), 9);
            final PacketBatch batch = PacketBatch.owning(1, datagram.length);
            final List<byte[]> out = pass(narrowest, batch, Side.OUTSIDE, datagram, PacketBatch.CHECKSUM_WHOLE);
            assertEquals((65515 + 47) / 48, out.size());
            for (int k = 0; k < out.size(); k++) {
                assertEquals(48 * k, Fragments.offset(out.get(k)));
            }
            final byte[] whole = Fragments.reassemble(out);
            Packets.assertChecksums(whole);
            assertEquals(IN1, Packets.destination(whole));
            assertEquals(1, narrowest.count(Counter.PACKETS_OUT_TO_SOURCE));
            assertEquals(out.size(), narrowest.count(Counter.ORIGINATED_FRAGMENTS));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 17})
    void aPartialChecksumIsCompletedBeforeTheCut(final int protocol) {
        lab.fromInside(Packets.tcp(IN1, 5000, OUT1, 80, Packets.SYN, 1, 0, 0));
        for (int k = 0; k < 200; k++) {
            final byte[] frame = Fragments.datagram(protocol == 6
                ? Packets.tcp(IN1, 5000, OUT1, 80, Packets.ACK, 2 + k, 0, 1400) : Packets.udp(IN1, 5000 + k, OUT1, 80, 1400), k);
            partial(frame);
            final List<byte[]> out = pass(lab, PacketBatch.owning(1, 2048), Side.INSIDE, frame, PacketBatch.CHECKSUM_PARTIAL);
            assertEquals(2, out.size());
            Packets.assertChecksums(Fragments.reassemble(out));
        }
    }

    @Test
    void whoseChecksumCannotBeCompletedIsDropped() {
        final PacketBatch batch = PacketBatch.owning(1, 2048);
        lab.fromInside(Packets.echo(IN1, OUT1, 8, 5));
        final byte[] echo = Fragments.datagram(Packets.ip(IN1, OUT1, 1, Arrays.copyOf(new byte[] {8, 0, 0, 0, 0, 5}, 1400), 64), 4);
        assertEquals(List.of(), pass(lab, batch, Side.INSIDE, echo, PacketBatch.CHECKSUM_PARTIAL));
        assertEquals(Verdict.DROP, batch.verdict(0));
        assertEquals(1, lab.count(DropReason.TRANSMIT_FAILED));
        assertEquals(0, lab.count(Counter.ORIGINATED_FRAGMENTS));
    }

    @Test
    void aPacketThatWaitedForArpIsCutWhenItLeaves() {
        final GatewayConfig config = narrow(MTU);
        try (Lab slow = Lab.of(config.withInterfaces(config.inside(), config.outside().withNeighbours(List.of())))) {
            final byte[] datagram = Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 1472), 7);
            slow.fromInside(datagram);
            assertEquals(1, slow.count(Counter.HELD));
            final List<byte[]> out = new ArrayList<>(Fragments.frames(slow.fromOutside(arpReply("198.51.100.2"))));
            assertEquals(2, out.size());
            Packets.assertChecksums(Fragments.reassemble(out));
            assertEquals(1, slow.count(Counter.PACKETS_OUT_TO_DESTINATION));
            assertEquals(2, slow.count(Counter.ORIGINATED_FRAGMENTS));
            assertEquals(0, slow.count(Counter.HELD));
        }
    }

    @Test
    void whatTheInterfaceRefusesIsCounted() {
        final PacketBatch batch = PacketBatch.owning(4, 2048);
        for (final int payload : new int[] {10, 1472, 11}) {
            final byte[] frame = Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, payload), payload);
            batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        }
        batch.arrived(Side.INSIDE, lab.nowNs);
        lab.nat.process(batch, lab.nowNs);
        lab.nat.finish(batch, CuttingTest::refuse, lab.nowNs);
        lab.assertAccountedFor();
        assertEquals(2, lab.count(DropReason.TRANSMIT_FAILED));
        assertEquals(1, lab.count(Counter.PACKETS_OUT_TO_DESTINATION), "the cut one counts as forwarded");
        assertEquals(2, lab.count(Counter.ORIGINATED_LOST));
        assertEquals(0, lab.count(Counter.ORIGINATED_FRAGMENTS));
    }

    /** The same for packets that waited for ARP: their drops are counted with them, each once. */
    @Test
    void whatTheInterfaceRefusesAfterWaitingIsCounted() {
        final GatewayConfig config = narrow(MTU);
        try (Lab slow = Lab.of(config.withInterfaces(config.inside(), config.outside().withNeighbours(List.of())))) {
            for (final int payload : new int[] {10, 1472, 11}) {
                slow.fromInside(Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, payload), payload));
            }
            final byte[] echo = Fragments.datagram(Packets.ip(IN1, OUT1, 1, Arrays.copyOf(new byte[] {8, 0, 0, 0, 0, 5}, 1400), 64), 4);
            pass(slow, PacketBatch.owning(1, 2048), Side.INSIDE, echo, PacketBatch.CHECKSUM_PARTIAL);
            assertEquals(4, slow.count(Counter.HELD));
            final PacketBatch arp = PacketBatch.owning(1, 64);
            final byte[] reply = arpReply("198.51.100.2");
            arp.frames().putBytes(arp.offset(arp.claim(reply.length)), reply);
            arp.arrived(Side.OUTSIDE, slow.nowNs);
            slow.nat.process(arp, slow.nowNs);
            slow.nat.finish(arp, CuttingTest::refuse, slow.nowNs);
            slow.assertAccountedFor();
            assertEquals(0, slow.count(Counter.HELD));
            assertEquals(3, slow.count(DropReason.TRANSMIT_FAILED), "two refused, one that could not be cut");
            assertEquals(1, slow.count(Counter.PACKETS_OUT_TO_DESTINATION));
            assertEquals(2, slow.count(Counter.ORIGINATED_LOST));
        }
    }

    private static void refuse(final PacketBatch leaving, final Side side) {
        for (int i = 0; i < leaving.size(); i++) {
            if (leaving.egress(i) == side.ordinal()) {
                leaving.drop(i, DropReason.TRANSMIT_FAILED);
            }
        }
    }

    @Test
    void aSuperFrameWhoseSegmentsDoNotFitIsNotCut() {
        final PacketBatch batch = PacketBatch.owning(1, 8192);
        lab.fromInside(Packets.tcp(IN1, 5000, OUT1, 80, Packets.SYN, 1, 0, 0));
        final byte[] frame = Fragments.datagram(Packets.tcp(IN1, 5000, OUT1, 80, Packets.ACK, 2, 0, 4000), 7);
        batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        batch.offload(0, MTU - 39, PacketBatch.CHECKSUM_WHOLE);
        batch.arrived(Side.INSIDE, lab.nowNs);
        lab.nat.process(batch, lab.nowNs);
        assertEquals(Verdict.DROP, batch.verdict(0));
        lab.nat.finish(batch, (leaving, side) -> { }, lab.nowNs);
        assertEquals(1, lab.count(DropReason.TOO_BIG));
    }

    /** The segments of a super-frame take a row of identifications. */
    @Test
    void rfc7857_9_aSuperFrameTakesOneForEachSegment() {
        lab.fromInside(Packets.tcp(IN1, 5000, OUT1, 80, Packets.SYN, 1, 0, 0));
        final PacketBatch batch = PacketBatch.owning(1, 16_384);
        final byte[] frame = Fragments.datagram(Packets.tcp(IN1, 5000, OUT1, 80, Packets.ACK, 2, 0, 10_000), 7);
        final int first = identificationOf(batch, frame, 1000);
        final int next = identificationOf(batch, frame, 1000);
        assertTrue((next - first & 0xFFFF) >= 10 && (next - first & 0xFFFF) < 13, next + " after " + first);
    }

    private int identificationOf(final PacketBatch batch, final byte[] frame, final int segmentLength) {
        batch.clear();
        batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        batch.offload(0, segmentLength, PacketBatch.CHECKSUM_WHOLE);
        batch.arrived(Side.INSIDE, lab.nowNs);
        lab.nat.process(batch, lab.nowNs);
        assertEquals(Verdict.TO_OUTSIDE, batch.verdict(0));
        lab.nat.finish(batch, (leaving, side) -> { }, lab.nowNs);
        final byte[] out = new byte[frame.length];
        batch.frames().getBytes(batch.offset(0), out);
        return Fragments.identification(out);
    }

    private static List<byte[]> pass(
        final Lab through, final PacketBatch batch, final Side side, final byte[] frame, final byte checksumState) {
        final List<byte[]> out = new ArrayList<>();
        batch.clear();
        batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        batch.offload(0, 0, checksumState);
        batch.arrived(side, through.nowNs);
        through.nat.process(batch, through.nowNs);
        through.nat.finish(batch, (leaving, to) -> {
            for (int i = 0; i < leaving.size(); i++) {
                if (leaving.egress(i) == to.ordinal()) {
                    final byte[] sent = new byte[leaving.length(i)];
                    leaving.frames().getBytes(leaving.offset(i), sent);
                    out.add(sent);
                }
            }
        }, through.nowNs);
        through.assertAccountedFor();
        return out;
    }

    private static void partial(final byte[] frame) {
        final ByteBuffer buffer = ByteBuffer.wrap(frame);
        int sum = frame[23] + frame.length - 34;
        for (int k = 26; k < 34; k += 2) {
            sum += buffer.getShort(k) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        buffer.putShort(34 + (frame[23] == 6 ? 16 : 6), (short) ((sum & 0xFFFF) + (sum >>> 16)));
    }

    private static byte[] withOptions(final byte[] frame, final byte[] options) {
        final byte[] longer = new byte[frame.length + options.length];
        System.arraycopy(frame, 0, longer, 0, 34);
        System.arraycopy(options, 0, longer, 34, options.length);
        System.arraycopy(frame, 34, longer, 34 + options.length, frame.length - 34);
        longer[14] = (byte) (0x45 + options.length / 4);
        ByteBuffer.wrap(longer).putShort(16, (short) (longer.length - 14));
        return Fragments.fixHeader(longer);
    }

    private static byte[] arpReply(final String sender) {
        final ByteBuffer frame = ByteBuffer.allocate(42);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 9, 9, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 9, 9});
        frame.putInt(io.sallyport.wire.Ipv4Address.parse(sender)).put(new byte[] {2, 0, 0, 0, 0, 2});
        frame.putInt(io.sallyport.wire.Ipv4Address.parse(PUBLIC));
        return frame.array();
    }

    private static GatewayConfig narrow(final int outsideMtu) {
        final GatewayConfig config = Lab.small(1_000);
        return config.withInterfaces(config.inside(), config.outside().resolved(Engine.DEFAULT_OUTSIDE_MAC, outsideMtu));
    }

    private static GatewayConfig narrowInside(final int insideMtu) {
        final GatewayConfig config = Lab.small(1_000);
        return config.withInterfaces(config.inside().resolved(Engine.DEFAULT_INSIDE_MAC, insideMtu), config.outside());
    }
}
