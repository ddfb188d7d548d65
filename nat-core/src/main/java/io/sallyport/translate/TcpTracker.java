package io.sallyport.translate;

import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.FlowTable;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Follows a TCP connection: its state (RFC 5382, REQ-2; RFC 7857, section 2) and what each end has sent and allows the other to send,
 * as far as it takes to tell a RST or FIN that its receiver will believe from one that a stranger made up. One of the latter is passed on
 * and changes nothing: the receiver judges it itself (RFC 5961), and the connection here lives on.
 *
 * <p>A segment moves the marks only when it is plausible by the other end's marks; otherwise forged data could prepare a forged RST.
 */
final class TcpTracker {

    private static final int SCALE_MASK = 0x0F;
    private static final int OFFERS_SCALING = 0x40;
    private static final int SEEN = 0x80;

    private static final int OPTION_END = 0;
    private static final int OPTION_NO_OPERATION = 1;
    private static final int OPTION_WINDOW_SCALE = 3;
    private static final int MAX_SCALE = 14;

    /** How far behind the highest sequence number a RST may lie: what a retransmission or a lost segment explains. */
    private static final int BACKWARD_TOLERANCE = 65_535;

    private final FlowTable flows;

    TcpTracker(final FlowTable flows) {
        this.flows = flows;
    }

    /**
     * Takes note of a segment.
     *
     * @return the state that the connection is in now
     */
    byte track(final UnsafeBuffer frames, final int l3, final int l4, final int entry, final int partner) {
        final int flags = Tcp.flags(frames, l4);
        final byte state = flows.state(entry);
        if ((flags & (Tcp.SYN | Tcp.ACK)) == Tcp.SYN && flows.isInitiator(entry)
            && (state == ConnectionState.FIN_BOTH || state == ConnectionState.RESET)) {
            // the same four-tuple, opened anew (RFC 9293, section 3.6.1)
            flows.tcpFlags(entry, 0);
            flows.tcpFlags(partner, 0);
            mark(frames, l3, l4, flags, entry, partner);
            return ConnectionState.SYN_SENT;
        }
        final boolean plausible = (flags & Tcp.RST) != 0
            ? isPlausibleReset(frames, l4, flags, entry, partner)
            : mark(frames, l3, l4, flags, entry, partner);
        return plausible ? next(state, flags, flows.isInitiator(entry)) : state;
    }

    private static byte next(final byte state, final int flags, final boolean initiator) {
        if ((flags & Tcp.RST) != 0) {
            return ConnectionState.RESET;
        }
        final boolean fin = (flags & Tcp.FIN) != 0;
        return switch (state) {
            case ConnectionState.SYN_SENT ->
                !initiator && (flags & Tcp.SYN) != 0 ? ConnectionState.SYN_RECEIVED : state;
            case ConnectionState.SYN_RECEIVED -> {
                if (initiator && (flags & Tcp.ACK) != 0) {
                    yield fin ? ConnectionState.FIN_INITIATOR : ConnectionState.ESTABLISHED;
                }
                yield state;
            }
            case ConnectionState.ESTABLISHED -> {
                if (fin) {
                    yield initiator ? ConnectionState.FIN_INITIATOR : ConnectionState.FIN_RESPONDER;
                }
                yield state;
            }
            case ConnectionState.FIN_INITIATOR -> fin && !initiator ? ConnectionState.FIN_BOTH : state;
            case ConnectionState.FIN_RESPONDER -> fin && initiator ? ConnectionState.FIN_BOTH : state;
            case ConnectionState.RESET -> (flags & Tcp.SYN) == 0 ? ConnectionState.ESTABLISHED : state;
            default -> state;
        };
    }

