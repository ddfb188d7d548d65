package io.sallyport.tools.admin;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.Fact;
import io.sallyport.counter.GatewayState;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import io.sallyport.tools.screen.Sample;
import io.sallyport.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * A look at the gateway as metrics. Every {@link Counter} becomes one, with {@code sallyport_} before its name; those of several protocols
 * become one with a label. The client library adds {@code _total} to counters and {@code _info} to facts.
 */
final class GatewayMetrics {

    /** Most public addresses whose ports are told, the fullest; else a large pool would make an answer of many megabytes. */
    static final int MOST_ADDRESSES = 1_024;

    private static final String PREFIX = "sallyport_";
    private static final Map<String, String> FAMILIES = Map.of(
        "connection_attempts", "first packets that asked for a connection, let in or not",
        "connections_established", "connections whose TCP handshake ended or, other protocols, that saw a packet each way",
        "idle_timeouts", "connections ended by silence",
        "active_connections", "live connections");
    /** Upper bounds of the histogram's buckets, in ns: 1, 2 and 5 in each decade from 1 µs to 1 s. */
    private static final long[] BUCKETS_NS = {
        1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000,
        50_000_000, 100_000_000, 200_000_000, 500_000_000, 1_000_000_000};

    private final GatewayLook look;
    private final List<MetricSnapshot> metrics = new ArrayList<>();

    private GatewayMetrics(final GatewayLook look) {
        this.look = look;
    }

    /** All metrics. */
    static MetricSnapshots of(final GatewayLook look) {
        final GatewayMetrics gateway = new GatewayMetrics(look);
        gateway.facts();
        gateway.health();
        gateway.counters();
        gateway.drops();
        gateway.ports();
        gateway.latency();
        return new MetricSnapshots(gateway.metrics);
    }

    private void facts() {
        info("build", "the program", Labels.of("version", look.facts().get(Fact.VERSION), "java", Runtime.version().toString()));
        info("gateway", "what the gateway is", Labels.of(
            "name", look.facts().get(Fact.NAME),
            "inside_interface", look.facts().get(Fact.INSIDE_INTERFACE), "inside_address", look.facts().get(Fact.INSIDE_ADDRESS),
            "outside_interface", look.facts().get(Fact.OUTSIDE_INTERFACE), "outside_address", look.facts().get(Fact.OUTSIDE_ADDRESS),
            "backend", look.facts().get(Fact.BACKEND), "threading", look.facts().get(Fact.THREADING),
            "workers", look.facts().get(Fact.WORKERS), "mapping", look.facts().get(Fact.MAPPING)));
    }

    private void health() {
        final GaugeSnapshot.Builder states = GaugeSnapshot.builder().name(PREFIX + "state")
            .help("1 for what the gateway is doing, else 0");
        for (final GatewayState state : GatewayState.values()) {
            states.dataPoint(gauge(Labels.of("state", state.name().toLowerCase(Locale.ROOT)), state == look.facts().state() ? 1 : 0));
        }
        metrics.add(states.build());
        metrics.add(seconds("process_start_time_seconds", "when the gateway started, since the epoch", look.startEpochMs() / 1e3));
        metrics.add(seconds(PREFIX + "uptime_seconds",
            "how long the gateway has been running", (look.takenEpochMs() - look.startEpochMs()) / 1e3));
        metrics.add(seconds(PREFIX + "heartbeat_age_seconds",
            "how long ago the gateway's heart beat last; it hangs when this grows", look.heartbeatAgeMs() / 1e3));
        gauge("errors", "distinct internal errors that the gateway has logged", look.facts().errorCount());
        gauge("connections_capacity", "connections that the table holds at most", look.facts().number(Fact.CONNECTIONS_CAPACITY));
        gauge("public_addresses", "addresses of the pool", look.facts().number(Fact.PUBLIC_ADDRESSES));
    }

    private void counters() {
        final Map<String, Map<String, Counter>> families = new LinkedHashMap<>();
        for (final Counter counter : Counter.values()) {
            families.computeIfAbsent(Sample.family(counter), name -> new LinkedHashMap<>()).put(Sample.protocol(counter), counter);
        }
        // told for each public address
        families.remove(Sample.family(Counter.PORTS_IN_USE_TCP));
        families.remove(Sample.family(Counter.PORTS_COOLING));
        families.forEach((name, members) -> {
            final Counter first = members.values().iterator().next();
            final String help = FAMILIES.getOrDefault(name, first.explanation());
            metrics.add(first.kind() == Counter.Kind.TOTAL ? total(name, help, members) : level(name, help, members));
        });
    }

