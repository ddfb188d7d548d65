package io.sallyport.tools.admin;

import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Counter;
import io.sallyport.counter.Description;
import io.sallyport.counter.DropReason;
import io.sallyport.counter.Fact;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A gateway of which there is only what observers see. */
final class PretendedGateway {

    private PretendedGateway() {
    }

    /** One that has counted something, with one public address. */
    static CommandControlFile start(final Path directory) throws IOException {
        final Map<Fact, String> facts = new EnumMap<>(Fact.class);
        for (final Fact fact : Fact.values()) {
            facts.put(fact, fact.key());
        }
        facts.put(Fact.NAME, "edge");
        facts.put(Fact.VERSION, "1.2.3");
        facts.put(Fact.WORKERS, "1");
        facts.put(Fact.CONNECTIONS_CAPACITY, "1000");
        facts.put(Fact.PUBLIC_ADDRESSES, "1");
        facts.put(Fact.PORTS_CAPACITY, "64512");
        final CommandControlFile gateway = CommandControlFile.create(directory, new Description(System.currentTimeMillis() - 60_000,
            List.of("ingress", "worker-0"), facts, List.of(Ipv4Address.parse("198.51.100.1")), 1));
        gateway.heartbeat(System.currentTimeMillis());
        gateway.ready();
        gateway.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 4_000_000_000_000L);
        gateway.counters(1).add(Counter.PACKETS_IN_FROM_SOURCE, 7);
        gateway.counters(1).set(Counter.ACTIVE_CONNECTIONS_UDP, 250);
        gateway.counters(0).addDrops(DropReason.UNSOLICITED.ordinal(), 60);
        return gateway;
    }
}
