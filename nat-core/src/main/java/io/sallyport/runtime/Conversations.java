package io.sallyport.runtime;

import io.sallyport.engine.Engine;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Icmp;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Made-up packets for {@link WarmUp}: one inside host talks UDP, TCP and ICMP echo with one remote host. A TCP conversation opens, carries
 * data and closes in a few rounds. Checksums of layer 4 are arbitrary: a NAT updates them without looking.
 */
final class Conversations {

    /** The inside network, with the gateway's address. */
    static final String INSIDE_NETWORK = "10.77.0.1/24";
    /** The outside network, with the gateway's address. */
    static final String OUTSIDE_NETWORK = "198.51.100.1/24";
    /** The gateway's public address. */
    static final String PUBLIC_ADDRESS = "198.51.100.1";
    /** The inside host. */
    static final int HOST = Ipv4Address.parse("10.77.0.2");
    /** Its MAC address. */
    static final long HOST_MAC = 0x0200_0000_0A01L;
    /** The next hop outside. */
    static final int ROUTER = Ipv4Address.parse("198.51.100.2");
    /** Its MAC address. */
    static final long ROUTER_MAC = 0x0200_0000_0B01L;
    /** Longest frame, in bytes. */
    static final int LONGEST_FRAME_LENGTH = 128;

    private static final int REMOTE = Ipv4Address.parse("203.0.113.5");
    private static final int REMOTE_PORT = 443;
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 60_000;
    private static final int FRAME_LENGTH = 74;
    private static final int L3 = Ethernet.HEADER_LENGTH;
    private static final int L4 = L3 + Ipv4.MIN_HEADER_LENGTH;
    private static final int WINDOW = 0xFFFF;
    /** Payload of a data segment: the frame less Ethernet, IP and TCP header. */
    private static final int DATA_LENGTH = FRAME_LENGTH - L4 - Tcp.MIN_HEADER_LENGTH;
    private static final int ASKER_SEQUENCE = 1000;
    private static final int ANSWERER_SEQUENCE = 900_000;

    /** Rounds of a TCP conversation. */
    private static final int OPENING = 0;
    private static final int CLOSING = 6;
    private static final int CLOSED = 7;

    private Conversations() {
    }

    /**
     * Fills a batch with the packets of a round, as the inside host sends them.
     *
     * @param epoch which conversations: other ones in each
     * @param round where in them we are
     */
    static void ask(final PacketBatch batch, final int size, final int epoch, final int round) {
        batch.clear();
        for (int k = 0; k < size; k++) {
            final UnsafeBuffer frames = batch.frames();
            final int row = batch.claim(FRAME_LENGTH);
            final int frame = batch.offset(row);
            // three in four packets are of conversations that go on, the others open one
            final int conversation = (k & 3) == 3 ? epoch * 128 + round * 16 + (k >> 2) + 30_000 : epoch * 64 + k;
            final int port = FIRST_PORT + conversation % PORTS;
            Ethernet.header(frames, frame, Engine.DEFAULT_INSIDE_MAC, HOST_MAC, Ethernet.TYPE_IPV4);
            Ipv4.header(frames, frame + L3, FRAME_LENGTH - L3, round, (k & 4) == 0 ? Ipv4.DONT_FRAGMENT : 0, 64, protocol(k), HOST, REMOTE);
            switch (protocol(k)) {
                case Ipv4.TCP -> askTcp(frames, frame + L4, port, (k & 3) == 3 ? OPENING : round);
                case Ipv4.UDP -> udp(frames, frame + L4, port, REMOTE_PORT, k);
                default -> echo(frames, frame + L4, Icmp.ECHO_REQUEST, port);
            }
            if (isPartial(k)) {
                batch.offload(row, 0, PacketBatch.CHECKSUM_PARTIAL);
            }
        }
    }

    /** Whether the sender left the checksum to its interface, as hosts on the same machine do: some of UDP and of TCP. */
    private static boolean isPartial(final int k) {
        return (k & 7) == 6 || (k & 15) == 12;
    }

    private static int protocol(final int k) {
        return switch (k & 15) {
            case 1, 3, 4, 8, 9, 12 -> Ipv4.TCP;
            case 5, 7 -> Ipv4.ICMP;
            default -> Ipv4.UDP;
        };
    }

