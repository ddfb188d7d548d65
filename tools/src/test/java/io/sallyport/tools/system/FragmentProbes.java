package io.sallyport.tools.system;

import static io.sallyport.tools.system.Probe.SERVER;
import static io.sallyport.tools.system.Probe.host;
import static io.sallyport.tools.system.Probe.open;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** What becomes of packets that are too big, and of pieces. */
final class FragmentProbes {

    private static final int BIG_BYTES = 1_400;
    private static final int PIECE_BYTES = 504;

    static final List<Probe> ALL = List.of(
        new Probe("too-big-with-df", FragmentProbes::tooBig),
        new Probe("too-big-without-df", hosts -> pieces(hosts.fromInside(datagram(40_301, BIG_BYTES)).outside(), BIG_BYTES)),
        new Probe("fragments-in-order", hosts -> fromInside(hosts, 40_302, 0, 1)),
        new Probe("fragments-last-first", hosts -> fromInside(hosts, 40_303, 1, 0)),
        new Probe("fragments-from-outside", FragmentProbes::fromOutside),
        new Probe("fragments-of-a-ping-to-gateway", FragmentProbes::ping),
        Probe.fromInside("fragment-first-alone", datagram(40_305, 900).fragment(0, PIECE_BYTES)),
        Probe.fromInside("fragment-last-alone", datagram(40_306, 900).fragment(PIECE_BYTES, 2_000)),
        new Probe("fragments-overlapping", FragmentProbes::overlapping));

    private FragmentProbes() {
    }

    /** A datagram with {@code length} bytes of data that tell where they belong, and an identification of its own. */
    private static Ip datagram(final int port, final int length) {
        return Ip.udp(host(port), SERVER, data(length)).identification(port);
    }

    private static byte[] data(final int length) {
        final byte[] data = new byte[length];
        for (int i = 0; i < length; i++) {
            data[i] = (byte) (i / 8);
        }
        return data;
    }

    private static String tooBig(final ProbeHosts hosts) {
        final ProbeHosts.Seen seen = hosts.fromInside(datagram(40_300, BIG_BYTES).doNotFragment());
        return seen + ", mtu " + seen.only().icmpMtu();
    }

    private static String fromInside(final ProbeHosts hosts, final int port, final int first, final int second) {
        final Ip whole = datagram(port, 900);
        final Ip[] pieces = {whole.fragment(0, PIECE_BYTES), whole.fragment(PIECE_BYTES, 2_000)};
        return pieces(hosts.fromInside(pieces[first], pieces[second]).outside(), 900);
    }

    private static String fromOutside(final ProbeHosts hosts) {
        final Ip whole = Ip.udp(SERVER, open(hosts, host(40_304), SERVER), data(900)).identification(40_304);
        return pieces(hosts.fromOutside(whole.fragment(0, PIECE_BYTES), whole.fragment(PIECE_BYTES, 2_000)).inside(), 900);
    }

    private static String ping(final ProbeHosts hosts) {
        final Ip ping = Ip.echo(Ip.ECHO_REQUEST, host(104), new Ip.Endpoint(ProbeHosts.GATEWAY, 0), "hello".repeat(160));
        return hosts.fromInside(ping.fragment(0, PIECE_BYTES), ping.fragment(PIECE_BYTES, 2_000)).toString();
    }

    /** The second piece says otherwise about bytes that the first one had. */
    private static String overlapping(final ProbeHosts hosts) {
        final Ip whole = datagram(40_307, 900);
        final Ip other = Ip.udp(host(40_307), SERVER, new byte[900]).identification(40_307);
        return hosts.fromInside(whole.fragment(0, PIECE_BYTES), other.fragment(PIECE_BYTES - 8, 2_000)).toString();
    }

    /** Puts the pieces together and looks whether they are what was sent. */
    private static String pieces(final List<Ip> seen, final int lengthBytes) {
        if (seen.isEmpty()) {
            return "silence";
        }
        final byte[] together = new byte[8 + lengthBytes];
        seen.stream().sorted(Comparator.comparing(Ip::fragmentOffset)).forEach(piece ->
            System.arraycopy(piece.payload(), 0, together, piece.fragmentOffset(), piece.payloadLength()));
        final Ip first = seen.stream().filter(piece -> piece.fragmentOffset() == 0).findFirst().orElseThrow();
        final Ip whole = Ip.of(Ip.UDP, first.source().address(), first.destination().address(), together);
        final boolean isIntact = whole.transportChecksum() == ((together[6] & 0xff) << 8 | together[7] & 0xff)
            && Arrays.equals(data(lengthBytes), Arrays.copyOfRange(together, 8, together.length));
        return seen.size() + " pieces " + ProbeHosts.name(first.source().address()) + " > " + ProbeHosts.name(first.destination().address())
            + (isIntact ? ", intact" : ", damaged") + (seen.stream().allMatch(Ip::isSound) ? "" : ", wrong header checksum");
    }
}
