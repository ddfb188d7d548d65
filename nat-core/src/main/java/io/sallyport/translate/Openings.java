package io.sallyport.translate;

import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.wire.AddressSet;
import io.sallyport.wire.Ipv4Prefix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What the operator has settled: destinations that are routed and not translated, inside hosts with a public address of
 * their own, and ports opened toward inside hosts, with who may use them. Immutable, for any thread.
 */
public final class Openings {

    /** No host, no forward. */
    public static final int NONE = -1;

    private final AddressSet exempt;
    private final List<Forward> forwards;
    private final AddressSet[] forwardAllows;
    private final int[] forwardPositions;
    /** Forwards by their public endpoint, ascending, and their numbers. */
    private final long[] forwardEndpoints;
    private final int[] forwardNumbers;
    /** One-to-one hosts by their inside address, ascending. */
    private final int[] hostAddresses;
    private final int[] hostPositions;
    private final AddressSet[] hostAllows;
    /** By position: the number of the one-to-one host that has the public address, or {@link #NONE}. */
    private final int[] hostsByPosition;

    /**
     * What a configuration opens.
     *
     * @param nat             the configuration
     * @param publicAddresses all public addresses
     */
    public Openings(final NatConfig nat, final PublicAddresses publicAddresses) {
        exempt = AddressSet.ofPrefixes(nat.exempt());
        forwards = nat.forwards();
        forwardAllows = forwards.stream().map(forward -> allow(forward.allow())).toArray(AddressSet[]::new);
        forwardPositions = forwards.stream().mapToInt(forward -> publicAddresses.position(forward.outsideAddress())).toArray();
        final Integer[] byEndpoint = new Integer[forwards.size()];
        Arrays.setAll(byEndpoint, number -> number);
        Arrays.sort(byEndpoint, Comparator.comparingLong(number -> endpoint(forwards.get(number), publicAddresses)));
        forwardEndpoints = Arrays.stream(byEndpoint).mapToLong(number -> endpoint(forwards.get(number), publicAddresses)).toArray();
        forwardNumbers = Arrays.stream(byEndpoint).mapToInt(Integer::intValue).toArray();

        final List<OneToOne> hosts = nat.oneToOne().stream().sorted(Comparator.comparingInt(OneToOne::inside)).toList();
        hostAddresses = hosts.stream().mapToInt(OneToOne::inside).toArray();
        hostPositions = hosts.stream().mapToInt(host -> publicAddresses.position(host.outside())).toArray();
        hostAllows = hosts.stream().map(host -> allow(host.allow())).toArray(AddressSet[]::new);
        hostsByPosition = new int[publicAddresses.size()];
        Arrays.fill(hostsByPosition, NONE);
        for (int host = 0; host < hostPositions.length; host++) {
            hostsByPosition[hostPositions[host]] = host;
        }
    }

    private static AddressSet allow(final List<Ipv4Prefix> networks) {
        return networks.isEmpty() ? AddressSet.ALL : AddressSet.ofPrefixes(networks);
    }

    private static long endpoint(final Forward forward, final PublicAddresses publicAddresses) {
        return endpoint(publicAddresses.position(forward.outsideAddress()), protocolIndex(forward), forward.outsidePort());
    }

    private static long endpoint(final int position, final int protocol, final int port) {
        return (long) position << 32 | (long) protocol << 16 | port;
    }

    /** Index of a forward's protocol. */
    public static int protocolIndex(final Forward forward) {
        return forward.protocol() == NatConfig.Protocol.TCP ? PublicAddresses.TCP : PublicAddresses.UDP;
    }

    /** Whether packets to {@code destination} are routed and not translated (RFC 6888, REQ-6). */
    public boolean isExempt(final int destination) {
        return exempt.contains(destination);
    }

    /** The forwards, by number. */
    public List<Forward> forwards() {
        return forwards;
    }

    /** Whether there are any forwards. */
    public boolean hasForwards() {
        return forwardEndpoints.length > 0;
    }

    /** Number of the forward of a public endpoint, or {@link #NONE}. */
    public int forwardAt(final int position, final int protocol, final int port) {
        final int found = Arrays.binarySearch(forwardEndpoints, endpoint(position, protocol, port));
        return found < 0 ? NONE : forwardNumbers[found];
    }

    /** Position of a forward's public address. */
    public int forwardPosition(final int forward) {
        return forwardPositions[forward];
    }

    /** Inside address of a forward. */
    public int forwardInside(final int forward) {
        return forwards.get(forward).insideAddress();
    }

    /** Whether a forward is open to {@code source}. */
    public boolean forwardAllows(final int forward, final int source) {
        return forwardAllows[forward].contains(source);
    }

    /** Number of the one-to-one host with an inside address, or {@link #NONE}. */
    public int hostOf(final int insideAddress) {
        return hostAddresses.length == 0 ? NONE : Math.max(NONE, Arrays.binarySearch(hostAddresses, insideAddress));
    }

    /** Number of the one-to-one host that has the public address at a position, or {@link #NONE}. */
    public int hostAt(final int position) {
        return hostsByPosition[position];
    }

    /** Position of a one-to-one host's public address. */
    public int hostPosition(final int host) {
        return hostPositions[host];
    }

    /** Inside address of a one-to-one host. */
    public int hostInside(final int host) {
        return hostAddresses[host];
    }

    /** Whether a one-to-one host is open to {@code source}. */
    public boolean hostAllows(final int host, final int source) {
        return hostAllows[host].contains(source);
    }
}
