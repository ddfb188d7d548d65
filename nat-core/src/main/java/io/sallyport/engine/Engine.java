package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.counter.CounterBlock;
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
import io.sallyport.translate.HostQuotas;
import io.sallyport.translate.IdleResets;
import io.sallyport.translate.Openings;
import io.sallyport.translate.Rewriter;
import io.sallyport.translate.SegmentSizeClamp;
import io.sallyport.translate.Sources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

    private final Ingress ingress;
    private final List<Worker> workers;
    private final Egress egress;
    private final List<CounterBlock> counters;
    private final List<ConnectionFile> files;

    private Engine(
        final Ingress ingress,
        final List<Worker> workers,
        final Egress egress,
        final List<CounterBlock> counters,
        final List<ConnectionFile> files) {
        this.ingress = ingress;
        this.workers = List.copyOf(workers);
        this.egress = egress;
        this.counters = List.copyOf(counters);
        this.files = List.copyOf(files);
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
            builder.files.forEach(ConnectionFile::close);
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

    /** The counters of all stages. */
    public List<CounterBlock> counters() {
        return counters;
    }

    /** Unmaps the state, which stays where it lies; after the stages have stopped. */
    @Override
    public void close() {
        files.forEach(ConnectionFile::close);
    }

    private static final class Builder {

        private final GatewayConfig config;
        private final NatConfig nat;
        private final EngineOptions options;
        private final long nowNs;
        private final RouteTable routes;
        private final PublicAddresses publicAddresses;
        private final Openings openings;
        private final Sharding sharding;
        private final ConnectionBudget budget;
        private final StateTakeover takeover;
        private final long[] hostSecrets;
        private final SeededHash hostHash;
        private final List<CounterBlock> counters = new ArrayList<>();
        private final List<ConnectionFile> files = new ArrayList<>();

        Builder(final GatewayConfig config, final EngineOptions options, final long nowNs) throws IOException {
            this.config = config;
            this.nat = config.nat();
            this.options = options;
            this.nowNs = nowNs;
            routes = RouteTable.of(config.inside(), config.outside());
            publicAddresses = PublicSide.addresses(config);
            openings = PublicSide.openings(nat, publicAddresses);
            budget = new ConnectionBudget(nat.limits().connections());
            takeover = StateTakeover.begin(options.stateDirectory());
            hostSecrets = takeover.hostSecrets(new long[] {options.secrets().next(), options.secrets().next()});
            hostHash = new SeededHash(hostSecrets[0], hostSecrets[1]);
            sharding = new Sharding(publicAddresses, openings, hostHash, config.io().workers());
        }

        Engine build() throws IOException {
            final long[] macs = {config.inside().mac().getAsLong(), config.outside().mac().getAsLong()};
            final int[] mtu = {config.inside().mtu().getAsInt(), config.outside().mtu().getAsInt()};
            final CounterBlock ingressCounters = stage(EngineOptions.INGRESS_STAGE);
            final FragmentTracker fragments = new FragmentTracker(
                Math.max(mtu[0], mtu[1]), nat.timeouts().fragmentNs(), newHash(), ingressCounters);
            final Crossing crossing = nat.hairpinning() && config.io().workers() > 1 ? new Crossing(macs[1]) : null;
            final Ingress ingress = new Ingress(new FrameParser(macs[0], macs[1]), fragments, crossing, sharding, ingressCounters);
            final CounterBlock egressCounters = stage(EngineOptions.EGRESS_STAGE);
            final Neighbours neighbours = new Neighbours(
                config, macs[0], macs[1], newHash(), egressCounters);
            final Egress egress = new Egress(routes, neighbours, macs, mtu, newErrors(egressCounters), publicAddresses, crossing,
                egressCounters);
            final List<Worker> workers = new ArrayList<>();
            final List<Heir> heirs = new ArrayList<>();
            for (int shard = 0; shard < config.io().workers(); shard++) {
                addWorker(shard, workers, heirs);
            }
            takeover.finish(sharding, heirs, nowNs);
            return new Engine(ingress, workers, egress, counters, files);
        }

        private void addWorker(final int shard, final List<Worker> workers, final List<Heir> heirs) throws IOException {
            final CounterBlock workerCounters = stage(EngineOptions.FIRST_WORKER_STAGE + shard);
            final int capacity = shardCapacity();
            final ConnectionFile file = options.stateDirectory().isPresent()
                ? ConnectionFile.create(StateTakeover.file(options.stateDirectory().get(), shard), capacity, hostSecrets, nowNs,
                    System.currentTimeMillis())
                : null;
            final FlowTable flows = file == null ? new FlowTable(anonymous(capacity), capacity, newHash())
                : new FlowTable(file.lines(), file.used(), capacity, newHash());
            final Mappings mappings = mappings(shard, capacity);
            final Connections connections = new Connections(flows, capacity, mappings,
                new Sources(openings, publicAddresses, mappings, hostHash), budget,
                new HostQuotas(nat.limits(), capacity, newHash()), nat.timeouts(), new IdleResets(nat.onIdle()), workerCounters);
            connections.start(nowNs);
            final IcmpErrors errors = newErrors(workerCounters);
            final LinkSizes links = new LinkSizes(config.inside().mtu().getAsInt(), config.outside().mtu().getAsInt());
            final Entrances entrances = new Entrances(openings, mappings, nat.filtering());
            final SlowPath slowPath = new SlowPath(flows, connections, routes, publicAddresses, entrances, errors, links,
                new SlowPath.Policy(config.inside().address().address(), config.outside().address().address(), nat.onExhaustion(),
                    nat.hairpinning()),
                (position, protocol, port) -> sharding.isOfOther(position, protocol, port, shard), workerCounters);
            final Rewriter rewriter = new Rewriter(flows, connections,
                new SegmentSizeClamp(nat.tcpMss(), Math.min(links.mtu(0), links.mtu(1))));
            final ErrorPath errorPath = new ErrorPath(flows, routes, publicAddresses);
            workers.add(new Worker(shard, flows, connections, slowPath, errorPath, file, rewriter, links, MAX_BATCH));
            heirs.add(new Heir(flows, connections, entrances, publicAddresses));
            if (file != null) {
                files.add(file);
            }
        }

        /** The public endpoints of a worker's inside endpoints, with the forwards to its own hosts. */
        private Mappings mappings(final int shard, final int capacity) {
            final boolean dependent = nat.mapping() == NatConfig.Mapping.ENDPOINT_DEPENDENT;
            final int forwards = openings.forwards().size();
            final MappingTable table = new MappingTable(capacity + forwards, dependent ? forwards + 1 : capacity + forwards, newHash());
            PublicSide.addForwards(table, openings, publicAddresses, host -> sharding.ofInsideHost(FlowKey.rawAddress(host)) == shard);
            final RandomSource random = new RandomSource(options.secrets().next(), options.secrets().next());
            final long reuseNs = nat.timeouts().portReuseNs();
            return new Mappings(table, publicAddresses,
                dependent ? null : new PortAllocator(publicAddresses, shard, random, reuseNs),
                dependent
                    ? new OverlappingPorts(publicAddresses, shard, config.io().workers(), capacity, random, newHash(), reuseNs) : null,
                nat.filtering() == NatConfig.Filtering.ADDRESS_DEPENDENT ? new AddressPermissions(capacity, newHash()) : null);
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

    /** Removes the connections that an earlier gateway left, so that the next engine begins with none. */
    public static void forgetConnections(final Path stateDirectory) throws IOException {
        StateTakeover.forget(stateDirectory);
    }

    /** Where the tables of a gateway lie; for observers. */
    public static List<Path> connectionFiles(final Path stateDirectory) throws IOException {
        return StateTakeover.files(stateDirectory);
    }
}
