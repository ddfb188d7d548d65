package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Turns picks into packets, most of which make sense after what was sent before. */
final class Traffic {

    static final int PICKS = 9;

    private static final int KIND = 0;
    private static final int HOST = 1;
    private static final int PORT = 2;
    private static final int REMOTE = 3;
    private static final int DETAIL = 4;
    private static final int SPICE = 5;
    private static final int STEP = 6;
    private static final int LENGTH = 7;
    private static final int MORE = 8;

    private static final int[] LENGTHS = {18, 1, 200, 552, 571, 572, 573, 580, 871, 873, 1400, 1472};
    private static final int[] SEQUENCES = {100, 0xFFFF_FF00, 0x7FFF_FFF0, 0x2000_0000};
    private static final int RECENT = 12;
    private static final int MOST_WAITING = 8;

    private final Set<Feature> features;
    private final Rules rules;
    private final List<Packet> arrived = new ArrayList<>();
    private final List<Packet> left = new ArrayList<>();
    private final List<Packet> pending = new ArrayList<>();

    /** A datagram on one side's link. */
    record Packet(Side side, Datagram datagram) {
    }

    /** A frame for the gateway. */
    record Arrival(Side side, byte[] frame) {
    }

    /** What may happen, as often as it stands here. */
    private enum Kind {
        UDP, UDP_AGAIN, PING, SYN, SYN_AGAIN, SEGMENT, REPLY, REPLY_2, REPLY_3, REPLY_4, REPLY_5, REPLY_6, NEXT, NEXT_2, STRANGER,
        STRANGER_2, STRANGER_3, STRANGER_4,
        ERROR, ERROR_2, OFF_PATH, OTHER, HAIRPIN, HAIRPIN_2, FRAGMENTED, PENDING, PENDING_2, PENDING_3, HOSTILE,
        HOSTILE_2
    }

    Traffic(final Set<Feature> features, final Rules rules) {
        this.features = features;
        this.rules = rules;
    }

    /** How long after the last packet this one comes. */
    static long stepNs(final Picks picks) {
        return TimeUnit.MILLISECONDS.toNanos(picks.<Integer>oneOf(STEP, 1, 1, 1, 1, 1, 1, 20, 20, 20, 300, 300, 1000, 3000, 7000, 16_000,
            31_000, 61_000, 300_000, 7_200_000));
    }

    /** Notes what the gateway sent. */
    void left(final List<Out> sent) {
        sent.forEach(out -> left.add(new Packet(out.side(), Datagram.inFrame(out.frame()))));
    }

    /** The next frame. */
    Arrival next(final Picks picks, final int waitingFragments) {
        final Kind kind = picks.oneOf(KIND, Kind.values());
        if (kind == Kind.HOSTILE || kind == Kind.HOSTILE_2) {
            final Side side = picks.oneOf(MORE, Side.values());
            return new Arrival(side, Hostile.frame(picks.below(Picks.MOST, DETAIL), side, base(side, picks)));
        }
        Packet packet = make(kind, picks);
        if (packet.datagram.offset() > 0 && waitingFragments >= MOST_WAITING) {
            packet = new Packet(Side.INSIDE, udp(picks));
        }
        packet = new Packet(packet.side, spiced(packet.datagram, picks));
        arrived.add(packet);
        return new Arrival(packet.side, Craft.frame(packet.side, packet.datagram));
    }

    private Packet make(final Kind kind, final Picks picks) {
        return switch (kind) {
            case PING -> new Packet(Side.INSIDE, ping(picks));
            case SYN, SYN_AGAIN -> new Packet(Side.INSIDE, syn(host(picks), remote(picks), picks));
            case SEGMENT -> new Packet(Side.INSIDE, segment(host(picks), remote(picks), picks));
            case REPLY, REPLY_2, REPLY_3, REPLY_4, REPLY_5, REPLY_6 -> reply(picks);
            case NEXT, NEXT_2 -> following(picks);
            case STRANGER, STRANGER_2, STRANGER_3, STRANGER_4 -> new Packet(Side.OUTSIDE, toPublic(stranger(picks), picks));
            case ERROR, ERROR_2 -> error(picks);
            case OFF_PATH -> offPath(reply(picks), picks);
            case OTHER -> other(picks);
            case HAIRPIN, HAIRPIN_2 -> new Packet(Side.INSIDE, toPublic(host(picks), picks));
            case FRAGMENTED -> fragmented(picks);
            case PENDING, PENDING_2, PENDING_3 -> pending(picks);
            default -> new Packet(Side.INSIDE, udp(picks));
        };
    }

