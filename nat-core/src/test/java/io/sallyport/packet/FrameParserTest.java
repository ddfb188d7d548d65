package io.sallyport.packet;

import io.sallyport.counter.DropReason;
import io.sallyport.engine.Packets;
import io.sallyport.wire.Ipv4;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Every way in which a frame can be wrong has its reason, and no frame makes the parser look outside of it: each lies at the end of its
 * memory, where one byte too far throws.
 */
class FrameParserTest {

    private static final String INSIDE = "10.77.0.2";
    private static final String SERVER = "203.0.113.5";
    private static final int FUZZ_ROUNDS = 200_000;

    private final FrameParser parser = new FrameParser(0x0200_0000_0001L, 0x0200_0000_0002L);

    static Stream<Arguments> wrongFrames() {
        return Stream.of(
            wrong("shorter than Ethernet", DropReason.MALFORMED, cut(13)),
            wrong("no bytes at all", DropReason.MALFORMED, cut(0)),
            wrong("Ethernet and nothing else", DropReason.MALFORMED, cut(14)),
            wrong("half an IP header", DropReason.MALFORMED, cut(33)),
            wrong("total length beyond the frame", DropReason.MALFORMED, set(17, 200)),
            wrong("total length below the header", DropReason.MALFORMED, set(17, 19)),
            wrong("total length 0", DropReason.MALFORMED, set(16, 0, 0)),
            wrong("total length 65535", DropReason.MALFORMED, set(16, 0xFF, 0xFF)),
            wrong("version 6 under EtherType IPv4", DropReason.MALFORMED, set(14, 0x65)),
            wrong("header length 16", DropReason.MALFORMED, set(14, 0x44)),
            wrong("header length 60", DropReason.MALFORMED, set(14, 0x4F)),
            wrong("header checksum", DropReason.BAD_IP_CHECKSUM, raw(frame -> frame[24] ^= 1)),
            wrong("another station", DropReason.OTHER_STATION, raw(frame -> frame[5] = 9)),
            wrong("broadcast", DropReason.LINK_BROADCAST, raw(frame -> Arrays.fill(frame, 0, 6, (byte) 0xFF))),
            wrong("multicast", DropReason.LINK_BROADCAST, raw(frame -> frame[0] = 1)),
            wrong("IPv6", DropReason.IPV6, raw(frame -> type(frame, 0x86DD))),
            wrong("VLAN tag", DropReason.VLAN_TAGGED, raw(frame -> type(frame, 0x8100))),
            wrong("service VLAN tag", DropReason.VLAN_TAGGED, raw(frame -> type(frame, 0x88A8))),
            wrong("LLDP", DropReason.NOT_IPV4, raw(frame -> type(frame, 0x88CC))),
            wrong("an 802.3 length", DropReason.NOT_IPV4, raw(frame -> type(frame, 46))),
            wrong("ARP of 41 bytes", DropReason.MALFORMED, frame -> {
                type(frame, 0x0806);
                return Arrays.copyOf(frame, 41);
            }),
            wrong("ARP for another", DropReason.OTHER_STATION, raw(frame -> {
                type(frame, 0x0806);
                frame[5] = 9;
            })),
            wrong("first fragment, 11 bytes long", DropReason.MALFORMED, set(20, 0x20, 0)),
            wrong("fragment in the middle, 11 bytes long", DropReason.MALFORMED, set(20, 0x20, 1)),
            wrong("last fragment that ends at 65539", DropReason.MALFORMED, set(20, 0x1F, 0xFF)),
            arguments("last fragment that ends at 65536", DropReason.MALFORMED,
                Packets.udp(INSIDE, 1, SERVER, 2, 65536 - 20 - 8 - 65504), set(20, 0x1F, 0xFC)),
            arguments("fragment without a byte", DropReason.MALFORMED, Packets.ip(INSIDE, SERVER, 17, new byte[8], 64), fragment(0, 1)),
            arguments("fragment in the middle without a byte", DropReason.MALFORMED,
                Packets.ip(INSIDE, SERVER, 17, new byte[8], 64), fragment(0, 0x2001)),
            arguments("16 bytes of TCP in the first fragment", DropReason.MALFORMED, tcp(), fragment(16, 0x2000)),
            arguments("half the TCP options in the first fragment", DropReason.MALFORMED, tcpOptions(), fragment(24, 0x2000)),
            arguments("fragment at the TCP ports and flags", DropReason.MALFORMED, tcpOptions(), fragment(24, 0x2001)),
            arguments("last fragment at the TCP checksum", DropReason.MALFORMED, tcpOptions(), fragment(24, 2)),
            arguments("first fragment with UDP length 7", DropReason.MALFORMED,
                Packets.udp(INSIDE, 1, SERVER, 2, 16), both(set(39, 7), fragment(16, 0x2000))),
            arguments("first fragment of UDP beyond 65535", DropReason.MALFORMED,
                Packets.udp(INSIDE, 1, SERVER, 2, 16), both(set(38, 0xFF, 0xEC), fragment(16, 0x2000))),
            arguments("first fragment of an ICMP error", DropReason.FRAGMENT, error(), fragment(32, 0x2000)),
            arguments("first fragment of a timestamp", DropReason.FRAGMENT, icmp(13), fragment(8, 0x2000)),
            wrong("UDP length 7", DropReason.MALFORMED, set(39, 7)),
            wrong("UDP length beyond the packet", DropReason.MALFORMED, set(39, 100)),
            arguments("seven bytes of UDP", DropReason.MALFORMED, Packets.ip(INSIDE, SERVER, 17, new byte[8], 64), cutIp(7)),
            arguments("19 bytes of TCP", DropReason.MALFORMED, tcp(), cutIp(19)),
            arguments("TCP offset 16", DropReason.MALFORMED, tcp(), set(46, 0x40)),
            arguments("TCP options beyond the packet", DropReason.MALFORMED, tcp(), set(46, 0x60)),
            arguments("seven bytes of ICMP", DropReason.MALFORMED, icmp(8), cutIp(7)),
            arguments("router advertisement", DropReason.UNSUPPORTED_PROTOCOL, icmp(9), set(0)),
            arguments("ICMP type 255", DropReason.UNSUPPORTED_PROTOCOL, icmp(255), set(0)),
            arguments("error without a quote", DropReason.MALFORMED, icmp(3), cutIp(8)),
            arguments("error with half a quote", DropReason.MALFORMED, error(), cutIp(8 + 27)),
            arguments("error about IPv6", DropReason.MALFORMED, error(), set(42, 0x65)),
            arguments("error about a header of 16 bytes", DropReason.MALFORMED, error(), set(42, 0x44)),
            arguments("error about a header of 60 bytes", DropReason.MALFORMED, error(), set(42, 0x4F)),
            arguments("error about a later fragment", DropReason.ICMP_UNRELATED, error(), set(49, 1)),
            arguments("error about protocol 0", DropReason.ICMP_UNRELATED, error(), set(51, 0)),
            arguments("protocol 0", DropReason.UNSUPPORTED_PROTOCOL, icmp(8), set(23, 0)),
            arguments("error about an error", DropReason.ICMP_UNRELATED, error(), raw(frame -> {
                frame[51] = 1;
                frame[62] = 3;
            })),
            arguments("loose source route", DropReason.SOURCE_ROUTE, options(131, 7, 4, 1), set(0)),
            arguments("strict source route", DropReason.SOURCE_ROUTE, options(137, 7, 4, 1), set(0)),
            arguments("source route behind padding", DropReason.SOURCE_ROUTE, options(1, 1, 1, 131), set(0)),
            arguments("source route behind another option", DropReason.SOURCE_ROUTE, options(68, 3, 0, 137), set(0)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongFrames")
    void isDropped(final String what, final DropReason reason, final byte[] good, final Change change) {
        final PacketBatch batch = parse(change.apply(good.clone()));
        assertEquals(Verdict.DROP, batch.verdict(0), what);
        assertEquals(reason, DropReason.of(batch.dropReason(0)), what);
    }

    @Test
    void fragmentsHaveAKindAndAKey() {
        assertFragment(PacketKind.UDP, 1 << 8 | 2 << 24, Packets.udp(INSIDE, 1, SERVER, 2, 16), fragment(8, 0x2000));
        assertFragment(PacketKind.UDP, 1 << 8 | 2 << 24, Packets.udp(INSIDE, 1, SERVER, 2, 16),
            both(set(38, 0xFF, 0xEB), fragment(8, 0x2000)));
        assertFragment(PacketKind.TCP, 1 << 8 | 2 << 24, tcpOptions(), fragment(32, 0x2000));
        assertFragment(PacketKind.QUERY, 0, icmp(8), fragment(8, 0x2000));
        assertFragment(PacketKind.OTHER, 0, Packets.ip(INSIDE, SERVER, 47, new byte[8], 64), fragment(8, 0x2000));
        assertFragment(PacketKind.FRAGMENT, 0, Packets.udp(INSIDE, 1, SERVER, 2, 3), fragment(11, 1));
        assertFragment(PacketKind.FRAGMENT, 0, tcp(), fragment(11, 3));
        assertFragment(PacketKind.FRAGMENT, 0, Packets.ip(INSIDE, SERVER, 47, new byte[8], 64), fragment(1, 1));
        assertFragment(PacketKind.FRAGMENT, 0, Packets.udp(INSIDE, 1, SERVER, 2, 65535 - 20 - 8 - 65504), set(20, 0x1F, 0xFC));
    }

    private void assertFragment(final byte kind, final int rawPorts, final byte[] frame, final Change change) {
        final PacketBatch batch = parse(change.apply(frame));
        assertEquals(Verdict.NONE, batch.verdict(0));
        assertEquals(kind, batch.kind(0));
        assertEquals(rawPorts, (int) batch.portKey(0));
        assertEquals(frame[23], (byte) (batch.portKey(0) >>> 32));
    }

    /** The sum that a NIC would complete covers the whole datagram. */
    @Test
    void aFragmentWithAPartialChecksumIsNone() {
        final byte[] frame = fragment(8, 0x2000).apply(Packets.udp(INSIDE, 1, SERVER, 2, 16));
        for (int segmentLength = 0; segmentLength < 2; segmentLength++) {
            final PacketBatch batch = PacketBatch.owning(1, frame.length);
            batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
            batch.offload(0, segmentLength, segmentLength == 0 ? PacketBatch.CHECKSUM_PARTIAL : PacketBatch.CHECKSUM_WHOLE);
            parser.parse(batch);
            assertEquals(DropReason.MALFORMED, DropReason.of(batch.dropReason(0)));
        }
    }

    @Test
    void paddingIsCutOff() {
        final byte[] udp = Packets.udp(INSIDE, 1, SERVER, 2, 3);
        final PacketBatch batch = parse(Arrays.copyOf(udp, 60));
        assertEquals(Verdict.NONE, batch.verdict(0));
        assertEquals(udp.length, batch.length(0));
    }

    @Test
    void optionsThatNeverEndDoNotHoldTheParserUp() {
        for (final int[] options : new int[][] {{7, 0, 0, 0}, {7, 1, 0, 0}, {7, 255, 0, 0}, {1, 1, 1, 7}, {0, 131, 0, 0}}) {
            assertEquals(Verdict.NONE, parse(options(options)).verdict(0), Arrays.toString(options));
        }
    }

    @Test
    void anErrorHasTheKeyOfAnAnswerToWhatItQuotes() {
        final PacketBatch error = parse(error());
        final byte[] answer = Packets.udp(INSIDE, 4444, SERVER, 53, 1);
        final PacketBatch plain = parse(answer);
        assertEquals(PacketKind.ICMP_ERROR, error.kind(0));
        assertEquals(plain.addressKey(0), error.addressKey(0));
        assertEquals(plain.portKey(0), error.portKey(0));
    }

    @Test
    void noFrameOfNoiseMakesItLookOutside() {
        final Random random = new Random(20);
        final byte[][] seeds = {Packets.udp(INSIDE, 1, SERVER, 2, 30), tcp(), icmp(8), error(), options(68, 4, 5, 0)};
        for (int round = 0; round < FUZZ_ROUNDS; round++) {
            byte[] frame = seeds[random.nextInt(seeds.length)].clone();
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            frame = Arrays.copyOf(frame, random.nextInt(3) == 0 ? random.nextInt(frame.length + 1) : frame.length);
            if (frame.length >= 34 && random.nextInt(4) != 0) {
                fixHeaderChecksum(frame);
            }
            final PacketBatch batch = parse(frame);
            if (batch.verdict(0) == Verdict.NONE) {
                final int end = batch.offset(0) + batch.length(0);
                assertTrue(batch.length(0) <= frame.length);
                assertEquals(end, batch.l3Offset(0) + Ipv4.totalLength(batch.frames(), batch.l3Offset(0)));
                final boolean hasHeader = batch.kind(0) != PacketKind.OTHER && batch.kind(0) != PacketKind.FRAGMENT;
                assertTrue(batch.l4Offset(0) + (hasHeader ? 8 : 0) <= end);
                assertTrue(batch.portKey(0) >>> 48 == 0);
            }
        }
    }

    /** Changes a frame that is right. */
    @FunctionalInterface
    interface Change {
        byte[] apply(byte[] frame);
    }

    private static Arguments wrong(final String what, final DropReason reason, final Change change) {
        return arguments(what, reason, Packets.udp(INSIDE, 1, SERVER, 2, 3), change);
    }

    private static Change cut(final int length) {
        return frame -> Arrays.copyOf(frame, length);
    }

    /** Cuts the IP payload, and says so in the header. */
    private static Change cutIp(final int payload) {
        return frame -> {
            final byte[] shorter = Arrays.copyOf(frame, 34 + payload);
            ByteBuffer.wrap(shorter).putShort(16, (short) (20 + payload));
            return fixHeaderChecksum(shorter);
        };
    }

    /** Cuts the IP payload and puts flags and fragment offset into the header. */
    private static Change fragment(final int payload, final int fragment) {
        return both(cutIp(payload), set(20, fragment >>> 8, fragment & 0xFF));
    }

    private static Change both(final Change first, final Change second) {
        return frame -> second.apply(first.apply(frame));
    }

    private static Change set(final int offset, final int... values) {
        return frame -> {
            for (int k = 0; k < values.length; k++) {
                frame[offset + k] = (byte) values[k];
            }
            return fixHeaderChecksum(frame);
        };
    }

    private static Change raw(final Consumer<byte[]> change) {
        return frame -> {
            change.accept(frame);
            return frame;
        };
    }

    private static void type(final byte[] frame, final int type) {
        ByteBuffer.wrap(frame).putShort(12, (short) type);
    }

    private static byte[] tcp() {
        return Packets.tcp(INSIDE, 1, SERVER, 2, Packets.SYN, 1, 1, 0);
    }

    /** A segment with 12 bytes of options. */
    private static byte[] tcpOptions() {
        final byte[] tcp = Packets.tcp(INSIDE, 1, SERVER, 2, Packets.SYN, 1, 1, 12);
        tcp[46] = (byte) 0x80;
        return tcp;
    }

    private static byte[] icmp(final int type) {
        final byte[] message = new byte[8];
        message[0] = (byte) type;
        return Packets.ip(INSIDE, SERVER, 1, message, 64);
    }

    /** A port unreachable about a datagram from the server's port 53. */
    private static byte[] error() {
        final byte[] quoted = Arrays.copyOfRange(Packets.udp(SERVER, 53, INSIDE, 4444, 1), 14, 14 + 28);
        final byte[] message = Arrays.copyOf(new byte[] {3, 3}, 8 + 28);
        System.arraycopy(quoted, 0, message, 8, 28);
        return Packets.ip(INSIDE, SERVER, 1, message, 64);
    }

    /** A datagram with eight bytes of IP options, the first four of them these. */
    private static byte[] options(final int... options) {
        final byte[] udp = Packets.udp(INSIDE, 1, SERVER, 2, 3);
        final byte[] longer = Arrays.copyOf(udp, udp.length + 8);
        System.arraycopy(udp, 34, longer, 42, udp.length - 34);
        Arrays.fill(longer, 34, 42, (byte) 0);
        for (int k = 0; k < options.length; k++) {
            longer[34 + k] = (byte) options[k];
        }
        longer[14] = 0x47;
        ByteBuffer.wrap(longer).putShort(16, (short) (longer.length - 14));
        return fixHeaderChecksum(longer);
    }

    private static byte[] fixHeaderChecksum(final byte[] frame) {
        final int end = Math.min(frame.length & ~1, 14 + (frame[14] & 0xF) * 4);
        if (end < 26) {
            return frame;
        }
        final ByteBuffer buffer = ByteBuffer.wrap(frame);
        buffer.putShort(24, (short) 0);
        int sum = 0;
        for (int k = 14; k + 1 < end; k += 2) {
            sum += buffer.getShort(k) & 0xFFFF;
        }
        sum = (sum & 0xFFFF) + (sum >>> 16);
        buffer.putShort(24, (short) ~((sum & 0xFFFF) + (sum >>> 16)));
        return frame;
    }

    private PacketBatch parse(final byte[] frame) {
        final UnsafeBuffer memory = new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(PacketBatch.HEADROOM_LENGTH + Math.max(1, frame.length), 64), 0,
            PacketBatch.HEADROOM_LENGTH + frame.length);
        memory.putBytes(PacketBatch.HEADROOM_LENGTH, frame);
        final PacketBatch batch = PacketBatch.over(memory, 1);
        batch.add(PacketBatch.HEADROOM_LENGTH, frame.length);
        batch.arrived(Side.INSIDE, 0);
        parser.parse(batch);
        return batch;
    }
}
