package io.sallyport.tools.demo;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code sallyport counters --json} printed.
 *
 * @param values every number, by its path in the document, parts joined by dots
 */
public record Counters(Map<String, Long> values) {

    private static final String DROPS = "droppedPacketsTotal.";

    /** Reads the document. */
    public static Counters parse(final String json) {
        try {
            final Map<String, Long> values = new TreeMap<>();
            flatten("", JSON.std.mapFrom(json), values);
            return new Counters(values);
        } catch (final IOException e) {
            throw new UncheckedIOException(json, e);
        }
    }

    private static void flatten(final String path, final Map<?, ?> object, final Map<String, Long> values) {
        object.forEach((key, value) -> {
            if (value instanceof final Map<?, ?> inner) {
                flatten(path + key + ".", inner, values);
            } else if (value instanceof final Number number) {
                values.put(path + key, number.longValue());
            }
        });
    }

    /**
     * One value.
     *
     * @throws IllegalArgumentException when there is none of that name
     */
    public long value(final String name) {
        final Long value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no counter " + name + " in " + values);
        }
        return value;
    }

    /** Packets dropped for a reason. */
    public long drops(final String reason) {
        return value(DROPS + reason);
    }

    /** Packets dropped. */
    public long drops() {
        return values.entrySet().stream().filter(entry -> entry.getKey().startsWith(DROPS)).mapToLong(Map.Entry::getValue).sum();
    }

    /** Packets that came in on either side. */
    public long packetsIn() {
        return value("packetsInFromSourceTotal") + value("packetsInFromDestinationTotal");
    }

    /** Packets that were forwarded to either side. */
    public long packetsOut() {
        return value("packetsOutToDestinationTotal") + value("packetsOutToSourceTotal");
    }

    /** Packets that were for the gateway itself. */
    public long consumed() {
        return value("consumedTotal");
    }

    /** Packets that wait for ARP. */
    public long held() {
        return value("held");
    }

    /** Packets forwarded, dropped, consumed and held: as many as came in. */
    public long packetsAccountedFor() {
        return packetsOut() + drops() + consumed() + held();
    }
}
