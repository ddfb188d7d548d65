package io.sallyport.config;

import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import io.sallyport.wire.MacAddress;
import java.util.Optional;

/** What an address or network can be used for. Every answer is empty when it can, or says as half a sentence why not. */
final class AddressChecks {

    /** Longest prefix whose network has an address of its own and one for broadcast (RFC 3021 gives a /31 neither). */
    private static final int LONGEST_WITH_BROADCAST = 30;

    private AddressChecks() {
    }

    /** Networks whose addresses belong to no host behind a router (RFC 1812, section 5.3.7; RFC 3927, section 2.7). */
    private enum NeverRouted {
        THIS_NETWORK("0.0.0.0/8", "of \"this network\""),
        LOOPBACK("127.0.0.0/8", "for loopback"),
        LINK_LOCAL("169.254.0.0/16", "link-local"),
        MULTICAST("224.0.0.0/4", "for multicast"),
        RESERVED("240.0.0.0/4", "reserved");

        private final Ipv4Prefix network;
        private final String what;

        NeverRouted(final String network, final String what) {
            this.network = Ipv4Prefix.parse(network);
            this.what = what;
        }
    }

    /** Whether {@code address} can be that of a host that packets are routed to. */
    static Optional<String> host(final int address) {
        for (final NeverRouted range : NeverRouted.values()) {
            if (range.network.contains(address)) {
                return Optional.of(Ipv4Address.format(address) + " is not a host's address: " + range.network + " is " + range.what);
            }
        }
        return Optional.empty();
    }

    /** Whether {@code address} can be that of a station in the network that {@code prefix} names. */
    static Optional<String> station(final int address, final Ipv4Prefix prefix) {
        final Optional<String> host = host(address);
        if (host.isPresent()) {
            return host;
        }
        if (!prefix.contains(address)) {
            return Optional.of(Ipv4Address.format(address) + " is not in " + prefix.network());
        }
        if (prefix.length() <= LONGEST_WITH_BROADCAST) {
            if (address == prefix.first()) {
                return Optional.of(Ipv4Address.format(address) + " is the network address of " + prefix.network());
            }
            if (address == prefix.last()) {
                return Optional.of(Ipv4Address.format(address) + " is the broadcast address of " + prefix.network());
            }
        }
        return Optional.empty();
    }

    /** Whether {@code address} can be that of a program that receives what the gateway reports; one on this machine can. */
    static Optional<String> collector(final int address) {
        return NeverRouted.LOOPBACK.network.contains(address) ? Optional.empty() : host(address);
    }

    /** Whether {@code prefix} names a network, without bits of a host. */
    static Optional<String> network(final Ipv4Prefix prefix) {
        if (prefix.address() != prefix.first()) {
            return Optional.of(prefix + " has bits set behind its prefix; the network is " + prefix.network());
        }
        return Optional.empty();
    }

    /** Whether packets can be routed to the network that {@code prefix} names; the default route's can. */
    static Optional<String> routedNetwork(final Ipv4Prefix prefix) {
        for (final NeverRouted range : NeverRouted.values()) {
            if (range.network.contains(prefix.first()) && prefix.length() >= range.network.length()) {
                return Optional.of(prefix + " is never routed: " + range.network + " is " + range.what);
            }
        }
        return network(prefix);
    }

    /** Whether {@code mac} can be that of one station. */
    static Optional<String> unicastMac(final long mac) {
        if (mac == 0) {
            return Optional.of("00:00:00:00:00:00 is no station's MAC address");
        }
        if (mac >>> 48 != 0) {
            return Optional.of("0x" + Long.toHexString(mac) + " is longer than a MAC address");
        }
        if ((mac >>> 40 & 1) != 0) {
            return Optional.of(MacAddress.format(mac) + " is a multicast MAC address");
        }
        return Optional.empty();
    }
}
