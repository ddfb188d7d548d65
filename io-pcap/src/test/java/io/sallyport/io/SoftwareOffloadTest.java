package io.sallyport.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.pcap4j.packet.IllegalRawDataException;
import org.pcap4j.packet.IpV4Packet;
import org.pcap4j.packet.TcpPacket;
import org.pcap4j.packet.UdpPacket;

/** The oracle for checksums is pcap4j's packet library, which shares no code with ours. */
class SoftwareOffloadTest {

    private static final long SEED = 20_260_101;
    private static final int CWR = 0x80;
    private static final int IP_OPTIONS_LENGTH = 4;
    private static final int TCP_OPTIONS_LENGTH = 12;
    private static final int L3 = Ethernet.HEADER_LENGTH;
    private static final int TCP_L4 = L3 + Ipv4.MIN_HEADER_LENGTH + IP_OPTIONS_LENGTH;
    private static final int UDP_L4 = L3 + Ipv4.MIN_HEADER_LENGTH;

    private final Random random = new Random(SEED);
    private final UnsafeBuffer frames = new UnsafeBuffer(new byte[70_000]);
    private final UnsafeBuffer target = new UnsafeBuffer(new byte[70_000]);

    /** A TCP frame with options in both headers, random payload and a partial checksum; its length. */
    private int tcpFrame(final int frame, final int payloadLength, final int flags) {
        final int ipLength = Ipv4.MIN_HEADER_LENGTH + IP_OPTIONS_LENGTH + Tcp.MIN_HEADER_LENGTH + TCP_OPTIONS_LENGTH + payloadLength;
        ipv4Header(frame, 0x4600, ipLength, Ipv4.TCP);
        frames.putInt(frame + UDP_L4, 0x01010100);
        final int l4 = frame + TCP_L4;
        Tcp.header(frames, l4, 40_000, 80, 0xFFFF_FF00, 0x1234_5678, flags, 512);
        frames.putByte(l4 + Tcp.DATA_OFFSET_OFFSET, (byte) 0x80);
        frames.putLong(l4 + 20, 0x0101080A_00000001L, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + 28, 7, ByteOrder.BIG_ENDIAN);
        return finish(frame, l4, Tcp.CHECKSUM_OFFSET, Tcp.MIN_HEADER_LENGTH + TCP_OPTIONS_LENGTH, payloadLength, Ipv4.TCP);
    }

    private int udpFrame(final int frame, final int payloadLength) {
        ipv4Header(frame, 0x4500, Ipv4.MIN_HEADER_LENGTH + 8 + payloadLength, Ipv4.UDP);
        final int l4 = frame + UDP_L4;
        frames.putInt(l4, 5353 << 16 | 53, ByteOrder.BIG_ENDIAN);
        frames.putShort(l4 + 4, (short) (8 + payloadLength), ByteOrder.BIG_ENDIAN);
        return finish(frame, l4, 6, 8, payloadLength, Ipv4.UDP);
    }

    private void ipv4Header(final int frame, final int start, final int totalLength, final int protocol) {
        Ethernet.header(frames, frame, 0x0200_0000_0001L, 0x0200_0000_0002L, Ethernet.TYPE_IPV4);
        Ipv4.header(frames, frame + L3, totalLength, 0xFFFE, Ipv4.DONT_FRAGMENT, 64, protocol, 0x0A4D_0002, 0xC633_6402);
        frames.putShort(frame + L3, (short) start, ByteOrder.BIG_ENDIAN);
        Ipv4.checksum(frames, frame + L3, 0);
    }

    private int finish(
        final int frame, final int l4, final int checksumOffset, final int headerLength, final int payloadLength, final int protocol) {
        final byte[] payload = new byte[payloadLength];
        random.nextBytes(payload);
        frames.putBytes(l4 + headerLength, payload);
        final long sum = Checksum.pseudoHeaderSum(0x0A4D_0002, 0xC633_6402, protocol, headerLength + payloadLength);
        frames.putShort(l4 + checksumOffset, (short) Checksum.fold(sum), ByteOrder.BIG_ENDIAN);
        final int ipHeaderLength = Ipv4.headerLength(frames, frame + L3);
        Ipv4.checksum(frames, frame + L3, Checksum.finish(Checksum.sum(frames, frame + L3, ipHeaderLength)));
        return l4 + headerLength + payloadLength - frame;
    }

    private static byte[] bytes(final UnsafeBuffer buffer, final int offset, final int length) {
        final byte[] copy = new byte[length];
        buffer.getBytes(offset, copy);
        return copy;
    }

    private static IpV4Packet ipPacket(final UnsafeBuffer buffer, final int frame, final int length) throws IllegalRawDataException {
        final byte[] packet = bytes(buffer, frame + L3, length - L3);
        final IpV4Packet parsed = IpV4Packet.newPacket(packet, 0, packet.length);
        assertEquals(packet.length, parsed.getHeader().getTotalLengthAsInt());
        assertTrue(parsed.getHeader().hasValidChecksum(false), "IPv4 header checksum");
        return parsed;
    }

