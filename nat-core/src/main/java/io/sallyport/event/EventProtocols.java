package io.sallyport.event;

import java.util.List;

/** The protocols that have public ports, by the index that mappings have for them. */
public final class EventProtocols {

    /** Their names, by index. */
    public static final List<String> NAMES = List.of("tcp", "udp", "icmp");

    /** Index of ICMP, whose queries have an identifier in place of ports, and whose destinations have no port. */
    static final int ICMP = 2;

    private static final int[] NUMBERS = {6, 17, 1};

    private EventProtocols() {
    }

    /** Index of a protocol's name, or -1. */
    public static int index(final String name) {
        return NAMES.indexOf(name);
    }

    /** IP protocol number. */
    static int number(final int index) {
        return NUMBERS[index];
    }
}
