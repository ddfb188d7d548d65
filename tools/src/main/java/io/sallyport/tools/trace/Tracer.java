package io.sallyport.tools.trace;

import io.sallyport.config.AdminConfig;
import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.EngineOptions;
import io.sallyport.engine.NatPipeline;
import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionReader.Legacy;
import io.sallyport.flow.ConnectionView;
import io.sallyport.flow.FlowKey;
import io.sallyport.neighbour.RouteTable;
import io.sallyport.packet.FrameParser;
import io.sallyport.packet.Origin;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.tools.trace.Trace.Connection;
import io.sallyport.tools.trace.Trace.Departure;
import io.sallyport.tools.trace.Trace.Outcome;
import io.sallyport.translate.Connections;
import io.sallyport.wire.Arp;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gives a packet to an engine like the running gateway's, which has taken over a copy of its connections, and looks at what comes of it.
 * The gateway notices nothing: its files are read, and nothing else is touched.
 *
 * <p>An ARP request of that engine is answered at once, with an address that stands for the neighbour's, so that the packet goes all its
 * way: what the gateway knows of its neighbours no other process sees.
 */
final class Tracer {

    /** Requests for the hop of the packet and for those of all that the gateway has to say about it. */
    private static final int MOST_QUESTIONS = 8;

    private final GatewayConfig config;
    private final RouteTable routes;
    private final NatPipeline nat;
    private final PacketBatch batch;
    private final long nowNs;
    private final List<Departure> departures = new ArrayList<>();
    private final List<Question> questions = new ArrayList<>();

    private Tracer(final GatewayConfig config, final NatPipeline nat, final PacketBatch batch, final long nowNs) {
        this.config = config;
        this.nat = nat;
        this.batch = batch;
        this.nowNs = nowNs;
        routes = RouteTable.of(config.inside(), config.outside());
    }

    /** An ARP request of the engine: whom it asks for, on which side. */
    private record Question(Side side, int address) {
    }

    /**
     * Traces a packet.
     *
     * @param gateway        the running gateway's configuration, with its interfaces' MAC addresses and MTUs
     * @param stateDirectory holds its tables
     * @throws IOException if the tables cannot be read or copied
     */
    static Trace trace(final GatewayConfig gateway, final Path stateDirectory, final Arrival arrival) throws IOException {
        final GatewayConfig config = new GatewayConfig(gateway.name(), gateway.inside(), gateway.outside(), gateway.nat(), gateway.io(),
            gateway.state(), AdminConfig.OFF, EventsConfig.OFF);
        final PacketBatch parsed = parse(config, arrival);
        try (PrivateTables tables = PrivateTables.copyOf(stateDirectory)) {
            final Optional<Connection> found = find(config, tables, parsed);
            final long copied = tables.count();
            final long nowNs = System.nanoTime();
            final EngineOptions options = new EngineOptions(
                EngineOptions.Secrets.random(), Optional.of(tables.directory()), stage -> CounterBlock.onHeap());
            try (NatPipeline nat = NatPipeline.create(config, options, nowNs)) {
                final long left = copied - tables.count();
                return new Tracer(config, nat, batch(arrival, nowNs), nowNs).run(arrival, parsed, found, tables, left);
            }
        }
    }

    private Trace run(
        final Arrival arrival, final PacketBatch parsed, final Optional<Connection> found, final PrivateTables tables, final long left)
        throws IOException {
        nat.process(batch, nowNs);
        final byte verdict = batch.verdict(0);
        finish(batch);
        final Optional<DropReason> dropReason = Arrays.stream(DropReason.values()).filter(reason -> nat.count(reason) > 0).findFirst();
        for (int asked = 0; asked < questions.size() && asked < MOST_QUESTIONS; asked++) {
            answer(questions.get(asked));
        }
        final Optional<Connection> after = find(config, tables, parsed);
        final boolean isPortNew = found.isEmpty() && after.isPresent() && isChosen(after.get().view(), tables);
        final OptionalInt worker = parsed.verdict(0) == Verdict.NONE ? OptionalInt.of(batch.shard(0)) : OptionalInt.empty();
        return new Trace(config, arrival, worker, found, after, outcome(verdict, dropReason), dropReason, List.copyOf(departures),
            isPortNew, left);
    }

    /** Whether the public port of a new connection is neither its inside port, nor a forward's, nor that of a mapping there was. */
    private boolean isChosen(final ConnectionView opened, final PrivateTables tables) throws IOException {
        final boolean hasPorts = opened.protocol() == Ipv4.TCP || opened.protocol() == Ipv4.UDP || opened.protocol() == Ipv4.ICMP;
        return hasPorts && opened.direction() != ConnectionView.Direction.INBOUND && opened.publicPort() != opened.insidePort()
            && config.nat().forwards().stream().noneMatch(forward ->
                forward.insideAddress() == opened.insideAddress() && forward.insidePort() == opened.insidePort())
            && (config.nat().mapping() == NatConfig.Mapping.ENDPOINT_DEPENDENT || !tables.hasOtherOf(opened));
    }

