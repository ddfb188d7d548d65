package io.sallyport.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The log of mappings.
 *
 * @param file         where it is written, empty for none
 * @param destinations whether destinations are logged too (RFC 6888, REQ-12: off)
 */
public record EventsConfig(
    @Key(value = "file", holds = "`off`, or a path",
        text = "Where mappings are logged, a line of JSON for each that begins or ends (RFC 6888, REQ-12).")
    Optional<Path> file,
    @Key(value = "destinations", text = "Whether the destinations of connections are logged, too. RFC 6888 advises against it.")
    boolean destinations) {

    /** No log. */
    public static final EventsConfig OFF = new EventsConfig(Optional.empty(), false);
}
