package io.sallyport.tools.screen;

import io.sallyport.counter.Accounting;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.LatencySnapshot;
import io.sallyport.counter.PortUse;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** All counters of a gateway at one moment. */
public final class Sample {

    private static final String[] PROTOCOLS = {"tcp", "udp", "icmp", "other"};

    private final long takenNs;
    private final Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    private final Map<DropReason, Long> drops = new EnumMap<>(DropReason.class);
    private final LatencySnapshot latency;
    private final List<PortUse> portUse;
    private final List<DestinationUse> crowdedDestinations;

    /**
     * Reads every counter, where neither latencies nor the use of single public addresses are known.
     *
     * @param takenNs  when, by a clock that the caller compares samples by
     * @param counters value of each counter
     * @param drops    value of each drop counter
     */
    public Sample(final long takenNs, final ToLongFunction<Counter> counters, final ToLongFunction<DropReason> drops) {
        this(takenNs, counters, drops, LatencySnapshot.NONE, List.of(), List.of());
    }

    /**
     * Reads all that a gateway counts.
     *
     * @param takenNs when, by a clock that the caller compares samples by
     */
    public static Sample of(final CommandControlReader gateway, final long takenNs) {
        return new Sample(takenNs, gateway::get, gateway::get, gateway.latency(), gateway.portUse(), gateway.crowdedDestinations());
    }

    private Sample(
        final long takenNs,
        final ToLongFunction<Counter> counters,
        final ToLongFunction<DropReason> drops,
        final LatencySnapshot latency,
        final List<PortUse> portUse,
        final List<DestinationUse> crowdedDestinations) {
        this.takenNs = takenNs;
        this.latency = latency;
        this.portUse = portUse;
        this.crowdedDestinations = crowdedDestinations;
        for (final Counter counter : Counter.values()) {
            this.counters.put(counter, counters.applyAsLong(counter));
        }
        for (final DropReason reason : DropReason.values()) {
            this.drops.put(reason, drops.applyAsLong(reason));
        }
    }

    /** Value of a counter. */
    public long get(final Counter counter) {
        return counters.get(counter);
    }

    /** Value of a drop counter. */
    public long get(final DropReason reason) {
        return drops.get(reason);
    }

    /** How long packets took through the gateway since it started. */
    public LatencySnapshot latency() {
        return latency;
    }

    /** How many ports of each public address and protocol are taken. */
    public List<PortUse> portUse() {
        return portUse;
    }

    /** The destinations that most ports of a public address are in use for. */
    public List<DestinationUse> crowdedDestinations() {
        return crowdedDestinations;
    }

    /** Packets dropped for whatever reason. */
    public long dropped() {
        return Accounting.dropped(this::get);
    }

    /** Packets that came in on both sides. */
    public long packetsIn() {
        return Accounting.packetsIn(this::get);
    }

    /** Packets forwarded to both sides. */
    public long forwarded() {
        return get(Counter.PACKETS_OUT_TO_DESTINATION) + get(Counter.PACKETS_OUT_TO_SOURCE);
    }

    /** Packets that came in and are not accounted for: those under way while the counters were read. */
    public long underWay() {
        return Accounting.difference(this::get, this::get);
    }

    /** How long after an earlier sample this one was taken, in seconds. */
    public double secondsSince(final Sample earlier) {
        return (takenNs - earlier.takenNs) / 1e9;
    }

    /** How fast a value that this sample and an earlier one have grew between them, per second. */
    public double perSecond(final Sample earlier, final ToLongFunction<Sample> value) {
        return takenNs <= earlier.takenNs ? 0
            : Math.max(0, value.applyAsLong(this) - value.applyAsLong(earlier)) * 1e9 / (takenNs - earlier.takenNs);
    }

    /**
     * The counters in the words of the metrics: {@code activeConnections: { tcp: 3, … }}, {@code portAllocationErrorsTotal: 0},
     * {@code droppedPacketsTotal: { unsolicited: 7, … }}.
     */
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        counters.forEach((counter, value) -> {
            final String protocol = protocol(counter);
            final String name = family(counter);
            final String key = Json.camelCase(counter.kind() == Counter.Kind.TOTAL ? name + "_total" : name);
            if (protocol.isEmpty()) {
                json.put(key, value);
            } else {
                byProtocol(json, key).put(protocol, value);
            }
        });
        final Map<String, Object> reasons = new LinkedHashMap<>();
        drops.forEach((reason, value) -> reasons.put(reason.label(), value));
        json.put("droppedPacketsTotal", reasons);
        return json;
    }

    /** The drop counters that are not 0, the largest first. */
    public Map<DropReason, Long> dropsByCount() {
        final Map<DropReason, Long> sorted = new TreeMap<>((a, b) -> {
            final int byCount = Long.compare(drops.get(b), drops.get(a));
            return byCount != 0 ? byCount : a.compareTo(b);
        });
        drops.forEach((reason, count) -> {
            if (count != 0) {
                sorted.put(reason, count);
            }
        });
        return sorted;
    }

    /** Name of a counter without its protocol: {@code active_connections}. */
    public static String family(final Counter counter) {
        final String protocol = protocol(counter);
        return protocol.isEmpty() ? counter.label() : counter.label().substring(0, counter.label().length() - protocol.length() - 1);
    }

    /** Protocol of a counter that there is for each: {@code tcp}; else nothing. */
    public static String protocol(final Counter counter) {
        for (final String protocol : PROTOCOLS) {
            if (counter.label().endsWith("_" + protocol)) {
                return protocol;
            }
        }
        return "";
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> byProtocol(final Map<String, Object> json, final String key) {
        return (Map<String, Object>) json.computeIfAbsent(key, absent -> new LinkedHashMap<String, Object>());
    }
}
