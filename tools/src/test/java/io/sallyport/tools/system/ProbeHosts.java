package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.tools.demo.Namespace;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.system.Ip.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The hosts on both sides of a gateway, played frame by frame: their kernels answer ARP and nothing else. What a gateway makes of packets
 * is what it has sent when a ping that was sent after them has gone there, back and there again: it keeps packets in order, so nothing is
 * waited for that does not come.
 */
final class ProbeHosts implements AutoCloseable {

    static final String HOST = Network.INSIDE_HOST;
    static final String HOST_2 = "10.77.0.3";
    static final String GATEWAY = Network.GATEWAY_INSIDE;
    static final String PUBLIC = Network.GATEWAY_OUTSIDE;
    static final String SERVER = Network.OUTSIDE_HOST;
    static final String SERVER_2 = "198.51.100.3";
    static final String ROUTER = "203.0.113.99";

    /** MTU of the outside link. */
    static final int OUTSIDE_MTU = 1_300;

    /** A public port that no gateway gives to a connection, however many there are: it is below 1024. */
    static final int NEVER_GIVEN = 700;
    private static final Map<String, String> NAMES = Map.of(HOST, "host", HOST_2, "host2", GATEWAY, "gateway", PUBLIC, "public",
        SERVER, "server", SERVER_2, "server2", ROUTER, "router");
    private static final Map<Integer, String> PROTOCOLS = Map.of(Ip.UDP, "udp", Ip.GRE, "gre", Ip.SCTP, "sctp");
    private static final List<String> FLAGS = List.of("fin", "syn", "rst", "psh", "ack");
    private static final Endpoint MARKER_FROM = new Endpoint(HOST, 0x7777);
    private static final Endpoint MARKER_TO = new Endpoint("203.0.113.250", 0);
    private static final int IPV4 = 0x0800;
    private static final int LIMIT_MS = 5_000;

    private final Side inside;
    private final Side outside;
    private int serial;
    private Endpoint marker;
    private boolean isLost;

    private ProbeHosts(final Side inside, final Side outside) {
        this.inside = inside;
        this.outside = outside;
    }

    /** An end of a link: a socket, and the Ethernet header to put before packets. */
    private record Side(RawSocket socket, byte[] header, List<Ip> seen) {

        void send(final Ip packet) {
            socket.send(ByteBuffer.allocate(header.length + packet.bytes().length).put(header).put(packet.bytes()).array());
        }

        /** Notes the packets that come until that one, and returns it. */
        Ip await(final int icmpType, final String data) {
            final long deadlineNs = System.nanoTime() + LIMIT_MS * 1_000_000L;
            while (System.nanoTime() < deadlineNs) {
                final Optional<Ip> packet = socket.receive(LIMIT_MS).flatMap(Side::ip);
                if (packet.isPresent()) {
                    if (packet.get().protocol() == Ip.ICMP && packet.get().icmpType() == icmpType && packet.get().data().equals(data)) {
                        return packet.get();
                    }
                    seen.add(packet.get());
                }
            }
            throw new AssertionError("the ping that marks the end did not come through");
        }

        private static Optional<Ip> ip(final byte[] frame) {
            final ByteBuffer buffer = ByteBuffer.wrap(frame);
            if (frame.length < 34 || buffer.getShort(12) != IPV4) {
                return Optional.empty();
            }
            return Optional.of(new Ip(Arrays.copyOfRange(frame, 14, 14 + Short.toUnsignedInt(buffer.getShort(16)))));
        }
    }

    /**
     * What came of packets.
     *
     * @param inside  what arrived at the inside hosts
     * @param outside what arrived at the outside hosts
     */
    record Seen(List<Ip> inside, List<Ip> outside) {

        /** The only packet there is, at any host. */
        Ip only() {
            final List<Ip> all = all().toList();
            assertEquals(1, all.size(), this::toString);
            return all.getFirst();
        }

        private Stream<Ip> all() {
            return Stream.concat(outside.stream(), inside.stream());
        }

        /** All of it, addresses by name and without ports. */
        @Override
        public String toString() {
            final String text = all().map(Seen::describe).collect(Collectors.joining(", "));
            return text.isEmpty() ? "silence" : text;
        }

