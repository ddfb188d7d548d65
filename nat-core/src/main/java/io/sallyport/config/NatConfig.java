package io.sallyport.config;

import io.sallyport.wire.Ipv4Prefix;
import java.util.List;
import java.util.OptionalInt;

/**
 * How packets are translated.
 *
 * @param profile       the preset that the other values started from
 * @param pool          the public addresses, in the order of the file
 * @param ports         the public ports
 * @param mapping       what a public port stands for
 * @param filtering     whom a mapping lets in
 * @param hairpinning   whether inside hosts reach each other by their public addresses
 * @param exempt        destinations that are routed and not translated
 * @param oneToOne      inside hosts with a public address of their own
 * @param forwards      ports opened toward inside hosts
 * @param tcpMss        what is done with the MSS option of TCP SYNs
 * @param onIdle        who is told when a connection idles out
 * @param onExhaustion  what happens to a packet for which there is no port
 * @param timeouts      how long silence lasts before state ends
 * @param limits        capacity
 */
public record NatConfig(
    @Key(value = "profile",
        text = "Presets for mapping, timeouts and on-idle: those of the RFCs, or of a cloud's gateway "
            + "([profiles.md](profiles.md)). Each can still be set by itself.")
    Profile profile,
    @Key(value = "pool", holds = "a list of addresses, ranges and networks, up to " + NatChecks.MOST_POOL_ADDRESSES + " addresses",
        text = "The public addresses; of a network every one, first and last included. Default: the outside address.")
    List<AddressRange> pool,
    @Key(value = "ports", holds = "a port, or first-last, 1-65535", text = "The public ports of each address and protocol.")
    PortRange ports,
    @Key(value = "mapping",
        text = "`endpoint-independent`: an inside endpoint has one public port for all destinations (RFC 4787, REQ-1). "
            + "`endpoint-dependent`: one public port serves many destinations at once.")
    Mapping mapping,
    @Key(value = "filtering",
        text = "Whom a mapping lets in: the endpoint that the inside host talked to, its address from any port, or everyone.")
    Filtering filtering,
    @Key(value = "hairpinning", text = "Whether inside hosts reach each other by their public addresses.")
    boolean hairpinning,
    @Key(value = "exempt", holds = "a list of networks", text = "Destinations that are routed and not translated.")
    List<Ipv4Prefix> exempt,
    @Key(value = "one-to-one", text = "Inside hosts with a public address of their own.")
    List<OneToOne> oneToOne,
    @Key(value = "forwards", text = "Public ports opened toward inside hosts.")
    List<Forward> forwards,
    @Key(value = "tcp-mss", holds = "`off`, `clamp`, or " + NatChecks.LEAST_SEGMENT_SIZE + "-" + NatChecks.MOST_SEGMENT_SIZE,
        text = "Lowers the MSS option of TCP SYNs: to what fits the links' MTU, or to a number. `off` leaves it alone.")
    TcpMss tcpMss,
    @Key(value = "on-idle", text = "Who gets a TCP RST when an established connection idles out.")
    OnIdle onIdle,
    @Key(value = "on-exhaustion",
        text = "What a packet gets for which there is no port or no room: `icmp` tells its sender (type 3, code 13), `drop` nobody.")
    OnExhaustion onExhaustion,
    @Key(value = "timeouts",
        text = "How long silence lasts before state ends: `350s`, `4m`, `2h4m`, up to " + NatChecks.LONGEST_TIMEOUT_DAYS + " days. "
            + "The profile sets the defaults.")
    Timeouts timeouts,
    @Key(value = "limits", text = "Capacity. Counts: `1048576`, `64k`, `1M`.")
    Limits limits) {

    /** Copies the lists. */
    public NatConfig {
        pool = List.copyOf(pool);
        exempt = List.copyOf(exempt);
        oneToOne = List.copyOf(oneToOne);
        forwards = List.copyOf(forwards);
    }

    /** The defaults, with {@code publicAddress} as the pool. */
    public static NatConfig defaults(final int publicAddress) {
        return new NatConfig(Profile.RFC, List.of(new AddressRange(publicAddress, publicAddress)), new PortRange(1024, 65535),
            Profile.RFC.mapping(), Filtering.ENDPOINT_DEPENDENT, true, List.of(), List.of(), List.of(), TcpMss.OFF,
            Profile.RFC.onIdle(), OnExhaustion.ICMP, Profile.RFC.timeouts(), Limits.DEFAULTS);
    }

    /** The same with other timeouts. */
    public NatConfig withTimeouts(final Timeouts newTimeouts) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, exempt, oneToOne, forwards, tcpMss, onIdle,
            onExhaustion, newTimeouts, limits);
    }

    /** The same with other limits. */
    public NatConfig withLimits(final Limits newLimits) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, exempt, oneToOne, forwards, tcpMss, onIdle,
            onExhaustion, timeouts, newLimits);
    }

    /** The same with another pool and ports. */
    public NatConfig withPool(final List<AddressRange> newPool, final PortRange newPorts) {
        return new NatConfig(profile, newPool, newPorts, mapping, filtering, hairpinning, exempt, oneToOne, forwards, tcpMss, onIdle,
            onExhaustion, timeouts, limits);
    }

    /** The same with another mapping. */
    public NatConfig withMapping(final Mapping newMapping) {
        return new NatConfig(profile, pool, ports, newMapping, filtering, hairpinning, exempt, oneToOne, forwards, tcpMss,
            onIdle, onExhaustion, timeouts, limits);
    }

    /** The same with another filtering. */
    public NatConfig withFiltering(final Filtering newFiltering) {
        return new NatConfig(profile, pool, ports, mapping, newFiltering, hairpinning, exempt, oneToOne, forwards, tcpMss,
            onIdle, onExhaustion, timeouts, limits);
    }

    /** The same with hairpinning or without. */
    public NatConfig withHairpinning(final boolean newHairpinning) {
        return new NatConfig(profile, pool, ports, mapping, filtering, newHairpinning, exempt, oneToOne, forwards, tcpMss,
            onIdle, onExhaustion, timeouts, limits);
    }

    /** The same with other exempt destinations. */
    public NatConfig withExempt(final List<Ipv4Prefix> newExempt) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, newExempt, oneToOne, forwards, tcpMss,
            onIdle, onExhaustion, timeouts, limits);
    }

    /** The same with other one-to-one hosts. */
    public NatConfig withOneToOne(final List<OneToOne> newOneToOne) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, exempt, newOneToOne, forwards, tcpMss,
            onIdle, onExhaustion, timeouts, limits);
    }

    /** The same with other forwards. */
    public NatConfig withForwards(final List<Forward> newForwards) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, exempt, oneToOne, newForwards, tcpMss,
            onIdle, onExhaustion, timeouts, limits);
    }

    /** The same with another treatment of the MSS option. */
    public NatConfig withTcpMss(final TcpMss newTcpMss) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, exempt, oneToOne, forwards, newTcpMss,
            onIdle, onExhaustion, timeouts, limits);
    }

    /** The same with another treatment of idle connections. */
    public NatConfig withOnIdle(final OnIdle newOnIdle) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, exempt, oneToOne, forwards, tcpMss,
            newOnIdle, onExhaustion, timeouts, limits);
    }

    /** The same with another treatment of refused packets. */
    public NatConfig withOnExhaustion(final OnExhaustion newOnExhaustion) {
        return new NatConfig(profile, pool, ports, mapping, filtering, hairpinning, exempt, oneToOne, forwards, tcpMss, onIdle,
            newOnExhaustion, timeouts, limits);
    }

    /** What a public port stands for (RFC 4787, section 4.1). */
    public enum Mapping {
        /** One inside endpoint, whatever it talks to. */
        ENDPOINT_INDEPENDENT,
        /** One inside endpoint and one destination: the same port serves many destinations. */
        ENDPOINT_DEPENDENT
    }

    /** Whom a mapping lets in (RFC 4787, section 5). */
    public enum Filtering {
        /** The address and port that the inside host talked to. */
        ENDPOINT_DEPENDENT,
        /** The address that the inside host talked to, from any port. */
        ADDRESS_DEPENDENT,
        /** Everyone. */
        ENDPOINT_INDEPENDENT
    }

    /** Who gets a TCP RST when an established connection idles out. */
    public enum OnIdle {
        /** No one. */
        OFF,
        /** The inside host. */
        RESET_INSIDE,
        /** Both ends. */
        RESET_BOTH
    }

    /** What happens to a packet for which there is no port. */
    public enum OnExhaustion {
        /** It is dropped, and its sender gets ICMP type 3 code 13. */
        ICMP,
        /** It is dropped in silence. */
        DROP
    }

    /** The transport protocols that a forward can name. */
    public enum Protocol {
        /** TCP. */
        TCP,
        /** UDP. */
        UDP
    }

    /**
     * Addresses from first to last, both included.
     *
     * @param first lowest address
     * @param last  highest address
     */
    public record AddressRange(int first, int last) {

        /** Number of addresses. */
        public long count() {
            return (last & 0xFFFF_FFFFL) - (first & 0xFFFF_FFFFL) + 1;
        }

        /** Whether {@code address} is one of them. */
        public boolean contains(final int address) {
            return Integer.compareUnsigned(first, address) <= 0 && Integer.compareUnsigned(address, last) <= 0;
        }
    }

    /**
     * Ports from first to last, both included.
     *
     * @param first lowest port, at least 1
     * @param last  highest port, at most 65535
     */
    public record PortRange(int first, int last) {
    }

    /**
     * An inside host with a public address of its own.
     *
     * @param outside the public address
     * @param inside  the inside address
     * @param allow   who may open connections to it; empty for everyone
     */
    public record OneToOne(
        @Key(value = "outside", holds = "an address", text = "The public address; not one of the pool.")
        int outside,
        @Key(value = "inside", holds = "an address", text = "The inside host.")
        int inside,
        @Key(value = "allow", holds = "a list of networks",
            text = "Who may open connections to it; left out, everyone. Inside hosts always may.")
        List<Ipv4Prefix> allow) {
        /** Copies the list. */
        public OneToOne {
            allow = List.copyOf(allow);
        }
    }

    /**
     * A port opened toward an inside host.
     *
     * @param protocol       TCP or UDP
     * @param outsideAddress public address
     * @param outsidePort    public port
     * @param insideAddress  inside address
     * @param insidePort     inside port
     * @param allow          who may use it; empty for everyone
     */
    public record Forward(
        @Key(value = "protocol", text = "The transport protocol.")
        Protocol protocol,
        @Key(value = "outside", holds = "address:port in quotes", text = "The public endpoint.")
        int outsideAddress,
        @Key("outside")
        int outsidePort,
        @Key(value = "inside", holds = "address:port in quotes",
            text = "The inside endpoint, which also uses the public one for what it opens itself.")
        int insideAddress,
        @Key("inside")
        int insidePort,
        @Key(value = "allow", holds = "a list of networks", text = "Who may use it; left out, everyone. Inside hosts always may.")
        List<Ipv4Prefix> allow) {
        /** Copies the list. */
        public Forward {
            allow = List.copyOf(allow);
        }
    }

    /**
     * What is done with the MSS option of TCP SYNs.
     *
     * @param mode        off, clamp to the path's MTU, or a number
     * @param segmentSize the number, in bytes; empty in the other modes
     */
    public record TcpMss(Mode mode, OptionalInt segmentSize) {

        /** Left alone. */
        public static final TcpMss OFF = new TcpMss(Mode.OFF, OptionalInt.empty());

        /** The modes. */
        public enum Mode {
            /** Left alone. */
            OFF,
            /** Lowered to what fits the path's MTU. */
            CLAMP,
            /** Lowered to a number. */
            FIXED
        }
    }

    /**
     * How long silence lasts before state ends; all in ns.
     *
     * @param tcpEstablishedNs    established TCP connections
     * @param tcpTransitoryNs     opening and closing TCP connections
     * @param tcpUnsolicitedSynNs SYNs from outside that wait for a simultaneous open
     * @param udpNs               UDP
     * @param icmpNs              ICMP queries
     * @param fragmentNs          fragments that wait for their first
     * @param portReuseNs         cool-down of a freed port
     */
    public record Timeouts(
        @Key(value = "tcp-established", holds = "a duration", text = "Established TCP connections (RFC 5382, REQ-5).")
        long tcpEstablishedNs,
        @Key(value = "tcp-transitory", holds = "a duration", text = "TCP connections that open or close.")
        long tcpTransitoryNs,
        @Key(value = "tcp-unsolicited-syn", holds = "a duration",
            text = "SYNs from outside that wait for a simultaneous open (RFC 5382, REQ-4).")
        long tcpUnsolicitedSynNs,
        @Key(value = "udp", holds = "a duration",
            text = "UDP (RFC 4787, REQ-5), and all protocols that have no timeout of their own.")
        long udpNs,
        @Key(value = "icmp", holds = "a duration", text = "ICMP queries (RFC 5508, REQ-2).")
        long icmpNs,
        @Key(value = "fragment", holds = "a duration", text = "Fragments that wait for their first.")
        long fragmentNs,
        @Key(value = "port-reuse", holds = "a duration, 0 allowed",
            text = "How long a freed port cools down before another connection gets it.")
        long portReuseNs) {
    }

    /**
     * Capacity.
     *
     * @param connections         most connections at a time; memory for all is reserved at start
     * @param perHost             most connections of one inside host; 0 for no limit
     * @param perHostNewPerSecond most new connections of one inside host in a second; 0 for no limit
     */
    public record Limits(
        @Key(value = "connections", holds = "1-" + Limits.MOST_PER_WORKER + " with one worker",
            text = "Most connections at a time, exactly. Memory for all is taken at the start: [operating.md](operating.md).")
        int connections,
        @Key(value = "per-host", holds = "0-" + NatChecks.MOST_CONNECTIONS,
            text = "Most connections of one inside host; 0 for no limit.")
        int perHost,
        @Key(value = "per-host-new-per-second", holds = "0-" + NatChecks.MOST_CONNECTIONS,
            text = "Most new connections of one inside host in a second, with a burst of one second's worth; 0 for no limit.")
        int perHostNewPerSecond) {

        /** Most connections of one worker: every one of its tables then lies in one buffer below 2 GiB. */
        public static final int MOST_PER_WORKER = 1 << 24;

        /** A million connections and no quota. */
        public static final Limits DEFAULTS = new Limits(1 << 20, 0, 0);
    }
}
