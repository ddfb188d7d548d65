package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes to a collector, as Wireshark's dissector reads it, which others wrote: it says the same as the file of events. */
@Privileged
class IpfixSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int COLLECTOR_PORT = 4739;
    private static final String NEIGHBOUR = "10.77.0.3";
    private static final Map<String, String> PROTOCOLS = Map.of("tcp", "6", "udp", "17", "icmp", "1");

    @TempDir
    private Path directory;

    @Test
    void bindings_blocks_of_ports_and_their_exhaustion() throws Exception {
        assertEquals(Set.of("8", "9", "12", "16", "17"), exported("""
            nat: { ports: 2048-2111, timeouts: { udp: 1s, icmp: 1s, port-reuse: 0s } }
            """, false, "sendFrom 10.77.0.2 70"));
    }

    @Test
    void sessions_and_quotas() throws Exception {
        assertEquals(Set.of("4", "5", "13", "16"), exported("""
            nat: { timeouts: { udp: 1s, icmp: 1s }, limits: { connections: 40, per-host: 30 } }
            """, true, "sendFrom 10.77.0.2 35; sendFrom " + NEIGHBOUR + " 25"));
    }

    /** Runs a gateway with traffic until its export says what its file says; returns the NAT events in it. */
    private Set<String> exported(final String nat, final boolean withDestinations, final String sending) throws Exception {
        final Path log = directory.resolve("events.jsonl");
        final Path capture = directory.resolve("export.pcap");
        try (Network network = Network.create("sp-ipfix");
            BackgroundProcess collector = network.gateway().start(
                List.of("socat", "-u", "UDP4-RECV:" + COLLECTOR_PORT, "OPEN:/dev/null"));
            Sniffer sniffer = Sniffer.start(network.gateway(), "lo", capture, "udp", "dst", "port", Integer.toString(COLLECTOR_PORT));
            BackgroundProcess farEnd = network.startFarEnd(Program.CLASS_PATH);
            GatewayUnderTest gateway = GatewayUnderTest.start(network, new Variant("packet", "pipeline"), nat
                + "events: { file: %s, destinations: %s, ipfix: \"127.0.0.1:%d\" }".formatted(log, withDestinations, COLLECTOR_PORT))) {
            assertTrue(collector.isAlive() && farEnd.isAlive());
            new Traffic(network).ping(Network.FAR_HOST, 1, 56);
            new Traffic(network).seenAs();
            network.inside().run("ip", "address", "add", NEIGHBOUR + "/24", "dev", Network.HOST_INTERFACE);
            network.inside().run("bash", "-c", """
                sendFrom() { # address count
                    for ((i = 0; i < $2; i++)); do echo | socat -u - UDP4:%s:9,bind=$1; done
                }
                """.formatted(Network.FAR_HOST) + sending);
            gateway.assertEveryPacketAccountedFor();
            awaitEnds(log);
            assertEquals(0, gateway.counters().value("eventsNotExportedTotal"));
            assertEquals(0, gateway.process().stop(), gateway.process()::err);
            sniffer.stop();
        }
        final List<Map<String, String>> told = told(log);
        final List<Map<String, String>> understood = IpfixDissection.of(capture, COLLECTOR_PORT).records();
        assertEquals(String.join("\n", lines(told)), String.join("\n", lines(understood)));
        final Set<String> kinds = new TreeSet<>();
        understood.forEach(fields -> kinds.add(fields.get("nat_event")));
        return kinds;
    }

    private static List<String> lines(final List<Map<String, String>> records) {
        return records.stream().map(Map::toString).toList();
    }

    /** Waits until the mappings of UDP have ended. */
    private static void awaitEnds(final Path log) throws IOException {
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        long open;
        do {
            final List<String> lines = Files.readAllLines(log);
            open = lines.stream().filter(line -> line.contains("\"created\",\"protocol\":\"udp\"")).count()
                - lines.stream().filter(line -> line.contains("\"ended\",\"protocol\":\"udp\"")).count();
        } while (open > 0 && System.nanoTime() < deadlineNs);
        assertEquals(0, open, "mappings that have not ended");
    }

    /** What the lines of the log say, in the words of the dissector. */
    private static List<Map<String, String>> told(final Path log) throws IOException {
        final List<Map<String, String>> records = new ArrayList<>();
        for (final String line : Files.readAllLines(log)) {
            final Map<String, Object> said = JSON.std.mapFrom(line);
            final Map<String, String> fields = new TreeMap<>();
            switch (said.get("event").toString()) {
                case "created" -> mapping(said, fields, said.containsKey("destination") ? "4" : "8");
                case "ended" -> mapping(said, fields, said.containsKey("destination") ? "5" : "9");
                case "block-claimed" -> block(said, fields, "16");
                case "block-returned" -> block(said, fields, "17");
                case "refused" -> refused(said, fields);
                default -> {
                    continue;
                }
            }
            fields.put("observation_time_milliseconds", Long.toString(Instant.parse(said.get("time").toString()).toEpochMilli()));
            records.add(fields);
        }
        return records;
    }

    private static void mapping(final Map<String, Object> said, final Map<String, String> fields, final String natEvent) {
        fields.put("nat_event", natEvent);
        fields.put("protocol", PROTOCOLS.get(said.get("protocol")));
        endpoint(said.get("inside"), fields, "srcaddr", "srcport");
        endpoint(said.get("public"), fields, "post_natsource_ipv4_address", "post_naptsource_transport_port");
        if (said.containsKey("destination")) {
            endpoint(said.get("destination"), fields, "dstaddr", "dstport");
            endpoint(said.get("destination"), fields, "post_natdestination_ipv4_address", "post_naptdestination_transport_port");
        }
    }

    private static void block(final Map<String, Object> said, final Map<String, String> fields, final String natEvent) {
        fields.put("nat_event", natEvent);
        fields.put("protocol", PROTOCOLS.get(said.get("protocol")));
        fields.put("srcaddr", "0.0.0.0");
        endpoint(said.get("public"), fields, "post_natsource_ipv4_address", "ports");
        final String[] ports = fields.remove("ports").split("-");
        fields.put("port_range_start", ports[0]);
        fields.put("port_range_end", ports[1]);
        fields.put("nat_instanceid", said.get("worker").toString());
    }

    private static void refused(final Map<String, Object> said, final Map<String, String> fields) {
        switch (said.get("reason").toString()) {
            case "no-port" -> {
                fields.put("nat_event", "12");
                fields.put("protocol", PROTOCOLS.get(said.get("protocol")));
                fields.put("post_natsource_ipv4_address", said.get("public").toString());
            }
            case "table-full" -> fields.putAll(Map.of("nat_event", "13", "nat_quota_exceeded_event", "1", "max_session_entries", "40"));
            case "host-limit" -> fields.putAll(Map.of("nat_event", "13", "nat_quota_exceeded_event", "3", "max_entries_per_user", "30",
                "srcaddr", said.get("inside").toString().split(":")[0]));
            default -> throw new AssertionError(said);
        }
    }

    /** An endpoint's address and port; the destination of a ping has none, which is exported as 0. */
    private static void endpoint(final Object text, final Map<String, String> fields, final String address, final String port) {
        final String[] parts = text.toString().split(":");
        fields.put(address, parts[0]);
        fields.put(port, parts.length > 1 ? parts[1] : "0");
    }
}
