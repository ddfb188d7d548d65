package io.sallyport.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The log of mappings.
 *
 * @param file         where it is written, empty for none
 * @param destinations whether destinations are logged too (RFC 6888, REQ-12: off)
 * @param rotateLength length in bytes at which the file is renamed and a new one begun; 0 for never
 * @param collector    where events are sent as IPFIX, empty for nowhere
 */
public record EventsConfig(
    @Key(value = "file", holds = "`off`, or a path",
        text = "Where mappings are logged, a line of JSON for each that begins or ends (RFC 6888, REQ-12).")
    Optional<Path> file,
    @Key(value = "destinations", text = "Whether the destinations of connections are logged, too. RFC 6888 advises against it.")
    boolean destinations,
    @Key(value = "rotate-bytes", holds = "`off`, or a length in bytes",
        text = "Length at which the file is renamed and a new one begun.")
    long rotateLength,
    @Key(value = "ipfix", holds = "`off`, or an address and a port",
        text = "A collector that events are sent to over UDP, as IPFIX (RFC 7011, RFC 8158).")
    Optional<Collector> collector) {

    /** No log. */
    public static final EventsConfig OFF = new EventsConfig(Optional.empty(), false, 0, Optional.empty());

    /** Shortest length at which a file can be renamed: a shorter one would be renamed every moment. */
    public static final long SHORTEST_ROTATE_LENGTH = 64 << 10;

    /** Whether there is any use for events. */
    public boolean isOn() {
        return file.isPresent() || collector.isPresent();
    }

    /**
     * Who receives IPFIX over UDP.
     *
     * @param address IPv4 address, numeric
     * @param port    UDP port
     */
    public record Collector(int address, int port) {
    }
}
