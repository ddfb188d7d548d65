package io.sallyport.event;

import java.util.Locale;

/** Why an inside host was refused a connection. */
public enum Refusal {
    /** No public port was free. */
    NO_PORT,
    /** The table of connections, or one beside it, was full. */
    TABLE_FULL,
    /** The host has as many connections as it may have. */
    HOST_LIMIT,
    /** The host opens connections too fast. */
    HOST_RATE;

    private static final Refusal[] VALUES = values();

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The word in the file. */
    public String label() {
        return label;
    }

    static Refusal of(final int ordinal) {
        return VALUES[ordinal];
    }
}