    private Outcome outcome(final byte verdict, final Optional<DropReason> dropReason) {
        if (dropReason.isPresent()) {
            return Outcome.DROPPED;
        }
        if (verdict == Verdict.CONSUMED) {
            return departures.isEmpty() ? Outcome.CONSUMED : Outcome.ANSWERED;
        }
        return departures.stream().anyMatch(departure -> !departure.isOwn()) ? Outcome.FORWARDED : Outcome.WAITS;
    }

    /** Sends what comes of a batch, and the requests for those who are not known; no timer is due, because no time has passed. */
    private void finish(final PacketBatch processed) {
        nat.finish(processed, this::transmit, nowNs);
        nat.poll(nowNs, this::transmit);
    }

    private void transmit(final PacketBatch leaving, final Side side) {
        for (int i = 0; i < leaving.size(); i++) {
            if (leaving.egress(i) == side.ordinal()) {
                final byte[] frame = new byte[leaving.length(i)];
                leaving.frames().getBytes(leaving.offset(i), frame);
                depart(side, Origin.values()[leaving.origin(i)], frame);
            }
        }
    }

    private void depart(final Side side, final Origin origin, final byte[] frame) {
        final UnsafeBuffer bytes = new UnsafeBuffer(frame);
        if (origin == Origin.ARP && Arp.operation(bytes, Ethernet.HEADER_LENGTH) == Arp.REQUEST) {
            questions.add(new Question(side, Arp.targetAddress(bytes, Ethernet.HEADER_LENGTH)));
            return;
        }
        final boolean isOwn = origin != Origin.RECEIVED && origin != Origin.RELEASED && origin != Origin.FRAGMENT;
        departures.add(new Departure(side, isOwn, frame, origin == Origin.ARP || origin == Origin.ECHO_REPLY
            ? OptionalInt.empty() : nextHop(Ipv4.destination(bytes, Ethernet.HEADER_LENGTH))));
    }

    private OptionalInt nextHop(final int destination) {
        final long route = routes.lookup(destination);
        return route == RouteTable.NO_ROUTE ? OptionalInt.empty() : OptionalInt.of(RouteTable.nextHop(route));
    }

    /** Lets the neighbour's answer arrive; what waited for it leaves. */
    private void answer(final Question question) {
        final InterfaceConfig link = question.side == Side.INSIDE ? config.inside() : config.outside();
        final byte[] frame = new byte[Ethernet.MIN_FRAME_LENGTH];
        final UnsafeBuffer bytes = new UnsafeBuffer(frame);
        Ethernet.header(bytes, 0, link.mac().getAsLong(), Arrival.STAND_IN_MAC, Ethernet.TYPE_ARP);
        Arp.packet(bytes, Ethernet.HEADER_LENGTH, Arp.REPLY, Arrival.STAND_IN_MAC, question.address, link.mac().getAsLong(),
            link.address().address());
        final PacketBatch reply = batch(new Arrival(question.side, frame, false), nowNs);
        nat.process(reply, nowNs);
        finish(reply);
    }

    /** What the engine's parser finds in the packet; after the engine has dealt with it, its frame is another. */
    private static PacketBatch parse(final GatewayConfig config, final Arrival arrival) {
        final PacketBatch parsed = batch(arrival, 0);
        new FrameParser(config.inside().mac().getAsLong(), config.outside().mac().getAsLong()).parse(parsed);
        return parsed;
    }

    private static PacketBatch batch(final Arrival arrival, final long nowNs) {
        final PacketBatch batch = PacketBatch.owning(1, Math.max(arrival.frame().length, Ethernet.MIN_FRAME_LENGTH));
        batch.frames().putBytes(batch.offset(batch.claim(arrival.frame().length)), arrival.frame());
        batch.arrived(arrival.side(), nowNs);
        return batch;
    }

    private static Optional<Connection> find(final GatewayConfig config, final PrivateTables tables, final PacketBatch parsed)
        throws IOException {
        if (parsed.verdict(0) != Verdict.NONE) {
            return Optional.empty();
        }
        return tables.find(parsed.addressKey(0), parsed.portKey(0)).map(connection -> connection(config, connection));
    }

    private static Connection connection(final GatewayConfig config, final Legacy connection) {
        return new Connection(ConnectionReader.view(connection), connection.isGuest(), Connections.timeoutNs(
            config.nat().timeouts(), FlowKey.protocol(connection.portKey()), connection.state(), connection.isGuest()));
    }
}
