package io.sallyport.neighbour;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.flow.SeededHash;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.AddressSet;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4Prefix;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The neighbours of both sides and the ARP that finds them (RFC 826, RFC 1122, section 2.3.2, RFC 1812, section 3.3.2, RFC 5227):
 * answers for the gateway's own addresses, learns and ages those of others, and holds the first packets for a neighbour until it has
 * answered.
 *
 * <p>Owned by the egress stage; one thread. Nothing allocates after construction, and every call does a bounded amount of work.
 *
 * <h2>How the egress stage uses it</h2>
 * <ul>
 * <li>For a packet that leaves: {@link #resolve}; on a negative result {@link #hold}, and when that is refused, drop.</li>
 * <li>For a received ARP packet: {@link #receive}, which sets its verdict.</li>
 * <li>Once a duty cycle, packets or not: {@link #poll}.</li>
 * <li>After these: send {@link #originated} and clear it, <em>before</em> the batch that was processed is sent. What waited for ARP
 * then leaves before what came later.</li>
 * <li>Tell the senders of what is in {@link #unanswered}, and clear it.</li>
 * </ul>
 *
 * <p>The frames of {@link #originated} are complete: Ethernet addresses, verdict, egress and origin are set. ARP has
 * {@link Origin#ARP}. A packet that waited has {@link Origin#RELEASED} if a host sent it, else the origin that it came with.
 */
public final class Neighbours {

    /** {@link #resolve}: not known yet, and {@link #hold} may take the packet. The other negative result is a neighbour that is silent. */
    public static final long UNRESOLVED = NeighbourTable.UNRESOLVED;
    /** Neighbours of a side that are known at a time. */
    public static final int CAPACITY_PER_SIDE = 4096;

    /** ARP frames that can be made before {@link #originated} is cleared; what finds no room is made by a later {@link #poll}. */
    static final int ARP_SLOT_COUNT = 64;
    /** Timers of a side that one {@link #poll} runs at most; the rest by the next. */
    static final int TIMERS_PER_POLL = 64;

    private static final int ARP_FRAME_LENGTH = Ethernet.HEADER_LENGTH + Arp.LENGTH;
    private static final int ARP_SLOT_LENGTH = 64;
    private static final int HELD_OFFSET = ARP_SLOT_COUNT * ARP_SLOT_LENGTH;

    private final Link[] links;
    private final Announcer announcer;
    private final UnsafeBuffer memory;
    private final PacketBatch originated;
    private final PacketBatch unanswered;
    private final HeldPackets held;
    private int arpSlotsUsed;

    /**
     * The neighbours of a gateway, none of which are known but the static ones.
     *
     * @param config     the gateway
     * @param insideMac  MAC address of the inside interface
     * @param outsideMac MAC address of the outside interface
     * @param hash       of addresses, with secrets; it decides no packet's fate
     * @param counters   the egress stage's; held packets and those that die waiting are counted here
     */
    public Neighbours(
        final GatewayConfig config, final long insideMac, final long outsideMac, final SeededHash hash, final CounterBlock counters) {
        final AddressSet insideAddresses = OwnAddresses.inside(config);
        final AddressSet outsideAddresses = OwnAddresses.outside(config);
        links = new Link[] {
            new Link(Side.INSIDE, config.inside(), insideMac, insideAddresses, hash),
            new Link(Side.OUTSIDE, config.outside(), outsideMac, outsideAddresses, hash)
        };
        announcer = new Announcer(insideAddresses, outsideAddresses);
        memory = new UnsafeBuffer(
            BufferUtil.allocateDirectAligned(HELD_OFFSET + HeldPackets.LENGTH, BitUtil.CACHE_LINE_LENGTH));
        originated = PacketBatch.over(memory, ARP_SLOT_COUNT + HeldPackets.SLOT_COUNT);
        unanswered = PacketBatch.over(memory, HeldPackets.SLOT_COUNT);
        held = new HeldPackets(memory, HELD_OFFSET, links.length * CAPACITY_PER_SIDE, counters);
    }

    /**
     * Answers for other addresses on the outside from now on.
     *
     * @param outsideAddresses all of them
     * @param newAddresses     those of them to be announced
     */
    public void adopt(final AddressSet outsideAddresses, final AddressSet newAddresses, final long nowNs) {
        links[Side.OUTSIDE.ordinal()].ownAddresses = outsideAddresses;
        if (newAddresses.rangeCount() > 0) {
            // what is being announced, and has perhaps left, begins anew with all
            announcer.announce(announcer.isAtWork() ? outsideAddresses : newAddresses, nowNs);
        }
    }

    /** The frames to send: ARP, and packets that waited for it. Whoever sends them clears the batch. */
    public PacketBatch originated() {
        return originated;
    }

    /**
     * Packets of hosts that waited for a neighbour in vain, and are counted as dropped, each with its flow key; for their senders to be
     * told. Whoever does that clears the batch.
     */
    public PacketBatch unanswered() {
        return unanswered;
    }

    /** MAC address of {@code nextHop}, or a negative number when it is not known; the use of an aged address has it asked for again. */
    public long resolve(final Side side, final int nextHop, final long nowNs) {
        return links[side.ordinal()].table.lookup(nextHop, nowNs);
    }

    /**
     * Copies packet {@code i}, which is ready but for its Ethernet addresses, aside until {@code nextHop} has answered ARP, and has it
     * asked for. Of more than four packets for the same neighbour the oldest is dropped. A packet that the gateway made can wait, too.
     *
     * @return whether the packet waits; if not, the neighbour is silent or there is no room, and the caller drops the packet. The
     *     verdict is the caller's to set in both cases
     */
    public boolean hold(final PacketBatch batch, final int i, final Side side, final int nextHop, final long nowNs) {
        reclaim();
        final Link link = links[side.ordinal()];
        if (link.ownAddresses.contains(nextHop) || link.network.isNetworkOrBroadcast(nextHop)) {
            return false;
        }
        final int entry = link.table.ask(nextHop, nowNs);
        return entry != NeighbourTable.NONE && held.add(queue(link, entry), batch, i);
    }

    /**
     * Takes in packet {@code i}, which the parser found to be ARP: learns its sender, answers if it asks for one of our own
     * addresses of that side, and releases the packets that waited for it. Sets its verdict: consumed (with the answer in its frame),
     * or dropped with {@link DropReason#BAD_ARP}.
     */
    public void receive(final PacketBatch batch, final int i, final long nowNs) {
        reclaim();
        final Link link = links[batch.arrivalSide().ordinal()];
        final UnsafeBuffer frames = batch.frames();
        final int arp = batch.offset(i) + Ethernet.HEADER_LENGTH;
        if (!isAcceptable(link, frames, arp)) {
            batch.drop(i, DropReason.BAD_ARP);
            return;
        }
        final int sender = Arp.senderAddress(frames, arp);
        final boolean asksForUs =
            Arp.operation(frames, arp) == Arp.REQUEST && link.ownAddresses.contains(Arp.targetAddress(frames, arp));
        if (sender != 0) {
            takeIn(link, sender, Arp.senderMac(frames, arp), asksForUs, nowNs);
        }
        if (asksForUs) {
            answer(link, batch, i, arp);
        } else {
            batch.consume(i);
        }
    }

    /**
     * Runs what is due: requests, their repetition, ageing, announcements. Bounded; what is left over, or finds no room in
     * {@link #originated}, is done by the next call.
     *
     * @return the number of things done
     */
    public int poll(final long nowNs) {
        reclaim();
        int work = announceNext(nowNs);
        for (final Link link : links) {
            work += expire(link, nowNs);
            work += sendRequests(link, nowNs);
        }
        return work;
    }

    /** Time until {@link #poll} has something to do, in ns: 0 when it has, {@link Long#MAX_VALUE} when nothing waits. */
    public long pollDelayNs(final long nowNs) {
        long delayNs = announcer.delayNs(nowNs);
        for (final Link link : links) {
            delayNs = Math.min(delayNs, link.table.delayNs(nowNs));
        }
        return delayNs;
    }

    /** Begins to announce all own addresses on their sides (RFC 5227, section 2.3); {@link #poll} sends the announcements. */
    public void announce(final long nowNs) {
        announcer.start(nowNs);
    }

    /** Drops all packets that wait, with {@link DropReason#SHUTDOWN}; gives their number. */
    public int discardHeld() {
        int count = 0;
        for (int queue = 0; queue < links.length * CAPACITY_PER_SIDE; queue++) {
            count += held.dropAll(queue, DropReason.SHUTDOWN);
        }
        return count;
    }

    /**
     * Whether an ARP packet makes sense (RFC 826; RFC 1812, section 3.3.2): its sender has a MAC address of its own and an address of
     * this network that is not ours. A sender that claims one of ours is in conflict with us, and is counted, not believed
     * (RFC 5227, section 2.4). One without an address probes (RFC 5227, section 2.1.1).
     */
    private static boolean isAcceptable(final Link link, final UnsafeBuffer frames, final int arp) {
        final int operation = Arp.operation(frames, arp);
        if (!Arp.isEthernetIpv4(frames, arp) || operation != Arp.REQUEST && operation != Arp.REPLY) {
            return false;
        }
        final long senderMac = Arp.senderMac(frames, arp);
        if (senderMac == 0 || Ethernet.isGroup(senderMac) || senderMac == link.mac) {
            return false;
        }
        final int sender = Arp.senderAddress(frames, arp);
        return sender == 0
            ? operation == Arp.REQUEST
            : link.network.contains(sender) && !link.network.isNetworkOrBroadcast(sender) && !link.ownAddresses.contains(sender);
    }

    /** Changes the sender's entry, if there is one; makes one if the sender asks for us, and so is about to talk to us (RFC 826). */
    private void takeIn(final Link link, final int sender, final long senderMac, final boolean asksForUs, final long nowNs) {
        final int entry = link.table.confirm(sender, senderMac, nowNs);
        if (entry != NeighbourTable.NONE) {
            held.release(queue(link, entry), originated, link.side, senderMac, link.mac);
        } else if (asksForUs) {
            link.table.learn(sender, senderMac, nowNs);
        }
    }

    private static void answer(final Link link, final PacketBatch batch, final int i, final int arp) {
        final UnsafeBuffer frames = batch.frames();
        final long askerMac = Arp.senderMac(frames, arp);
        final int asker = Arp.senderAddress(frames, arp);
        Ethernet.addresses(frames, batch.offset(i), askerMac, link.mac);
        Arp.packet(frames, arp, Arp.REPLY, link.mac, Arp.targetAddress(frames, arp), askerMac, asker);
        batch.length(i, ARP_FRAME_LENGTH);
        batch.reply(i, Origin.ARP);
    }

    private int announceNext(final long nowNs) {
        int count = 0;
        while (announcer.isDue(nowNs) && arpSlotsUsed < ARP_SLOT_COUNT) {
            sendRequest(links[announcer.side().ordinal()], Ethernet.BROADCAST, announcer.address(), announcer.address());
            announcer.next(nowNs);
            count++;
        }
        return count;
    }

    private int expire(final Link link, final long nowNs) {
        int count = 0;
        int expired = link.table.expireNext(nowNs);
        while (expired != NeighbourTable.NOTHING_DUE) {
            if (expired != NeighbourTable.NONE) {
                held.giveUp(queue(link, expired), unanswered);
            }
            expired = ++count < TIMERS_PER_POLL ? link.table.expireNext(nowNs) : NeighbourTable.NOTHING_DUE;
        }
        return count;
    }

    /** Asks for the addresses that are due: everyone, or only the neighbour itself when it is known and only to be confirmed. */
    private int sendRequests(final Link link, final long nowNs) {
        int count = 0;
        int entry = link.table.nextDue();
        while (entry != NeighbourTable.NONE && arpSlotsUsed < ARP_SLOT_COUNT) {
            final long mac = link.table.mac(entry);
            sendRequest(link, mac >= 0 ? mac : Ethernet.BROADCAST, link.address, link.table.address(entry));
            link.table.asked(entry, nowNs);
            entry = link.table.nextDue();
            count++;
        }
        return count;
    }

    private void sendRequest(final Link link, final long destinationMac, final int sender, final int target) {
        final int slot = arpSlotsUsed++ * ARP_SLOT_LENGTH;
        final int frame = slot + PacketBatch.HEADROOM_LENGTH;
        memory.putLong(slot, 0);
        memory.putLong(slot + Long.BYTES, 0);
        Ethernet.header(memory, frame, destinationMac, link.mac, Ethernet.TYPE_ARP);
        Arp.packet(memory, frame + Ethernet.HEADER_LENGTH, Arp.REQUEST, link.mac, sender, 0, target);
        final int j = originated.add(frame, ARP_FRAME_LENGTH);
        originated.headers(j, frame + Ethernet.HEADER_LENGTH, frame + ARP_FRAME_LENGTH);
        originated.verdict(j, Verdict.to(link.side));
        originated.egress(j, (byte) link.side.ordinal());
        originated.origin(j, Origin.ARP);
    }

    /** A batch that was cleared was sent: the memory of its frames is free. */
    private void reclaim() {
        if (originated.size() == 0) {
            arpSlotsUsed = 0;
            held.reclaimReleased();
        }
        if (unanswered.size() == 0) {
            held.reclaimUnanswered();
        }
    }

    private static int queue(final Link link, final int entry) {
        return link.side.ordinal() * CAPACITY_PER_SIDE + entry;
    }

    /** One side: our interface there and the neighbours behind it. */
    private static final class Link {

        private final Side side;
        private final long mac;
        private final int address;
        private final Ipv4Prefix network;
        private final NeighbourTable table;
        private AddressSet ownAddresses;

        Link(final Side side, final InterfaceConfig config, final long mac, final AddressSet ownAddresses, final SeededHash hash) {
            if (config.neighbours().size() > CAPACITY_PER_SIDE) {
                throw new IllegalArgumentException("more than " + CAPACITY_PER_SIDE + " static neighbours on a side");
            }
            this.side = side;
            this.mac = mac;
            this.ownAddresses = ownAddresses;
            address = config.address().address();
            network = config.address();
            table = new NeighbourTable(CAPACITY_PER_SIDE, hash);
            config.neighbours().forEach(neighbour -> table.addStatic(neighbour.address(), neighbour.mac()));
        }
    }
}