    /**
     * Moves the sender's marks if the segment is plausible.
     *
     * @return whether it is
     */
    private boolean mark(
        final UnsafeBuffer frames, final int l3, final int l4, final int flags, final int entry, final int partner) {
        int tcpFlags = flows.tcpFlags(entry);
        if ((flags & Tcp.SYN) != 0 && (tcpFlags & SEEN) == 0) {
            tcpFlags |= windowScale(frames, l4);
            flows.tcpFlags(entry, tcpFlags);
        }
        final int sequenceEnd = Tcp.sequence(frames, l4) + lengthInSequence(frames, l3, l4, flags);
        final int partnerFlags = flows.tcpFlags(partner);
        final boolean partnerSeen = (partnerFlags & SEEN) != 0;
        final boolean hasAck = (flags & Tcp.ACK) != 0;
        final int acknowledgement = Tcp.acknowledgement(frames, l4);
        if (partnerSeen && (sequenceEnd - flows.windowEnd(partner) > 0 && (flags & Tcp.SYN) == 0
            || hasAck && acknowledgement - flows.sequenceEnd(partner) > 0)) {
            return false;
        }
        final boolean scales = (tcpFlags & partnerFlags & OFFERS_SCALING) != 0 && (flags & Tcp.SYN) == 0;
        // at least one byte may always be tried: the probe of a closed window (RFC 9293, section 3.8.6.1)
        final int window = Math.max(1, Tcp.window(frames, l4) << (scales ? tcpFlags & SCALE_MASK : 0));
        final int windowEnd = acknowledgement + window;
        if ((tcpFlags & SEEN) == 0) {
            flows.sequenceEnd(entry, sequenceEnd);
            flows.windowEnd(entry, hasAck ? windowEnd : flows.sequenceEnd(partner) + window);
            flows.tcpFlags(entry, tcpFlags | SEEN);
            return true;
        }
        if (sequenceEnd - flows.sequenceEnd(entry) > 0) {
            flows.sequenceEnd(entry, sequenceEnd);
        }
        if (hasAck && windowEnd - flows.windowEnd(entry) > 0) {
            flows.windowEnd(entry, windowEnd);
        }
        return true;
    }

    private boolean isPlausibleReset(
        final UnsafeBuffer frames, final int l4, final int flags, final int entry, final int partner) {
        final boolean partnerSeen = (flows.tcpFlags(partner) & SEEN) != 0;
        if ((flows.tcpFlags(entry) & SEEN) == 0) {
            // the refusal of a SYN acknowledges it (RFC 9293, section 3.10.7.3)
            return (flags & Tcp.ACK) != 0 && partnerSeen && Tcp.acknowledgement(frames, l4) == flows.sequenceEnd(partner);
        }
        final int sequence = Tcp.sequence(frames, l4);
        return sequence - (flows.sequenceEnd(entry) - BACKWARD_TOLERANCE) >= 0
            && (!partnerSeen || sequence - flows.windowEnd(partner) <= 0);
    }

    private static int lengthInSequence(final UnsafeBuffer frames, final int l3, final int l4, final int flags) {
        final int payload = Ipv4.totalLength(frames, l3) - (l4 - l3) - Tcp.headerLength(frames, l4);
        return payload + (flags & Tcp.FIN) + (flags >>> 1 & 1);
    }

    /** The window scale option of a SYN (RFC 7323, section 2.2), as tracker flags. */
    private static int windowScale(final UnsafeBuffer frames, final int l4) {
        final int end = l4 + Tcp.headerLength(frames, l4);
        int option = l4 + Tcp.MIN_HEADER_LENGTH;
        while (option < end) {
            final int kind = frames.getByte(option) & 0xFF;
            if (kind == OPTION_END) {
                return 0;
            }
            if (kind == OPTION_NO_OPERATION) {
                option++;
                continue;
            }
            final int length = option + 1 < end ? frames.getByte(option + 1) & 0xFF : 0;
            if (length < 2 || option + length > end) {
                return 0;
            }
            if (kind == OPTION_WINDOW_SCALE && length == 3) {
                return OFFERS_SCALING | Math.min(MAX_SCALE, frames.getByte(option + 2) & 0xFF);
            }
            option += length;
        }
        return 0;
    }
}
