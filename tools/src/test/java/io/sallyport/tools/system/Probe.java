package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.tools.system.Ip.Endpoint;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A question to a gateway. Each has ports of its own, so that none disturbs another.
 *
 * @param name   of its row in docs/kernel-differences.md
 * @param script sends packets, and says in a few words what came of them
 */
record Probe(String name, Function<ProbeHosts, String> script) {

    static final Endpoint SERVER = new Endpoint(ProbeHosts.SERVER, 7);
    static final Endpoint SERVER_2 = new Endpoint(ProbeHosts.SERVER_2, 7);

    /** All of them. */
    static List<Probe> all() {
        return Stream.of(UdpProbes.ALL, TcpProbes.ALL, IcmpProbes.ALL, HeaderProbes.ALL, FragmentProbes.ALL).flatMap(List::stream).toList();
    }

    /** One whose script is to send a packet from inside, and to say what came of it. */
    static Probe fromInside(final String name, final Ip packet) {
        return new Probe(name, hosts -> hosts.fromInside(packet).toString());
    }

    /** One whose script is to send a packet from outside, and to say what came of it. */
    static Probe fromOutside(final String name, final Ip packet) {
        return new Probe(name, hosts -> hosts.fromOutside(packet).toString());
    }

    /** An endpoint of the first inside host. */
    static Endpoint host(final int port) {
        return new Endpoint(ProbeHosts.HOST, port);
    }

    /** An endpoint of the second inside host. */
    static Endpoint host2(final int port) {
        return new Endpoint(ProbeHosts.HOST_2, port);
    }

    /** Sends a datagram out, and returns the public endpoint that it arrives from. */
    static Endpoint open(final ProbeHosts hosts, final Endpoint from, final Endpoint to) {
        final Ip arrived = hosts.fromInside(Ip.udp(from, to, "open")).only();
        assertEquals(to, arrived.destination());
        return arrived.source();
    }

    @Override
    public String toString() {
        return name;
    }
}
