package io.sallyport.counter;

/**
 * What another process can ask of a gateway: the message types of the ring buffer in the command-and-control file. A message holds the
 * sender's process id and the number of the request, by which its {@link CommandResult} is found; 8 bytes each.
 */
public enum Command {
    /** Stop. */
    STOP(1),
    /** Read the configuration again. */
    RELOAD(2),
    /** Take no new connections. */
    DRAIN(3),
    /** Take new connections again. */
    RESUME(4);

    private static final Command[] VALUES = values();

    private final int typeId;

    Command(final int typeId) {
        this.typeId = typeId;
    }

    /** Type of the message. */
    int typeId() {
        return typeId;
    }

    /** The command with that message type, or null: nothing is allocated here, it is called in the gateway's duty cycle. */
    static Command of(final int typeId) {
        return typeId >= 1 && typeId <= VALUES.length ? VALUES[typeId - 1] : null;
    }
}
