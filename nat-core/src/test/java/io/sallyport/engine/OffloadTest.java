package io.sallyport.engine;

import io.sallyport.counter.DropReason;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.PUBLIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

/** What hosts leave to their network card, checksums and segmentation, on its way through the gateway. */
class OffloadTest {

    private static final int TCP = 6;
    private static final int UDP = 17;

    private final Lab lab = Lab.of(Lab.config());
    private final PacketBatch batch = PacketBatch.owning(4, 70_000);
    private final List<byte[]> errors = new ArrayList<>();

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {TCP, UDP})
    void aPartialChecksumCoversTheNewAddressesAndNoPorts(final int protocol) {
        for (int host = 2; host < 250; host++) {
            final String inside = "10.77.0." + host;
            final byte[] out = pass(Side.INSIDE, partial(packet(inside, 4000, OUT1, 80, protocol)), 0, PacketBatch.CHECKSUM_PARTIAL);
            assertEquals(pseudoHeaderSum(out), checksum(out), "outbound, host " + host);
            assertNotEquals(4000, Packets.sourcePort(out));
            final byte[] answer = protocol == TCP
                ? Packets.tcp(OUT1, 80, PUBLIC, Packets.sourcePort(out), Packets.SYN | Packets.ACK, 7, 2, 0)
                : Packets.udp(OUT1, 80, PUBLIC, Packets.sourcePort(out), 20);
            final byte[] back = pass(Side.OUTSIDE, partial(answer), 0, PacketBatch.CHECKSUM_PARTIAL);
            assertEquals(inside, Packets.destination(back));
            assertEquals(pseudoHeaderSum(back), checksum(back), "inbound, host " + host);
            Packets.assertChecksums(Packets.withChecksums(back));
        }
    }

    @ParameterizedTest
    @CsvSource({"1460,true", "1461,false", "1,true", "65535,false", "0,false"})
    void aSuperFrameIsJudgedByItsSegments(final int segmentLength, final boolean passes) {
        lab.fromInside(Packets.tcp(IN1, 4000, OUT1, 80, Packets.SYN, 1, 0, 0));
        final byte[] frame = Packets.tcp(IN1, 4000, OUT1, 80, Packets.ACK, 2, 0, 32_000 - 40);
        pass(Side.INSIDE, frame, segmentLength, PacketBatch.CHECKSUM_WHOLE);
        assertEquals(passes ? Verdict.TO_OUTSIDE : Verdict.DROP, batch.verdict(0));
        assertEquals(passes ? 0 : 1, lab.count(DropReason.TOO_BIG));
        assertEquals(passes ? 0 : 1, errors.size());
        if (!passes) {
            assertEquals(3, errors.get(0)[34]);
            assertEquals(4, errors.get(0)[35]);
            assertEquals(1500, ByteBuffer.wrap(errors.get(0)).getShort(40));
            Packets.assertChecksums(errors.get(0));
        }
    }

    @Test
    void thePlainFrameThatJustFitsPasses() {
        assertEquals(1, lab.fromInside(Packets.udp(IN1, 5000, OUT1, 53, 1500 - 28)).size());
        final List<Lab.Sent> error = lab.fromInside(Packets.udp(IN1, 5000, OUT1, 53, 1501 - 28));
        assertEquals(Side.INSIDE, error.get(0).side());
        assertEquals(1, lab.count(DropReason.TOO_BIG));
    }

    @Test
    void theLongestPacketThereIsIsNotTooMuch() {
        final byte[] frame = Packets.ip(IN1, OUT1, UDP, new byte[0xFFFF - 20], 64);
        ByteBuffer.wrap(frame).putShort(34, (short) 5000).putShort(36, (short) 53).putShort(38, (short) (0xFFFF - 20));
        pass(Side.INSIDE, frame, 1400, PacketBatch.CHECKSUM_PARTIAL);
        assertEquals(Verdict.TO_OUTSIDE, batch.verdict(0));
    }

    /** Puts one frame through; gives it as it leaves, or as it lies there. */
    private byte[] pass(final Side side, final byte[] frame, final int segmentLength, final byte checksumState) {
        batch.clear();
        final int i = batch.claim(frame.length);
        batch.frames().putBytes(batch.offset(i), frame);
        batch.offload(i, segmentLength, checksumState);
        batch.arrived(side, lab.nowNs);
        lab.nat.process(batch, lab.nowNs);
        lab.nat.finish(batch, (leaving, egress) -> {
            for (int k = 0; leaving != batch && k < leaving.size(); k++) {
                if (leaving.egress(k) == egress.ordinal()) {
                    final byte[] error = new byte[leaving.length(k)];
                    leaving.frames().getBytes(leaving.offset(k), error);
                    errors.add(error);
                }
            }
        }, lab.nowNs);
        lab.assertAccountedFor();
        final byte[] after = new byte[frame.length];
        batch.frames().getBytes(batch.offset(i), after);
        return after;
    }

    private static byte[] packet(final String source, final int port, final String destination, final int to, final int protocol) {
        return protocol == TCP
            ? Packets.tcp(source, port, destination, to, Packets.SYN, 1, 0, 0) : Packets.udp(source, port, destination, to, 33);
    }

    private static byte[] partial(final byte[] frame) {
        ByteBuffer.wrap(frame).putShort(field(frame), (short) pseudoHeaderSum(frame));
        return frame;
    }

    private static int checksum(final byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(field(frame)) & 0xFFFF;
    }

    private static int field(final byte[] frame) {
        return 34 + (frame[23] == TCP ? 16 : 6);
    }

    private static int pseudoHeaderSum(final byte[] frame) {
        final ByteBuffer buffer = ByteBuffer.wrap(frame);
        int sum = frame[23] + (buffer.getShort(16) & 0xFFFF) - 20;
        for (int k = 26; k < 34; k += 2) {
            sum += buffer.getShort(k) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        return (sum & 0xFFFF) + (sum >>> 16);
    }
}
