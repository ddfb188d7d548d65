package io.sallyport.counter;

import java.util.Locale;
import java.util.Optional;

/** What a gateway says of itself in its command-and-control file, when it starts and when its configuration changes. */
public enum Fact {
    /** Name of the gateway. */
    NAME,
    /** Version of the program. */
    VERSION,
    /** The inside interface. */
    INSIDE_INTERFACE,
    /** The gateway's address on the inside, with prefix length. */
    INSIDE_ADDRESS,
    /** The outside interface. */
    OUTSIDE_INTERFACE,
    /** The gateway's address on the outside, with prefix length. */
    OUTSIDE_ADDRESS,
    /** Name of the backend. */
    BACKEND,
    /** Threading, in the words of the configuration. */
    THREADING,
    /** Number of workers. */
    WORKERS,
    /** Most connections that the table holds. */
    CONNECTIONS_CAPACITY,
    /** Number of public addresses. */
    PUBLIC_ADDRESSES,
    /** Public ports for each protocol, all public addresses together. */
    PORTS_CAPACITY,
    /** Mapping behaviour, in the words of the configuration. */
    MAPPING,
    /** The file that events are written to, absolute; missing when there is none. */
    EVENTS_FILE;

    private final String key = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The key in the file. */
    public String key() {
        return key;
    }

    /** The fact with that key, if this version knows one. */
    static Optional<Fact> of(final String key) {
        for (final Fact fact : values()) {
            if (fact.key.equals(key)) {
                return Optional.of(fact);
            }
        }
        return Optional.empty();
    }
}
