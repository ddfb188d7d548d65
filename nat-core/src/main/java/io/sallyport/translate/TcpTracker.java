package io.sallyport.translate;

import io.sallyport.memory.OffHeap;
import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.FlowTable;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Tcp;

/**
 * Follows a TCP connection: its state (RFC 5382, REQ-2; RFC 7857, section 2) and what each end has sent and allows the other to send,
 * as far as it takes to tell a RST or FIN that its receiver will believe from one that a stranger made up. One of the latter is passed on
 * and changes nothing: the receiver judges it itself (RFC 5961), and the connection here lives on.
 *
 * <p>A segment moves the marks only when it is plausible by the other end's marks; otherwise forged data could prepare a forged RST. For
 * the same reason a SYN within a connection moves nothing: only its answer shows that it was meant (RFC 5961, section 4).
 */
final class TcpTracker {

    private static final int SCALE_MASK = 0x0F;
    /** The end has sent a SYN that does not belong to the connection as we know it: it may have forgotten that. */
    private static final int BEGINS_ANEW = 0x10;
    /** The window end is known: the end has acknowledged something. */
    private static final int ALLOWS = 0x20;
    private static final int OFFERS_SCALING = 0x40;
    private static final int SEEN = 0x80;

    private static final int MAX_SCALE = 14;

    /** Largest window without scaling, in bytes. */
    private static final int LARGEST_WINDOW = 65_535;
    /** How far behind the highest sequence number a RST or a repeated SYN may lie: what a retransmission or a lost segment explains. */
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
    byte track(final OffHeap frames, final int l3, final int l4, final int entry, final int partner) {
        final int flags = Tcp.flags(frames, l4);
        final byte state = flows.state(entry);
        if ((flags & Tcp.RST) != 0) {
            return isPlausibleReset(frames, l4, flags, entry, partner) ? ConnectionState.RESET : state;
        }
        if ((flags & Tcp.SYN) != 0) {
            return synchronise(frames, l3, l4, flags, entry, partner);
        }
        if ((flows.tcpFlags(entry) & SEEN) == 0 || !mark(frames, l3, l4, flags, entry, partner)) {
            return state;
        }
        return flows.isInitiator(entry)
            ? afterInitiator(frames, l3, l4, flags, entry, partner) : afterResponder(frames, l3, l4, flags, entry);
    }

    private byte afterInitiator(
        final OffHeap frames, final int l3, final int l4, final int flags, final int entry, final int partner) {
        final byte state = flows.state(entry);
        final boolean fin = isLast(frames, l3, l4, flags, entry);
        return switch (state) {
            case ConnectionState.SYN_RECEIVED -> {
                if ((flags & Tcp.ACK) == 0) {
                    yield state;
                }
                yield fin ? ConnectionState.FIN_INITIATOR : ConnectionState.ESTABLISHED;
            }
            case ConnectionState.ESTABLISHED -> fin ? ConnectionState.FIN_INITIATOR : state;
            case ConnectionState.FIN_RESPONDER -> fin ? ConnectionState.FIN_BOTH : state;
            case ConnectionState.RESET -> (flows.tcpFlags(partner) & SEEN) != 0 ? afterReset(frames, l3, l4) : state;
            default -> state;
        };
    }

    private byte afterResponder(final OffHeap frames, final int l3, final int l4, final int flags, final int entry) {
        final byte state = flows.state(entry);
        final boolean fin = isLast(frames, l3, l4, flags, entry);
        return switch (state) {
            // its FIN may overtake the initiator's first acknowledgement
            case ConnectionState.SYN_RECEIVED, ConnectionState.ESTABLISHED -> fin ? ConnectionState.FIN_RESPONDER : state;
            case ConnectionState.FIN_INITIATOR -> fin ? ConnectionState.FIN_BOTH : state;
            case ConnectionState.RESET -> afterReset(frames, l3, l4);
            default -> state;
        };
    }

    /** Data revives; an acknowledgement that was under way when the RST was sent does not. */
    private static byte afterReset(final OffHeap frames, final int l3, final int l4) {
        return payloadLength(frames, l3, l4) > 0 ? ConnectionState.ESTABLISHED : ConnectionState.RESET;
    }

