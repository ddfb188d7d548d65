package io.sallyport.icmp;

import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import java.nio.ByteOrder;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

/** Packets of tests, as the parser leaves them in a batch. */
final class IcmpTestPackets {

    static final long OUR_MAC = 0x02_00_00_00_00_01L;
    static final long HOST_MAC = 0x02_00_00_00_10_05L;

    private IcmpTestPackets() {
    }

    /** A batch of one IPv4 packet with random bytes behind its header. */
    static PacketBatch packet(
        final Side side, final int source, final int destination, final int protocol, final int payloadLength, final Random random) {
        return packet(side, source, destination, protocol, new byte[0], payloadLength, random);
    }

    /** The same with IP options, whose length is a multiple of 4. */
    static PacketBatch packet(final Side side, final int source, final int destination, final int protocol, final byte[] options,
        final int payloadLength, final Random random) {
        final int headerLength = Ipv4.MIN_HEADER_LENGTH + options.length;
        final int length = Ethernet.HEADER_LENGTH + headerLength + payloadLength;
        final PacketBatch batch = PacketBatch.owning(1, length);
        batch.arrived(side, 0);
        final int frame = batch.offset(batch.claim(length));
        final int l3 = frame + Ethernet.HEADER_LENGTH;
        final UnsafeBuffer frames = batch.frames();
        Ethernet.header(frames, frame, OUR_MAC, HOST_MAC, Ethernet.TYPE_IPV4);
        Ipv4.header(frames, l3, headerLength + payloadLength, random.nextInt(1 << 16), 0, 1 + random.nextInt(255), protocol,
            source, destination);
        frames.putByte(l3, (byte) (0x40 | headerLength >>> 2));
        frames.putBytes(l3 + Ipv4.MIN_HEADER_LENGTH, options);
        for (int i = 0; i < payloadLength; i++) {
            frames.putByte(l3 + headerLength + i, (byte) random.nextInt());
        }
        headerChecksum(frames, l3);
        batch.headers(0, l3, l3 + headerLength);
        return batch;
    }

    /** Makes the packet an ICMP message with a right checksum. */
    static void icmp(final PacketBatch batch, final int type, final int code) {
        final int l4 = batch.l4Offset(0);
        batch.frames().putByte(l4 + Icmp.TYPE_OFFSET, (byte) type);
        batch.frames().putByte(l4 + Icmp.CODE_OFFSET, (byte) code);
        icmpChecksum(batch.frames(), batch.l3Offset(0), l4);
    }

    static void headerChecksum(final UnsafeBuffer frames, final int l3) {
        Ipv4.checksum(frames, l3, 0);
        Ipv4.checksum(frames, l3, freshChecksum(frames, l3, Ipv4.headerLength(frames, l3), 0));
    }

    static void icmpChecksum(final UnsafeBuffer frames, final int l3, final int l4) {
        Icmp.checksum(frames, l4, 0);
        Icmp.checksum(frames, l4, freshChecksum(frames, l4, l3 + Ipv4.totalLength(frames, l3) - l4, 0));
    }

    /** RFC 1071, word by word: the slow obvious twin of {@link Checksum}. The field itself holds 0. */
    static int freshChecksum(final UnsafeBuffer frames, final int offset, final int length, final long initialSum) {
        long sum = initialSum;
        for (int i = 0; i < length; i++) {
            sum += (frames.getByte(offset + i) & 0xFFL) << (i % 2 == 0 ? 8 : 0);
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (int) (~sum & 0xFFFF);
    }

    /** Puts a fresh checksum over pseudo-header and segment into a TCP or UDP packet. */
    static void l4Checksum(final UnsafeBuffer frames, final int l3, final int checksumOffset) {
        final int l4 = l3 + Ipv4.headerLength(frames, l3);
        final int length = Ipv4.totalLength(frames, l3) - (l4 - l3);
        frames.putShort(l4 + checksumOffset, (short) 0);
        final long pseudoHeader = pseudoHeaderSum(frames, l3, length);
        final int checksum = freshChecksum(frames, l4, length, pseudoHeader);
        final boolean udpZero = Ipv4.protocol(frames, l3) == Ipv4.UDP && checksum == 0;
        frames.putShort(l4 + checksumOffset, (short) (udpZero ? 0xFFFF : checksum), ByteOrder.BIG_ENDIAN);
    }

    private static long pseudoHeaderSum(final UnsafeBuffer frames, final int l3, final int length) {
        long sum = Ipv4.protocol(frames, l3) + length;
        for (int i = 0; i < 8; i += 2) {
            sum += frames.getShort(l3 + Ipv4.SOURCE_OFFSET + i, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        }
        return sum;
    }

    static byte[] frame(final PacketBatch batch, final int i) {
        final byte[] bytes = new byte[batch.length(i)];
        batch.frames().getBytes(batch.offset(i), bytes);
        return bytes;
    }
}
