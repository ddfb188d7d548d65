package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import java.nio.ByteBuffer;
import io.sallyport.packet.Side;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.PUBLIC;
import static io.sallyport.engine.Packets.ACK;
import static io.sallyport.engine.Packets.FIN;
import static io.sallyport.engine.Packets.RST;
import static io.sallyport.engine.Packets.SYN;
import static io.sallyport.engine.Packets.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * TCP as its ends see it: a connection that is alive to them is alive here, whatever strangers send, and one that has ended goes soon.
 * Whether a connection counts as established shows in how long it lives in silence.
 */
class TcpTrackingTest {

    private static final int[] NO_OPTIONS = {};
    private static final int[] SCALE_7 = {1, 3, 3, 7};

    private final Lab lab = Lab.of(Lab.config());
    private int port;

    @AfterEach
    void close() {
        lab.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0x1000_0000L, 0x7FFF_F000L, 0x9000_0000L, 0xFFFF_FFF0L})
    void aResetAheadOfTheWindowEndsNothingWhereverTheNumbersBegin(final long isn) {
        open(100, isn, NO_OPTIONS, NO_OPTIONS);
        fromServer(RST, isn + 1 + 0x0100_0000L, 0, 0);
        assertEstablished();
        fromServer(RST, isn + 1, 0, 0);
        assertEnded();
    }

    @Test
    void aFinOutsideTheWindowEndsNothing() {
        open(100, 0x4000_0000L, NO_OPTIONS, NO_OPTIONS);
        fromServer(FIN | ACK, 0x4000_0001L - 5_000_000, 101, 0);
        fromServer(FIN | ACK, 0x4000_0001L + 5_000_000, 101, 0);
        fromServer(FIN, 0x4000_0001L - 2, 0, 0);
        assertEstablished();
        fromServer(FIN | ACK, 0x4000_0001L, 101, 0);
        assertEnded();
    }

    @Test
    void aForgedSynDoesNotMakeARealResetLookForged() {
        open(100, 0x4000_0000L, NO_OPTIONS, NO_OPTIONS);
        fromServer(SYN, 0x6000_0000L, 0, 0);
        fromServer(SYN | ACK, 0x6000_0000L, 101, 0);
        assertEstablished();
        fromServer(RST | ACK, 0x4000_0001L, 101, 0);
        assertEnded();
    }

    @Test
    void aSecondAttemptWithALowerNumberIsFollowedLikeTheFirst() {
        fromClient(SYN, 0x7000_0000L, 0, 0);
        lab.pass(10, TimeUnit.SECONDS);
        open(0x2000_0000L, 900, NO_OPTIONS, NO_OPTIONS);
        final byte[] big = clientFrame(ACK, 0x2000_0001L, 901, 1000, NO_OPTIONS);
        final byte[] out = lab.fromInside(big).get(0).frame();
        assertEquals(1, lab.fromOutside(Packets.icmpError("192.0.2.9", PUBLIC, 3, 4, out)).size(), "path MTU discovery works");
        fromClient(RST | ACK, 0x2000_0001L + 1000, 901, 0);
        assertEnded();
    }

    @Test
    void anAbortedUploadEndsThoughAcknowledgementsAreUnderWay() {
        open(100, 900, SCALE_7, SCALE_7);
        fromServer(ACK, 901, 101, 0);
        for (int k = 0; k < 300; k++) {
            fromClient(ACK, 101 + 1000L * k, 901, 1000);
        }
        fromClient(RST | ACK, 101 + 300_000, 901, 0);
        fromServer(ACK, 901, 50_101, 0);
        fromClient(RST, 50_101, 0, 0);
        fromServer(ACK, 901, 100_101, 0);
        fromClient(RST, 100_101, 0, 0);
        assertEnded();
    }

    @Test
    void rfc7857_2_2_dataAfterAResetRevives() {
        open(100, 900, NO_OPTIONS, NO_OPTIONS);
        fromServer(RST, 901, 0, 0);
        fromServer(ACK, 901, 101, 10);
        assertEstablished();
        assertEquals(1, lab.count(Counter.CONNECTIONS_ESTABLISHED_TCP));
    }

    @Test
    void aRefusedConnectionEnds() {
        fromClient(SYN, 100, 0, 0);
        fromServer(RST | ACK, 0, 101, 0);
        fromClient(ACK, 101, 1, 5);
        assertEnded();
    }

    @Test
    void anotherSynAfterARefusalOpens() {
        fromClient(SYN, 100, 0, 0);
        fromServer(RST | ACK, 0, 101, 0);
        open(0xF000_0000L, 0x9000_0000L, NO_OPTIONS, NO_OPTIONS);
        assertEquals(2, lab.count(Counter.CONNECTION_ATTEMPTS_TCP));
        assertEstablished();
    }

    @Test
    void aRefusalThatAcknowledgesSomethingElseEndsNothing() {
        fromClient(SYN, 100, 0, 0);
        fromServer(RST | ACK, 0, 102, 0);
        fromServer(RST, 7, 0, 0);
        fromServer(SYN | ACK, 900, 101, 0);
        fromClient(ACK, 101, 901, 0);
        assertEstablished();
    }

    @Test
    void rfc5382_02_bothEndsOpenAtOnce() {
        fromClient(SYN, 0x9000_0000L, 0, 0);
        fromServer(SYN, 0x3000_0000L, 0, 0);
        fromClient(SYN | ACK, 0x9000_0000L, 0x3000_0001L, 0);
        fromServer(SYN | ACK, 0x3000_0000L, 0x9000_0001L, 0);
        assertEquals(1, lab.count(Counter.CONNECTIONS_ESTABLISHED_TCP));
        fromServer(ACK, 0x3000_0001L, 0x9000_0001L, 100);
        fromClient(ACK, 0x9000_0001L, 0x3000_0001L + 100, 100);
        assertEstablished();
    }

    @Test
    void strangersWhoAnswerFirstDoNotSpoilTheHandshake() {
        fromClient(SYN, 100, 0, 0);
        fromServer(ACK, 0x5000_0000L, 50, 10);
        fromServer(SYN, 0x5000_0000L, 0, 0);
        fromServer(SYN | ACK, 0x5500_0000L, 0xC000_0000L, 0);
        fromServer(SYN | ACK, 0x9000_0000L, 101, 0);
        fromClient(ACK, 101, 0x9000_0001L, 0);
        assertEstablished();
        fromServer(FIN | ACK, 0x9000_0001L, 101, 0);
        assertEnded();
    }

    @Test
    void scaledWindowsAreFollowed() {
        open(100, 0xFFFF_0000L, SCALE_7, SCALE_7);
        fromClient(ACK, 101, 0xFFFF_0001L, 0);
        for (int k = 0; k < 4000; k++) {
            fromServer(ACK, 0xFFFF_0001L + 1000L * k, 101, 1000);
        }
        fromServer(FIN | ACK, 0xFFFF_0001L + 4_000_000, 101, 0);
        assertEnded();
    }

    @Test
    void aWindowIsScaledOnlyWhenBothEndsOfferIt() {
        open(100, 900, SCALE_7, NO_OPTIONS);
        fromServer(FIN | ACK, 901 + 1_000_000, 101, 0);
        assertEstablished();
        fromServer(FIN | ACK, 901, 101, 0);
        assertEnded();
    }

    @Test
    void keepAlivesAndZeroWindowProbesAreNothingSpecial() {
        open(100, 900, NO_OPTIONS, NO_OPTIONS);
        for (int k = 0; k < 5; k++) {
            lab.pass(1, TimeUnit.HOURS);
            assertEquals(1, lab.fromInside(clientFrame(ACK, 100, 901, 0, NO_OPTIONS)).size());
            assertEquals(1, lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, ACK, 901, 101, 0)).size());
        }
        fromServer(ACK, 900, 101, 1);
        assertEstablished();
        fromServer(FIN | ACK, 901, 101, 0);
        assertEnded();
    }

    @Test
    void aHalfClosedConnectionLivesWhileDataFlows() {
        open(100, 900, NO_OPTIONS, NO_OPTIONS);
        fromClient(FIN | ACK, 101, 901, 0);
        for (int k = 0; k < 20; k++) {
            lab.pass(3, TimeUnit.MINUTES);
            fromServer(ACK, 901 + 100L * k, 102, 100);
            fromClient(ACK, 102, 901 + 100L * (k + 1), 0);
        }
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_TCP));
        assertEnded();
    }

    @Test
    void aPortThatIsUsedAgainAfterTheCloseIsEstablishedAgain() {
        open(0x7000_0000L, 0x7000_0000L, SCALE_7, SCALE_7);
        fromClient(FIN | ACK, 0x7000_0001L, 0x7000_0001L, 0);
        fromServer(FIN | ACK, 0x7000_0001L, 0x7000_0002L, 0);
        fromClient(ACK, 0x7000_0002L, 0x7000_0002L, 0);
        lab.pass(1, TimeUnit.MINUTES);
        open(0x1000_0000L, 0x2000_0000L, NO_OPTIONS, NO_OPTIONS);
        assertEquals(2, lab.count(Counter.CONNECTION_ATTEMPTS_TCP));
        assertEquals(2, lab.count(Counter.CONNECTIONS_ESTABLISHED_TCP));
        assertEstablished();
        fromServer(RST, 0x2000_0001L, 0, 0);
        assertEnded();
    }

    @Test
    void aClientThatForgotTheConnectionOpensItAnew() {
        open(0x7000_0000L, 0x7000_0000L, NO_OPTIONS, NO_OPTIONS);
        fromServer(FIN | ACK, 0x7000_0001L, 0x7000_0001L, 0);
        open(0x1000_0000L, 0x2000_0000L, SCALE_7, SCALE_7);
        assertEquals(2, lab.count(Counter.CONNECTION_ATTEMPTS_TCP));
        assertEstablished();
        fromServer(RST, 0x2000_0001L + 100_000_000, 0, 0);
        assertEstablished();
        fromServer(RST, 0x2000_0001L, 0, 0);
        assertEnded();
    }

    @Test
    void aChallengeIsAnsweredByAResetAndThenItOpens() {
        open(0x7000_0000L, 0x7000_0000L, NO_OPTIONS, NO_OPTIONS);
        fromClient(SYN, 0x1000_0000L, 0, 0);
        fromServer(ACK, 0x7000_0001L, 0x7000_0001L, 0);
        fromClient(RST, 0x7000_0001L, 0, 0);
        open(0x1000_0000L, 0x2000_0000L, NO_OPTIONS, NO_OPTIONS);
        fromServer(RST, 0x2000_0001L, 0, 0);
        assertEnded();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void dataFromFarBehindRevivesNothing(final int scale) {
        open(0x1000_0000L, 0x2000_0000L, scale == 0 ? NO_OPTIONS : SCALE_7, scale == 0 ? NO_OPTIONS : SCALE_7);
        fromServer(RST, 0x2000_0001L, 0, 0);
        fromServer(ACK, 0x2000_0001L - (65_537L << scale), 0x1000_0001L, 1);
        assertEnded();
    }

    @Test
    void aFinThatOvertakesTheHandshakeCounts() {
        fromClient(SYN, 100, 0, 0);
        fromServer(SYN | ACK, 900, 101, 0);
        fromServer(FIN | ACK, 901, 101, 0);
        fromClient(ACK, 101, 901, 0);
        fromClient(FIN | ACK, 101, 902, 0);
        assertEquals(1, lab.count(Counter.CONNECTIONS_ESTABLISHED_TCP));
        assertEnded();
    }

    @Test
    void nothingButASynOpens() {
        for (final int flags : new int[] {0, ACK, FIN, RST, SYN | ACK, SYN | FIN, SYN | RST, SYN | RST | FIN, 0xFF}) {
            final List<Lab.Sent> sent = lab.fromInside(clientFrame(flags, 1, 1, 0, NO_OPTIONS));
            assertEquals(List.of(), sent.stream().filter(packet -> packet.side() == Side.OUTSIDE).toList(), "flags " + flags);
            assertEquals((flags & RST) == 0 ? 1 : 0, sent.size(), "a reset is the answer to all but a reset: flags " + flags);
        }
        assertEquals(9, lab.count(DropReason.NO_CONNECTION));
    }

    @Test
    void hostileOptionsEndTheSearch() {
        for (final int[] options : new int[][] {
            {2, 0, 3, 3}, {2, 1, 3, 3}, {3, 3, 200, 0}, {3, 40, 1, 1}, {1, 1, 1, 3}, {0, 3, 3, 7}, {8, 255, 0, 0}}) {
            assertEquals(1, lab.fromInside(clientFrame(SYN, 100, 0, 0, options)).size(), Arrays.toString(options));
        }
    }

    private void open(final long clientIsn, final long serverIsn, final int[] clientOptions, final int[] serverOptions) {
        port = Packets.sourcePort(lab.fromInside(clientFrame(SYN, clientIsn, 0, 0, clientOptions)).get(0).frame());
        assertEquals(1, lab.fromOutside(withOptions(
            tcp(OUT1, 80, PUBLIC, port, SYN | ACK, serverIsn, clientIsn + 1, 0), serverOptions)).size());
        fromClient(ACK, clientIsn + 1, serverIsn + 1, 0);
    }

    private void fromClient(final int flags, final long sequence, final long acknowledgement, final int payload) {
        final List<Lab.Sent> sent = lab.fromInside(clientFrame(flags, sequence, acknowledgement, payload, NO_OPTIONS));
        assertEquals(1, sent.size());
        port = Packets.sourcePort(sent.get(0).frame());
    }

    private void fromServer(final int flags, final long sequence, final long acknowledgement, final int payload) {
        assertEquals(1, lab.fromOutside(tcp(OUT1, 80, PUBLIC, port, flags, sequence, acknowledgement, payload)).size());
    }

    private void assertEstablished() {
        lab.pass(1, TimeUnit.HOURS);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_TCP), "established, and alive after an hour");
    }

    private void assertEnded() {
        lab.pass(241, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.ACTIVE_CONNECTIONS_TCP), "ended, and gone after four minutes");
    }

    private static byte[] clientFrame(
        final int flags, final long sequence, final long acknowledgement, final int payload, final int[] options) {
        return withOptions(tcp(IN1, 4000, OUT1, 80, flags, sequence, acknowledgement, payload), options);
    }

    /** Puts options, a multiple of four bytes, behind the header of a segment without data. */
    private static byte[] withOptions(final byte[] frame, final int[] options) {
        if (options.length == 0) {
            return frame;
        }
        final byte[] longer = Arrays.copyOf(frame, frame.length + options.length);
        for (int k = 0; k < options.length; k++) {
            longer[frame.length + k] = (byte) options[k];
        }
        ByteBuffer.wrap(longer).putShort(16, (short) (longer.length - 14));
        longer[46] = (byte) (5 + options.length / 4 << 4);
        return Packets.withChecksums(longer);
    }
}