        static String describe(final Ip packet) {
            final String kind = switch (packet.protocol()) {
                case Ip.TCP -> "tcp " + flags(packet.isFragment() ? 0 : packet.tcpFlags());
                case Ip.ICMP -> packet.isFragment() ? "icmp" : switch (packet.icmpType()) {
                    case Ip.ECHO_REQUEST -> "ping";
                    case Ip.ECHO_REPLY -> "pong";
                    default -> "icmp " + packet.icmpType() + "/" + packet.icmpCode();
                };
                default -> PROTOCOLS.getOrDefault(packet.protocol(), "protocol " + packet.protocol());
            };
            return kind + " " + name(packet.source().address()) + " > " + name(packet.destination().address())
                + (packet.isFragment() ? " fragment at " + packet.fragmentOffset() : "") + (packet.isSound() ? "" : " (wrong checksum)");
        }

        private static String flags(final int flags) {
            return IntStream.range(0, FLAGS.size()).filter(i -> (flags >> i & 1) != 0).mapToObj(FLAGS::get)
                .collect(Collectors.joining("+"));
        }

    }

    /** What the table calls an address. */
    static String name(final String address) {
        return NAMES.getOrDefault(address, address);
    }

    /** Makes the network's hosts silent, and their links such that the outside one is narrower; before the gateway is started. */
    static void prepare(final Network network) {
        network.inside().run("ip", "address", "add", HOST_2 + "/24", "dev", Network.HOST_INTERFACE);
        network.outside().run("ip", "address", "add", SERVER_2 + "/24", "dev", Network.HOST_INTERFACE);
        network.gateway().run("ip", "link", "set", Network.OUTSIDE_INTERFACE, "mtu", Integer.toString(OUTSIDE_MTU));
        network.outside().run("ip", "link", "set", Network.HOST_INTERFACE, "mtu", Integer.toString(OUTSIDE_MTU));
        for (final Namespace host : List.of(network.inside(), network.outside())) {
            host.run("nft", "add table netdev quiet; add chain netdev quiet in { type filter hook ingress device "
                + Network.HOST_INTERFACE + " priority 0; }; add rule netdev quiet in ether type != arp drop");
        }
    }

    /** Takes the hosts' places; when the gateway forwards. */
    static ProbeHosts open(final Network network) {
        final ProbeHosts hosts = new ProbeHosts(side(network, network.inside(), Network.INSIDE_INTERFACE),
            side(network, network.outside(), Network.OUTSIDE_INTERFACE));
        // both hosts and both servers get to know the gateway's neighbours, so that nothing waits for ARP later
        for (final String host : List.of(HOST, HOST_2)) {
            for (final String server : List.of(SERVER, SERVER_2)) {
                final Ip ping = Ip.echo(Ip.ECHO_REQUEST, new Endpoint(host, 1), new Endpoint(server, 0), "hello " + host + server);
                hosts.inside.send(ping);
                final Ip arrived = hosts.outside.await(Ip.ECHO_REQUEST, ping.data());
                hosts.outside.send(Ip.echo(Ip.ECHO_REPLY, arrived.destination().port(0), arrived.source(), ping.data()));
                hosts.inside.await(Ip.ECHO_REPLY, ping.data());
            }
        }
        hosts.settle();
        return hosts;
    }

    private static Side side(final Network network, final Namespace host, final String gatewayInterface) {
        final String header = mac(network.gateway(), gatewayInterface) + mac(host, Network.HOST_INTERFACE) + "0800";
        return new Side(RawSocket.open(host, Network.HOST_INTERFACE), HexFormat.of().parseHex(header), new ArrayList<>());
    }

    private static String mac(final Namespace host, final String interfaceName) {
        return host.run("cat", "/sys/class/net/" + interfaceName + "/address").out().strip().replace(":", "");
    }

    /** Sends from inside hosts, and returns all that came of it. */
    Seen fromInside(final Ip... packets) {
        List.of(packets).forEach(inside::send);
        return settle();
    }

    /** Sends from outside hosts, and returns all that came of it. */
    Seen fromOutside(final Ip... packets) {
        List.of(packets).forEach(outside::send);
        return settle();
    }

    private Seen settle() {
        if (isLost) {
            throw new AssertionError("an earlier ping did not come through");
        }
        isLost = true;
        final String data = request();
        outside.send(Ip.echo(Ip.ECHO_REPLY, MARKER_TO, marker, data));
        inside.await(Ip.ECHO_REPLY, data);
        request();
        isLost = false;
        final Seen seen = new Seen(List.copyOf(inside.seen), List.copyOf(outside.seen));
        inside.seen.clear();
        outside.seen.clear();
        return seen;
    }

    private String request() {
        final String data = "settle " + ++serial;
        inside.send(Ip.echo(Ip.ECHO_REQUEST, MARKER_FROM, MARKER_TO, data));
        marker = outside.await(Ip.ECHO_REQUEST, data).source();
        return data;
    }

    @Override
    public void close() {
        inside.socket.close();
        outside.socket.close();
    }
}