    private CounterSnapshot total(final String name, final String help, final Map<String, Counter> members) {
        final CounterSnapshot.Builder total = CounterSnapshot.builder().name(PREFIX + name).help(help);
        members.forEach((protocol, counter) -> total.dataPoint(
            CounterDataPointSnapshot.builder().labels(protocolLabel(protocol)).value(look.now().get(counter)).build()));
        return total.build();
    }

    private GaugeSnapshot level(final String name, final String help, final Map<String, Counter> members) {
        final GaugeSnapshot.Builder level = GaugeSnapshot.builder().name(PREFIX + name).help(help);
        members.forEach((protocol, counter) -> level.dataPoint(gauge(protocolLabel(protocol), look.now().get(counter))));
        return level.build();
    }

    private void drops() {
        final CounterSnapshot.Builder drops = CounterSnapshot.builder().name(PREFIX + "dropped_packets").help("packets dropped, by reason");
        for (final DropReason reason : DropReason.values()) {
            drops.dataPoint(CounterDataPointSnapshot.builder()
                .labels(Labels.of("reason", reason.label())).value(look.now().get(reason)).build());
        }
        metrics.add(drops.build());
    }

    private void ports() {
        ports("ports_in_use", "public ports in use; ICMP query identifiers count as ports", PortUse::inUse);
        ports("ports_cooling", "public ports that cool down before they can be used again", PortUse::cooling);
        ports("ports_capacity", "public ports that there are", PortUse::capacity);
        gauge("crowded_destinations",
            "destinations that four fifths of a public address's ports are taken for, with endpoint-dependent mapping",
            look.now().crowdedDestinations().size());
    }

    private void ports(final String name, final String help, final ToLongFunction<PortUse> value) {
        final GaugeSnapshot.Builder ports = GaugeSnapshot.builder().name(PREFIX + name).help(help);
        for (final PortUse use : GatewayLook.fullest(look.now().portUse(), MOST_ADDRESSES)) {
            ports.dataPoint(gauge(Labels.of("public_address", Ipv4Address.format(use.publicAddress()), "protocol", use.protocolName()),
                value.applyAsLong(use)));
        }
        metrics.add(ports.build());
    }

    private void latency() {
        final LatencySnapshot latency = look.now().latency();
        final double[] bounds = new double[BUCKETS_NS.length + 1];
        final long[] counts = new long[bounds.length];
        long below = 0;
        for (int bucket = 0; bucket < BUCKETS_NS.length; bucket++) {
            final long atMost = latency.countAtMost(BUCKETS_NS[bucket]);
            bounds[bucket] = BUCKETS_NS[bucket] / 1e9;
            counts[bucket] = atMost - below;
            below = atMost;
        }
        bounds[BUCKETS_NS.length] = Double.POSITIVE_INFINITY;
        counts[BUCKETS_NS.length] = latency.count() - below;
        metrics.add(HistogramSnapshot.builder().name(PREFIX + "translation_latency_seconds").unit(Unit.SECONDS)
            .help("time of packets in the gateway, from arrival in the receive ring to hand-over for sending")
            .dataPoint(HistogramDataPointSnapshot.builder()
                .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts)).sum(latency.sumNs() / 1e9).build())
            .build());
    }

    private void info(final String name, final String help, final Labels labels) {
        metrics.add(InfoSnapshot.builder().name(PREFIX + name).help(help)
            .dataPoint(InfoDataPointSnapshot.builder().labels(labels).build()).build());
    }

    private void gauge(final String name, final String help, final double value) {
        metrics.add(GaugeSnapshot.builder().name(PREFIX + name).help(help).dataPoint(gauge(Labels.EMPTY, value)).build());
    }

    private static GaugeSnapshot seconds(final String name, final String help, final double value) {
        return GaugeSnapshot.builder().name(name).unit(Unit.SECONDS).help(help).dataPoint(gauge(Labels.EMPTY, value)).build();
    }

    private static GaugeDataPointSnapshot gauge(final Labels labels, final double value) {
        return GaugeDataPointSnapshot.builder().labels(labels).value(value).build();
    }

    private static Labels protocolLabel(final String protocol) {
        return protocol.isEmpty() ? Labels.EMPTY : Labels.of("protocol", protocol);
    }
}
