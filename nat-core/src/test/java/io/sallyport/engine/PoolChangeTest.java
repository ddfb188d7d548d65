package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ipv4Address;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static io.sallyport.engine.Lab.OUT1;
import static io.sallyport.engine.Lab.OUT2;
import static io.sallyport.engine.Packets.source;
import static io.sallyport.engine.Packets.sourcePort;
import static io.sallyport.engine.Packets.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Public addresses come and go while the gateway runs. */
class PoolChangeTest {

    private static final int HOSTS = 200;
    private static final String FIRST = "198.51.100.8";

    private GatewayConfig config = Lab.small(10_000);
    private Lab lab;

    @AfterEach
    void nothingIsLeftAfterALongSilence() {
        lab.pass(3, TimeUnit.HOURS);
        for (final Counter gauge : Counter.values()) {
            if (gauge.kind() == Counter.Kind.GAUGE) {
                assertEquals(0, lab.count(gauge), gauge.label());
            }
        }
        lab.close();
    }

    @ParameterizedTest
    @CsvSource({"ENDPOINT_INDEPENDENT, 1", "ENDPOINT_DEPENDENT, 1", "ENDPOINT_INDEPENDENT, 3", "ENDPOINT_DEPENDENT, 3"})
    void rfc4787_02_aHostWithConnectionsKeepsItsAddressWhenOthersCome(final Mapping mapping, final int workers) {
        start(mapping, workers, 1);
        for (int host = 0; host < HOSTS / 2; host++) {
            assertEquals(FIRST, sends(host, 5000));
        }
        change(4);
        final Map<String, Integer> used = new HashMap<>();
        for (int host = 0; host < HOSTS; host++) {
            final String address = sends(host, 5001);
            assertTrue(host >= HOSTS / 2 || address.equals(FIRST), "a host that had connections");
            assertEquals(address, sends(host, 5002), "paired");
            used.merge(address, 1, Integer::sum);
        }
        assertEquals(4, used.size(), used.toString());
        lab.pass(301, TimeUnit.SECONDS);
        final long moved = IntStream.range(0, HOSTS / 2).filter(host -> !sends(host, 5000).equals(FIRST)).count();
        assertTrue(moved > HOSTS / 2 / 2, moved + " hosts have moved after their silence");
    }

    /** Of hosts without connections only those move that get a new address. */
    @ParameterizedTest
    @CsvSource({"4, 5", "9, 10", "2, 4"})
    void fewHostsMove(final int before, final int after) {
        start(Mapping.ENDPOINT_INDEPENDENT, 1, before);
        final List<String> old = IntStream.range(0, HOSTS).mapToObj(host -> sends(host, 5000)).toList();
        lab.pass(301, TimeUnit.SECONDS);
        change(after);
        int moved = 0;
        for (int host = 0; host < HOSTS; host++) {
            final String address = sends(host, 5000);
            if (!address.equals(old.get(host))) {
                assertTrue(last(address) >= last(FIRST) + before, "moved to an old address");
                moved++;
            }
        }
        final double expected = (double) HOSTS * (after - before) / after;
        assertTrue(moved > expected / 2 && moved < expected * 2, moved + " moved of " + expected);
    }

