package io.sallyport.icmp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.DropReason;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.nio.ByteOrder;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class IcmpErrorTranslationTest {

    private static final int ROUTER = 0xC000_0201;
    private static final int PUBLIC = 0xC633_6401;

    private final Random random = new Random(5);

    /**
     * The twin translates the packet itself, from scratch, and quotes it afresh: errors about the translated packet, translated back,
     * are errors about the packet that was sent.
     */
    @Property(tries = 500)
    void rfc5508_04_rewriteEqualsAnErrorAboutTheOtherPacket(@ForAll("protocols") final int protocol,
        @ForAll @IntRange(min = 20, max = 200) final int payloadLength, @ForAll @IntRange(max = 10) final int optionWords,
        @ForAll @IntRange(min = 8, max = 220) final int quotedPayloadLength, @ForAll final boolean withoutChecksum,
        @ForAll final Random bytes) {
        // half of a checksum is left as it is
        Assume.that(protocol != Ipv4.TCP || quotedPayloadLength != Tcp.CHECKSUM_OFFSET + 1);
        final byte[] options = new byte[4 * optionWords];
        bytes.nextBytes(options);
        final PacketBatch translated =
            IcmpTestPackets.packet(Side.OUTSIDE, bytes.nextInt(), bytes.nextInt(), protocol, options, payloadLength, bytes);
        finishPacket(translated, withoutChecksum);
        final int quoteLength = Math.min(20 + options.length + quotedPayloadLength, 20 + options.length + payloadLength);
        final PacketBatch error = error(translated, quoteLength, 1 + bytes.nextInt(4), ROUTER, PUBLIC);
        final int l3 = error.l3Offset(0);
        final int l4 = error.l4Offset(0);
        final int quotedL4 = IcmpErrorTranslation.check(error.frames(), l3, l4);
        assertEquals(l4 + 8 + 20 + options.length, quotedL4);
        assertKey(translated, error, quotedL4);

        final long rawAddresses = bytes.nextLong();
        final long quotedRawAddresses = bytes.nextLong();
        final int quotedRawPorts = protocol == Ipv4.ICMP ? bytes.nextInt(1 << 16) : bytes.nextInt();
        IcmpErrorTranslation.rewrite(error.frames(), l3, l4, quotedL4, rawAddresses, quotedRawAddresses, quotedRawPorts);

        final byte[] actual = IcmpTestPackets.frame(error, 0);
        retarget(translated, quotedRawAddresses, quotedRawPorts, withoutChecksum);
        final UnsafeBuffer expected = new UnsafeBuffer(actual.clone());
        expected.putBytes(14 + 28, translated.frames(), translated.l3Offset(0), quoteLength);
        Ipv4.rawAddresses(expected, 14, rawAddresses);
        IcmpTestPackets.headerChecksum(expected, 14);
        IcmpTestPackets.icmpChecksum(expected, 14, 34);
        assertArrayEquals(expected.byteArray(), actual);
    }

    @Provide
    Arbitrary<Integer> protocols() {
        return Arbitraries.of(Ipv4.TCP, Ipv4.UDP, Ipv4.ICMP);
    }

    @Property(tries = 200)
    void rfc5508_03_corruptionIsFound(@ForAll @IntRange(max = 63) final int position, @ForAll @IntRange(max = 7) final int bit) {
        final PacketBatch error = errorAbout(Ipv4.UDP, 56);
        flip(error, error.l4Offset(0) + position, bit);
        assertRefused(error, DropReason.BAD_ICMP_CHECKSUM);
    }

    @Property(tries = 100)
    void rfc5508_03a_corruptedQuoteIsFound(@ForAll @IntRange(min = 4, max = 19) final int position,
        @ForAll @IntRange(max = 7) final int bit) {
        final PacketBatch error = errorAbout(Ipv4.UDP, 56);
        flip(error, error.l4Offset(0) + 8 + position, bit);
        IcmpTestPackets.icmpChecksum(error.frames(), error.l3Offset(0), error.l4Offset(0));
        assertRefused(error, DropReason.BAD_IP_CHECKSUM);
    }

    @Test
    void rfc5508_03c_quotedLayer4ChecksumIsNotLookedAt() {
        final PacketBatch error = errorAbout(Ipv4.UDP, 56);
        flip(error, error.l4Offset(0) + 8 + 20 + Udp.CHECKSUM_OFFSET, 3);
        IcmpTestPackets.icmpChecksum(error.frames(), error.l3Offset(0), error.l4Offset(0));
        assertTrue(check(error) > 0);
    }

    @Test
    void shortOrCrookedQuoteIsMalformed() {
        assertRefused(errorAbout(Ipv4.UDP, 27), DropReason.MALFORMED);
        assertRefused(errorAbout(Ipv4.UDP, 19), DropReason.MALFORMED);
        assertRefused(errorAbout(Ipv4.UDP, 0), DropReason.MALFORMED);
        assertTrue(check(errorAbout(Ipv4.UDP, 28)) > 0);
        assertRefused(withQuotedByte(Ipv4.VERSION_OFFSET, 0x65), DropReason.MALFORMED);
        assertRefused(withQuotedByte(Ipv4.VERSION_OFFSET, 0x44), DropReason.MALFORMED);
        assertRefused(withQuotedByte(Ipv4.VERSION_OFFSET, 0x4F), DropReason.MALFORMED);
        assertRefused(withQuotedByte(Ipv4.TOTAL_LENGTH_OFFSET + 1, 27), DropReason.MALFORMED);
    }

    @Test
    void quoteWithoutAConnectionIsUnrelated() {
        assertRefused(withQuotedByte(Ipv4.FRAGMENT_OFFSET + 1, 1), DropReason.ICMP_UNRELATED);
        final PacketBatch aboutError = IcmpTestPackets.packet(Side.OUTSIDE, PUBLIC, ROUTER, Ipv4.ICMP, 64, random);
        IcmpTestPackets.icmp(aboutError, Icmp.TIME_EXCEEDED, 0);
        assertRefused(error(aboutError, 60, Icmp.UNREACHABLE, ROUTER, PUBLIC), DropReason.ICMP_UNRELATED);
    }

    private static void finishPacket(final PacketBatch packet, final boolean withoutChecksum) {
        final UnsafeBuffer frames = packet.frames();
        final int l3 = packet.l3Offset(0);
        final int l4 = packet.l4Offset(0);
        switch (Ipv4.protocol(frames, l3)) {
            case Ipv4.ICMP -> IcmpTestPackets.icmp(packet, Icmp.ECHO_REQUEST, 0);
            case Ipv4.TCP -> IcmpTestPackets.l4Checksum(frames, l3, Tcp.CHECKSUM_OFFSET);
            default -> {
                IcmpTestPackets.l4Checksum(frames, l3, Udp.CHECKSUM_OFFSET);
                if (withoutChecksum) {
                    frames.putShort(l4 + Udp.CHECKSUM_OFFSET, (short) 0);
                }
            }
        }
    }

    /** Translates a packet from scratch. */
    private static void retarget(final PacketBatch packet, final long rawAddresses, final int rawPorts, final boolean withoutChecksum) {
        final UnsafeBuffer frames = packet.frames();
        final int l3 = packet.l3Offset(0);
        final int l4 = packet.l4Offset(0);
        Ipv4.rawAddresses(frames, l3, rawAddresses);
        IcmpTestPackets.headerChecksum(frames, l3);
        if (Ipv4.protocol(frames, l3) == Ipv4.ICMP) {
            frames.putShort(l4 + Icmp.IDENTIFIER_OFFSET, (short) rawPorts);
        } else {
            frames.putInt(l4, rawPorts);
        }
        finishPacket(packet, withoutChecksum);
    }

    private static void assertKey(final PacketBatch quoted, final PacketBatch error, final int quotedL4) {
        final UnsafeBuffer frames = quoted.frames();
        final int protocol = Ipv4.protocol(frames, quoted.l3Offset(0));
        assertEquals(protocol, IcmpErrorTranslation.quotedProtocol(error.frames(), error.l4Offset(0)));
        assertEquals(Ipv4.rawAddresses(frames, quoted.l3Offset(0)),
            IcmpErrorTranslation.quotedRawAddresses(error.frames(), error.l4Offset(0)));
        final int l4 = quoted.l4Offset(0);
        final int expected = protocol == Ipv4.ICMP
            ? frames.getShort(l4 + Icmp.IDENTIFIER_OFFSET, ByteOrder.LITTLE_ENDIAN) & 0xFFFF
            : frames.getInt(l4, ByteOrder.LITTLE_ENDIAN);
        assertEquals(expected, IcmpErrorTranslation.quotedRawPorts(error.frames(), error.l4Offset(0), quotedL4));
    }

    /** An ICMP error that quotes the first bytes of a packet. */
    private static PacketBatch error(
        final PacketBatch about, final int quoteLength, final int code, final int source, final int destination) {
        final PacketBatch error =
            IcmpTestPackets.packet(Side.OUTSIDE, source, destination, Ipv4.ICMP, Icmp.HEADER_LENGTH + quoteLength, new Random(code));
        error.frames().putBytes(error.l4Offset(0) + Icmp.HEADER_LENGTH, about.frames(), about.l3Offset(0), quoteLength);
        IcmpTestPackets.icmp(error, Icmp.UNREACHABLE, code);
        return error;
    }

    private PacketBatch errorAbout(final int protocol, final int quoteLength) {
        final PacketBatch packet = IcmpTestPackets.packet(Side.INSIDE, PUBLIC, ROUTER, protocol, 64, random);
        return error(packet, quoteLength, Icmp.CODE_PORT_UNREACHABLE, ROUTER, PUBLIC);
    }

    /** An error whose quote has another byte in its header, and whose checksums are right. */
    private PacketBatch withQuotedByte(final int position, final int value) {
        final PacketBatch error = errorAbout(Ipv4.UDP, 56);
        final int quotedL3 = IcmpErrorTranslation.quotedL3(error.l4Offset(0));
        error.frames().putByte(quotedL3 + position, (byte) value);
        IcmpTestPackets.headerChecksum(error.frames(), quotedL3);
        IcmpTestPackets.icmpChecksum(error.frames(), error.l3Offset(0), error.l4Offset(0));
        return error;
    }

    private static void flip(final PacketBatch batch, final int position, final int bit) {
        batch.frames().putByte(position, (byte) (batch.frames().getByte(position) ^ 1 << bit));
    }

    private static int check(final PacketBatch error) {
        return IcmpErrorTranslation.check(error.frames(), error.l3Offset(0), error.l4Offset(0));
    }

    private static void assertRefused(final PacketBatch error, final DropReason reason) {
        final int result = check(error);
        assertTrue(result < 0);
        assertEquals(reason, IcmpErrorTranslation.dropReason(result));
    }
}