    // ---- who

    private static Endpoint host(final Picks picks) {
        return new Endpoint(Setting.HOSTS[picks.below(4, HOST)], picks.<Integer>oneOf(PORT, 5000, 5001, 5000, 5001, 600, 7002));
    }

    private static Endpoint remote(final Picks picks) {
        return new Endpoint(Setting.REMOTES[picks.below(4, REMOTE)], picks.<Integer>oneOf(DETAIL, 53, 80));
    }

    /** Without a default route nobody comes from beyond the outside link. */
    private Endpoint stranger(final Picks picks) {
        return rules.on(Side.OUTSIDE).gateway().isPresent() ? remote(picks) : new Endpoint(Setting.REMOTES[1], remote(picks).port());
    }

    /** A public endpoint that was seen outside, or that the configuration opens, or any. */
    private Packet publicEndpoint(final Picks picks) {
        final List<Packet> seen = left.stream().filter(packet -> packet.side == Side.OUTSIDE && packet.datagram.offset() == 0
            && !packet.datagram.isIcmpError()).toList();
        if (!seen.isEmpty() && picks.below(8, DETAIL) < 5) {
            return recent(seen, picks);
        }
        final int address = picks.<Integer>oneOf(MORE, Setting.OUTSIDE, configured(Setting.ONE_TO_ONE), Setting.OUTSIDE);
        final Endpoint any = new Endpoint(Setting.REMOTES[0], 53);
        return new Packet(Side.OUTSIDE, switch (picks.below(5, DETAIL)) {
            case 0 -> Craft.udp(new Endpoint(address, Setting.FORWARDED_UDP), any, 1);
            case 1 -> Craft.query(Icmp.ECHO_REQUEST, address, any.address(), 2002, 1);
            default -> Craft.tcp(new Endpoint(address, Setting.FORWARDED_TCP), any, Segment.SYN, 0, 0, 0, new byte[0], 0);
        });
    }

    /** That public address, or the gateway's own where the configuration does not have it: it would be a neighbour that is not there. */
    private int configured(final int address) {
        return rules.isPublic(address) ? address : Setting.OUTSIDE;
    }

    private static Packet recent(final List<Packet> packets, final Picks picks) {
        return packets.get(packets.size() - 1 - picks.below(Math.min(RECENT, packets.size()), LENGTH));
    }

    // ---- what

    private static Datagram udp(final Picks picks) {
        return Craft.udp(host(picks), remote(picks), LENGTHS[picks.below(LENGTHS.length, LENGTH)]);
    }

    private static Datagram ping(final Picks picks) {
        final int destination = picks.below(8, DETAIL) == 7 ? Setting.INSIDE : remote(picks).address();
        final boolean timestamp = picks.below(5, MORE) == 4;
        return Craft.query(timestamp ? Icmp.TIMESTAMP : Icmp.ECHO_REQUEST, host(picks).address(), destination,
            host(picks).port() + (timestamp ? 1000 : 0), LENGTHS[picks.below(LENGTHS.length, LENGTH)]);
    }

    private static Datagram syn(final Endpoint source, final Endpoint destination, final Picks picks) {
        return Craft.tcp(source, destination, Segment.SYN, SEQUENCES[picks.below(SEQUENCES.length, MORE)], 0, window(picks),
            options(picks), 0);
    }

    private static int window(final Picks picks) {
        return picks.<Integer>oneOf(LENGTH, 65535, 8192, 4000);
    }

    private static byte[] options(final Picks picks) {
        return picks.oneOf(MORE, new byte[0], new byte[] {2, 4, 5, (byte) 180}, new byte[] {1, 3, 3, 7},
            new byte[] {2, 4, 2, 8, 1, 3, 3, 2}, new byte[] {1, 2, 4, 5, (byte) 180, 1, 1, 1}, new byte[] {5, 0, 3, 3});
    }

