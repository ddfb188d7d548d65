package io.sallyport.tools.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Counter;
import io.sallyport.counter.Description;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.Fact;
import io.sallyport.counter.GatewayState;
import io.sallyport.tools.screen.GatewayFacts;
import io.sallyport.tools.screen.PortUseScan;
import io.sallyport.tools.screen.PortUseScan.Destination;
import io.sallyport.tools.screen.PortUseScan.Host;
import io.sallyport.tools.screen.Sample;
import io.sallyport.tools.top.Line.Style;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The screen, line by line. */
class TopScreenTest {

    private static final Map<Fact, String> FACTS = Map.of(Fact.NAME, "edge", Fact.VERSION, "1.2.3", Fact.INSIDE_INTERFACE, "l0",
        Fact.OUTSIDE_INTERFACE, "w0", Fact.CONNECTIONS_CAPACITY, "1048576", Fact.MAPPING, "endpoint-dependent");
    private static final int POOL = 3;

    @TempDir
    private Path state;
    private CommandControlFile gateway;

    @BeforeEach
    void startGateway() throws IOException {
        gateway = CommandControlFile.create(state, new Description(1, List.of("ingress", "egress", "worker-0"), FACTS,
            IntStream.range(0, POOL).mapToObj(i -> Ipv4Address.parse("198.51.100.1") + i).toList(), 1));
        gateway.ready();
        for (int space = 0; space < 3 * POOL; space++) {
            gateway.ports().capacity(space, 64_512);
        }
    }

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    /** Two looks, two seconds apart, at a gateway that is busy between them. */
    private TopView busy() throws IOException {
        try (CommandControlReader reader = CommandControlReader.attach(state)) {
            gateway.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 1_000_000);
            gateway.counters(1).addDrops(DropReason.NO_ROUTE.ordinal(), 400_000);
            gateway.latency().record(1_000_000_000, 7);
            final TopSample earlier = sample(reader, 1_000_000_000);
            gateway.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 24_690);
            gateway.counters(0).add(Counter.BYTES_IN_FROM_SOURCE, 3_000_000);
            gateway.counters(1).add(Counter.PACKETS_OUT_TO_DESTINATION, 24_600);
            gateway.counters(1).add(Counter.BYTES_OUT_TO_DESTINATION, 2_900_000);
            gateway.counters(0).add(Counter.PACKETS_IN_FROM_DESTINATION, 200);
            gateway.counters(0).add(Counter.BYTES_IN_FROM_DESTINATION, 30_000);
            gateway.counters(1).add(Counter.PACKETS_OUT_TO_SOURCE, 111);
            gateway.counters(1).add(Counter.BYTES_OUT_TO_SOURCE, 20_000);
            gateway.counters(1).addDrops(DropReason.UNSOLICITED.ordinal(), 89);
            gateway.counters(1).addDrops(DropReason.PORTS_EXHAUSTED.ordinal(), 90);
            gateway.counters(2).add(Counter.CONNECTION_ATTEMPTS_TCP, 250);
            gateway.counters(2).set(Counter.ACTIVE_CONNECTIONS_TCP, 60_120);
            gateway.counters(2).set(Counter.ACTIVE_CONNECTIONS_UDP, 77);
            gateway.latency().record(12_000, 23_000);
            gateway.latency().record(95_000, 1_700);
            gateway.ports().block(0).set(0, 53_000, 0);
            gateway.ports().block(0).set(4, 6_000, 451);
            final TableLook table = TableLook.NONE
                .next(1_000_000_000, found(58_000))
                .next(3_000_000_000L, found(60_000));
            return new TopView(earlier, sample(reader, 3_000_000_000L), table, Optional.empty());
        }
    }

    private static TopSample sample(final CommandControlReader reader, final long nowNs) throws IOException {
        return new TopSample(Sample.of(reader, nowNs),
            new GatewayFacts(GatewayState.READY, false, 4711, 7_440, 0, reader.facts()), reader.startEpochMs());
    }

    private static PortUseScan.Result found(final long connections) {
        final int host = Ipv4Address.parse("10.77.0.2");
        final int server = Ipv4Address.parse("203.0.113.80");
        return new PortUseScan.Result(connections + 77,
            List.of(new Host(host, connections, 53_000), new Host(host + 1, 70, 60), new Host(host + 2, 7, 7)),
            List.of(new Host(host, connections, 53_000), new Host(host + 1, 70, 60)),
            List.of(new Destination(0, server, 443, 53_000, 0.8215), new Destination(1, server + 1, 53, 70, 0.001),
                new Destination(2, server + 2, 0, 7, 0.0)));
    }

    private static String text(final List<Line> lines) {
        return lines.stream().map(line -> line.text().stripTrailing() + "\n").collect(Collectors.joining());
    }

    @Test
    void everything_is_on_80_columns_and_24_lines() throws IOException {
        assertEquals("""
            sallyport edge: ready, up 2h 4m, version 1.2.3
                                    packets/s        bit/s  forwarded packets/s        bit/s
            from inside l0             12.3 k       12.0 M               12.3 k       11.6 M
            from outside w0               100        120 k                 55.5       80.0 k
            connections 60.2 k of 1.05 M, new 125/s:  tcp 60.1 k  udp 77  icmp 0  other 0
            latency  p50 12.0 µs  p90 12.0 µs  p99 96.3 µs  p99.9 96.3 µs  worst 96.3 µs

            dropped 89.5/s       packets/s  packets  because
            ports-exhausted             45       90  no free public port
            unsolicited               44.5       89  from outside, and no connection asks fo
            no-route                     0    400 k  no route to the destination
            public address  ports taken: tcp, udp, icmp identifiers (| is 80 %)
            198.51.100.1    tcp ########|#.  82% udp ........|..   0% icmp ........|..   0%
            198.51.100.2    tcp ........|..   0% udp #.......|..  10% icmp ........|..   0%

            inside host      *conns   ports   +-/s   destination                 ports taken
            10.77.0.2        60.0 k  53.0 k +1,000   tcp  203.0.113.80:443      53.0 k   82%
            10.77.0.3            70      60          udp  203.0.113.81:53           70    0%
            10.77.0.4             7       7          icmp 203.0.113.82               7    0%
            """, text(TopScreen.lines(busy(), HostOrder.CONNECTIONS, 23, 80)));
    }

    @Test
    void what_is_nearly_used_up_is_an_alarm() throws IOException {
        final List<String> alarms = TopScreen.lines(busy(), HostOrder.CONNECTIONS, 23, 80).stream()
            .filter(line -> line.style() == Style.ALARM).map(Line::text).map(text -> text.substring(0, 12)).toList();
        assertEquals(List.of("198.51.100.1", "10.77.0.2   "), alarms);
    }

    @Test
    void gateway_that_has_stopped_keeps_its_figures_without_rates() throws IOException {
        final TopView busy = busy();
        final List<Line> lines = TopScreen.lines(
            new TopView(busy.now(), busy.now(), busy.table(), Optional.of("gateway stopped, waiting for it to come back")),
            HostOrder.PORTS, 23, 80);
        assertEquals(new Line("sallyport edge: gateway stopped, waiting for it to come back", Style.ALARM), lines.getFirst());
        assertTrue(text(lines).contains("from inside l0                  0            0                    0            0\n"), text(lines));
        assertTrue(text(lines).contains("10.77.0.2        60.0 k  53.0 k +1,000"), text(lines));
    }

    @ParameterizedTest
    @CsvSource({"23,80", "5,40", "1,10", "60,200", "24,79"})
    void screen_of_any_size_holds_no_more_than_it_can(final int rows, final int columns) throws IOException {
        for (final DropReason reason : DropReason.values()) {
            gateway.counters(1).addDrops(reason.ordinal(), 1_000_000_000_000L);
        }
        for (final Counter counter : Counter.values()) {
            gateway.counters(2).set(counter, 999_999_999_999L);
        }
        final List<Line> lines = TopScreen.lines(busy(), HostOrder.GROWTH, rows, columns);
        assertTrue(lines.size() <= rows, text(lines));
        assertTrue(lines.stream().allMatch(line -> line.text().length() <= columns), text(lines));
    }

    @Test
    void larger_screen_shows_more() throws IOException {
        for (final DropReason reason : DropReason.values()) {
            gateway.counters(1).addDrops(reason.ordinal(), 3);
        }
        final String text = text(TopScreen.lines(busy(), HostOrder.CONNECTIONS, 43, 80));
        assertTrue(text.contains("198.51.100.3"), text);
        assertTrue(text.lines().filter(line -> line.matches("[a-z0-9-]+ +[0-9.]+ +[0-9.]+( k)?  .*")).count() == 8, text);
    }
}
