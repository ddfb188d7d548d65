package io.sallyport.engine;

import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

import static io.sallyport.engine.Lab.IN1;
import static io.sallyport.engine.Lab.IN2;
import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Lab.PUBLIC;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Fragments are translated in whatever order they come, and who sends too many harms no one else. */
class FragmentTest {

    private static final int POOL = 1365;
    private static final String ECHO_GATEWAY = "10.77.0.1";

    private final Lab lab = Lab.of(Lab.small(1_000));

    @Test
    void rfc4787_14_fragmentsInOrderGoBothWays() {
        final byte[] datagram = Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 1900), 77);
        final List<Lab.Sent> out = lab.fromInside(Fragments.split(datagram, 1000, 1400));
        assertEquals(3, out.size());
        final byte[] whole = Fragments.reassemble(Fragments.frames(out));
        assertTranslated(datagram, whole, PUBLIC, OUT1);
        final byte[] answer = Fragments.datagram(Packets.udp(OUT1, 53, PUBLIC, Packets.sourcePort(whole), 1900), 78);
        final List<Lab.Sent> back = lab.fromOutside(Fragments.split(answer, 1480));
        final byte[] wholeBack = Fragments.reassemble(Fragments.frames(back));
        assertTranslated(answer, wholeBack, OUT1, IN1);
        assertEquals(5000, Packets.destinationPort(wholeBack));
        assertEquals(78, Fragments.identification(wholeBack), "from outside it stays");
        assertEquals(1, lab.count(Counter.CONNECTIONS_ESTABLISHED_UDP));
    }

    @Test
    void rfc4787_14_whatComesBeforeTheFirstWaitsForIt() {
        final byte[] datagram = Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 1900), 77);
        final byte[][] pieces = Fragments.split(datagram, 800, 1600);
        assertEquals(List.of(), lab.fromInside(pieces[2]));
        assertEquals(List.of(), lab.fromInside(pieces[1]));
        assertEquals(2, lab.count(Counter.HELD));
        final List<byte[]> out = Fragments.frames(lab.fromInside(pieces[0], Packets.udp(IN2, 1, OUT1, 53, 10)));
        assertEquals(0, lab.count(Counter.HELD));
        assertEquals(List.of(0, 0, 1600, 800), out.stream().map(Fragments::offset).toList(), "the first, then in order of arrival");
        out.remove(1);
        assertTranslated(datagram, Fragments.reassemble(out), PUBLIC, OUT1);
        assertEquals(4, lab.count(Counter.PACKETS_IN_FROM_SOURCE));
        assertEquals(4, lab.count(Counter.PACKETS_OUT_TO_DESTINATION));
        assertEquals(lab.count(Counter.BYTES_IN_FROM_SOURCE), lab.count(Counter.BYTES_OUT_TO_DESTINATION));
    }

    @Test
    void rfc4787_14_lastFirstWithinOneBatch() {
        final byte[] datagram = Fragments.datagram(Packets.echo(IN1, OUT1, 8, 99), 5);
        final byte[][] pieces = Fragments.split(datagram, 8, 16, 24);
        final List<byte[]> out = Fragments.frames(lab.fromInside(pieces[3], pieces[2], pieces[1], pieces[0]));
        final byte[] whole = Fragments.reassemble(out);
        Packets.assertChecksums(whole);
        final byte[] answer = Fragments.datagram(Packets.echo(OUT1, PUBLIC, 0, Packets.identifier(whole)), 6);
        final byte[][] answers = Fragments.split(answer, 16);
        final byte[] back = Fragments.reassemble(Fragments.frames(lab.fromOutside(answers[1], answers[0])));
        Packets.assertChecksums(back);
        assertEquals(99, Packets.identifier(back));
        assertEquals(IN1, Packets.destination(back));
    }

    /** A datagram, cut anywhere, its fragments in any order and some of them twice, in bursts of any size. */
    @Property(tries = 300)
    void rfc4787_14_anyOrderMakesTheSameDatagram(@ForAll final Random random) {
        try (Lab any = Lab.of(Lab.small(1_000))) {
            final boolean inbound = random.nextBoolean();
            final int protocol = new int[] {6, 17, 1}[random.nextInt(3)];
            final byte[] opening = packet(IN1, OUT1, protocol, 0);
            final byte[] opened = any.fromInside(opening).get(0).frame();
            final int payload = 20 + random.nextInt(4000);
            final byte[] frame = inbound ? answer(opened, protocol, payload) : packet(IN1, OUT1, protocol, payload);
            final byte[] datagram = Fragments.datagram(frame, random.nextInt(1 << 16));
            final List<byte[]> pieces = new ArrayList<>(List.of(Fragments.split(datagram, cuts(datagram.length - 34, protocol, random))));
            for (int copies = random.nextInt(4); copies > 0; copies--) {
                pieces.add(pieces.get(random.nextInt(pieces.size())));
            }
            Collections.shuffle(pieces, random);
            final List<byte[]> out = new ArrayList<>();
            for (int next = 0; next < pieces.size();) {
                final int end = Math.min(pieces.size(), next + 1 + random.nextInt(4));
                final Side side = inbound ? Side.OUTSIDE : Side.INSIDE;
                any.receive(side, pieces.subList(next, end).toArray(byte[][]::new)).forEach(sent -> out.add(sent.frame()));
                next = end;
            }
            assertEquals(pieces.size(), out.size());
            assertEquals(0, any.count(Counter.HELD));
            final byte[] whole = Fragments.reassemble(out);
            assertTranslated(datagram, whole, inbound ? OUT1 : PUBLIC, inbound ? IN1 : OUT1);
        }
    }

    @Test
    void rfc4787_14_whatWaitsInVainIsDroppedAfterTwoSeconds() {
        final byte[][] pieces = Fragments.split(Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 100), 1), 48);
        lab.fromInside(pieces[1]);
        lab.pass(1999, TimeUnit.MILLISECONDS);
        assertEquals(1, lab.count(Counter.HELD));
        lab.pass(1, TimeUnit.MILLISECONDS);
        lab.assertAccountedFor();
        assertEquals(0, lab.count(Counter.HELD));
        assertEquals(1, lab.count(DropReason.FRAGMENT));
        assertEquals(1, lab.fromInside(pieces[0]).size());
        lab.pass(2, TimeUnit.SECONDS);
        assertEquals(List.of(), lab.fromInside(pieces[1]), "the datagram is forgotten");
        assertEquals(1, lab.count(Counter.HELD));
    }

    /** Where timers ran, what waited too long has gone when the first comes; where they are late, it follows, and all comes to an end. */
    @Test
    void rfc4787_14_theFirstComesWhenOthersHaveWaitedTooLong() {
        for (final boolean late : new boolean[] {true, false}) {
            final byte[][] pieces = Fragments.split(
                Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 100), late ? 1 : 2), 48, 80);
            assertEquals(List.of(), lab.fromInside(pieces[2]));
            if (late) {
                lab.nowNs += TimeUnit.SECONDS.toNanos(61);
            } else {
                lab.pass(61, TimeUnit.SECONDS);
            }
            assertEquals(List.of(), lab.fromInside(pieces[1]));
            lab.nowNs += TimeUnit.MILLISECONDS.toNanos(1);
            assertEquals(late ? 3 : 2, lab.fromInside(pieces[0]).size());
            lab.pass(3, TimeUnit.SECONDS);
            assertEquals(0, lab.count(Counter.HELD));
        }
    }

    @Test
    void rfc4787_14_theLatestFirstFragmentCounts() {
        final byte[][] pieces = Fragments.split(Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 100), 1), 48);
        final byte[][] others = Fragments.split(Fragments.datagram(Packets.tcp(IN1, 6000, OUT1, 80, Packets.SYN, 1, 0, 100), 1), 48);
        lab.fromInside(pieces[0]);
        lab.pass(1500, TimeUnit.MILLISECONDS);
        assertEquals(1, lab.fromInside(pieces[0]).size());
        lab.pass(1500, TimeUnit.MILLISECONDS);
        assertEquals(1, lab.fromInside(pieces[1]).size(), "it counts from the latest one on");
        assertEquals(0, lab.fromInside(others[1]).size(), "another protocol, another datagram");
        final byte[][] fromOther = Fragments.split(Fragments.datagram(Packets.udp(IN2, 5000, OUT1, 53, 100), 1), 48);
        assertEquals(0, lab.fromInside(fromOther[1]).size(), "another source, another datagram");
        assertEquals(2, lab.count(Counter.HELD));
    }

    @Test
    void fragmentsOpenNothingAndFollowNothingThatWasRefused() {
        final byte[][] stranger = Fragments.split(Fragments.datagram(Packets.udp(OUT1, 53, PUBLIC, 4000, 100), 1), 48);
        assertEquals(List.of(), lab.fromOutside(stranger[1], stranger[0]));
        assertEquals(1, lab.count(DropReason.UNSOLICITED));
        assertEquals(1, lab.count(DropReason.FRAGMENT));
        final byte[][] gre = Fragments.split(Fragments.datagram(Packets.ip(IN1, OUT1, 47, new byte[100], 64), 1), 48);
        assertEquals(List.of(), lab.fromInside(gre[1]));
        assertEquals(1, lab.count(Counter.HELD), "only a first fragment opens, with ports or without");
        assertEquals(2, lab.fromInside(gre[0]).size());
        final byte[][] expired = Fragments.split(Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 100), 1), 48);
        lab.fromInside(expired[0]);
        final byte[] last = expired[1].clone();
        last[22] = 1;
        assertEquals(List.of(), lab.fromInside(Fragments.fixHeader(last)), "no error about a later fragment");
        assertEquals(1, lab.count(DropReason.TTL_EXPIRED));
        assertEquals(0, lab.count(Counter.HELD));
    }

    /** 20,000 fragments that no first will follow, from one host: it fills its quarter of the pool and nothing else. */
    @Test
    void rfc4787_14a_firstLessFragmentsOfOneHostPushOutOnlyItsOwn() {
        final byte[] knownDatagram = Fragments.datagram(Packets.udp(IN2, 5000, OUT1, 53, 100), 1);
        final byte[][] known = Fragments.split(knownDatagram, 48);
        final byte[] waitingDatagram = Fragments.datagram(Packets.udp(IN2, 5000, OUT1, 53, 100), 2);
        final byte[][] waiting = Fragments.split(waitingDatagram, 48);
        final byte[] opened = lab.fromInside(known[0]).get(0).frame();
        lab.fromInside(waiting[1]);
        floodFromInside(20_000, IN1, 1);
        assertEquals(1 + POOL / 4, lab.count(Counter.HELD));
        assertEquals(20_000 - POOL / 4, lab.count(DropReason.FRAGMENT));
        final List<byte[]> out = Fragments.frames(lab.fromInside(known[1]));
        out.add(opened);
        assertTranslated(knownDatagram, Fragments.reassemble(out), PUBLIC, OUT1);
        assertTranslated(waitingDatagram, Fragments.reassemble(Fragments.frames(lab.fromInside(waiting[0]))), PUBLIC, OUT1);
        assertEquals(1, lab.fromInside(Packets.udp(IN1, 7000, OUT1, 53, 9)).size(), "whole packets of the same host");
        lab.pass(2, TimeUnit.SECONDS);
        assertEquals(0, lab.count(Counter.HELD));
        assertEquals(20_000, lab.count(DropReason.FRAGMENT));
    }

    /** From all over the world: the pool overflows, and still known datagrams, and packets that are whole, are not touched. */
    @Test
    void rfc4787_14a_firstLessFragmentsOfManyStayInThePool() {
        final byte[] opened = lab.fromInside(Packets.udp(IN1, 5000, OUT1, 53, 9)).get(0).frame();
        final byte[] datagram = Fragments.datagram(Packets.udp(OUT1, 53, PUBLIC, Packets.sourcePort(opened), 100), 1);
        final byte[][] answer = Fragments.split(datagram, 48);
        final List<byte[]> back = Fragments.frames(lab.fromOutside(answer[0]));
        final byte[] last = Fragments.split(Fragments.datagram(Packets.udp(OUT2, 53, PUBLIC, 4000, 100), 1), 48)[1];
        final byte[][] burst = new byte[250][];
        for (int k = 0; k < 20_000; k += burst.length) {
            for (int i = 0; i < burst.length; i++) {
                burst[i] = last.clone();
                ByteBuffer.wrap(burst[i]).putInt(26, 0x0B00_0000 + 977 * (k + i));
                Fragments.fixHeader(burst[i]);
            }
            assertEquals(List.of(), lab.fromOutside(burst));
        }
        assertEquals(POOL, lab.count(Counter.HELD));
        assertEquals(20_000 - POOL, lab.count(DropReason.FRAGMENT));
        back.addAll(Fragments.frames(lab.fromOutside(answer[1])));
        assertTranslated(datagram, Fragments.reassemble(back), OUT1, IN1);
        assertEquals(1, lab.fromOutside(Packets.udp(OUT1, 53, PUBLIC, Packets.sourcePort(opened), 9)).size());
    }

    /** First fragments and nothing else, more than can be known: the sender's own oldest give way, no one else's. */
    @Test
    void rfc4787_14a_firstFragmentsOfOneHostPushOutOnlyItsOwn() {
        final byte[] datagram = Fragments.datagram(Packets.udp(IN2, 5000, OUT1, 53, 100), 1);
        final byte[][] known = Fragments.split(datagram, 48);
        final List<byte[]> out = Fragments.frames(lab.fromInside(known[0]));
        floodFromInside(40_000, IN1, 0);
        out.addAll(Fragments.frames(lab.fromInside(known[1])));
        assertTranslated(datagram, Fragments.reassemble(out), PUBLIC, OUT1);
        assertEquals(1, lab.fromInside(flood(IN1, 39_999)[1]).size(), "the newest of the flood is known");
        assertEquals(1, lab.fromInside(flood(IN1, 40_000 - 4096)[1]).size(), "the oldest that has room, too");
        assertEquals(0, lab.fromInside(flood(IN1, 40_000 - 4097)[1]).size(), "the one before has not");
    }

    @Test
    void rfc7857_9_twoHostsNeverShareAnIdentification() {
        final Set<Integer> identifications = new HashSet<>();
        int last = -1;
        for (int k = 0; k < 1000; k++) {
            for (final String host : new String[] {IN1, IN2}) {
                final byte[] datagram = Fragments.datagram(Packets.udp(host, 5000, OUT1, 53, 100), k);
                final byte[][] pieces = Fragments.split(datagram, 48);
                final List<byte[]> out = Fragments.frames(lab.fromInside(pieces[k % 2], pieces[1 - k % 2]));
                final byte[] whole = Fragments.reassemble(out);
                identifications.add(Fragments.identification(whole));
                assertTrue(last < 0 || (last + 1 & 0xFFFF) == Fragments.identification(whole), "one after another");
                last = Fragments.identification(whole);
            }
        }
        assertEquals(2000, identifications.size());
    }

    @Test
    void rfc7857_9_onlyWhatMayBecomeFragmentsGetsANewOne() {
        final byte[] atomic = Packets.udp(IN1, 5000, OUT1, 53, 100);
        assertEquals(0x1234, Fragments.identification(lab.fromInside(atomic).get(0).frame()));
        final byte[] other = Fragments.datagram(atomic, 0x1234);
        final byte[] out = lab.fromInside(other).get(0).frame();
        assertNotEquals(0x1234, Fragments.identification(out));
        Packets.assertChecksums(out);
        final byte[] next = lab.fromInside(other).get(0).frame();
        assertEquals(Fragments.identification(out) + 1 & 0xFFFF, Fragments.identification(next));
        final byte[] elsewhere = lab.fromInside(Fragments.datagram(Packets.udp(IN1, 5000, OUT2, 53, 100), 0x1234)).get(0).frame();
        assertNotEquals(Fragments.identification(next) + 1 & 0xFFFF, Fragments.identification(elsewhere), "another destination");
        // fragments with DF, as some hosts send them
        final byte[] fragment = Fragments.split(other, 48)[0];
        fragment[20] |= 0x40;
        assertNotEquals(0x1234, Fragments.identification(lab.fromInside(Fragments.fixHeader(fragment)).get(0).frame()));
        final byte[] answer = Fragments.datagram(Packets.udp(OUT1, 53, PUBLIC, Packets.sourcePort(out), 100), 0x4321);
        assertEquals(0x4321, Fragments.identification(lab.fromOutside(answer).get(0).frame()));
    }

    @Test
    void rfc7857_9_errorsOfHostsGetOneAndErrorsOfTheGatewayQuoteTheHosts() {
        final byte[] out = lab.fromInside(Packets.udp(IN1, 5000, OUT1, 53, 100)).get(0).frame();
        final byte[] back = lab.fromOutside(Packets.udp(OUT1, 53, PUBLIC, Packets.sourcePort(out), 100)).get(0).frame();
        final byte[] error = Fragments.datagram(Packets.icmpError(IN1, OUT1, 3, 3, back), 0x4321);
        final byte[] translated = lab.fromInside(error).get(0).frame();
        assertEquals(PUBLIC, Packets.source(translated));
        assertNotEquals(0x4321, Fragments.identification(translated));
        Packets.assertChecksums(translated);
        final byte[] expired = Fragments.datagram(Packets.withTtl(Packets.udp(IN1, 5000, OUT1, 53, 100), 1), 0x4321);
        final byte[] quote = quoted(lab.fromInside(expired).get(0).frame());
        assertArrayEquals(Arrays.copyOfRange(expired, 14, 14 + 28), Arrays.copyOf(quote, 28));
    }

    @Test
    void rfc1812_4_3_3_6_aPingOfTheGatewayInFragmentsIsAnswered() {
        for (final String[] ends : new String[][] {{IN1, ECHO_GATEWAY}, {OUT1, PUBLIC}}) {
            final byte[] ping = Fragments.datagram(Packets.echo(ends[0], ends[1], 8, 99), 7);
            final byte[][] pieces = Fragments.split(ping, 8, 24);
            final Side side = ends[0].equals(IN1) ? Side.INSIDE : Side.OUTSIDE;
            final List<byte[]> answers = Fragments.frames(lab.receive(side, pieces[2], pieces[0], pieces[1]));
            assertEquals(3, answers.size());
            final byte[] expected = Fragments.datagram(Packets.echo(ends[1], ends[0], 0, 99), 7);
            final byte[] whole = Fragments.reassemble(answers);
            assertArrayEquals(Arrays.copyOfRange(expected, 14, expected.length), Arrays.copyOfRange(whole, 14, whole.length));
            final byte[][] elsewhere = Fragments.split(Fragments.datagram(Packets.echo(ends[0], ends[1], 0, 99), 8), 8);
            assertEquals(List.of(), lab.receive(side, elsewhere), "an answer is not answered");
        }
        assertEquals(6, lab.count(Counter.ORIGINATED_ECHO_REPLIES));
        assertEquals(6, lab.count(Counter.CONSUMED));
        assertEquals(List.of(), lab.fromInside(Fragments.split(Fragments.datagram(Packets.echo(IN1, PUBLIC, 8, 99), 9), 8)));
    }

    /** A message of zeros: the one that RFC 1624 gets wrong, whatever part of it is in the first fragment. */
    @Test
    void aPingOfZerosInFragmentsHasARightChecksum() {
        for (final int lastByte : new int[] {0, 1}) {
            final byte[] ping = Packets.echo(IN1, ECHO_GATEWAY, 8, 0);
            ByteBuffer.wrap(ping).putShort(40, (short) 0);
            // with the type this makes 0xFFFF, the other zero
            ByteBuffer.wrap(ping).putShort(ping.length - 2, (short) (lastByte == 0 ? 0 : 0xFFFF));
            final byte[][] pieces = Fragments.split(Fragments.datagram(Packets.withChecksums(ping), 3 + lastByte), 16);
            final byte[] whole = Fragments.reassemble(Fragments.frames(lab.fromInside(pieces)));
            assertEquals(0xFFFF, onesComplementSum(whole, 34), "what the receiver adds up");
        }
    }

    @Test
    void atTheEndWhatWaitsIsDropped() {
        lab.fromInside(Fragments.split(Fragments.datagram(Packets.udp(IN1, 5000, OUT1, 53, 100), 1), 48)[1]);
        lab.close();
        lab.assertAccountedFor();
        assertEquals(1, lab.count(DropReason.SHUTDOWN));
        assertEquals(0, lab.count(Counter.HELD));
    }

    private void floodFromInside(final int count, final String source, final int piece) {
        final byte[][] burst = new byte[250][];
        for (int k = 0; k < count; k += burst.length) {
            for (int i = 0; i < burst.length; i++) {
                burst[i] = flood(source, k + i)[piece];
            }
            lab.fromInside(burst);
        }
    }

    private static byte[][] flood(final String source, final int number) {
        return Fragments.split(Fragments.datagram(Packets.udp(source, 6000, OUT2, 53, 50), number), 32);
    }

    private static byte[] packet(final String source, final String destination, final int protocol, final int payload) {
        return switch (protocol) {
            case 6 -> Packets.tcp(source, 5000, destination, 80, Packets.SYN, 1, 0, payload);
            case 17 -> Packets.udp(source, 5000, destination, 80, payload);
            default -> echo(source, destination, 8, 5000, payload);
        };
    }

    private static byte[] answer(final byte[] opened, final int protocol, final int payload) {
        final String from = Packets.destination(opened);
        final String to = Packets.source(opened);
        return switch (protocol) {
            case 6 -> Packets.tcp(from, 80, to, Packets.sourcePort(opened), Packets.SYN | Packets.ACK, 1, 2, payload);
            case 17 -> Packets.udp(from, 80, to, Packets.sourcePort(opened), payload);
            default -> echo(from, to, 0, Packets.identifier(opened), payload);
        };
    }

    private static byte[] echo(final String source, final String destination, final int type, final int identifier, final int payload) {
        final ByteBuffer message = ByteBuffer.allocate(8 + payload);
        message.put((byte) type).put((byte) 0).putShort((short) 0).putShort((short) identifier).putShort((short) 1);
        for (int k = 0; k < payload; k++) {
            message.put((byte) (31 * k));
        }
        return Packets.ip(source, destination, 1, message.array(), 64);
    }

    /** Where to cut a payload; the first piece holds the whole header, none is longer than a link takes. */
    private static int[] cuts(final int length, final int protocol, final Random random) {
        final List<Integer> cuts = new ArrayList<>();
        int at = protocol == 6 ? 24 : 8;
        at += 8 * random.nextInt(Math.min(60, (length - at + 7) / 8));
        while (at < length) {
            cuts.add(at);
            at += 8 * (1 + random.nextInt(150));
        }
        return cuts.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Both are the same but for addresses, ports or identifier, hop, identification, and the checksums, which are right. */
    private static void assertTranslated(final byte[] before, final byte[] after, final String source, final String destination) {
        Packets.assertChecksums(after);
        assertEquals(source, Packets.source(after));
        assertEquals(destination, Packets.destination(after));
        assertEquals(Packets.ttl(before) - 1, Packets.ttl(after));
        final int data = before[23] == 6 ? 34 + 20 : 34 + 8;
        assertArrayEquals(Arrays.copyOfRange(before, data, before.length), Arrays.copyOfRange(after, data, after.length));
        if (before[23] == 6) {
            assertArrayEquals(Arrays.copyOfRange(before, 38, 50), Arrays.copyOfRange(after, 38, 50));
        }
    }

    private static byte[] quoted(final byte[] error) {
        return Arrays.copyOfRange(error, 42, error.length);
    }

    private static int onesComplementSum(final byte[] frame, final int from) {
        int sum = 0;
        for (int k = from; k < frame.length; k += 2) {
            sum += ByteBuffer.wrap(frame).getShort(k) & 0xFFFF;
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }
}
