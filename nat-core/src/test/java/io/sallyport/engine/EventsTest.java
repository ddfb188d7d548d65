package io.sallyport.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.EventsConfig;
import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Filtering;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.counter.Counter;
import io.sallyport.counter.CounterBlock;
import io.sallyport.event.EventLog;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an engine tells the event log, and when. */
class EventsTest {

    private static final Pattern LINE = Pattern.compile("\\{\"time\":\"1970-01-01T00:(..):(..)\\.[0-9]*Z\",\"event\":\"([a-z-]+)\"(.*)\\}");

    @TempDir
    private Path directory;

    private Lab lab(final GatewayConfig config, final Optional<Path> state) throws IOException {
        return Lab.of(config, state, EngineOptions.Secrets.seeded(1),
            EventLog.ofReplay(config, TimeUnit.SECONDS.toNanos(1_000), CounterBlock.onHeap()));
    }

    private GatewayConfig config(final boolean destinations) {
        return Lab.small(1_000).withEvents(new EventsConfig(Optional.of(file()), destinations, 0, Optional.empty()));
    }

    private Path file() {
        return directory.resolve("events.jsonl");
    }

    /** Those about mappings: seconds after the start, and what happened; of the public endpoint the address alone. */
    private List<String> events(final String... kinds) throws IOException {
        return Files.readAllLines(file()).stream().map(LINE::matcher).filter(Matcher::matches)
            .filter(line -> List.of(kinds).contains(line.group(3)))
            .map(line -> Integer.parseInt(line.group(1)) * 60 + Integer.parseInt(line.group(2)) - 1_000 + " " + line.group(3) + " "
                + line.group(4).replaceAll("[\",]+[a-z]+\":\"?|\"", " ").replaceAll("(198\\.51\\.100\\.1):[0-9]+", "$1").strip()
                    .replaceAll(" +", " "))
            .toList();
    }

