package io.sallyport.icmp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IcmpErrorsTest {

    private static final int HOST = address("10.77.0.5");
    private static final int SERVER = address("192.0.2.80");

    private final CounterBlock counters = CounterBlock.onHeap();
    private final PacketBatch originated = PacketBatch.owning(4, IcmpErrors.MAX_FRAME_LENGTH);
    private final IcmpErrors errors = new IcmpErrors(InterfaceConfig.of("l0", "10.77.0.1/24"),
        InterfaceConfig.of("w0", "198.51.100.1/24"), new SeededHash(1, 2), 1, counters);
    private final Random random = new Random(7);

    @Property(tries = 200)
    void rfc1812_4323_quotesAsMuchAsFits576(@ForAll @IntRange(max = 1480) final int payloadLength, @ForAll final Side side,
        @ForAll final Random bytes) {
        originated.clear();
        final int source = side == Side.INSIDE ? HOST : SERVER;
        final PacketBatch batch = IcmpTestPackets.packet(side, source, address("203.0.113.9"), Ipv4.UDP, payloadLength, bytes);
        final byte[] before = IcmpTestPackets.frame(batch, 0);
        assertTrue(errors.timeExceeded(batch, 0, originated, bytes.nextLong()));
        assertError(side, source, Icmp.TIME_EXCEEDED, 0, 0);
        assertArrayEquals(before, IcmpTestPackets.frame(batch, 0));
        final int quoteLength = Math.min(20 + payloadLength, 576 - 28);
        assertEquals(28 + quoteLength, Ipv4.totalLength(originated.frames(), originated.l3Offset(0)));
        final byte[] quote = new byte[quoteLength];
        originated.frames().getBytes(originated.l4Offset(0) + Icmp.HEADER_LENGTH, quote);
        final byte[] original = new byte[quoteLength];
        batch.frames().getBytes(batch.l3Offset(0), original);
        assertArrayEquals(original, quote);
    }

    @Test
    void rfc1191_fragmentationNeededCarriesTheMtu() {
        assertTrue(errors.unreachable(fromInside(Ipv4.TCP), 0, Icmp.CODE_FRAGMENTATION_NEEDED, 1300, originated, 0));
        assertError(Side.INSIDE, HOST, Icmp.UNREACHABLE, Icmp.CODE_FRAGMENTATION_NEEDED, 1300);
    }

    @Test
    void prohibitedCarriesNothing() {
        assertTrue(errors.unreachable(fromInside(Ipv4.TCP), 0, Icmp.CODE_PROHIBITED, 0, originated, 0));
        assertError(Side.INSIDE, HOST, Icmp.UNREACHABLE, Icmp.CODE_PROHIBITED, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {Icmp.UNREACHABLE, Icmp.TIME_EXCEEDED, Icmp.PARAMETER_PROBLEM, Icmp.SOURCE_QUENCH, Icmp.REDIRECT, 42, 255})
    void rfc1812_4327_notAboutIcmpErrors(final int type) {
        final PacketBatch batch = fromInside(Ipv4.ICMP);
        IcmpTestPackets.icmp(batch, type, 0);
        assertSilent(batch);
    }

    @ParameterizedTest
    @ValueSource(ints = {Icmp.ECHO_REQUEST, Icmp.ECHO_REPLY, Icmp.TIMESTAMP_REQUEST})
    void aboutIcmpQueries(final int type) {
        final PacketBatch batch = fromInside(Ipv4.ICMP);
        IcmpTestPackets.icmp(batch, type, 0);
        assertTrue(errors.timeExceeded(batch, 0, originated, 0));
    }

    @Test
    void notAboutIcmpWithoutItsType() {
        assertSilent(IcmpTestPackets.packet(Side.INSIDE, HOST, SERVER, Ipv4.ICMP, 0, random));
    }

    @Test
    void rfc1812_4327_notAboutLaterFragments() {
        final PacketBatch batch = fromInside(Ipv4.UDP);
        batch.frames().putShort(batch.l3Offset(0) + Ipv4.FRAGMENT_OFFSET, (short) (Ipv4.MORE_FRAGMENTS | 1), ByteOrder.BIG_ENDIAN);
        assertSilent(batch);
        batch.frames().putShort(batch.l3Offset(0) + Ipv4.FRAGMENT_OFFSET, (short) Ipv4.MORE_FRAGMENTS, ByteOrder.BIG_ENDIAN);
        assertTrue(errors.timeExceeded(batch, 0, originated, 0));
    }

    @Test
    void rfc1812_4327_notAboutLinkBroadcast() {
        final PacketBatch batch = fromInside(Ipv4.UDP);
        Ethernet.mac(batch.frames(), batch.offset(0), Ethernet.BROADCAST);
        assertSilent(batch);
        Ethernet.mac(batch.frames(), batch.offset(0), 0x01_00_5E_00_00_01L);
        assertSilent(batch);
    }

    @ParameterizedTest
    @ValueSource(strings = {"255.255.255.255", "224.0.0.1", "239.255.255.250", "240.0.0.1", "10.77.0.255", "10.77.0.0",
        "198.51.100.255", "198.51.100.0"})
    void rfc1812_4327_notAboutBroadcastOrMulticast(final String destination) {
        assertSilent(IcmpTestPackets.packet(Side.INSIDE, HOST, address(destination), Ipv4.UDP, 20, random));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "169.254.1.1",
        "10.77.0.0", "10.77.0.255", "198.51.100.255", "10.77.0.1", "198.51.100.1"})
    void rfc1812_4327_notToWhoIsNoHost(final String source) {
        assertSilent(IcmpTestPackets.packet(Side.INSIDE, address(source), SERVER, Ipv4.UDP, 20, random));
    }

    @Test
    void rfc1812_4328_rateIsLimitedAndWithheldErrorsAreCounted() {
        int sent = 0;
        for (int i = 0; i < 10_000; i++) {
            sent += errors.timeExceeded(fromInside(Ipv4.UDP), 0, originated, i * 100_000L) ? 1 : 0;
            originated.clear();
        }
        assertEquals(109, sent);
        assertEquals(10_000 - sent, counters.get(Counter.ICMP_ERRORS_WITHHELD));
        assertEquals(0, counters.get(Counter.ORIGINATED_LOST));
    }

    @Test
    void fullBatchIsCounted() {
        for (int i = 0; i < 4; i++) {
            assertTrue(errors.timeExceeded(fromInside(Ipv4.UDP), 0, originated, 0));
        }
        assertFalse(errors.timeExceeded(fromInside(Ipv4.UDP), 0, originated, 0));
        assertEquals(1, counters.get(Counter.ORIGINATED_LOST));
    }

    @Test
    void nothingAllocates() {
        final PacketBatch batch = fromInside(Ipv4.UDP);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (int pass = 0; pass < 2; pass++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 2000; i++) {
                errors.unreachable(batch, 0, Icmp.CODE_PROHIBITED, 0, originated, i * 1_000_000L);
                originated.clear();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, allocated);
    }

    private void assertSilent(final PacketBatch batch) {
        assertFalse(errors.timeExceeded(batch, 0, originated, 0));
        assertEquals(0, originated.size());
        assertEquals(0, counters.get(Counter.ICMP_ERRORS_WITHHELD));
    }

    private void assertError(final Side side, final int to, final int type, final int code, final int mtu) {
        assertEquals(1, originated.size());
        assertEquals(Verdict.to(side), originated.verdict(0));
        assertEquals(Origin.ICMP_ERROR.ordinal(), originated.origin(0));
        final UnsafeBuffer frames = originated.frames();
        final int l3 = originated.l3Offset(0);
        final int l4 = originated.l4Offset(0);
        assertEquals(originated.length(0), Ethernet.HEADER_LENGTH + Ipv4.totalLength(frames, l3));
        assertEquals(Ethernet.TYPE_IPV4, Ethernet.type(frames, originated.offset(0)));
        assertEquals(l4 - l3, Ipv4.headerLength(frames, l3));
        assertEquals(0xC0, frames.getByte(l3 + Ipv4.TYPE_OF_SERVICE_OFFSET) & 0xFF);
        assertEquals(64, Ipv4.ttl(frames, l3));
        assertEquals(Ipv4.ICMP, Ipv4.protocol(frames, l3));
        assertEquals(address(side == Side.INSIDE ? "10.77.0.1" : "198.51.100.1"), Ipv4.source(frames, l3));
        assertEquals(to, Ipv4.destination(frames, l3));
        assertEquals(type, Icmp.type(frames, l4));
        assertEquals(code, Icmp.code(frames, l4));
        assertEquals(mtu, frames.getInt(l4 + 4, ByteOrder.BIG_ENDIAN));
        final int headerChecksum = Ipv4.checksum(frames, l3);
        final int messageChecksum = Icmp.checksum(frames, l4);
        IcmpTestPackets.headerChecksum(frames, l3);
        IcmpTestPackets.icmpChecksum(frames, l3, l4);
        assertEquals(Ipv4.checksum(frames, l3), headerChecksum);
        assertEquals(Icmp.checksum(frames, l4), messageChecksum);
    }

    private PacketBatch fromInside(final int protocol) {
        return IcmpTestPackets.packet(Side.INSIDE, HOST, SERVER, protocol, 64, random);
    }

    private static int address(final String text) {
        return Ipv4Address.parse(text);
    }
}
