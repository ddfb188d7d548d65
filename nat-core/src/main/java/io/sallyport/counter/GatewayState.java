package io.sallyport.counter;

import java.util.Optional;

/** What a gateway is doing, as its command-and-control file says. */
public enum GatewayState {
    /** Opening interfaces and tables. */
    STARTING(1),
    /** Forwarding. */
    READY(2),
    /** Forwarding, but no new connections. */
    DRAINING(3),
    /** Ended in good order. */
    STOPPED(4);

    private final int code;

    GatewayState(final int code) {
        this.code = code;
    }

    /** The number in the file. */
    int code() {
        return code;
    }

    /** The state with that number, if there is one. */
    static Optional<GatewayState> of(final int code) {
        return code >= 1 && code <= values().length ? Optional.of(values()[code - 1]) : Optional.empty();
    }
}