    /** RFC 6888, REQ-14. */
    @Test
    void rfc6888_14_aMappingFromItsFirstConnectionToTheEndOfItsLast() throws IOException {
        try (Lab lab = lab(config(false), Optional.empty())) {
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10));
            lab.pass(100, TimeUnit.SECONDS);
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT2, 53, 10));
            lab.pass(1_000, TimeUnit.SECONDS);
        }
        assertEquals(List.of("0 created udp 198.51.100.1 10.77.0.2:5000", "400 ended udp 198.51.100.1 10.77.0.2:5000"),
            events("created", "ended"));
    }

    @Test
    void with_destinations_each_connection() throws IOException {
        try (Lab lab = lab(config(true), Optional.empty())) {
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10));
            lab.pass(100, TimeUnit.SECONDS);
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT2, 54, 10), Packets.echo(Lab.IN1, Lab.OUT1, 8, 77));
            lab.pass(1_000, TimeUnit.SECONDS);
        }
        assertEquals(List.of(
            "0 created udp 198.51.100.1 10.77.0.2:5000 203.0.113.5:53",
            "100 created udp 198.51.100.1 10.77.0.2:5000 203.0.113.6:54",
            "100 created icmp 198.51.100.1 10.77.0.2:77 203.0.113.5",
            "160 ended icmp 198.51.100.1 10.77.0.2:77 203.0.113.5",
            "300 ended udp 198.51.100.1 10.77.0.2:5000 203.0.113.5:53",
            "400 ended udp 198.51.100.1 10.77.0.2:5000 203.0.113.6:54"), events("created", "ended"));
    }

    /** RFC 6888, REQ-12. */
    @Test
    void rfc6888_12_destinationsAreNotLoggedByDefault() throws IOException {
        for (final Mapping mapping : Mapping.values()) {
            final GatewayConfig config = config(false);
            try (Lab lab = lab(config.withNat(config.nat().withMapping(mapping)), Optional.empty())) {
                lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10));
                lab.pass(1_000, TimeUnit.SECONDS);
            }
            assertEquals(2, events("created", "ended").size());
            assertTrue(!Files.readString(file()).contains(Lab.OUT1), () -> "a destination with " + mapping);
        }
    }

    /** With endpoint-independent mapping; the other one tells of each connection when it ends. */
    @Test
    void aPortThatTheOperatorGivesToAForwardHasEndedForItsEndpoint() throws IOException {
        for (final Mapping mapping : Mapping.values()) {
            final GatewayConfig before = config(false).withNat(config(false).nat().withMapping(mapping));
            try (Lab lab = lab(before, Optional.empty())) {
                final int port = Packets.sourcePort(lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10)).getFirst().frame());
                lab.pass(100, TimeUnit.SECONDS);
                lab.nat.reconfigure(before.withNat(before.nat().withForwards(List.of(new Forward(NatConfig.Protocol.UDP,
                    Ipv4Address.parse(Lab.PUBLIC), port, Ipv4Address.parse(Lab.IN2), 53, List.of())))), lab.nowNs);
                lab.pass(100, TimeUnit.SECONDS);
                lab.nat.reconfigure(before, lab.nowNs);
                lab.pass(1_000, TimeUnit.SECONDS);
            }
            assertEquals(List.of("0 created udp 198.51.100.1 10.77.0.2:5000",
                (mapping == Mapping.ENDPOINT_INDEPENDENT ? "100" : "300") + " ended udp 198.51.100.1 10.77.0.2:5000"),
                events("created", "ended"));
            Files.delete(file());
        }
    }

    @Test
    void with_endpoint_dependent_mapping_each_connection_has_its_port() throws IOException {
        final GatewayConfig config = config(false);
        try (Lab lab = lab(config.withNat(config.nat().withMapping(Mapping.ENDPOINT_DEPENDENT)), Optional.empty())) {
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10));
            lab.pass(100, TimeUnit.SECONDS);
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT2, 53, 10));
            lab.pass(1_000, TimeUnit.SECONDS);
        }
        assertEquals(List.of(
            "0 created udp 198.51.100.1 10.77.0.2:5000", "100 created udp 198.51.100.1 10.77.0.2:5000",
            "300 ended udp 198.51.100.1 10.77.0.2:5000", "400 ended udp 198.51.100.1 10.77.0.2:5000"), events("created", "ended"));
    }

    /** A stranger's connection keeps the port after the host's own has ended. */
    @Test
    void with_endpoint_dependent_mapping_an_answered_guest_has_it_too() throws IOException {
        final GatewayConfig config = config(false);
        try (Lab lab = lab(config.withNat(config.nat().withMapping(Mapping.ENDPOINT_DEPENDENT)
            .withFiltering(Filtering.ENDPOINT_INDEPENDENT)), Optional.empty())) {
            final byte[] sent = lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10)).getFirst().frame();
            final int port = Packets.sourcePort(sent);
            lab.pass(200, TimeUnit.SECONDS);
            lab.fromOutside(Packets.udp(Lab.OUT2, 99, Lab.PUBLIC, port, 10));
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT2, 99, 10));
            lab.pass(1_000, TimeUnit.SECONDS);
        }
        assertEquals(List.of(
            "0 created udp 198.51.100.1 10.77.0.2:5000", "200 created udp 198.51.100.1 10.77.0.2:5000",
            "300 ended udp 198.51.100.1 10.77.0.2:5000", "500 ended udp 198.51.100.1 10.77.0.2:5000"), events("created", "ended"));
    }

    @Test
    void blocks_are_claimed_before_their_first_port_and_returned_after_their_last_has_cooled_down() throws IOException {
        try (Lab lab = lab(config(false), Optional.empty())) {
            lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10));
            lab.pass(1_000, TimeUnit.SECONDS);
        }
        final List<String> events = events("created", "ended", "block-claimed", "block-returned");
        assertEquals(List.of("0 block-claimed", "0 created udp", "300 ended udp", "420 block-returned"), events.stream()
            .map(event -> event.replaceAll("( block-[a-z]+| udp).*", "$1")).toList(), events::toString);
        assertTrue(Files.readString(file()).matches("(?s).*\"block-claimed\",\"protocol\":\"udp\","
            + "\"public\":\"198.51.100.1:[0-9]+-[0-9]+\",\"worker\":0}\n.*"));
    }

    @Test
    void what_the_configuration_gives_away_stands_at_the_beginning() throws IOException {
        final GatewayConfig config = config(false);
        final GatewayConfig open = config.withNat(config.nat()
            .withForwards(List.of(new Forward(NatConfig.Protocol.TCP, Ipv4Address.parse(Lab.PUBLIC), 2_222, Ipv4Address.parse(Lab.IN1), 22,
                List.of())))
            .withOneToOne(List.of(new NatConfig.OneToOne(Ipv4Address.parse("198.51.100.50"), Ipv4Address.parse(Lab.IN2), List.of()))));
        try (Lab lab = lab(open, Optional.empty())) {
            lab.fromOutside(Packets.tcp(Lab.OUT1, 5, Lab.PUBLIC, 2_222, Packets.SYN, 1, 0, 0));
            lab.fromInside(Packets.tcp(Lab.IN1, 22, Lab.OUT2, 9, Packets.SYN, 1, 0, 0));
            lab.pass(1_000, TimeUnit.SECONDS);
        }
        assertEquals(List.of("0 started default replay", "0 forward tcp 198.51.100.1 10.77.0.2:22",
            "0 one-to-one 198.51.100.50 10.77.0.3", "0 stopped 1970-01-01T00:16:40.000000000Z"),
            events("started", "forward", "one-to-one", "stopped", "created", "ended"));
    }

    /** RFC 6888, REQ-11: the operator is told. */
    @Test
    void rfc6888_11_refusalsAreTold() throws IOException {
        final GatewayConfig config = config(false);
        final GatewayConfig narrow = config.withNat(config.nat().withPool(List.of(new AddressRange(Ipv4Address.parse(Lab.PUBLIC),
            Ipv4Address.parse(Lab.PUBLIC))), new PortRange(5_000, 5_001)).withLimits(new Limits(1_000, 3, 0)));
        try (Lab lab = lab(narrow, Optional.empty())) {
            for (int port = 1; port <= 5; port++) {
                lab.fromInside(Packets.udp(Lab.IN1, port, Lab.OUT1, 53, 10));
            }
            lab.fromInside(Packets.tcp(Lab.IN2, 1, Lab.OUT1, 53, Packets.SYN, 1, 0, 0), Packets.tcp(Lab.IN2, 2, Lab.OUT1, 53,
                Packets.SYN, 1, 0, 0), Packets.echo(Lab.IN2, Lab.OUT1, 8, 1), Packets.echo(Lab.IN2, Lab.OUT1, 8, 2));
        }
        assertEquals(List.of("0 refused udp 198.51.100.1 10.77.0.2 no-port", "0 refused icmp 198.51.100.1 10.77.0.3 host-limit"),
            events("refused"));
    }

    @Test
    void what_is_taken_over_says_so() throws IOException {
        final Path state = Files.createDirectory(directory.resolve("state"));
        for (final Mapping mapping : Mapping.values()) {
            final GatewayConfig config = config(false);
            final GatewayConfig mapped = config.withNat(config.nat().withMapping(mapping));
            try (Lab lab = lab(mapped, Optional.of(state))) {
                lab.fromInside(Packets.udp(Lab.IN1, 5_000, Lab.OUT1, 53, 10));
                assertEquals(0, lab.count(Counter.EVENTS_LOST));
            }
            try (Lab lab = lab(mapped, Optional.of(state))) {
                lab.pass(1_000, TimeUnit.SECONDS);
            }
            final List<String> events = events("created", "ended");
            assertEquals("0 created udp 198.51.100.1 10.77.0.2:5000 true", events.getFirst(), mapping.toString());
            assertTrue(events.getLast().endsWith("ended udp 198.51.100.1 10.77.0.2:5000"), events::toString);
            assertEquals(2, events.size(), events::toString);
        }
    }
}
