package io.sallyport.event;

import java.util.Locale;

/** The kinds of lines in an event log. */
public enum EventKind {
    /** The log begins, or a gateway goes on with it after a start; whatever was there before holds no port unless it is adopted now. */
    STARTED,
    /** The log goes on in a new file. */
    CONTINUED,
    /** The gateway has stopped, or has another log now, with everything written. */
    STOPPED,
    /** Events were lost, for want of room in a ring or in the file. */
    LOST,
    /** An inside endpoint has a public port from now on. */
    CREATED,
    /** It has it no longer. */
    ENDED,
    /** A worker owns a block of public ports from now on. */
    BLOCK_CLAIMED,
    /** The block belongs to no one. */
    BLOCK_RETURNED,
    /** An inside host was refused a connection. */
    REFUSED,
    /** A public port that the configuration gives to an inside endpoint. */
    FORWARD,
    /** A public address that the configuration gives to an inside host. */
    ONE_TO_ONE,
    /** Four fifths of the ports of a public address are taken, or all. */
    PORTS_SHORT,
    /** The configuration does not give that port to anyone any more, or to another. */
    FORWARD_ENDED,
    /** The same of an address. */
    ONE_TO_ONE_ENDED;

    private static final EventKind[] VALUES = values();

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The word in the file. */
    public String label() {
        return label;
    }

    static EventKind of(final int ordinal) {
        return VALUES[ordinal];
    }

    static int count() {
        return VALUES.length;
    }
}
