package io.sallyport.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The log of mappings.
 *
 * @param file         where it is written, empty for none
 * @param destinations whether destinations are logged too (RFC 6888, REQ-12: off)
 */
public record EventsConfig(Optional<Path> file, boolean destinations) {

    /** No log. */
    public static final EventsConfig OFF = new EventsConfig(Optional.empty(), false);
}
