package io.sallyport.tools.system;

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
record Counters(Map<String, Long> values) {

    /** Reads the document. */
    static Counters parse(final String json) {
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

    /** One value; fails when there is none of that name. */
    long value(final String name) {
        final Long value = values.get(name);
        if (value == null) {
            throw new AssertionError("no counter " + name + " in " + values);
        }
        return value;
    }

    /** Packets dropped for a reason. */
    long drops(final String reason) {
        return value("droppedPackets." + reason);
    }

    /** Packets that came in on either side. */
    long packetsIn() {
        return value("packetsInFromSource") + value("packetsInFromDestination");
    }

    /** Packets forwarded, consumed, held and dropped. */
    long packetsAccountedFor() {
        return value("packetsOutToDestination") + value("packetsOutToSource") + value("consumed") + value("held")
            + values.entrySet().stream().filter(entry -> entry.getKey().startsWith("droppedPackets."))
                .mapToLong(Map.Entry::getValue).sum();
    }
}
