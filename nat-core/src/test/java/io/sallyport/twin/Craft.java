package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.nio.ByteBuffer;

/** Makes datagrams and frames as hosts do, checksums right. */
final class Craft {

    private static final byte[] NO_OPTIONS = {};

    private Craft() {
    }

    static Datagram udp(final Endpoint source, final Endpoint destination, final int length) {
        final ByteBuffer bytes = ByteBuffer.allocate(8 + length);
        bytes.putShort((short) source.port()).putShort((short) destination.port()).putShort((short) (8 + length)).putShort((short) 0);
        fill(bytes);
        return checked(Datagram.UDP, source.address(), destination.address(), bytes.array());
    }

    static Datagram tcp(
        final Endpoint source,
        final Endpoint destination,
        final int flags,
        final int sequence,
        final int acknowledgement,
        final int window,
        final byte[] options,
        final int length) {
        final ByteBuffer bytes = ByteBuffer.allocate(20 + options.length + length);
        bytes.putShort((short) source.port()).putShort((short) destination.port()).putInt(sequence);
        bytes.putInt((flags & Segment.ACK) != 0 ? acknowledgement : 0);
        bytes.put((byte) (5 + options.length / 4 << 4)).put((byte) flags).putShort((short) window).putInt(0).put(options);
        fill(bytes);
        return checked(Datagram.TCP, source.address(), destination.address(), bytes.array());
    }

    static Datagram query(final int type, final int source, final int destination, final int identifier, final int length) {
        final ByteBuffer data = ByteBuffer.allocate(length);
        fill(data);
        return datagram(Datagram.ICMP, source, destination, Icmp.message(type, 0, identifier << 16 | 1, data.array()));
    }

    /** A protocol that the gateway knows by its number, at most. */
    static Datagram other(final int protocol, final int source, final int destination, final int length) {
        final ByteBuffer bytes = ByteBuffer.allocate(8 + length);
        bytes.putShort((short) 7000).putShort((short) 7001).putShort((short) (8 + length)).putShort((short) 0);
        fill(bytes);
        return protocol == Datagram.UDP_LITE || protocol == Datagram.DCCP ? checked(protocol, source, destination, bytes.array())
            : datagram(protocol, source, destination, bytes.array());
    }

    static Datagram datagram(final int protocol, final int source, final int destination, final byte[] payload) {
        return new Datagram(0x28, 0x1234, true, false, 0, 64, protocol, source, destination, NO_OPTIONS, payload);
    }

    /** The frame in which a datagram reaches the gateway. */
    static byte[] frame(final Side side, final Datagram datagram) {
        final byte[] bytes = datagram.bytes();
        final byte[] frame = new byte[14 + bytes.length];
        Bytes.putMac(frame, 0, side == Side.INSIDE ? 0x0200_0000_0001L : 0x0200_0000_0002L);
        Bytes.putMac(frame, 6, side == Side.INSIDE ? hostMac(datagram.source())
            : datagram.source() == Setting.REMOTES[1] ? Setting.ON_LINK_MAC : Setting.ROUTER_MAC);
        Bytes.put16(frame, 12, 0x0800);
        System.arraycopy(bytes, 0, frame, 14, bytes.length);
        return frame;
    }

    /** A datagram with its transport checksum, if it has one over a pseudo-header. */
    static Datagram checked(final int protocol, final int source, final int destination, final byte[] payload) {
        final int at = protocol == Datagram.TCP ? 16 : 6;
        Bytes.put16(payload, at, 0);
        final ByteBuffer covered = ByteBuffer.allocate(12 + payload.length);
        covered.putInt(source).putInt(destination).putShort((short) protocol).putShort((short) payload.length).put(payload);
        final int checksum = Bytes.checksum(covered.array());
        Bytes.put16(payload, at, checksum == 0 && protocol != Datagram.TCP ? 0xFFFF : checksum);
        return datagram(protocol, source, destination, payload);
    }

    private static long hostMac(final int source) {
        final int host = source - Setting.HOSTS[0];
        return Setting.HOST_MAC + (host >= 0 && host < Setting.HOSTS.length ? host : Setting.HOSTS.length);
    }

    private static void fill(final ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            bytes.put((byte) (bytes.position() * 31 + 7));
        }
    }
}