    private static TcpPacket validTcp(final UnsafeBuffer buffer, final int frame, final int length) throws IllegalRawDataException {
        final IpV4Packet ip = ipPacket(buffer, frame, length);
        final byte[] segment = ip.getPayload().getRawData();
        final TcpPacket tcp = TcpPacket.newPacket(segment, 0, segment.length);
        assertTrue(tcp.hasValidChecksum(ip.getHeader().getSrcAddr(), ip.getHeader().getDstAddr(), false), "TCP checksum");
        return tcp;
    }

    private static UdpPacket validUdp(final UnsafeBuffer buffer, final int frame, final int length) throws IllegalRawDataException {
        final IpV4Packet ip = ipPacket(buffer, frame, length);
        final byte[] datagram = ip.getPayload().getRawData();
        final UdpPacket udp = UdpPacket.newPacket(datagram, 0, datagram.length);
        final InetAddress source = ip.getHeader().getSrcAddr();
        assertTrue(udp.hasValidChecksum(source, ip.getHeader().getDstAddr(), false), "UDP checksum");
        assertEquals(datagram.length, udp.getHeader().getLengthAsInt());
        return udp;
    }

    @Test
    void completes_partial_checksums_of_any_payload_length() throws Exception {
        for (int payloadLength = 0; payloadLength < 300; payloadLength++) {
            final int length = tcpFrame(100, payloadLength, Tcp.ACK);
            assertTrue(SoftwareOffload.isPartial(frames, 100, length));
            assertTrue(SoftwareOffload.completeChecksum(frames, 100, length));
            validTcp(frames, 100, length);

            final int datagramLength = udpFrame(100, payloadLength);
            assertTrue(SoftwareOffload.isPartial(frames, 100, datagramLength));
            assertTrue(SoftwareOffload.completeChecksum(frames, 100, datagramLength));
            validUdp(frames, 100, datagramLength);
        }
    }

    @Test
    void completing_a_whole_checksum_changes_nothing() {
        for (int i = 0; i < 1_000; i++) {
            final int length = tcpFrame(0, random.nextInt(200), Tcp.ACK);
            SoftwareOffload.completeChecksum(frames, 0, length);
            final byte[] whole = bytes(frames, 0, length);
            SoftwareOffload.completeChecksum(frames, 0, length);
            assertArrayEquals(whole, bytes(frames, 0, length));
        }
    }

    @Test
    void a_whole_checksum_is_not_taken_for_partial() {
        int mistaken = 0;
        for (int i = 0; i < 1_000; i++) {
            final int length = tcpFrame(0, 100, Tcp.ACK);
            SoftwareOffload.completeChecksum(frames, 0, length);
            mistaken += SoftwareOffload.isPartial(frames, 0, length) ? 1 : 0;
        }
        assertTrue(mistaken <= 1, mistaken + " of 1000, seed " + SEED);
    }

    @Test
    void completes_where_the_sender_says() throws Exception {
        final int length = udpFrame(8, 333);
        assertTrue(SoftwareOffload.completeChecksum(frames, 8, length, UDP_L4, 6));
        validUdp(frames, 8, length);
        assertFalse(SoftwareOffload.completeChecksum(frames, 8, length, length - 6, 6));
        assertFalse(SoftwareOffload.completeChecksum(frames, 8, length, -1, 6));
    }

    @Test
    void a_computed_zero_is_sent_as_all_ones_over_udp() throws Exception {
        final int length = udpFrame(0, 2);
        SoftwareOffload.completeChecksum(frames, 0, length);
        final int checksum = frames.getShort(UDP_L4 + 6, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        final int payload = frames.getShort(UDP_L4 + 8, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        final int balanced = Checksum.fold((long) payload + checksum);
        frames.putShort(UDP_L4 + 8, (short) balanced, ByteOrder.BIG_ENDIAN);
        SoftwareOffload.completeChecksum(frames, 0, length);
        assertEquals(0xFFFF, frames.getShort(UDP_L4 + 6) & 0xFFFF);
        validUdp(frames, 0, length);
    }

    @Test
    void cuts_tcp_super_frames_into_valid_segments() throws Exception {
        for (int round = 0; round < 60; round++) {
            final int segmentLength = 1 + random.nextInt(9_000);
            final int payloadLength = Math.min(60_000, random.nextInt(20 * segmentLength));
            final int flags = Tcp.ACK | Tcp.PSH | Tcp.FIN | CWR;
            assertSegments(tcpFrame(64, payloadLength, flags), payloadLength, segmentLength, flags);
        }
    }

    private void assertSegments(final int length, final int payloadLength, final int segmentLength, final int flags) throws Exception {
        final String situation = "payload " + payloadLength + ", segments of " + segmentLength + ", seed " + SEED;
        final int count = SoftwareOffload.segmentCount(frames, 64, length, segmentLength);
        assertEquals(Math.max(1, (payloadLength + segmentLength - 1) / segmentLength), count, situation);
        final ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int number = 0; number < count; number++) {
            final int written = SoftwareOffload.writeSegment(frames, 64, length, segmentLength, number, target, 128);
            final TcpPacket segment = validTcp(target, 128, written);
            assertEquals(0xFFFF_FF00 + stream.size(), segment.getHeader().getSequenceNumber(), situation);
            assertEquals((0xFFFE + number) & 0xFFFF, Ipv4.identification(target, 128 + L3), situation);
            final int expected = flags & ~(number == 0 ? 0 : CWR) & ~(number == count - 1 ? 0 : Tcp.FIN | Tcp.PSH);
            assertEquals(expected, Tcp.flags(target, 128 + TCP_L4), situation);
            assertArrayEquals(bytes(frames, 64, L3), bytes(target, 128, L3));
            assertArrayEquals(bytes(frames, 64 + TCP_L4 + 20, TCP_OPTIONS_LENGTH), bytes(target, 128 + TCP_L4 + 20, TCP_OPTIONS_LENGTH));
            final byte[] payload = segment.getPayload() == null ? new byte[0] : segment.getPayload().getRawData();
            assertTrue(payload.length <= segmentLength);
            stream.write(payload);
        }
        assertArrayEquals(bytes(frames, 64 + TCP_L4 + 32, payloadLength), stream.toByteArray(), situation);
    }

    @Test
    void cuts_udp_super_frames_into_datagrams() throws Exception {
        final int length = udpFrame(0, 5_000);
        assertEquals(5, SoftwareOffload.segmentCount(frames, 0, length, 1_200));
        final ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int number = 0; number < 5; number++) {
            final int written = SoftwareOffload.writeSegment(frames, 0, length, 1_200, number, target, 0);
            final byte[] payload = validUdp(target, 0, written).getPayload().getRawData();
            assertEquals(number < 4 ? 1_200 : 200, payload.length);
            stream.write(payload);
        }
        assertArrayEquals(bytes(frames, UDP_L4 + 8, 5_000), stream.toByteArray());
    }

