package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What the gateway itself has to say: ICMP errors, resets, answers to pings. */
final class Own {

    private static final int QUOTE = 576 - 28;
    private static final long INTERVAL_NS = 10_000_000;
    private static final int BURST = 10;

    private final Rules rules;
    /** When each source will have its whole burst again: at most 100 a second, of which ten at once. The sum is never reached here. */
    private final Map<Integer, Long> restedNs = new HashMap<>();

    Own(final Rules rules) {
        this.rules = rules;
    }

    /** An ICMP error about a packet from that side (RFC 1812, sections 4.3.2.3 to 4.3.2.8), unless there must be none. */
    List<Out> error(final Side side, final Datagram about, final int type, final int code, final int rest, final long nowNs) {
        if (about.isIcmpError() || about.offset() > 0 || !mayTell(about.source(), nowNs)) {
            return List.of();
        }
        final byte[] quote = Arrays.copyOf(about.bytes(), Math.min(about.length(), QUOTE));
        return out(side, own(0xC0, Datagram.ICMP, rules.address(side), about.source(), Icmp.message(type, code, rest, quote)),
            Out.Free.IDENTIFICATION, nowNs, nowNs);
    }

    /** RFC 9293, section 3.10.7.1: to whoever sends a segment and has no connection. */
    List<Out> reset(final Side side, final Datagram about, final long nowNs) {
        final Segment segment = Segment.of(about);
        if (segment.rst() || !mayTell(about.source(), nowNs)) {
            return List.of();
        }
        final Tuple back = Tuple.of(about).reversed();
        return segment.ack() ? reset(side, back, segment.acknowledgement(), 0, false, nowNs, nowNs)
            : reset(side, back, 0, segment.end(), true, nowNs, nowNs);
    }

    List<Out> reset(
        final Side side,
        final Tuple tuple,
        final int sequence,
        final int acknowledgement,
        final boolean acknowledges,
        final long fromNs,
        final long untilNs) {
        final ByteBuffer segment = ByteBuffer.allocate(20);
        segment.putShort((short) tuple.source().port()).putShort((short) tuple.destination().port());
        segment.putInt(sequence).putInt(acknowledgement);
        segment.put((byte) 0x50).put((byte) (acknowledges ? Segment.RST | Segment.ACK : Segment.RST));
        final int source = tuple.source().address();
        final int destination = tuple.destination().address();
        return out(side, own(0, Datagram.TCP, source, destination, tcpWithChecksum(source, destination, segment.array())),
            Out.Free.IDENTIFICATION_AND_WINDOW, fromNs, untilNs);
    }

    /** RFC 1122, section 3.2.2.6. */
    static Datagram echoReply(final Datagram request) {
        if (Bytes.checksum(request.payload()) != 0) {
            throw new Dropped("bad-icmp-checksum");
        }
        final byte[] message = request.payload().clone();
        message[0] = Icmp.ECHO_REPLY;
        return request.withAddresses(request.destination(), request.source()).withTtl(64).withPayload(Icmp.withChecksum(message));
    }

    /** A datagram in a frame to its next hop; nothing if there is no route. */
    List<Out> out(final Side side, final Datagram datagram, final Out.Free free, final long fromNs, final long untilNs) {
        final OptionalLong nextHop = rules.nextHop(side, datagram.destination());
        if (nextHop.isEmpty()) {
            return List.of();
        }
        final byte[] bytes = datagram.bytes();
        final byte[] frame = new byte[14 + bytes.length];
        Bytes.putMac(frame, 0, nextHop.getAsLong());
        Bytes.putMac(frame, 6, rules.mac(side));
        Bytes.put16(frame, 12, 0x0800);
        System.arraycopy(bytes, 0, frame, 14, bytes.length);
        return List.of(new Out(side, frame, free, fromNs, untilNs));
    }

    /** A TCP segment with its checksum. */
    static byte[] tcpWithChecksum(final int source, final int destination, final byte[] segment) {
        final byte[] result = segment.clone();
        Bytes.put16(result, 16, 0);
        final ByteBuffer covered = ByteBuffer.allocate(12 + segment.length);
        covered.putInt(source).putInt(destination).putShort((short) Datagram.TCP).putShort((short) segment.length).put(result);
        Bytes.put16(result, 16, Bytes.checksum(covered.array()));
        return result;
    }

    private boolean mayTell(final int source, final long nowNs) {
        final long rested = Math.max(nowNs, restedNs.getOrDefault(source, nowNs));
        if (rested - nowNs > (BURST - 1) * INTERVAL_NS) {
            return false;
        }
        restedNs.put(source, rested + INTERVAL_NS);
        return true;
    }

    private static Datagram own(
        final int typeOfService, final int protocol, final int source, final int destination, final byte[] payload) {
        return new Datagram(typeOfService, 0, false, false, 0, 64, protocol, source, destination, new byte[0], payload);
    }
}
