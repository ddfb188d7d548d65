package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;

/** Where a running gateway reads its configuration again when it is asked to: the file that it was started with. */
@FunctionalInterface
public interface ConfigSource {
    /**
     * Reads it; called on the gateway's control thread.
     *
     * @throws IllegalArgumentException if it cannot be used, with one line per problem
     */
    GatewayConfig read();

    /** Takes note of what is in force since it was read; called on the gateway's control thread. */
    default void inForce(final GatewayConfig effective) {
        // for who tells others
    }
}
