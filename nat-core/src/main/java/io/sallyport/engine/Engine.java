package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.counter.CounterBlock;
import io.sallyport.counter.PortUseBlock;
import io.sallyport.event.EventLog;
import io.sallyport.event.MappingEvents;
import io.sallyport.event.Telling;
import io.sallyport.flow.ConnectionFile;
import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.flow.SeededHash;
import io.sallyport.fragment.FragmentTracker;
import io.sallyport.icmp.IcmpErrors;
import io.sallyport.mapping.AddressPermissions;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.Mappings;
import io.sallyport.mapping.OverlappingPorts;
import io.sallyport.mapping.PortAllocator;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.mapping.RandomSource;
import io.sallyport.memory.OffHeap;
import io.sallyport.neighbour.Neighbours;
import io.sallyport.neighbour.RouteTable;
import io.sallyport.packet.FrameParser;
import io.sallyport.packet.PacketBatch;
import io.sallyport.translate.ConnectionBudget;
import io.sallyport.translate.Connections;
import io.sallyport.translate.Foresight;
import io.sallyport.translate.HostQuotas;
import io.sallyport.translate.IdleResets;
import io.sallyport.translate.Rewriter;
import io.sallyport.translate.Sources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The stages of a gateway, built from its configuration; whoever runs them decides on which threads. */
public final class Engine implements AutoCloseable {

    /** Most packets in a batch. */
    public static final int MAX_BATCH = 256;

    /** MAC address of an inside that is no interface. */
    public static final long DEFAULT_INSIDE_MAC = 0x0200_0000_0001L;
    /** MAC address of an outside that is no interface. */
    public static final long DEFAULT_OUTSIDE_MAC = 0x0200_0000_0002L;
    /** MTU of what is no interface, in bytes. */
    public static final int DEFAULT_MTU = 1500;

    private static final int ORIGINATED_CAPACITY = 64;
    /** Public addresses that can come while the gateway runs and have their port use told. */
    private static final int MORE_ADDRESSES = 64;

    private final Ingress ingress;
    private final List<Worker> workers;
    private final Egress egress;
    private final Control control;
    private final List<CounterBlock> counters;
    private final ConnectionFiles files;
    private final Optional<EventLog> events;

    private Engine(
        final Ingress ingress,
        final List<Worker> workers,
        final Egress egress,
        final Control control,
        final List<CounterBlock> counters,
        final ConnectionFiles files,
        final Optional<EventLog> events) {
        this.ingress = ingress;
        this.workers = List.copyOf(workers);
        this.egress = egress;
        this.control = control;
        this.counters = List.copyOf(counters);
        this.files = files;
        this.events = events;
    }

    /**
     * Builds an engine, and takes over the connections that an earlier one left in the state directory.
     *
     * @throws IOException              with a message for the user if the state cannot be read or written
     * @throws IllegalArgumentException if the configuration has problems
     */
    public static Engine create(final GatewayConfig given, final EngineOptions options, final long nowNs) throws IOException {
        final GatewayConfig config = given.validated().withInterfaces(
            given.inside().resolved(DEFAULT_INSIDE_MAC, DEFAULT_MTU), given.outside().resolved(DEFAULT_OUTSIDE_MAC, DEFAULT_MTU));
        final Builder builder = new Builder(config, options, nowNs);
        try {
            return builder.build();
        } catch (final IOException | RuntimeException | Error e) {
            builder.files.close();
            options.events().ifPresent(EventLog::close);
            throw e;
        }
    }

    /** A batch for what a worker has to say itself. */
    public static PacketBatch newOriginatedBatch() {
        return PacketBatch.owning(ORIGINATED_CAPACITY, IcmpErrors.MAX_FRAME_LENGTH);
    }

    /** First stage. */
    public Ingress ingress() {
        return ingress;
    }

    /** Second stage, a worker for each shard. */
    public List<Worker> workers() {
        return workers;
    }

    /** Last stage. */
    public Egress egress() {
        return egress;
    }

    /** Changes what the stages go by; for a thread that is none of theirs. */
    public Control control() {
        return control;
    }

    /**
     * What the stages are to go by from now on: for the thread of the first stage, before each batch. A batch takes them along to the
     * others, which {@code adopt} them before they process it.
     */
    public Rules rules() {
        return control.rules();
    }

    /** The counters of all stages. */
    public List<CounterBlock> counters() {
        return counters;
    }

    /** Where events of mappings go, if anywhere. */
    public Optional<EventLog> events() {
        return events;
    }

    /** Unmaps the state, which stays where it lies, and passes on the last events; after the stages have stopped. */
    @Override
    public void close() {
        events.ifPresent(EventLog::close);
        files.close();
    }

