package io.sallyport.tools.system;

import static io.sallyport.tools.system.Probe.SERVER;
import static io.sallyport.tools.system.Probe.host;
import static io.sallyport.tools.system.Probe.host2;
import static io.sallyport.tools.system.Probe.open;

import io.sallyport.tools.system.Ip.Endpoint;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What becomes of the IPv4 header, and of packets whose addresses or protocols are unusual. */
final class HeaderProbes {

    /** Source port, destination port, verification tag 0, CRC32c, INIT chunk: all that a NAT must leave alone (RFC 9260). */
    private static final byte[] SCTP_INIT = sctp("9c40232900000000" + "00000000" + "01000014" + "12345678"
        + "00010000" + "000a000a" + "00000001");
    private static final byte[] GRE = HexFormat.of().parseHex("00000800" + "0102030405060708");
    private static final byte[] UNKNOWN_OPTION = HexFormat.of().parseHex("9e04abcd");
    private static final byte[] SOURCE_ROUTE = HexFormat.of().parseHex("830704" + "cb007163" + "00");

    static final List<Probe> ALL = List.of(
        new Probe("ttl-lowered", hosts -> ttl(hosts.fromInside(Ip.udp(host(40_200), SERVER, "hello").ttl(10)))),
        Probe.fromInside("ttl-1-from-inside", Ip.udp(host(40_201), SERVER, "hello").ttl(1)),
        new Probe("ttl-1-from-outside", HeaderProbes::ttlFromOutside),
        new Probe("dscp-and-ecn", HeaderProbes::tos),
        new Probe("identification-without-df", HeaderProbes::identification),
        new Probe("identification-with-df", HeaderProbes::atomicIdentification),
        new Probe("option-unknown", HeaderProbes::unknownOption),
        Probe.fromInside("option-source-route", Ip.udp(host(40_206), SERVER, "hello").options(SOURCE_ROUTE)),
        Probe.fromInside("source-spoofed-from-inside", Ip.udp(new Endpoint("192.0.2.77", 40_207), SERVER, "hello")),
        new Probe("source-spoofed-from-outside", hosts ->
            hosts.fromOutside(Ip.udp(host2(40_208), open(hosts, host(40_208), SERVER), "hello")).toString()),
        Probe.fromInside("multicast-from-inside", Ip.udp(host(40_209), new Endpoint("224.0.1.7", 7), "hello")),
        Probe.fromInside("broadcast-from-inside", Ip.udp(host(40_210), new Endpoint("255.255.255.255", 7), "hello")),
        Probe.fromInside("link-local-from-inside", Ip.udp(host(40_211), new Endpoint("169.254.7.7", 7), "hello")),
        Probe.fromInside("class-e-from-inside", Ip.udp(host(40_212), new Endpoint("240.0.0.7", 7), "hello")),
        new Probe("gre", hosts -> otherProtocol(hosts, Ip.GRE, GRE)),
        new Probe("sctp-init", hosts -> otherProtocol(hosts, Ip.SCTP, SCTP_INIT)));

    private HeaderProbes() {
    }

    private static String ttl(final ProbeHosts.Seen seen) {
        return "10 becomes " + seen.only().ttl();
    }

    /** The error has to speak of the packet as the server sent it. */
    private static String ttlFromOutside(final ProbeHosts hosts) {
        final Endpoint client = open(hosts, host(40_202), SERVER);
        final ProbeHosts.Seen seen = hosts.fromOutside(Ip.udp(SERVER, client, "hello").ttl(1));
        return seen + (seen.only().quoted().destination().equals(client) ? ", quoting what was sent" : ", quoting something else");
    }

    private static String tos(final ProbeHosts hosts) {
        final Ip there = hosts.fromInside(Ip.udp(host(40_203), SERVER, "hello").tos(0xb9)).only();
        final Ip back = hosts.fromOutside(Ip.udp(SERVER, there.source(), "hello").tos(0x2b)).only();
        return there.tos() == 0xb9 && back.tos() == 0x2b ? "kept" : "changed";
    }

    private static String identification(final ProbeHosts hosts) {
        final int first = hosts.fromInside(Ip.udp(host(40_204), SERVER, "hello").identification(0x4711)).only().identification();
        final int second = hosts.fromInside(Ip.udp(host2(40_204), SERVER, "hello").identification(0x4711)).only().identification();
        return first == second ? "one for two hosts' packets" : "one for each host's packet";
    }

    private static String atomicIdentification(final ProbeHosts hosts) {
        final Ip packet = Ip.udp(host(40_205), SERVER, "hello").identification(0x4711).doNotFragment();
        return hosts.fromInside(packet).only().identification() == 0x4711 ? "kept" : "changed";
    }

    private static String unknownOption(final ProbeHosts hosts) {
        final ProbeHosts.Seen seen = hosts.fromInside(Ip.udp(host(40_213), SERVER, "hello").options(UNKNOWN_OPTION));
        return seen + (Arrays.equals(seen.only().optionBytes(), UNKNOWN_OPTION) ? ", option kept" : ", option changed");
    }

    private static String otherProtocol(final ProbeHosts hosts, final int protocol, final byte[] payload) {
        final ProbeHosts.Seen there = hosts.fromInside(Ip.of(protocol, ProbeHosts.HOST, ProbeHosts.SERVER, payload));
        if (there.outside().size() != 1) {
            return there.toString();
        }
        final ProbeHosts.Seen back = hosts.fromOutside(Ip.of(protocol, ProbeHosts.SERVER, ProbeHosts.PUBLIC, answer(protocol, payload)));
        return there + ", " + back + (Arrays.equals(payload, there.only().payload()) ? "" : ", payload changed");
    }

    /** The same with ports swapped where there are any: for SCTP an ABORT, which answers an INIT. */
    private static byte[] answer(final int protocol, final byte[] payload) {
        return protocol == Ip.SCTP ? sctp("23299c40" + "12345678" + "00000000" + "06000004") : payload;
    }

    /** An SCTP packet with its checksum, which is stored with its lowest byte first (RFC 9260, appendix A). */
    private static byte[] sctp(final String hex) {
        final byte[] packet = HexFormat.of().parseHex(hex);
        final java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(packet);
        java.nio.ByteBuffer.wrap(packet).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(8, (int) crc.getValue());
        return packet;
    }
}