    /** Fills a batch with the remote host's answers to the packets that the gateway forwarded. */
    static void answer(final PacketBatch answers, final PacketBatch forwarded, final int round) {
        answers.clear();
        for (int i = 0; i < forwarded.size(); i++) {
            if (!Verdict.forwards(forwarded.verdict(i))) {
                continue;
            }
            final UnsafeBuffer from = forwarded.frames();
            final int asked = forwarded.offset(i);
            final int protocol = Ipv4.protocol(from, asked + L3);
            final UnsafeBuffer frames = answers.frames();
            final int frame = answers.offset(answers.claim(FRAME_LENGTH));
            final boolean isRefused = protocol == Ipv4.UDP && (i & 7) == 2;
            Ethernet.header(frames, frame, Engine.DEFAULT_OUTSIDE_MAC, ROUTER_MAC, Ethernet.TYPE_IPV4);
            Ipv4.header(frames, frame + L3, FRAME_LENGTH - L3, round, 0, 60, isRefused ? Ipv4.ICMP : protocol, REMOTE,
                Ipv4.source(from, asked + L3));
            if (isRefused) {
                unreachable(frames, frame + L4, from, asked + L3);
            } else {
                answer(frames, frame + L4, protocol, from, asked + L4, i);
            }
        }
    }

    private static void answer(
        final UnsafeBuffer frames, final int l4, final int protocol, final UnsafeBuffer from, final int askedL4, final int k) {
        final int port = from.getShort(askedL4, ByteOrder.BIG_ENDIAN) & 0xFFFF;
        switch (protocol) {
            case Ipv4.TCP -> answerTcp(frames, l4, port, Tcp.flags(from, askedL4));
            case Ipv4.UDP -> udp(frames, l4, REMOTE_PORT, port, k);
            default -> echo(frames, l4, Icmp.ECHO_REPLY,
                from.getShort(askedL4 + Icmp.IDENTIFIER_OFFSET, ByteOrder.BIG_ENDIAN) & 0xFFFF);
        }
    }

    private static void askTcp(final UnsafeBuffer frames, final int l4, final int port, final int round) {
        if (round == OPENING) {
            Tcp.header(frames, l4, port, REMOTE_PORT, ASKER_SEQUENCE, 0, Tcp.SYN, WINDOW);
        } else {
            final int sequence = ASKER_SEQUENCE + 1 + (round == CLOSED ? DATA_LENGTH + 1 : 0);
            final int flags = round == CLOSING ? Tcp.FIN | Tcp.ACK : round == CLOSED ? Tcp.ACK : Tcp.PSH | Tcp.ACK;
            Tcp.header(frames, l4, port, REMOTE_PORT, sequence, ANSWERER_SEQUENCE + 1, flags, WINDOW);
        }
    }

    private static void answerTcp(final UnsafeBuffer frames, final int l4, final int port, final int askedFlags) {
        if ((askedFlags & Tcp.SYN) != 0) {
            Tcp.header(frames, l4, REMOTE_PORT, port, ANSWERER_SEQUENCE, ASKER_SEQUENCE + 1, Tcp.SYN | Tcp.ACK, WINDOW);
        } else {
            final int flags = (askedFlags & Tcp.FIN) != 0 ? Tcp.FIN | Tcp.ACK : Tcp.ACK;
            Tcp.header(frames, l4, REMOTE_PORT, port, ANSWERER_SEQUENCE + 1, ASKER_SEQUENCE + 1 + DATA_LENGTH, flags, WINDOW);
        }
    }

    /** Every fourth without a checksum (RFC 768). */
    private static void udp(final UnsafeBuffer frames, final int l4, final int sourcePort, final int destinationPort, final int k) {
        frames.putInt(l4, sourcePort << 16 | destinationPort, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + Udp.LENGTH_OFFSET, FRAME_LENGTH - L4 << 16 | ((k >> 1 & 3) == 0 ? 0 : 0x1234), ByteOrder.BIG_ENDIAN);
    }

    private static void echo(final UnsafeBuffer frames, final int l4, final int type, final int identifier) {
        frames.putInt(l4, type << 24, ByteOrder.BIG_ENDIAN);
        frames.putInt(l4 + Icmp.IDENTIFIER_OFFSET, identifier << 16 | 1, ByteOrder.BIG_ENDIAN);
        Icmp.checksum(frames, l4, Checksum.finish(Checksum.sum(frames, l4, FRAME_LENGTH - L4)));
    }

    /** The port is closed, says the remote host, and quotes as much of the packet as has room. */
    private static void unreachable(final UnsafeBuffer frames, final int l4, final UnsafeBuffer from, final int askedL3) {
        frames.putLong(l4, (long) Icmp.UNREACHABLE << 56 | (long) Icmp.CODE_PORT_UNREACHABLE << 48, ByteOrder.BIG_ENDIAN);
        frames.putBytes(l4 + Icmp.HEADER_LENGTH, from, askedL3, FRAME_LENGTH - L4 - Icmp.HEADER_LENGTH);
        Icmp.checksum(frames, l4, Checksum.finish(Checksum.sum(frames, l4, FRAME_LENGTH - L4)));
    }
}