    private static final class Builder {

        private final GatewayConfig config;
        private final NatConfig nat;
        private final EngineOptions options;
        private final long nowNs;
        private final RouteTable routes;
        private final Rules rules;
        private final ConnectionBudget budget;
        private final StateTakeover takeover;
        private final long[] hostSecrets;
        private final SeededHash hostHash;
        private final ConnectionFiles files;
        private final List<CounterBlock> counters = new ArrayList<>();
        private final List<Mappings> mappings = new ArrayList<>();
        private final List<MappingEvents> events = new ArrayList<>();

        Builder(final GatewayConfig config, final EngineOptions options, final long nowNs) throws IOException {
            this.config = config;
            this.nat = config.nat();
            this.options = options;
            this.nowNs = nowNs;
            routes = RouteTable.of(config.inside(), config.outside());
            budget = new ConnectionBudget(nat.limits().connections(), config.io().workers());
            takeover = StateTakeover.begin(options.stateDirectory());
            hostSecrets = takeover.hostSecrets(new long[] {options.secrets().next(), options.secrets().next()});
            hostHash = new SeededHash(hostSecrets[0], hostSecrets[1]);
            rules = Control.first(config, hostHash);
            options.portUse().ifPresent(use -> PublicSide.publishCapacities(rules.publicAddresses(), use));
            files = options.stateDirectory().isEmpty() ? ConnectionFiles.none() : ConnectionFiles.making(
                options.stateDirectory().get(), config.io().workers(), shardCapacity(), hostSecrets, nowNs);
        }

        Engine build() throws IOException {
            final long[] macs = {config.inside().mac().getAsLong(), config.outside().mac().getAsLong()};
            final int[] mtu = {config.inside().mtu().getAsInt(), config.outside().mtu().getAsInt()};
            final CounterBlock ingressCounters = stage(EngineOptions.INGRESS_STAGE);
            final FragmentTracker fragments = new FragmentTracker(
                Math.max(mtu[0], mtu[1]), nat.timeouts().fragmentNs(), newHash(), ingressCounters);
            final Crossing crossing = config.io().workers() > 1 ? new Crossing(macs[1]) : null;
            final Ingress ingress = new Ingress(new FrameParser(macs[0], macs[1]), fragments, crossing, rules, ingressCounters);
            final CounterBlock egressCounters = stage(EngineOptions.EGRESS_STAGE);
            final Neighbours neighbours = new Neighbours(
                config, macs[0], macs[1], newHash(), egressCounters);
            final Egress egress = new Egress(routes, neighbours, macs, mtu, newErrors(egressCounters), rules, crossing, egressCounters);
            final List<Worker> workers = new ArrayList<>();
            final List<Heir> heirs = new ArrayList<>();
            for (int shard = 0; shard < config.io().workers(); shard++) {
                addWorker(shard, workers, heirs);
            }
            takeover.finish(rules.sharding(), heirs, nowNs);
            final Control control = new Control(rules, new Control.Parts(mappings, heirs.stream().map(Heir::flows).toList(),
                shardCapacity(), hostHash, this::newHash, egress, options.portUse(), options.events()));
            events.forEach(MappingEvents::started);
            options.events().ifPresent(log -> counters.add(log.counters()));
            return new Engine(ingress, workers, egress, control, counters, files, options.events());
        }

        private void addWorker(final int shard, final List<Worker> workers, final List<Heir> heirs) throws IOException {
            final CounterBlock workerCounters = stage(EngineOptions.FIRST_WORKER_STAGE + shard);
            final int capacity = shardCapacity();
            final SeededHash flowHash = newHash();
            final Mappings own = mappings(shard, capacity, workerCounters);
            mappings.add(own);
            final ConnectionFile file = files.file(shard);
            final FlowTable flows = file == null ? new FlowTable(anonymous(capacity), capacity, flowHash)
                : new FlowTable(file.lines(), file.used(), capacity, flowHash);
            final Sources sources = new Sources(rules.openings(), rules.publicAddresses(), own, hostHash);
            final Connections connections = new Connections(flows, capacity, own, sources, budget,
                new HostQuotas(nat.limits(), capacity, newHash()), nat.timeouts(), new IdleResets(nat.onIdle()), workerCounters);
            connections.start(nowNs);
            final IcmpErrors errors = newErrors(workerCounters);
            final LinkSizes links = new LinkSizes(config.inside().mtu().getAsInt(), config.outside().mtu().getAsInt());
            final Entrances entrances = new Entrances(rules.openings(), rules.publicAddresses(), own, nat.filtering());
            final SlowPath slowPath = new SlowPath(flows, connections, routes, entrances, errors, links, shard, rules, workerCounters);
            final Rewriter rewriter = new Rewriter(flows, connections, rules.clamp());
            final ErrorPath errorPath = new ErrorPath(flows, routes, rules.publicAddresses());
            final FastPath fastPath = new FastPath(flows, links, rewriter, slowPath, errorPath);
            final Adoption adoption = new Adoption(
                shard, rules, own, sources, connections, entrances, slowPath, errorPath, rewriter);
            final Foresight foresight = new Foresight(flows, own.table(), sources, MAX_BATCH);
            workers.add(new Worker(shard, flows, connections, foresight, fastPath, slowPath, file, adoption, MAX_BATCH));
            heirs.add(new Heir(flows, connections, entrances, rules.publicAddresses()));
        }

