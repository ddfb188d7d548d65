package io.sallyport.tools.scenario;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reads frames into {@link Packet}s, to show them, to learn from them what variables stand for, and to quote them. */
final class FrameReader {

    private static final int FRAGMENT_OFFSET = 0x1FFF;

    private FrameReader() {
    }

    /** What is in a frame; a frame that is not understood is one of bytes. */
    static Packet read(final byte[] frame) {
        try {
            return readFrame(frame);
        } catch (final IndexOutOfBoundsException | BufferUnderflowException | IllegalArgumentException notUnderstood) {
            return Packet.of(Form.RAW).withData(frame);
        }
    }

    private static Packet readFrame(final byte[] frame) {
        final ByteBuffer buffer = ByteBuffer.wrap(frame);
        final long to = mac(buffer);
        final long from = mac(buffer);
        final int type = buffer.getShort() & 0xFFFF;
        final byte[] content = Arrays.copyOfRange(frame, FrameBuilder.ETHERNET_LENGTH, frame.length);
        final Packet packet = switch (type) {
            case FrameBuilder.TYPE_IPV4 -> readDatagram(content, true);
            case FrameBuilder.TYPE_ARP -> readArp(content);
            default -> Packet.of(Form.ETHERNET).set(Field.ETHER_TYPE, type).withData(content);
        };
        return packet.set(Field.FROM_MAC, from).set(Field.TO_MAC, to);
    }

    private static Packet readArp(final byte[] content) {
        final ByteBuffer arp = ByteBuffer.wrap(content);
        final int operation = arp.getShort(6);
        if (operation != 1 && operation != 2 || content.length != 28) {
            throw new IllegalArgumentException("not an ARP packet for Ethernet and IPv4");
        }
        arp.position(8);
        final long senderMac = mac(arp);
        final int sender = arp.getInt();
        final long targetMac = mac(arp);
        return Packet.of(operation == 1 ? Form.ARP_REQUEST : Form.ARP_REPLY)
            .set(Field.SOURCE, address(sender)).set(Field.DESTINATION, address(arp.getInt()))
            .set(Field.SENDER_MAC, senderMac).set(Field.TARGET_MAC, targetMac);
    }

    /** Reads an IPv4 packet: a whole one, or as much as is quoted. */
    private static Packet readDatagram(final byte[] bytes, final boolean isWhole) {
        final ByteBuffer ip = ByteBuffer.wrap(bytes);
        final int headerLength = (ip.get(0) & 0xF) * 4;
        final int totalLength = ip.getShort(2) & 0xFFFF;
        final int fragment = ip.getShort(6) & 0xFFFF;
        final int available = isWhole ? totalLength : Math.min(totalLength, bytes.length);
        final byte[] body = Arrays.copyOfRange(bytes, headerLength, available);
        final int protocol = ip.get(9) & 0xFF;
        final int offset = (fragment & FRAGMENT_OFFSET) * 8;
        final boolean isFragment = (fragment & (FRAGMENT_OFFSET | FrameBuilder.MORE_FRAGMENTS)) != 0;
        final Head head = new Head(
            ip.getInt(12), ip.getInt(16), protocol, totalLength - headerLength, !isFragment && available == totalLength);
        final Packet read = isFragment && offset != 0 ? readPlain(head, body) : readBody(head, body);
        final Packet packet = read.withOptions(Arrays.copyOfRange(bytes, FrameBuilder.IPV4_LENGTH, headerLength), read.tcpOptions());
        packet.set(Field.SOURCE, address(head.source)).set(Field.DESTINATION, address(head.destination))
            .set(Field.TTL, ip.get(8) & 0xFF).set(Field.TYPE_OF_SERVICE, ip.get(1) & 0xFF).set(Field.IP_ID, ip.getShort(4) & 0xFFFF)
            .set(Field.DONT_FRAGMENT, (fragment & FrameBuilder.DONT_FRAGMENT) == 0 ? 0 : 1);
        final Packet whole = isFragment ? Packet.of(Form.FRAGMENT).withInner(packet).withData(body)
            .set(Field.FRAGMENT_START, offset).set(Field.FRAGMENT_END, offset + head.length)
            .set(Field.MORE_FRAGMENTS, (fragment & FrameBuilder.MORE_FRAGMENTS) == 0 ? 0 : 1) : packet;
        if (Checksums.of(bytes, 0, headerLength) != 0) {
            whole.set(Field.IP_CHECKSUM, ip.getShort(10) & 0xFFFF);
        }
        if (isWhole && bytes.length > totalLength) {
            whole.set(Field.PAD, bytes.length - totalLength);
        }
        return whole;
    }

    private static Packet readBody(final Head head, final byte[] body) {
        final Form form = Form.ofProtocol(head.protocol);
        if (form == Form.TCP) {
            return readTcp(head, body);
        }
        if (form != null) {
            return readPorts(form, head, body, form == Form.DCCP ? 20 : 8);
        }
        return head.protocol == 1 ? readIcmp(head, body) : readPlain(head, body);
    }

    private static Packet readPlain(final Head head, final byte[] body) {
        return withPayload(Packet.of(Form.PROTOCOL).set(Field.PROTOCOL, head.protocol), head, body, 0);
    }

    private static Packet readPorts(final Form form, final Head head, final byte[] body, final int headerLength) {
        final ByteBuffer transport = ByteBuffer.wrap(body);
        final Packet packet = Packet.of(form)
            .set(Field.SOURCE_PORT, transport.getShort(0) & 0xFFFF).set(Field.DESTINATION_PORT, transport.getShort(2) & 0xFFFF);
        return withChecksum(withPayload(packet, head, body, headerLength), head, body, 6);
    }

