package io.sallyport.tools.replay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.counter.Accounting;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.EngineOptions.Secrets;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReplayTest {

    private static final long START_NS = 1_770_000_000_000_000_000L;
    private static final GatewayConfig CONFIG = config();

    private final List<Sent> sent = new ArrayList<>();
    private Replay replay = new Replay(CONFIG, Secrets.seeded(1), this::keep);

    /** A frame that left the gateway. */
    private record Sent(Side side, long timestampNs, byte[] frame) {
    }

    static GatewayConfig config() {
        final GatewayConfig config = GatewayConfig.of(
            InterfaceConfig.of("l0", "10.77.0.1/24").withNeighbours(
                List.of(new Neighbour(Ipv4Address.parse("10.77.0.2"), TestFrames.HOST))),
            InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(Ipv4Address.parse("198.51.100.2")).withNeighbours(
                List.of(new Neighbour(Ipv4Address.parse("198.51.100.2"), TestFrames.ROUTER))));
        return config.withNat(config.nat().withLimits(new Limits(1_000, 0, 0)));
    }

    static byte[] query(final int port, final String text) {
        return TestFrames.udp(TestFrames.GATEWAY_INSIDE, TestFrames.HOST, "10.77.0.2", port, "203.0.113.9", 53, text);
    }

    static byte[] answer(final int port, final String text) {
        return TestFrames.udp(TestFrames.GATEWAY_OUTSIDE, TestFrames.ROUTER, "203.0.113.9", 53, "198.51.100.1", port, text);
    }

    @AfterEach
    void everyPacketIsAccountedFor() {
        replay.close();
        assertEquals(0, Accounting.difference(replay::count, replay::count));
    }

    private void keep(final Side side, final long timestampNs, final DirectBuffer memory, final int offset, final int length) {
        final byte[] frame = new byte[length];
        memory.getBytes(offset, frame);
        sent.add(new Sent(side, timestampNs, frame));
    }

    private void receive(final Side side, final long afterMs, final byte[] frame) {
        replay.receive(side, START_NS + TimeUnit.MILLISECONDS.toNanos(afterMs), new UnsafeBuffer(frame), 0, frame.length);
    }

    private List<Sent> datagrams() {
        return sent.stream().filter(one -> TestFrames.isIpv4(one.frame())).toList();
    }

    @Test
    void datagram_and_its_answer_are_translated_at_their_own_time() {
        receive(Side.INSIDE, 0, query(5000, "question"));
        final Sent out = datagrams().getFirst();
        final int port = TestFrames.sourcePort(out.frame());
        receive(Side.OUTSIDE, 20, answer(port, "reply"));
        final Sent back = datagrams().getLast();
        assertEquals(Side.OUTSIDE, out.side());
        assertEquals(START_NS, out.timestampNs());
        assertEquals("198.51.100.1:" + port + " > 203.0.113.9:53 question", TestFrames.describe(out.frame()));
        assertEquals(Side.INSIDE, back.side());
        assertEquals(START_NS + 20_000_000, back.timestampNs());
        assertEquals("203.0.113.9:53 > 10.77.0.2:5000 reply", TestFrames.describe(back.frame()));
        assertTrue(TestFrames.areChecksumsRight(out.frame()) && TestFrames.areChecksumsRight(back.frame()));
    }

    @Test
    void first_packet_starts_the_gateway_which_announces_itself() {
        receive(Side.OUTSIDE, 0, answer(4000, "unsolicited"));
        assertEquals(START_NS, sent.getFirst().timestampNs());
        assertEquals(0x0806, (sent.getFirst().frame()[12] & 0xFF) << 8 | sent.getFirst().frame()[13] & 0xFF);
        assertEquals(1, replay.count(DropReason.UNSOLICITED));
    }

    @Test
    void timers_follow_the_timestamps() {
        receive(Side.INSIDE, 0, query(5000, "question"));
        final int port = TestFrames.sourcePort(datagrams().getFirst().frame());
        receive(Side.OUTSIDE, 299_999, answer(port, "in time"));
        assertEquals(2, datagrams().size());
        receive(Side.OUTSIDE, 299_999 + 301_000, answer(port, "too late"));
        assertEquals(2, datagrams().size());
        assertEquals(1, replay.count(Counter.IDLE_TIMEOUTS_UDP));
        assertEquals(1, replay.count(DropReason.UNSOLICITED));
    }

    @Test
    void clock_never_goes_back() {
        receive(Side.INSIDE, 1_000, query(5000, "first"));
        receive(Side.INSIDE, 0, query(5000, "second"));
        assertEquals(START_NS + 1_000_000_000L, datagrams().getLast().timestampNs());
        assertEquals(START_NS + 1_000_000_000L, replay.nowNs());
    }

    @Test
    void what_follows_does_not_change_what_comes_first() {
        receive(Side.INSIDE, 0, query(5000, "a"));
        receive(Side.INSIDE, 10, query(5001, "b"));
        final List<Sent> both = List.copyOf(sent);
        final Replay other = new Replay(CONFIG, Secrets.seeded(1), this::keep);
        sent.clear();
        replay.close();
        replay = other;
        receive(Side.INSIDE, 0, query(5000, "a"));
        for (int i = 0; i < sent.size(); i++) {
            assertArrayEquals(both.get(i).frame(), sent.get(i).frame());
        }
    }

    @Test
    void seed_chooses_the_ports() {
        receive(Side.INSIDE, 0, query(5000, "a"));
        replay.close();
        replay = new Replay(CONFIG, Secrets.seeded(2), this::keep);
        receive(Side.INSIDE, 0, query(5000, "a"));
        assertNotEquals(TestFrames.sourcePort(datagrams().getFirst().frame()), TestFrames.sourcePort(datagrams().getLast().frame()));
    }

    @Test
    void checksum_that_was_left_to_a_nic_is_completed() {
        receive(Side.INSIDE, 0, TestFrames.withPartialChecksum(query(5000, "question")));
        assertTrue(TestFrames.areChecksumsRight(datagrams().getFirst().frame()));
    }

    @Test
    void frame_of_any_length_is_taken() {
        receive(Side.INSIDE, 0, new byte[0]);
        receive(Side.INSIDE, 1, new byte[Replay.LONGEST_FRAME_LENGTH]);
        assertEquals(2, replay.count(Counter.PACKETS_IN_FROM_SOURCE));
    }

    @Test
    void year_passes_quickly() {
        receive(Side.INSIDE, 0, query(5000, "question"));
        replay.advanceTo(START_NS + TimeUnit.DAYS.toNanos(365));
        assertEquals(0, replay.count(Counter.ACTIVE_CONNECTIONS_UDP));
    }
}