        /** The public endpoints of a worker's inside endpoints, with the forwards to its own hosts. */
        private Mappings mappings(final int shard, final int capacity, final CounterBlock workerCounters) {
            final MappingEvents told = new MappingEvents(
                options.events().map(log -> log.telling(shard)).orElse(Telling.NOTHING), shard, workerCounters);
            events.add(told);
            final boolean dependent = nat.mapping() == NatConfig.Mapping.ENDPOINT_DEPENDENT;
            final int forwards = rules.openings().forwards().size() + Control.MORE_FORWARDS;
            final PublicAddresses publicAddresses = rules.publicAddresses();
            final MappingTable table = new MappingTable(
                (dependent ? dependentMappings(capacity) : capacity) + forwards, dependent ? forwards + 1 : capacity + forwards, newHash());
            PublicSide.addForwards(table, rules.openings(), publicAddresses,
                host -> rules.sharding().ofInsideHost(FlowKey.rawAddress(host)) == shard);
            final RandomSource random = new RandomSource(options.secrets().next(), options.secrets().next());
            final long reuseNs = nat.timeouts().portReuseNs();
            final PortUseBlock use = options.portUse().map(workers -> workers.block(shard)).orElseGet(
                () -> PortUseBlock.inMemory(publicAddresses.size() * PublicAddresses.PROTOCOLS));
            return new Mappings(table, publicAddresses,
                dependent ? null : new PortAllocator(publicAddresses, shard, random, reuseNs, use, told),
                dependent
                    ? new OverlappingPorts(publicAddresses, shard, config.io().workers(), capacity, random, newHash(), reuseNs, use) : null,
                nat.filtering() == NatConfig.Filtering.ADDRESS_DEPENDENT ? new AddressPermissions(capacity, newHash()) : null, use,
                told);
        }

        /** With endpoint-dependent mapping there is one for each public port at most; twice that leaves room for another pool. */
        private int dependentMappings(final int capacity) {
            return (int) Math.min(capacity, 2 * PublicAddresses.PROTOCOLS * rules.publicAddresses().capacity());
        }

        /** Shards fill unevenly: each has room for twice its share. The limit itself is exact, and shared. */
        private int shardCapacity() {
            final int workers = config.io().workers();
            final long share = workers == 1 ? nat.limits().connections() : 2L * nat.limits().connections() / workers + 1;
            return (int) Math.min(Math.min(share, nat.limits().connections()), NatConfig.Limits.MOST_PER_WORKER);
        }

        /** Workers and the egress stage share the limit. */
        private IcmpErrors newErrors(final CounterBlock stageCounters) {
            return new IcmpErrors(config.inside(), config.outside(), newHash(), config.io().workers() + 1, stageCounters);
        }

        private SeededHash newHash() {
            return new SeededHash(options.secrets().next(), options.secrets().next());
        }

        private CounterBlock stage(final int stage) {
            final CounterBlock block = options.counters().apply(stage);
            counters.add(block);
            return block;
        }

        private static OffHeap anonymous(final int capacity) {
            return OffHeap.allocate(Math.toIntExact(FlowTable.memoryLength(capacity)));
        }
    }

    /**
     * The public addresses of a configuration's pool, numeric, in the order in which port use is told; with zeros in the places of those
     * that have no ports, or may come later.
     */
    public static List<Integer> publicPool(final GatewayConfig config) {
        final List<Integer> addresses = new ArrayList<>(PublicSide.pool(config.nat()));
        addresses.addAll(Collections.nCopies(PublicSide.named(config).size() - addresses.size() + MORE_ADDRESSES, 0));
        return addresses;
    }

    /** Removes the connections that an earlier gateway left, so that the next engine begins with none. */
    public static void forgetConnections(final Path stateDirectory) throws IOException {
        StateTakeover.forget(stateDirectory);
    }

    /** Where the tables of a gateway lie; for observers. */
    public static List<Path> connectionFiles(final Path stateDirectory) throws IOException {
        return StateTakeover.files(stateDirectory);
    }
}
