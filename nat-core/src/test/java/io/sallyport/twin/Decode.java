package io.sallyport.twin;

import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.util.HexFormat;
import java.util.Locale;

/** Packets for human eyes. */
final class Decode {

    private Decode() {
    }

    /** A frame in a line, and its bytes in another. */
    static String frame(final Side side, final byte[] frame) {
        return String.format(Locale.ROOT, "%-7s %s%n            %s", side, text(frame), HexFormat.of().formatHex(frame));
    }

    /** A frame in a line. */
    static String text(final byte[] frame) {
        if (frame.length < 34 || Bytes.u16(frame, 12) != 0x0800 || (frame[14] & 0xF) < 5 || frame.length < 14 + (frame[14] & 0xF) * 4) {
            return "frame of " + frame.length + " bytes, type 0x" + (frame.length < 14 ? "" : Integer.toHexString(Bytes.u16(frame, 12)));
        }
        return datagram(Datagram.inFrame(frame));
    }

    private static String datagram(final Datagram datagram) {
        final StringBuilder text = new StringBuilder();
        final byte[] payload = datagram.payload();
        final boolean ports = datagram.offset() == 0 && payload.length >= 4
            && (datagram.protocol() == Datagram.TCP || datagram.protocol() == Datagram.UDP);
        text.append(Ipv4Address.format(datagram.source())).append(ports ? ":" + Bytes.u16(payload, 0) : "");
        text.append(" > ").append(Ipv4Address.format(datagram.destination())).append(ports ? ":" + Bytes.u16(payload, 2) : "");
        text.append(' ').append(datagram.offset() > 0 ? "later fragment of protocol " + datagram.protocol() : transport(datagram));
        text.append(", ").append(datagram.length()).append(" bytes, ttl ").append(datagram.ttl());
        text.append(String.format(Locale.ROOT, ", id 0x%04x", datagram.identification()));
        text.append(datagram.dontFragment() ? ", DF" : "");
        if (datagram.isFragment()) {
            text.append(", bytes ").append(datagram.offset()).append(datagram.moreFragments() ? " and more" : " to the end");
        }
        return text.toString();
    }

    private static String transport(final Datagram datagram) {
        final byte[] payload = datagram.payload();
        if (datagram.protocol() == Datagram.TCP && payload.length >= 20 && payload.length >= (Bytes.u8(payload, 12) >>> 4) * 4) {
            final Segment segment = Segment.of(datagram);
            return "TCP" + flags(segment.flags()) + " seq " + (segment.sequence() & 0xFFFF_FFFFL)
                + (segment.ack() ? " ack " + (segment.acknowledgement() & 0xFFFF_FFFFL) : "") + " win " + segment.window()
                + (segment.scale() >= 0 ? " scale " + segment.scale() : "") + " data " + segment.payload();
        }
        if (datagram.protocol() == Datagram.ICMP && payload.length >= 8) {
            final String text = "ICMP " + payload[0] + "/" + payload[1];
            return !Icmp.isError(payload[0]) ? text + " id " + Bytes.u16(payload, 4)
                : payload.length < 36 ? text + " quoting too little"
                : text + " about [" + datagram(Datagram.parse(java.util.Arrays.copyOfRange(payload, 8, payload.length))) + "]";
        }
        return datagram.protocol() == Datagram.UDP ? "UDP" : "protocol " + datagram.protocol();
    }

    private static String flags(final int flags) {
        return ((flags & Segment.SYN) != 0 ? " SYN" : "") + ((flags & Segment.FIN) != 0 ? " FIN" : "")
            + ((flags & Segment.RST) != 0 ? " RST" : "") + ((flags & Segment.ACK) != 0 ? " ACK" : "");
    }
}
