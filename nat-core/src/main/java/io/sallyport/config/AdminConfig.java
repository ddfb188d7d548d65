package io.sallyport.config;

import java.util.Optional;

/**
 * The HTTP listener for metrics.
 *
 * @param listen {@code address:port}, empty for none
 */
public record AdminConfig(
    @Key(value = "listen", holds = "`off`, or an address and port",
        text = "Where HTTP is served: `/metrics` for Prometheus, `/api/status` as JSON, `/` for people. Whoever reaches it can "
            + "read it.")
    Optional<String> listen) {

    /** No listener. */
    public static final AdminConfig OFF = new AdminConfig(Optional.empty());
}
