package io.sallyport.twin;

import java.util.Optional;
import java.util.Set;

/**
 * What a TCP connection has come to, from RFC 9293, RFC 5382 (REQ-2) and RFC 7857 (section 2): for each end the highest sequence number
 * that it has used, and the highest that the other allows it. Only what lies within changes the state.
 */
final class TcpState {

    /** A lost segment, or one that is sent again, lies no further back. */
    private static final int BEHIND = 65_535;
    /** Nothing that lies further back can be under way, not even in the largest window in use. */
    private static final int FAR_BEHIND = 1 << 24;

    private final Set<Feature> features;
    private final End initiator = new End();
    private final End responder = new End();
    private Phase phase = Phase.OPENING;
    /** Both ends said SYN before they heard the other's. */
    private boolean crossed;

    /** How far the connection has come. */
    enum Phase { OPENING, ESTABLISHED, CLOSING, RESET }

    /** One end, by what it has sent. */
    private static final class End {
        private boolean seen;
        private int start;
        private int next;
        private int scale;
        private boolean acknowledged;
        private boolean finished;
        private boolean allows;
        private int allowed;
        /** The initiator's SYN that does not belong to the connection as it is known. */
        private Segment another;

        private void begin(final Segment syn) {
            if (!seen || start != syn.sequence()) {
                seen = true;
                start = syn.sequence();
                next = syn.end();
                scale = syn.scale();
                acknowledged = false;
                finished = false;
                allows = false;
            }
            another = null;
        }

        private void forget() {
            seen = false;
            another = null;
            allows = false;
            finished = false;
        }
    }

    TcpState(final Set<Feature> features) {
        this.features = features;
    }

    Phase phase() {
        return phase;
    }

    /** The highest sequence number that the initiator or responder has used. */
    int next(final boolean ofInitiator) {
        return (ofInitiator ? initiator : responder).next;
    }

    /**
     * Whether a packet with that sequence number was sent by the end and can still be under way (RFC 5927, section 4.1). Empty where that
     * is a matter of taste: behind by more than a window without scaling, or nothing known of the end.
     */
    Optional<Boolean> hasSent(final boolean byInitiator, final int sequence) {
        final End end = byInitiator ? initiator : responder;
        final int behind = end.next - sequence;
        return !end.seen || behind > BEHIND && behind < FAR_BEHIND ? Optional.empty() : Optional.of(behind >= 0 && behind <= BEHIND);
    }

    /** Takes note of a segment. */
    void take(final Segment segment, final boolean fromInitiator) {
        final End sender = fromInitiator ? initiator : responder;
        final End receiver = fromInitiator ? responder : initiator;
        if (segment.rst()) {
            if (resets(segment, sender, receiver)) {
                phase = Phase.RESET;
            }
        } else if (segment.syn()) {
            synchronise(segment, sender, receiver);
        } else if (sender.seen && isPlausible(segment, sender, receiver)) {
            mark(segment, sender, receiver);
        }
        if (phase == Phase.OPENING && isOpen()) {
            phase = Phase.ESTABLISHED;
        }
    }

    /** Both SYNs are acknowledged, in whatever order (RFC 9293, section 3.5). */
    private boolean isOpen() {
        return initiator.seen && responder.seen && responder.acknowledged
            && (initiator.acknowledged || crossed && !features.contains(Feature.CROSSED_OPENING));
    }

    private void synchronise(final Segment syn, final End sender, final End receiver) {
        if (syn.ack()) {
            answer(syn, sender, receiver);
        } else if (sender == initiator && (phase == Phase.OPENING && !responder.seen || phase == Phase.RESET
            || initiator.finished && responder.finished)) {
            // the first one, or another attempt between the same endpoints (RFC 9293, section 3.6.1)
            initiator.forget();
            responder.forget();
            initiator.begin(syn);
            crossed = false;
            phase = Phase.OPENING;
        } else if (phase == Phase.OPENING && !sender.seen) {
            // both open at once (RFC 9293, section 3.5)
            sender.begin(syn);
            crossed = true;
        } else if (sender == initiator && syn.sequence() != sender.start) {
            sender.another = syn;
        }
    }