    /** Whether a segment, whose marks were moved, ends what its sender has to say: nothing can come behind a FIN. */
    private boolean isLast(final OffHeap frames, final int l3, final int l4, final int flags, final int entry) {
        return (flags & Tcp.FIN) != 0 && sequenceEnd(frames, l3, l4, flags) == flows.sequenceEnd(entry);
    }

    /** A SYN begins a connection, answers one that does, or repeats either; or it is out of place. */
    private byte synchronise(
        final OffHeap frames, final int l3, final int l4, final int flags, final int entry, final int partner) {
        final byte state = flows.state(entry);
        final boolean initiator = flows.isInitiator(entry);
        final boolean hasAck = (flags & Tcp.ACK) != 0;
        if (initiator && !hasAck
            && (state == ConnectionState.SYN_SENT || state == ConnectionState.FIN_BOTH || state == ConnectionState.RESET)) {
            // the first one, or another attempt under the same four-tuple (RFC 9293, section 3.6.1)
            flows.tcpFlags(partner, 0);
            begin(frames, l3, l4, flags, entry, partner);
            return ConnectionState.SYN_SENT;
        }
        if ((flows.tcpFlags(entry) & SEEN) != 0
            && isBehind(sequenceEnd(frames, l3, l4, flags), flows.sequenceEnd(entry))
            && (flows.tcpFlags(partner) & BEGINS_ANEW) == 0) {
            final boolean plausible = mark(frames, l3, l4, flags, entry, partner);
            final boolean answers = plausible && initiator && hasAck && state == ConnectionState.SYN_RECEIVED;
            return answers ? ConnectionState.ESTABLISHED : state;
        }
        if (initiator) {
            if (!hasAck) {
                final int kept = flows.tcpFlags(entry) & (SEEN | ALLOWS);
                flows.tcpFlags(entry, kept | BEGINS_ANEW | windowScale(frames, l4));
            }
            return state;
        }
        return hasAck ? answer(frames, l3, l4, flags, entry, partner) : simultaneous(frames, l3, l4, flags, entry, partner);
    }

    /** The responder answers a SYN. */
    private byte answer(
        final OffHeap frames, final int l3, final int l4, final int flags, final int entry, final int partner) {
        final byte state = flows.state(entry);
        final int acknowledgement = Tcp.acknowledgement(frames, l4);
        if ((flows.tcpFlags(partner) & BEGINS_ANEW) != 0) {
            // both ends have forgotten the connection that we know
            flows.tcpFlags(partner, flows.tcpFlags(partner) & ~(BEGINS_ANEW | ALLOWS));
            flows.sequenceEnd(partner, acknowledgement);
        } else if (state != ConnectionState.SYN_SENT && state != ConnectionState.SYN_RECEIVED
            || !isBehind(acknowledgement, flows.sequenceEnd(partner))) {
            return state;
        }
        begin(frames, l3, l4, flags, entry, partner);
        return ConnectionState.SYN_RECEIVED;
    }

    /** Both ends open at once (RFC 9293, section 3.5, figure 7). */
    private byte simultaneous(
        final OffHeap frames, final int l3, final int l4, final int flags, final int entry, final int partner) {
        if (flows.state(entry) != ConnectionState.SYN_SENT) {
            return flows.state(entry);
        }
        begin(frames, l3, l4, flags, entry, partner);
        return ConnectionState.SYN_RECEIVED;
    }

    /** Sets the sender's marks by its SYN. */
    private void begin(
        final OffHeap frames, final int l3, final int l4, final int flags, final int entry, final int partner) {
        flows.tcpFlags(entry, SEEN | windowScale(frames, l4));
        flows.sequenceEnd(entry, sequenceEnd(frames, l3, l4, flags));
        if ((flags & Tcp.ACK) != 0 && (flows.tcpFlags(partner) & SEEN) != 0) {
            allow(frames, l4, flags, entry, partner);
        }
    }