    /** A segment that opens nothing. */
    private static Datagram segment(final Endpoint source, final Endpoint destination, final Picks picks) {
        final int flags = picks.<Integer>oneOf(MORE, Segment.ACK, Segment.ACK | Segment.FIN, Segment.RST, Segment.RST | Segment.ACK,
            Segment.SYN | Segment.ACK);
        return Craft.tcp(source, destination, flags, 0x3333_0000, 0x4444_0000, 65535, new byte[0], (flags & 7) == 0 ? 10 : 0);
    }

    private Packet other(final Picks picks) {
        if (!features.contains(Feature.OTHER_PROTOCOLS)) {
            return new Packet(Side.INSIDE, udp(picks));
        }
        final int protocol = picks.<Integer>oneOf(MORE, Datagram.GRE, Datagram.ESP, Datagram.SCTP, Datagram.UDP_LITE, Datagram.DCCP);
        final int length = LENGTHS[picks.below(LENGTHS.length, LENGTH)];
        if (picks.below(4, DETAIL) == 3) {
            return new Packet(Side.OUTSIDE, Craft.other(protocol, stranger(picks).address(),
                picks.<Integer>oneOf(PORT, Setting.OUTSIDE, configured(Setting.ONE_TO_ONE), Setting.OUTSIDE), length));
        }
        return new Packet(Side.INSIDE, Craft.other(protocol, host(picks).address(), remote(picks).address(), length));
    }

    /** A stranger's or an inside host's packet to a public endpoint. */
    private Datagram toPublic(final Endpoint sender, final Picks picks) {
        final Datagram seen = publicEndpoint(picks).datagram;
        return switch (seen.protocol()) {
            case Datagram.UDP -> Craft.udp(sender, Tuple.of(seen).source(), LENGTHS[picks.below(LENGTHS.length, LENGTH)]);
            case Datagram.TCP -> picks.below(3, MORE) < 2 ? syn(sender, Tuple.of(seen).source(), picks)
                : segment(sender, Tuple.of(seen).source(), picks);
            case Datagram.ICMP -> Craft.query(picks.<Integer>oneOf(MORE, Icmp.ECHO_REPLY, Icmp.ECHO_REQUEST, Icmp.TIMESTAMP_REPLY),
                sender.address(), seen.source(), Bytes.u16(seen.payload(), 4), 10);
            default -> Craft.other(seen.protocol(), sender.address(), seen.source(), 10);
        };
    }

    // ---- what follows from what was seen

    /** The receiver of something recent answers. */
    private Packet reply(final Picks picks) {
        final List<Packet> answerable = left.stream().filter(packet -> !packet.datagram.isFragment() && !packet.datagram.isIcmpError())
            .toList();
        if (answerable.isEmpty()) {
            return new Packet(Side.INSIDE, udp(picks));
        }
        final Packet heard = recent(answerable, picks);
        final Datagram datagram = heard.datagram;
        final int length = LENGTHS[picks.below(LENGTHS.length, MORE)];
        final Tuple back = Tuple.of(datagram).reversed();
        return new Packet(heard.side, switch (datagram.protocol()) {
            case Datagram.UDP -> Craft.udp(back.source(), back.destination(), length);
            case Datagram.TCP -> answer(back, Segment.of(datagram), picks);
            case Datagram.ICMP -> Craft.query(counterpart(datagram.payload()[0]), datagram.destination(), datagram.source(),
                Bytes.u16(datagram.payload(), 4), length);
            default -> Craft.other(datagram.protocol(), datagram.destination(), datagram.source(), length);
        });
    }

    private static int counterpart(final int type) {
        return switch (type) {
            case Icmp.ECHO_REQUEST -> Icmp.ECHO_REPLY;
            case Icmp.ECHO_REPLY -> Icmp.ECHO_REQUEST;
            case Icmp.TIMESTAMP -> Icmp.TIMESTAMP_REPLY;
            default -> Icmp.TIMESTAMP;
        };
    }

