package io.sallyport.tools.system;

import static io.sallyport.tools.system.Probe.SERVER;
import static io.sallyport.tools.system.Probe.host;
import static io.sallyport.tools.system.Probe.host2;
import static io.sallyport.tools.system.Probe.open;

import io.sallyport.tools.system.Ip.Endpoint;
import java.util.Arrays;
import java.util.List;

/** What becomes of pings and of errors. */
final class IcmpProbes {

    private static final int PORT_UNREACHABLE = 3;

    static final List<Probe> ALL = List.of(
        new Probe("ping", IcmpProbes::ping),
        new Probe("ping-same-identifier-of-two-hosts", IcmpProbes::identifiers),
        new Probe("ping-gateway-from-inside", hosts -> pingFromInside(hosts, ProbeHosts.GATEWAY)),
        new Probe("ping-public-address-from-inside", hosts -> pingFromInside(hosts, ProbeHosts.PUBLIC)),
        new Probe("ping-public-address-from-outside", hosts -> pingFromOutside(hosts, ProbeHosts.PUBLIC)),
        new Probe("ping-inside-address-from-outside", hosts -> pingFromOutside(hosts, ProbeHosts.GATEWAY)),
        new Probe("icmp-error-from-outside", hosts -> errorFromOutside(hosts, 40_100, Ip.UNREACHABLE, PORT_UNREACHABLE, ProbeHosts.SERVER)),
        new Probe("icmp-error-from-a-router", hosts -> errorFromOutside(hosts, 40_101, Ip.TIME_EXCEEDED, 0, ProbeHosts.ROUTER)),
        new Probe("icmp-error-about-what-may-be-cut", IcmpProbes::errorWithoutDf),
        Probe.fromOutside("icmp-error-about-nothing", Ip.error(Ip.UNREACHABLE, PORT_UNREACHABLE, ProbeHosts.SERVER,
            Ip.udp(new Endpoint(ProbeHosts.PUBLIC, ProbeHosts.NEVER_GIVEN), SERVER, "never sent"))),
        new Probe("icmp-error-ends-nothing", IcmpProbes::afterError),
        new Probe("icmp-error-from-inside", IcmpProbes::errorFromInside),
        Probe.fromInside("icmp-error-from-inside-about-nothing", Ip.error(Ip.UNREACHABLE, PORT_UNREACHABLE, ProbeHosts.HOST,
            Ip.udp(SERVER, host(40_104), "never came"))),
        new Probe("icmp-error-wrong-checksum", IcmpProbes::brokenError),
        Probe.fromInside("icmp-reply-to-nothing", Ip.echo(Ip.ECHO_REPLY, host(0), SERVER.port(77), "pong")));

    private IcmpProbes() {
    }

    private static String ping(final ProbeHosts hosts) {
        final ProbeHosts.Seen there = hosts.fromInside(Ip.echo(Ip.ECHO_REQUEST, host(100), SERVER.port(0), "hello"));
        final ProbeHosts.Seen back = hosts.fromOutside(Ip.echo(Ip.ECHO_REPLY, SERVER.port(0), there.only().source(), "hello"));
        return there + ", " + back + (back.only().destination().port() == 100 ? "" : " (another identifier)");
    }

    private static String identifiers(final ProbeHosts hosts) {
        final Ip first = hosts.fromInside(Ip.echo(Ip.ECHO_REQUEST, host(101), SERVER.port(0), "hello")).only();
        final Ip second = hosts.fromInside(Ip.echo(Ip.ECHO_REQUEST, host2(101), SERVER.port(0), "hello")).only();
        return first.source().equals(second.source()) ? "one public identifier" : "two public identifiers";
    }

    private static String pingFromInside(final ProbeHosts hosts, final String address) {
        return hosts.fromInside(Ip.echo(Ip.ECHO_REQUEST, host(102), new Endpoint(address, 0), "hello")).toString();
    }

    private static String pingFromOutside(final ProbeHosts hosts, final String address) {
        return hosts.fromOutside(Ip.echo(Ip.ECHO_REQUEST, SERVER.port(103), new Endpoint(address, 0), "hello")).toString();
    }

    private static String errorFromOutside(final ProbeHosts hosts, final int port, final int type, final int code, final String from) {
        final Ip sent = Ip.udp(host(port), SERVER, "question").doNotFragment();
        final Ip arrived = hosts.fromInside(sent).only();
        return quoting(hosts.fromOutside(Ip.error(type, code, from, arrived)), sent, sent.headerLength());
    }

    private static String errorWithoutDf(final ProbeHosts hosts) {
        final Ip sent = Ip.udp(host(40_106), SERVER, "question");
        final Ip arrived = hosts.fromInside(sent).only();
        final ProbeHosts.Seen seen = hosts.fromOutside(Ip.error(Ip.UNREACHABLE, PORT_UNREACHABLE, ProbeHosts.SERVER, arrived));
        final boolean isKept = seen.only().quoted().identification() == sent.identification();
        return quoting(seen, sent.identification(seen.only().quoted().identification()), sent.headerLength())
            + (isKept ? "" : " with another identification");
    }

    private static String errorFromInside(final ProbeHosts hosts) {
        final Ip sent = Ip.udp(SERVER, open(hosts, host(40_103), SERVER), "answer");
        final Ip arrived = hosts.fromOutside(sent).only();
        return quoting(hosts.fromInside(Ip.error(Ip.UNREACHABLE, PORT_UNREACHABLE, ProbeHosts.HOST, arrived)), sent, sent.headerLength());
    }

    /** What is quoted has to be what was sent: but for the time to live and with it the header's checksum. */
    private static String quoting(final ProbeHosts.Seen seen, final Ip sent, final int headerLength) {
        if (seen.toString().equals("silence")) {
            return "silence";
        }
        final byte[] quoted = seen.only().quoted().ttl(sent.ttl()).bytes();
        final boolean isAsSent = Arrays.equals(quoted, Arrays.copyOf(sent.bytes(), headerLength + 8));
        return seen + (isAsSent ? ", quoting what was sent" : ", quoting something else");
    }

    private static String afterError(final ProbeHosts hosts) {
        final Ip arrived = hosts.fromInside(Ip.udp(host(40_102), SERVER, "question")).only();
        hosts.fromOutside(Ip.error(Ip.UNREACHABLE, PORT_UNREACHABLE, ProbeHosts.SERVER, arrived));
        return hosts.fromOutside(Ip.udp(SERVER, arrived.source(), "answer")).toString();
    }

    private static String brokenError(final ProbeHosts hosts) {
        final Ip arrived = hosts.fromInside(Ip.udp(host(40_105), SERVER, "question")).only();
        return hosts.fromOutside(Ip.error(Ip.UNREACHABLE, PORT_UNREACHABLE, ProbeHosts.SERVER, arrived).checksumChangedBy(1)).toString();
    }
}
