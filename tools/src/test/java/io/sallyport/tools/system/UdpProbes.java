package io.sallyport.tools.system;

import static io.sallyport.tools.system.Probe.SERVER;
import static io.sallyport.tools.system.Probe.SERVER_2;
import static io.sallyport.tools.system.Probe.host;
import static io.sallyport.tools.system.Probe.host2;
import static io.sallyport.tools.system.Probe.open;

import io.sallyport.tools.system.Ip.Endpoint;
import java.util.List;
import java.util.stream.IntStream;

/** What becomes of datagrams. */
final class UdpProbes {

    static final List<Probe> ALL = List.of(
        new Probe("udp-echo", UdpProbes::echo),
        new Probe("udp-port-choice", UdpProbes::portChoice),
        new Probe("udp-port-parity", UdpProbes::parity),
        new Probe("udp-mapping", UdpProbes::mapping),
        new Probe("udp-mapping-same-port-of-two-hosts", UdpProbes::mappingOfTwoHosts),
        new Probe("udp-same-port-to-two-servers", UdpProbes::overloading),
        new Probe("udp-filtering-other-address", UdpProbes::filteringByAddress),
        new Probe("udp-filtering-other-port", UdpProbes::filteringByPort),
        Probe.fromOutside("udp-unsolicited", Ip.udp(SERVER, new Endpoint(ProbeHosts.PUBLIC, ProbeHosts.NEVER_GIVEN), "hello")),
        Probe.fromOutside("udp-straight-to-host", Ip.udp(SERVER, host(47_001), "hello")),
        new Probe("udp-zero-checksum", UdpProbes::zeroChecksum),
        Probe.fromInside("udp-wrong-checksum", Ip.udp(host(40_009), SERVER, "hello").checksumChangedBy(1)),
        new Probe("udp-hairpin", UdpProbes::hairpin),
        Probe.fromInside("udp-to-gateway", Ip.udp(host(40_011), new Endpoint(ProbeHosts.GATEWAY, 53), "hello")),
        Probe.fromInside("udp-to-public-address", Ip.udp(host(40_012), new Endpoint(ProbeHosts.PUBLIC, ProbeHosts.NEVER_GIVEN), "hello")));

    private UdpProbes() {
    }

    private static String echo(final ProbeHosts hosts) {
        final Ip there = hosts.fromInside(Ip.udp(host(40_001), SERVER, "hello")).only();
        final Ip back = hosts.fromOutside(Ip.udp(there.destination(), there.source(), "hello")).only();
        return ProbeHosts.Seen.describe(there) + ", " + ProbeHosts.Seen.describe(back)
            + (back.destination().equals(host(40_001)) && back.data().equals("hello") ? "" : ", not as it was sent");
    }

    private static String portChoice(final ProbeHosts hosts) {
        final long kept = IntStream.range(41_000, 41_008).filter(port -> open(hosts, host(port), SERVER).port() == port).count();
        return kept == 8 ? "the host's own" : kept < 2 ? "another" : kept + " of 8 the host's own";
    }

    private static String parity(final ProbeHosts hosts) {
        final long kept = IntStream.range(41_100, 41_116)
            .filter(port -> (open(hosts, host(port), SERVER).port() & 1) == (port & 1)).count();
        return kept == 16 ? "kept" : kept + " of 16 kept";
    }

    private static String mapping(final ProbeHosts hosts) {
        return same(open(hosts, host(40_002), SERVER), open(hosts, host(40_002), SERVER_2));
    }

    /** The second host's port is taken toward the first server only. */
    private static String mappingOfTwoHosts(final ProbeHosts hosts) {
        final Endpoint first = open(hosts, host(40_003), SERVER);
        final Endpoint second = open(hosts, host2(40_003), SERVER);
        return same(first, second) + " for two hosts, " + same(second, open(hosts, host2(40_003), SERVER_2)) + " for two servers";
    }

    /** The connections could share a port: they differ in the server. */
    private static String overloading(final ProbeHosts hosts) {
        return same(open(hosts, host(40_014), SERVER), open(hosts, host2(40_014), SERVER_2)) + " for two hosts";
    }

    private static String same(final Endpoint a, final Endpoint b) {
        return a.equals(b) ? "one public endpoint" : "two public endpoints";
    }

    private static String filteringByAddress(final ProbeHosts hosts) {
        return hosts.fromOutside(Ip.udp(SERVER_2, open(hosts, host(40_004), SERVER), "hello")).toString();
    }

    private static String filteringByPort(final ProbeHosts hosts) {
        return hosts.fromOutside(Ip.udp(SERVER.port(8), open(hosts, host(40_005), SERVER), "hello")).toString();
    }

    private static String zeroChecksum(final ProbeHosts hosts) {
        final Ip there = hosts.fromInside(Ip.udp(host(40_008), SERVER, "hello").withoutChecksum()).only();
        final Ip back = hosts.fromOutside(Ip.udp(SERVER, there.source(), "hello").withoutChecksum()).only();
        return there.transportChecksum() == 0 && back.transportChecksum() == 0 ? "zero both ways" : "not zero";
    }

    private static String hairpin(final ProbeHosts hosts) {
        final Endpoint public1 = open(hosts, host(40_010), SERVER);
        final Endpoint public2 = open(hosts, host2(40_010), SERVER);
        final ProbeHosts.Seen there = hosts.fromInside(Ip.udp(host2(40_010), public1, "hello"));
        if (there.inside().size() != 1 || there.only().protocol() != Ip.UDP) {
            return there.toString();
        }
        final ProbeHosts.Seen back = hosts.fromInside(Ip.udp(host(40_010), there.only().source(), "hello"));
        return there + (there.only().source().equals(public2) ? "" : " (not the sender's endpoint)") + ", " + back
            + (back.only().source().equals(public1) ? "" : " (not the sender's endpoint)");
    }
}