    private Datagram answer(final Tuple back, final Segment heard, final Picks picks) {
        final int own = heard.ack() ? heard.acknowledgement() : begun(back);
        final int choice = picks.below(12, DETAIL);
        if (heard.syn() && !heard.ack()) {
            final int flags = choice == 11 ? Segment.RST | Segment.ACK : choice == 10 ? Segment.SYN : Segment.SYN | Segment.ACK;
            return Craft.tcp(back.source(), back.destination(), flags, (flags & Segment.RST) != 0 ? 0 : own, heard.end(), window(picks),
                (flags & Segment.RST) != 0 ? new byte[0] : options(picks), 0);
        }
        final int flags = choice == 11 ? Segment.RST : choice == 10 ? Segment.RST | Segment.ACK
            : choice >= 8 ? Segment.FIN | Segment.ACK : Segment.ACK;
        return Craft.tcp(back.source(), back.destination(), flags, own, heard.end(), window(picks), new byte[0],
            flags == Segment.ACK && choice < 5 ? picks.<Integer>oneOf(MORE, 1, 100, 500, 1400) : 0);
    }

    /** Where an end begins to count: where its last SYN did, if it has sent one. */
    private int begun(final Tuple tuple) {
        return arrived.reversed().stream().map(Packet::datagram).filter(each -> each.protocol() == Datagram.TCP && !each.isFragment())
            .filter(each -> Tuple.of(each).equals(tuple) && Segment.of(each).opens()).map(each -> Segment.of(each).sequence())
            .findFirst().orElse(0x5000_0000 + tuple.source().port());
    }

    /** The sender of something recent sends it again, or goes on. */
    private Packet following(final Picks picks) {
        if (arrived.isEmpty()) {
            return new Packet(Side.INSIDE, udp(picks));
        }
        final Packet sent = recent(arrived, picks);
        final Datagram datagram = sent.datagram;
        if (datagram.protocol() != Datagram.TCP || datagram.isFragment() || picks.below(3, DETAIL) == 0) {
            return sent;
        }
        final Segment segment = Segment.of(datagram);
        final Tuple tuple = Tuple.of(datagram);
        if (!segment.ack() || segment.rst()) {
            return sent;
        }
        return new Packet(sent.side, Craft.tcp(tuple.source(), tuple.destination(), Segment.ACK, segment.end(),
            segment.acknowledgement(), segment.window(), new byte[0], picks.<Integer>oneOf(MORE, 0, 1, 300)));
    }

    /** Whoever guesses wrong: RST and FIN out of the window; data and SYNs too once the gateway does not fall for them. */
    private Packet offPath(final Packet packet, final Picks picks) {
        final Datagram datagram = packet.datagram;
        if (datagram.protocol() != Datagram.TCP) {
            return packet;
        }
        final Segment segment = Segment.of(datagram);
        final Tuple tuple = Tuple.of(datagram);
        final boolean strict = features.contains(Feature.FAR_BEHIND) && features.contains(Feature.REOPENING);
        if (!strict && segment.syn()) {
            return packet;
        }
        final int flags = strict ? picks.<Integer>oneOf(MORE, Segment.RST, Segment.RST | Segment.ACK, Segment.FIN | Segment.ACK,
            Segment.ACK, Segment.SYN, Segment.SYN | Segment.ACK)
            : picks.<Integer>oneOf(MORE, Segment.RST, Segment.RST | Segment.ACK, Segment.FIN | Segment.ACK);
        final int away = strict ? picks.<Integer>oneOf(SPICE, 0x0100_0000, -5_000_000, 0x4000_0000, 0x7F00_0000)
            : picks.<Integer>oneOf(SPICE, 0x0100_0000, 0x4000_0000);
        return new Packet(packet.side, Craft.tcp(tuple.source(), tuple.destination(), flags, segment.sequence() + away,
            segment.acknowledgement() + (strict && picks.below(4, LENGTH) == 3 ? 0x0200_0000 : 0), 65535, new byte[0],
            flags == Segment.ACK ? 20 : 0));
    }