    @ParameterizedTest
    @CsvSource({"ENDPOINT_INDEPENDENT, 1", "ENDPOINT_DEPENDENT, 1", "ENDPOINT_INDEPENDENT, 3", "ENDPOINT_DEPENDENT, 3"})
    void anAddressThatGoesLivesAsLongAsItsConnections(final Mapping mapping, final int workers) {
        start(mapping, workers, 3);
        final Map<Integer, byte[]> leaving = new HashMap<>();
        for (int host = 0; host < HOSTS; host++) {
            final byte[] sent = send(host, 5000, OUT1);
            if (last(source(sent)) == last(FIRST) + 2) {
                leaving.put(host, sent);
            }
        }
        assertTrue(leaving.size() > HOSTS / 6, leaving.size() + " hosts on the address that goes");
        final String gone = source(leaving.values().iterator().next());
        change(2);
        leaving.forEach((host, sent) -> {
            assertEquals(gone + ":" + sourcePort(sent), endpoint(send(host, 5000, OUT1)), "the connection that lived");
            assertNotEquals(gone, source(send(host, 5000, OUT2)), "a new one of the same endpoint");
            assertNotEquals(gone, sends(host, 5001), "a new one of the same host");
            answer(gone, sourcePort(sent), OUT1);
        });
        assertEquals(leaving.size(), lab.count(Counter.CONNECTIONS_ESTABLISHED_UDP), "answers find their connections");
        answer(gone, sourcePort(leaving.values().iterator().next()), OUT2);
        assertEquals(1, lab.count(DropReason.UNSOLICITED), "a stranger");
        lab.nat.tend(lab.nowNs);
        final int one = leaving.keySet().iterator().next();
        lab.pass(250, TimeUnit.SECONDS);
        send(one, 5000, OUT1);
        lab.pass(250, TimeUnit.SECONDS);
        lab.nat.tend(lab.nowNs);
        assertEquals(gone, source(send(one, 5000, OUT1)));
        lab.pass(301, TimeUnit.SECONDS);
        lab.nat.tend(lab.nowNs);
        answer(gone, 5000, OUT1);
        assertEquals(1, lab.count(DropReason.NOT_OURS));
        change(3);
        assertTrue(IntStream.range(0, HOSTS).mapToObj(host -> sends(host, 5003)).anyMatch(gone::equals), "it comes back");
    }

    /** A mapping on an address that goes lets no strangers in any more, however wide the filtering is. */
    @ParameterizedTest
    @CsvSource({"ENDPOINT_INDEPENDENT, 1", "ENDPOINT_DEPENDENT, 1"})
    void anAddressThatGoesLetsNoStrangersIn(final Mapping mapping, final int workers) {
        config = config.withNat(config.nat().withFiltering(Filtering.ENDPOINT_INDEPENDENT));
        start(mapping, workers, 2);
        final int host = IntStream.range(0, HOSTS).filter(k -> last(sends(k, 5000)) == last(FIRST) + 1).findFirst().orElseThrow();
        final byte[] sent = send(host, 5000, OUT1);
        answer(source(sent), sourcePort(sent), OUT2);
        assertEquals(1, lab.count(Counter.ACTIVE_CONNECTIONS_UDP) - hostsThatSent(host));
        change(1);
        answer(source(sent), sourcePort(sent), "203.0.113.77");
        assertEquals(1, lab.count(DropReason.UNSOLICITED));
    }

    private static int hostsThatSent(final int last) {
        return last + 1;
    }

    private void start(final Mapping mapping, final int workers, final int addresses) {
        final IoConfig io = config.io();
        config = config.withIo(new IoConfig(io.backend(), io.threading(), workers, io.waiting(), io.offload(), io.isolate()))
            .withNat(config.nat().withMapping(mapping).withPool(pool(addresses), config.nat().ports()));
        lab = Lab.of(config);
    }

    private void change(final int addresses) {
        config = config.withNat(config.nat().withPool(pool(addresses), config.nat().ports()));
        assertEquals(List.of("nat.pool"),
            lab.nat.reconfigure(config, lab.nowNs).applied().stream().map(change -> change.key()).toList());
    }

    private static List<AddressRange> pool(final int addresses) {
        final int first = Ipv4Address.parse(FIRST);
        return List.of(new AddressRange(first, first + addresses - 1));
    }

    /** The public address that a host sends by. */
    private String sends(final int host, final int port) {
        return source(send(host, port, OUT1));
    }

    private byte[] send(final int host, final int port, final String remote) {
        final List<Lab.Sent> sent = lab.fromInside(udp("10.77.0." + (20 + host), port, remote, 53, 1));
        assertEquals(1, sent.size(), "packets that left");
        assertEquals(Side.OUTSIDE, sent.get(0).side());
        return sent.get(0).frame();
    }

    /** A packet from outside, for which the host's MAC address may have to be asked. */
    private void answer(final String publicAddress, final int publicPort, final String remote) {
        lab.fromOutside(udp(remote, 53, publicAddress, publicPort, 1));
    }

    private static String endpoint(final byte[] sent) {
        return source(sent) + ":" + sourcePort(sent);
    }

    private static int last(final String address) {
        return Ipv4Address.parse(address) & 0xFF;
    }
}