    private void answer(final Segment syn, final End sender, final End receiver) {
        if (receiver.another != null
            && (syn.acknowledgement() == receiver.another.end() || !features.contains(Feature.REOPENING))) {
            // both have forgotten the connection that is known here
            final Segment another = receiver.another;
            receiver.forget();
            sender.forget();
            receiver.begin(another);
            receiver.next = syn.acknowledgement();
            receiver.start = receiver.next - 1;
            crossed = false;
            phase = Phase.OPENING;
        } else if (!isOpening(receiver) || !receiver.seen || !confirms(syn, sender, receiver)) {
            return;
        }
        sender.begin(syn);
        receive(syn, sender, receiver);
    }

    /** Whether an end's SYN still waits for an answer. */
    private boolean isOpening(final End end) {
        return phase == Phase.OPENING || crossed && !end.acknowledged;
    }

    /**
     * Whether a SYN with ACK belongs. That of the initiator repeats its SYN, after both have crossed; the responder's may differ from one
     * before, which was a stranger's, unless that has been acknowledged.
     */
    private boolean confirms(final Segment syn, final End sender, final End receiver) {
        if (sender == responder) {
            return (acknowledges(syn, receiver) || !features.contains(Feature.FAR_BEHIND))
                && isLittleBehind(syn.acknowledgement(), receiver.next)
                && (!sender.seen || !sender.acknowledged || syn.sequence() == sender.start);
        }
        return syn.sequence() == sender.start
            && (acknowledges(syn, receiver) || !features.contains(Feature.FAR_BEHIND) && syn.acknowledgement() - receiver.next <= 0);
    }

    /** A segment of a connection whose ends both have said SYN. */
    private void mark(final Segment segment, final End sender, final End receiver) {
        if (segment.end() - sender.next > 0) {
            sender.next = segment.end();
        }
        if (segment.ack() && receiver.seen) {
            receive(segment, sender, receiver);
        }
        if (phase == Phase.RESET && segment.payload() > 0 && initiator.seen && responder.seen) {
            phase = Phase.ESTABLISHED;
        }
        final boolean behindItsSyn = segment.sequence() - sender.start > 0 || !features.contains(Feature.FAR_BEHIND);
        final boolean counts = receiver.seen && behindItsSyn
            && (phase != Phase.OPENING || isOpen() || features.contains(Feature.EARLY_FIN));
        if (segment.fin() && segment.end() == sender.next && counts && phase != Phase.RESET) {
            sender.finished = true;
            phase = Phase.CLOSING;
        }
    }

    /** What the sender has received, and how much more it takes. */
    private void receive(final Segment segment, final End sender, final End receiver) {
        receiver.acknowledged |= acknowledges(segment, receiver) || !features.contains(Feature.FAR_BEHIND);
        final boolean scales = sender.scale >= 0 && receiver.scale >= 0 && !segment.syn();
        // a closed window may be probed with a byte (RFC 9293, section 3.8.6.1)
        final int end = segment.acknowledgement() + Math.max(1, segment.window() << (scales ? sender.scale : 0));
        if (!sender.allows || end - sender.allowed > 0) {
            sender.allowed = end;
            sender.allows = true;
        }
    }

    private boolean isPlausible(final Segment segment, final End sender, final End receiver) {
        return (!receiver.allows || segment.end() - receiver.allowed <= 0)
            && sender.next - segment.end() <= largestWindow(sender, receiver)
            && (!segment.ack() || !receiver.seen || segment.acknowledgement() - receiver.next <= 0);
    }

    /** What the receiver can have allowed at most (RFC 7323, section 2.3): nothing that is sent again lies further back. */
    private static int largestWindow(final End sender, final End receiver) {
        return 65_535 << (sender.scale >= 0 && receiver.scale >= 0 ? receiver.scale : 0);
    }

    /** Whether the receiver will believe a RST (RFC 9293, sections 3.10.7.3 and 3.10.7.4). */
    private boolean resets(final Segment rst, final End sender, final End receiver) {
        if (!sender.seen) {
            return rst.ack() && receiver.seen && acknowledges(rst, receiver);
        }
        return isLittleBehind(rst.sequence(), sender.next)
            || receiver.allows && rst.sequence() - sender.next > 0 && rst.sequence() - receiver.allowed <= 0;
    }

    private static boolean acknowledges(final Segment segment, final End receiver) {
        return segment.acknowledgement() - receiver.start > 0 && segment.acknowledgement() - receiver.next <= 0;
    }

    private static boolean isLittleBehind(final int sequence, final int highest) {
        return highest - sequence >= 0 && highest - sequence <= BEHIND;
    }
}
