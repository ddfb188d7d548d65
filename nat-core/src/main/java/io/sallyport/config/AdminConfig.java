package io.sallyport.config;

import java.util.Optional;

/**
 * The HTTP listener for metrics.
 *
 * @param listen {@code address:port}, empty for none
 */
public record AdminConfig(Optional<String> listen) {

    /** No listener. */
    public static final AdminConfig OFF = new AdminConfig(Optional.empty());
}