    /**
     * Moves the sender's marks if the segment is plausible.
     *
     * @return whether it is
     */
    private boolean mark(
        final OffHeap frames, final int l3, final int l4, final int flags, final int entry, final int partner) {
        final int sequenceEnd = sequenceEnd(frames, l3, l4, flags);
        final int partnerFlags = flows.tcpFlags(partner);
        final boolean acknowledges = (flags & Tcp.ACK) != 0 && (partnerFlags & SEEN) != 0;
        if ((partnerFlags & ALLOWS) != 0 && sequenceEnd - flows.windowEnd(partner) > 0
            || flows.sequenceEnd(entry) - sequenceEnd > mostInFlight(entry, partner)
            || acknowledges && Tcp.acknowledgement(frames, l4) - flows.sequenceEnd(partner) > 0) {
            return false;
        }
        if (sequenceEnd - flows.sequenceEnd(entry) > 0) {
            flows.sequenceEnd(entry, sequenceEnd);
        }
        if (acknowledges) {
            allow(frames, l4, flags, entry, partner);
        }
        return true;
    }

    /** The largest window that the partner can have allowed: what lies further behind than that is no retransmission. */
    private int mostInFlight(final int entry, final int partner) {
        final boolean scales = (flows.tcpFlags(entry) & flows.tcpFlags(partner) & OFFERS_SCALING) != 0;
        return LARGEST_WINDOW << (scales ? flows.tcpFlags(partner) & SCALE_MASK : 0);
    }

    /** Moves the end of the window that the sender allows. */
    private void allow(final OffHeap frames, final int l4, final int flags, final int entry, final int partner) {
        final int tcpFlags = flows.tcpFlags(entry);
        final boolean scales = (tcpFlags & flows.tcpFlags(partner) & OFFERS_SCALING) != 0 && (flags & Tcp.SYN) == 0;
        // at least one byte may always be tried: the probe of a closed window (RFC 9293, section 3.8.6.1)
        final int window = Math.max(1, Tcp.window(frames, l4) << (scales ? tcpFlags & SCALE_MASK : 0));
        final int windowEnd = Tcp.acknowledgement(frames, l4) + window;
        if ((tcpFlags & ALLOWS) == 0) {
            flows.windowEnd(entry, windowEnd);
            flows.tcpFlags(entry, tcpFlags | ALLOWS);
        } else if (windowEnd - flows.windowEnd(entry) > 0) {
            flows.windowEnd(entry, windowEnd);
        }
    }

    private boolean isPlausibleReset(
        final OffHeap frames, final int l4, final int flags, final int entry, final int partner) {
        final int partnerFlags = flows.tcpFlags(partner);
        if ((flows.tcpFlags(entry) & SEEN) == 0) {
            // the refusal of a SYN acknowledges it (RFC 9293, section 3.10.7.3)
            return (flags & Tcp.ACK) != 0 && (partnerFlags & SEEN) != 0
                && Tcp.acknowledgement(frames, l4) == flows.sequenceEnd(partner);
        }
        final int sequence = Tcp.sequence(frames, l4);
        final int last = (partnerFlags & ALLOWS) != 0 ? flows.windowEnd(partner) : flows.sequenceEnd(entry);
        return sequence - (flows.sequenceEnd(entry) - BACKWARD_TOLERANCE) >= 0 && sequence - last <= 0;
    }

    /** Whether a sequence number is the highest one that was used, or little behind it. */
    private static boolean isBehind(final int sequence, final int highest) {
        return Integer.compareUnsigned(highest - sequence, BACKWARD_TOLERANCE) <= 0;
    }

    private static int payloadLength(final OffHeap frames, final int l3, final int l4) {
        return Ipv4.totalLength(frames, l3) - (l4 - l3) - Tcp.headerLength(frames, l4);
    }

    private static int sequenceEnd(final OffHeap frames, final int l3, final int l4, final int flags) {
        return Tcp.sequence(frames, l4) + payloadLength(frames, l3, l4) + (flags & Tcp.FIN) + (flags >>> 1 & 1);
    }

    /** The window scale option of a SYN (RFC 7323, section 2.2), as tracker flags. */
    private static int windowScale(final OffHeap frames, final int l4) {
        final int value = Tcp.option(frames, l4, Tcp.OPTION_WINDOW_SCALE, Tcp.OPTION_WINDOW_SCALE_LENGTH);
        return value < 0 ? 0 : OFFERS_SCALING | Math.min(MAX_SCALE, frames.getByte(value) & 0xFF);
    }
}
