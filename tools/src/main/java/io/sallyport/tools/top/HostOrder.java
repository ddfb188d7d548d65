package io.sallyport.tools.top;

import java.util.Locale;

/** What makes an inside host a busy one. */
enum HostOrder {
    /** Its live connections. */
    CONNECTIONS,
    /** Those that a packet was seen of lately. */
    ACTIVE,
    /** By how many they have become more. */
    CHANGE;

    /** The next one, round and round. */
    HostOrder next() {
        return values()[(ordinal() + 1) % values().length];
    }

    /** Name, for people. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
