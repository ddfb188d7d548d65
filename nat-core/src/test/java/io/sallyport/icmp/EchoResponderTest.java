package io.sallyport.icmp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.counter.DropReason;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class EchoResponderTest {

    private static final int HOST = 0x0A4D_0005;
    private static final int GATEWAY = 0x0A4D_0001;

    private final Random random = new Random(3);

    /** The twin builds the reply from scratch. */
    @Property(tries = 300)
    void rfc1122_3226_replyIsTheRequestTurnedRound(@ForAll @IntRange(max = 1472) final int dataLength,
        @ForAll @IntRange(max = 10) final int optionWords, @ForAll final Random bytes) {
        final byte[] options = new byte[4 * optionWords];
        bytes.nextBytes(options);
        final PacketBatch batch = IcmpTestPackets.packet(Side.OUTSIDE, HOST, GATEWAY, Ipv4.ICMP, options, 8 + dataLength, bytes);
        IcmpTestPackets.icmp(batch, Icmp.ECHO_REQUEST, 0);
        final byte[] expected = turned(batch);
        EchoResponder.respond(batch, 0);
        assertEquals(Verdict.CONSUMED, batch.verdict(0));
        assertEquals(Side.OUTSIDE.ordinal(), batch.egress(0));
        assertEquals(Origin.ECHO_REPLY.ordinal(), batch.origin(0));
        assertArrayEquals(expected, IcmpTestPackets.frame(batch, 0));
    }

    /** The checksum over zero bytes is 0xFFFF, which the incremental update of RFC 1624 misses. */
    @Test
    void replyOfZeroBytesHasARightChecksum() {
        final PacketBatch batch = request(16);
        batch.frames().setMemory(batch.l4Offset(0), 24, (byte) 0);
        IcmpTestPackets.icmp(batch, Icmp.ECHO_REQUEST, 0);
        final byte[] expected = turned(batch);
        EchoResponder.respond(batch, 0);
        assertArrayEquals(expected, IcmpTestPackets.frame(batch, 0));
        assertEquals(0xFFFF, Icmp.checksum(batch.frames(), batch.l4Offset(0)));
    }

    @Property(tries = 50)
    void wrongChecksumIsDropped(@ForAll @IntRange(max = 63) final int position, @ForAll @IntRange(max = 7) final int bit) {
        final PacketBatch batch = request(56);
        final int corrupted = batch.l4Offset(0) + position;
        batch.frames().putByte(corrupted, (byte) (batch.frames().getByte(corrupted) ^ 1 << bit));
        EchoResponder.respond(batch, 0);
        assertDropped(batch, DropReason.BAD_ICMP_CHECKSUM);
    }

    @Test
    void partialChecksumIsDropped() {
        final PacketBatch batch = request(56);
        batch.offload(0, 0, PacketBatch.CHECKSUM_PARTIAL);
        EchoResponder.respond(batch, 0);
        assertDropped(batch, DropReason.BAD_ICMP_CHECKSUM);
    }

    @Test
    void groupOfStationsGetsNoReply() {
        final PacketBatch batch = request(56);
        Ethernet.mac(batch.frames(), batch.offset(0) + Ethernet.SOURCE_OFFSET, Ethernet.BROADCAST);
        EchoResponder.respond(batch, 0);
        assertDropped(batch, DropReason.LINK_BROADCAST);
    }

    private PacketBatch request(final int dataLength) {
        final PacketBatch batch = IcmpTestPackets.packet(Side.INSIDE, HOST, GATEWAY, Ipv4.ICMP, 8 + dataLength, random);
        IcmpTestPackets.icmp(batch, Icmp.ECHO_REQUEST, 0);
        return batch;
    }

    private static byte[] turned(final PacketBatch batch) {
        final byte[] request = IcmpTestPackets.frame(batch, 0);
        final UnsafeBuffer reply = new UnsafeBuffer(request.clone());
        final int l3 = batch.l3Offset(0) - batch.offset(0);
        final int l4 = batch.l4Offset(0) - batch.offset(0);
        reply.putBytes(Ethernet.DESTINATION_OFFSET, request, Ethernet.SOURCE_OFFSET, 6);
        reply.putBytes(Ethernet.SOURCE_OFFSET, request, Ethernet.DESTINATION_OFFSET, 6);
        reply.putBytes(l3 + Ipv4.SOURCE_OFFSET, request, l3 + Ipv4.DESTINATION_OFFSET, 4);
        reply.putBytes(l3 + Ipv4.DESTINATION_OFFSET, request, l3 + Ipv4.SOURCE_OFFSET, 4);
        reply.putByte(l3 + Ipv4.TTL_OFFSET, (byte) 64);
        IcmpTestPackets.headerChecksum(reply, l3);
        reply.putByte(l4, (byte) Icmp.ECHO_REPLY);
        IcmpTestPackets.icmpChecksum(reply, l3, l4);
        return reply.byteArray();
    }

    private static void assertDropped(final PacketBatch batch, final DropReason reason) {
        assertEquals(Verdict.DROP, batch.verdict(0));
        assertEquals(reason.ordinal(), batch.dropReason(0));
        assertEquals(PacketBatch.NOWHERE, batch.egress(0));
    }
}