    /** An ICMP error about something recent, from its receiver or a router before it. */
    private Packet error(final Picks picks) {
        final List<Packet> heard = left.stream().filter(packet -> packet.datagram.offset() == 0 && !packet.datagram.isIcmpError()).toList();
        if (heard.isEmpty()) {
            return new Packet(Side.INSIDE, udp(picks));
        }
        final Packet about = recent(heard, picks);
        final int router = about.side == Side.OUTSIDE ? 0xC000_0209 : Setting.HOSTS[picks.below(4, HOST)];
        final int source = picks.below(2, HOST) == 0 ? about.datagram.destination() : router;
        return new Packet(about.side, Hostile.error(picks.below(Picks.MOST, MORE), source, about.datagram));
    }

    // ---- fragments

    private Packet fragmented(final Picks picks) {
        final Packet whole = picks.below(2, DETAIL) == 0 ? reply(picks) : new Packet(Side.INSIDE, udp(picks));
        if (!features.contains(Feature.FRAGMENTS) || whole.datagram.protocol() == Datagram.TCP
            || isTimestamp(whole.datagram) || whole.datagram.payload().length < 16 || whole.datagram.destination() == Setting.INSIDE
            || whole.datagram.destination() == Setting.OUTSIDE && whole.datagram.payload()[0] == Icmp.ECHO_REQUEST) {
            return whole;
        }
        final Datagram unique = whole.datagram.withDontFragment(false).withIdentification(0x4000 + arrived.size());
        final int most = picks.<Integer>oneOf(MORE, 400, 200, 600, 8);
        final int mtu = 20 + Math.max(most, whole.datagram.payload().length / 3 / 8 * 8);
        Rewriting.cut(unique, mtu).forEach(piece -> pending.add(new Packet(whole.side, piece)));
        return pending(picks);
    }

    /** A message of 20 bytes, which nobody has to cut. */
    private static boolean isTimestamp(final Datagram datagram) {
        return datagram.protocol() == Datagram.ICMP
            && (datagram.payload()[0] == Icmp.TIMESTAMP || datagram.payload()[0] == Icmp.TIMESTAMP_REPLY);
    }

    private Packet pending(final Picks picks) {
        return pending.isEmpty() ? reply(picks) : pending.remove(picks.below(pending.size(), LENGTH));
    }

    // ---- variations

    private Datagram spiced(final Datagram datagram, final Picks picks) {
        if (datagram.isFragment() || datagram.protocol() == Datagram.ICMP && datagram.isIcmpError()) {
            return datagram;
        }
        return switch (picks.below(40, SPICE)) {
            case 20 -> datagram.withTtl(1);
            case 21 -> datagram.withTtl(2);
            case 22 -> datagram.withTtl(0);
            case 23 -> datagram.withTtl(255);
            case 24 -> datagram.payload().length > 100 ? datagram : datagram.withOptions(new byte[] {1, 30, 3, 9});
            case 25, 26 -> datagram.protocol() == Datagram.UDP ? withoutChecksum(datagram) : datagram;
            case 27, 28, 29, 30, 31, 32 -> features.contains(Feature.FRAGMENTS)
                ? datagram.withDontFragment(false).withIdentification(picks.values()[LENGTH]) : datagram;
            default -> datagram;
        };
    }

    private static Datagram withoutChecksum(final Datagram datagram) {
        final byte[] payload = datagram.payload().clone();
        Bytes.put16(payload, 6, 0);
        return datagram.withPayload(payload);
    }

    /** Something harmless from a side, to be spoilt. */
    private Datagram base(final Side side, final Picks picks) {
        if (side == Side.INSIDE) {
            return Craft.udp(host(picks), remote(picks), 18);
        }
        final List<Packet> udp = left.stream().filter(packet -> packet.side == Side.OUTSIDE && !packet.datagram.isFragment()
            && packet.datagram.protocol() == Datagram.UDP).toList();
        final Endpoint destination = udp.isEmpty() ? new Endpoint(Setting.OUTSIDE, 9) : Tuple.of(recent(udp, picks).datagram).source();
        return Craft.udp(stranger(picks), destination, 18);
    }
}