    @Test
    void a_udp_checksum_that_was_not_made_stays_unmade() {
        final int length = udpFrame(0, 3_000);
        frames.putShort(UDP_L4 + 6, (short) 0);
        SoftwareOffload.writeSegment(frames, 0, length, 1_000, 1, target, 0);
        assertEquals(0, target.getShort(UDP_L4 + 6));
    }

    @Test
    void finds_super_frames_by_their_length() {
        final int headers = Ipv4.MIN_HEADER_LENGTH + IP_OPTIONS_LENGTH + Tcp.MIN_HEADER_LENGTH + TCP_OPTIONS_LENGTH;
        assertEquals(0, SoftwareOffload.findSegmentLength(frames, 0, tcpFrame(0, 1_500 - headers, Tcp.ACK), 1_500, 1_500));
        assertEquals(1_400 - headers, SoftwareOffload.findSegmentLength(frames, 0, tcpFrame(0, 1_501 - headers, Tcp.ACK), 1_500, 1_400));
        assertEquals(-1, SoftwareOffload.findSegmentLength(frames, 0, tcpFrame(0, 2_000, Tcp.ACK), 1_500, headers));
        assertEquals(0, SoftwareOffload.findSegmentLength(frames, 0, udpFrame(0, 1_400), 1_500, 1_500));
        assertEquals(-1, SoftwareOffload.findSegmentLength(frames, 0, udpFrame(0, 3_000), 1_500, 1_500));
    }

    @Test
    void refuses_what_it_cannot_read() {
        final int length = tcpFrame(0, 100, Tcp.ACK);
        assertTrue(SoftwareOffload.checksumStart(frames, 0, length) == TCP_L4);
        for (int cut = 0; cut < length; cut++) {
            assertFalse(SoftwareOffload.completeChecksum(frames, 0, cut), "cut to " + cut);
            assertEquals(0, SoftwareOffload.segmentCount(frames, 0, cut, 50), "cut to " + cut);
        }
        frames.putShort(L3 + Ipv4.FRAGMENT_OFFSET, (short) Ipv4.MORE_FRAGMENTS, ByteOrder.BIG_ENDIAN);
        assertFalse(SoftwareOffload.completeChecksum(frames, 0, length), "a fragment");
        assertEquals(0, SoftwareOffload.segmentCount(frames, 0, length, 0), "no segment length");
    }

    @Test
    void survives_any_bytes() {
        for (int round = 0; round < 20_000; round++) {
            final int length = round % 2 == 0 ? tcpFrame(0, random.nextInt(64), Tcp.ACK) : udpFrame(0, random.nextInt(64));
            for (int i = random.nextInt(4); i >= 0; i--) {
                frames.putByte(12 + random.nextInt(60), (byte) random.nextInt());
            }
            final UnsafeBuffer exact = new UnsafeBuffer(bytes(frames, 0, length));
            final int segmentLength = 1 + random.nextInt(100);
            final int count = SoftwareOffload.segmentCount(exact, 0, length, segmentLength);
            for (int number = 0; number < count; number++) {
                SoftwareOffload.writeSegment(exact, 0, length, segmentLength, number, target, 0);
            }
            SoftwareOffload.findSegmentLength(exact, 0, length, 60, 60);
            SoftwareOffload.isPartial(exact, 0, length);
            SoftwareOffload.completeChecksum(exact, 0, length);
        }
    }
}
