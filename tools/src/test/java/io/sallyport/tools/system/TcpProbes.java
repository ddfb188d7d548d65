package io.sallyport.tools.system;

import static io.sallyport.tools.system.Probe.host;

import io.sallyport.tools.system.Ip.Endpoint;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What becomes of segments. */
final class TcpProbes {

    private static final Endpoint WEB = new Endpoint(ProbeHosts.SERVER, 80);

    static final List<Probe> ALL = List.of(
        new Probe("tcp-open-and-close", TcpProbes::openAndClose),
        new Probe("tcp-simultaneous-open", TcpProbes::simultaneousOpen),
        new Probe("tcp-refused", TcpProbes::refused),
        new Probe("tcp-reset-from-inside", hosts -> reset(hosts, 42_003, true, 1_001)),
        new Probe("tcp-reset-from-outside", hosts -> reset(hosts, 42_004, false, 5_001)),
        new Probe("tcp-reset-far-out-of-window", hosts -> reset(hosts, 42_005, false, 5_001 + 1_000_000_000)),
        Probe.fromOutside("tcp-syn-from-outside", Ip.tcp(WEB, new Endpoint(ProbeHosts.PUBLIC, ProbeHosts.NEVER_GIVEN), Ip.SYN, 1, 0, "")),
        Probe.fromOutside("tcp-segment-from-outside",
            Ip.tcp(WEB, new Endpoint(ProbeHosts.PUBLIC, ProbeHosts.NEVER_GIVEN + 1), Ip.ACK, 1, 1, "data")),
        Probe.fromInside("tcp-segment-from-inside", Ip.tcp(host(42_006), WEB, Ip.ACK, 1, 1, "data")),
        Probe.fromInside("tcp-reset-of-nothing-from-inside", Ip.tcp(host(42_007), WEB, Ip.RST, 1, 0, "")),
        Probe.fromInside("tcp-syn-ack-of-nothing-from-inside", Ip.tcp(host(42_008), WEB, Ip.SYN | Ip.ACK, 1, 1, "")),
        new Probe("tcp-filtering-other-address", TcpProbes::filtering),
        Probe.fromInside("tcp-to-gateway", Ip.tcp(host(42_010), new Endpoint(ProbeHosts.GATEWAY, 22), Ip.SYN, 1, 0, "")));

    private TcpProbes() {
    }

    /** Opens a connection, client's next sequence number 1001, server's 5001; returns the client's public endpoint. */
    private static Endpoint open(final ProbeHosts hosts, final int port) {
        final Endpoint client = hosts.fromInside(Ip.tcp(host(port), WEB, Ip.SYN, 1_000, 0, "")).only().source();
        hosts.fromOutside(Ip.tcp(WEB, client, Ip.SYN | Ip.ACK, 5_000, 1_001, "")).only();
        hosts.fromInside(Ip.tcp(host(port), WEB, Ip.ACK, 1_001, 5_001, "")).only();
        return client;
    }

    private static String openAndClose(final ProbeHosts hosts) {
        final Endpoint client = open(hosts, 42_000);
        return Stream.of(
            hosts.fromInside(Ip.tcp(host(42_000), WEB, Ip.PSH | Ip.ACK, 1_001, 5_001, "question")),
            hosts.fromOutside(Ip.tcp(WEB, client, Ip.PSH | Ip.ACK, 5_001, 1_009, "answer")),
            hosts.fromInside(Ip.tcp(host(42_000), WEB, Ip.FIN | Ip.ACK, 1_009, 5_007, "")),
            hosts.fromOutside(Ip.tcp(WEB, client, Ip.FIN | Ip.ACK, 5_007, 1_010, "")),
            hosts.fromInside(Ip.tcp(host(42_000), WEB, Ip.ACK, 1_010, 5_008, "")))
            .map(Object::toString).collect(Collectors.joining(", "));
    }

    private static String simultaneousOpen(final ProbeHosts hosts) {
        final ProbeHosts.Seen out = hosts.fromInside(Ip.tcp(host(42_001), WEB, Ip.SYN, 1_000, 0, ""));
        final Endpoint client = out.only().source();
        return Stream.of(out,
            hosts.fromOutside(Ip.tcp(WEB, client, Ip.SYN, 5_000, 0, "")),
            hosts.fromInside(Ip.tcp(host(42_001), WEB, Ip.SYN | Ip.ACK, 1_000, 5_001, "")),
            hosts.fromOutside(Ip.tcp(WEB, client, Ip.SYN | Ip.ACK, 5_000, 1_001, "")))
            .map(Object::toString).collect(Collectors.joining(", "));
    }

    private static String refused(final ProbeHosts hosts) {
        final Endpoint client = hosts.fromInside(Ip.tcp(host(42_002), WEB, Ip.SYN, 1_000, 0, "")).only().source();
        return hosts.fromOutside(Ip.tcp(WEB, client, Ip.RST | Ip.ACK, 0, 1_001, "")).toString();
    }

    private static String reset(final ProbeHosts hosts, final int port, final boolean isFromInside, final int sequence) {
        final Endpoint client = open(hosts, port);
        final ProbeHosts.Seen reset = isFromInside ? hosts.fromInside(Ip.tcp(host(port), WEB, Ip.RST, sequence, 0, ""))
            : hosts.fromOutside(Ip.tcp(WEB, client, Ip.RST, sequence, 0, ""));
        return reset + "; then data: " + hosts.fromOutside(Ip.tcp(WEB, client, Ip.PSH | Ip.ACK, 5_001, 1_001, "data"));
    }

    private static String filtering(final ProbeHosts hosts) {
        final Endpoint client = open(hosts, 42_009);
        return hosts.fromOutside(Ip.tcp(new Endpoint(ProbeHosts.SERVER_2, 80), client, Ip.SYN, 1, 0, "")).toString();
    }
}