    private static Packet readTcp(final Head head, final byte[] body) {
        final ByteBuffer tcp = ByteBuffer.wrap(body);
        final Packet packet = Packet.of(Form.TCP)
            .set(Field.SOURCE_PORT, tcp.getShort(0) & 0xFFFF).set(Field.DESTINATION_PORT, tcp.getShort(2) & 0xFFFF)
            .set(Field.SEQUENCE, tcp.getInt(4) & 0xFFFF_FFFFL).set(Field.FLAGS, 0);
        if (body.length < 20) {
            // eight bytes are what an ICMP error has to quote
            return packet.set(Field.LENGTH, Math.max(0, head.length - 20));
        }
        final int headerLength = (tcp.get(12) >> 4 & 0xF) * 4;
        packet.set(Field.ACKNOWLEDGEMENT, tcp.getInt(8) & 0xFFFF_FFFFL).set(Field.FLAGS, tcp.get(13) & 0xFF)
            .set(Field.WINDOW, tcp.getShort(14) & 0xFFFF);
        final byte[] options = readTcpOptions(packet, Arrays.copyOfRange(body, 20, headerLength));
        return withChecksum(withPayload(packet.withOptions(new byte[0], options), head, body, headerLength), head, body, 16);
    }

    /** Those that have a field, in the order in which {@link FrameBuilder} writes them; gives the others. */
    private static byte[] readTcpOptions(final Packet packet, final byte[] options) {
        final ByteBuffer rest = ByteBuffer.wrap(options);
        if (rest.remaining() >= 4 && rest.getShort(0) == 0x0204) {
            packet.set(Field.SEGMENT_SIZE, rest.getShort(2) & 0xFFFF);
            rest.position(4);
        }
        if (rest.remaining() >= 4 && rest.getShort(rest.position()) == 0x0103 && rest.get(rest.position() + 2) == 3) {
            packet.set(Field.WINDOW_SCALE, rest.get(rest.position() + 3) & 0xFF);
            rest.position(rest.position() + 4);
        }
        return Arrays.copyOfRange(options, rest.position(), options.length);
    }

    private static Packet readIcmp(final Head head, final byte[] body) {
        final ByteBuffer icmp = ByteBuffer.wrap(body);
        final int type = icmp.get(0) & 0xFF;
        final Form form = Form.ofIcmpType(type);
        final Packet packet = Packet.of(form).set(Field.CODE, icmp.get(1) & 0xFF);
        final Packet read = switch (form.layout()) {
            case QUERY -> withPayload(packet.set(Field.QUERY_ID, icmp.getShort(4) & 0xFFFF)
                .set(Field.SEQUENCE, icmp.getShort(6) & 0xFFFF), head, body, 8);
            case ERROR -> readError(packet.set(form == Form.UNREACHABLE ? Field.MTU : Field.REST, icmp.getInt(4) & 0xFFFF_FFFFL), body);
            default -> withPayload(packet.set(Field.TYPE, type).set(Field.REST, icmp.getInt(4) & 0xFFFF_FFFFL), head, body, 8);
        };
        if (head.isWhole && Checksums.of(body, 0, body.length) != 0) {
            read.set(Field.CHECKSUM, icmp.getShort(2) & 0xFFFF);
        }
        return read;
    }

    private static Packet readError(final Packet packet, final byte[] body) {
        final byte[] quote = Arrays.copyOfRange(body, 8, body.length);
        final Packet quoted = readDatagram(quote, false);
        final int headerLength = (quote[0] & 0xF) * 4;
        if (quote.length < (ByteBuffer.wrap(quote).getShort(2) & 0xFFFF)) {
            packet.set(Field.QUOTED_LENGTH, quote.length - headerLength);
        }
        return packet.withInner(quoted);
    }

    private static Packet withPayload(final Packet packet, final Head head, final byte[] body, final int headerLength) {
        packet.set(Field.LENGTH, Math.max(0, head.length - headerLength));
        if (!head.isWhole) {
            return packet;
        }
        final byte[] payload = Arrays.copyOfRange(body, headerLength, body.length);
        return Arrays.equals(payload, Packet.generated(payload.length)) ? packet : packet.withData(payload);
    }

    /** Keeps the transport checksum if it is wrong, or missing, and can be judged. */
    private static Packet withChecksum(final Packet packet, final Head head, final byte[] body, final int offset) {
        final int checksum = body.length >= offset + 2 ? ByteBuffer.wrap(body).getShort(offset) & 0xFFFF : 0;
        final boolean isMissing = packet.form() == Form.UDP && checksum == 0;
        if (head.isWhole && (isMissing
            || Checksums.of(body, 0, body.length, head.source, head.destination, head.protocol) != 0)) {
            packet.set(Field.CHECKSUM, checksum);
        }
        return packet;
    }

    private static long mac(final ByteBuffer buffer) {
        return (buffer.getShort() & 0xFFFFL) << 32 | buffer.getInt() & 0xFFFF_FFFFL;
    }

    private static long address(final int address) {
        return address & 0xFFFF_FFFFL;
    }

    /**
     * What the IP header says of the rest.
     *
     * @param length  of what lies behind the header, if the packet is whole
     * @param isWhole whether all of it is there
     */
    private record Head(int source, int destination, int protocol, int length, boolean isWhole) {
    }
}
