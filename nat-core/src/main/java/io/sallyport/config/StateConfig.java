package io.sallyport.config;

import java.nio.file.Path;

/**
 * Where the gateway's state lies.
 *
 * @param directory holds a directory per gateway name, with the command-and-control file and the connection table
 * @param keep      whether a gateway goes on with the connections that it finds there
 */
public record StateConfig(
    @Key(value = "directory", holds = "an absolute path",
        text = "Holds a directory for each gateway, by its name, with the command-and-control file and the tables of connections. "
            + "In memory by default: it outlives the gateway, and not the machine's next boot.")
    Path directory,
    @Key(value = "keep", text = "Whether a gateway that starts goes on with the connections that it finds there.")
    boolean keep) {

    /** In memory, kept over restarts of the gateway and lost with the machine's. */
    public static final StateConfig DEFAULTS = new StateConfig(Path.of("/dev/shm/sallyport"), true);
}
